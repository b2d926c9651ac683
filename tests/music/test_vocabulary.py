"""Notes, events and integers."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Note, Part, Piece, TimeBase
from musiclstm.music.vocabulary import PERCUSSIVE_LENGTH, Vocabulary
from tests.music import strategies

SMALL = Vocabulary(resolution=4, max_delta=8, parts=strategies.PARTS, low=40, high=80)


def piece(*notes: Note, vocabulary: Vocabulary = SMALL) -> Piece:
    return Piece(notes, vocabulary.base, parts=vocabulary.parts)


def test_a_melody_becomes_events() -> None:
    events = SMALL.encode(piece(Note(0, 1, 60, 70, 0), Note(1, 0.5, 62, 90, 1)))
    assert events == [
        Event(0, Kind.ON, 60, 70, 0),
        Event(4, Kind.OFF, 60, 0, 0),
        Event(0, Kind.ON, 62, 90, 1),
        Event(2, Kind.OFF, 62, 0, 1),
    ]


def test_a_long_pause_becomes_waits() -> None:
    events = SMALL.encode(piece(Note(4, 0.25, 60)))
    assert [event.delta for event in events] == [8, 8, 0, 1]
    assert [event.kind for event in events] == [Kind.WAIT, Kind.WAIT, Kind.ON, Kind.OFF]


def test_a_repeated_note_ends_where_it_is_repeated() -> None:
    events = SMALL.encode(piece(Note(0, 4, 60), Note(1, 1, 60)))
    assert [(e.delta, e.kind) for e in events] == [
        (0, Kind.ON),
        (4, Kind.OFF),
        (0, Kind.ON),
        (4, Kind.OFF),
    ]


def test_duplicates_become_one_with_the_longer_duration_and_higher_velocity() -> None:
    events = SMALL.encode(piece(Note(0, 2, 60, 50), Note(0.01, 1, 60, 90)))
    assert events == SMALL.encode(piece(Note(0, 2, 60, 90)))


def test_a_grace_note_lasts_a_tick() -> None:
    assert [event.delta for event in SMALL.encode(piece(Note(0, 0, 60)))] == [0, 1]


def test_drums_have_no_note_offs() -> None:
    events = SMALL.encode(piece(Note(0, 1, 45, 80, 2), Note(0, 3, 46, 80, 2)))
    assert [event.kind for event in events] == [Kind.ON, Kind.ON]
    assert [note.duration for note in SMALL.decode(events)] == [PERCUSSIVE_LENGTH] * 2


def test_notes_out_of_range_are_left_out() -> None:
    assert SMALL.encode(piece(Note(0, 1, 39), Note(0, 1, 81))) == []


def test_another_time_base_is_rejected() -> None:
    with pytest.raises(ValueError, match="seconds"):
        SMALL.encode(Piece((), TimeBase.SECONDS))


def test_notes_that_sound_at_the_end_end_there() -> None:
    events = [Event(0, Kind.ON, 60, 80), Event(6, Kind.WAIT)]
    assert SMALL.decode(events) == (Note(0, 1.5, 60, 80),)


def test_a_note_off_for_a_silent_note_is_ignored() -> None:
    assert SMALL.decode([Event(0, Kind.OFF, 60)]) == ()


@given(st.data())
def test_decoding_gives_the_piece_on_the_grid(data: st.DataObject) -> None:
    vocabulary = data.draw(strategies.vocabularies())
    source = data.draw(strategies.pieces(vocabulary))
    events = vocabulary.encode(source)
    decoded = vocabulary.decode(events)
    assert decoded == on_the_grid(source, vocabulary)
    # Notes on the grid stay as they are.
    assert vocabulary.encode(replace(source, notes=decoded)) == events


def on_the_grid(source: Piece, vocabulary: Vocabulary) -> tuple[Note, ...]:
    """The definition, computed differently from the encoder: tick by tick, key by key."""
    unit = vocabulary.resolution
    found = []
    keys = {(n.part, n.pitch) for n in source.notes if vocabulary.low <= n.pitch <= vocabulary.high}
    for part, pitch in keys:
        line = [n for n in source.notes if (n.part, n.pitch) == (part, pitch)]
        onsets = sorted({round(n.onset * unit) for n in line})
        for onset, following in zip(onsets, [*onsets[1:], None], strict=True):
            simultaneous = [n for n in line if round(n.onset * unit) == onset]
            end = max(onset + 1, *(round(n.end * unit) for n in simultaneous))
            end = end if following is None else min(end, following)
            length = (end - onset) / unit
            if vocabulary.parts[part].percussive:
                length = PERCUSSIVE_LENGTH
            found.append(Note(onset / unit, length, pitch, max(n.velocity for n in simultaneous), part))
    return tuple(sorted(found))


@given(st.data())
def test_events_are_in_the_canonical_order(data: st.DataObject) -> None:
    vocabulary = data.draw(strategies.vocabularies())
    tick = 0
    keys = []
    for event in vocabulary.encode(data.draw(strategies.pieces(vocabulary))):
        tick += event.delta
        if event.kind is Kind.WAIT:
            assert event == Event(vocabulary.max_delta, Kind.WAIT)
        else:
            assert event.delta < vocabulary.max_delta
            keys.append((tick, event.kind, event.part, event.pitch))
    assert keys == sorted(set(keys))


@given(strategies.vocabularies())
def test_symbols_and_velocities_go_both_ways(vocabulary: Vocabulary) -> None:
    for symbol in range(vocabulary.symbols):
        kind, part = vocabulary.kind_and_part(symbol)
        assert vocabulary.symbol(Event(0, kind, 60, 0, part)) == symbol
    bins = [vocabulary.velocity_bin(velocity) for velocity in range(1, 128)]
    assert bins == sorted(bins)
    assert set(bins) == set(range(vocabulary.velocities))
    for index in range(vocabulary.velocities):
        assert 1 <= vocabulary.velocity_of(index) <= 127
        assert vocabulary.velocity_bin(vocabulary.velocity_of(index)) == index


@given(strategies.vocabularies(), strategies.vocabularies())
def test_a_vocabulary_survives_its_dict_and_its_fingerprint_is_its_identity(a: Vocabulary, b: Vocabulary) -> None:
    assert Vocabulary.from_dict(a.to_dict()) == a
    assert (a.fingerprint == b.fingerprint) == (a == b)
    assert len(a.fingerprint) == 12


@pytest.mark.parametrize("change", [{"base": "days"}, {"parts": [{"color": 1}]}, {"sizes": 3}])
def test_other_values_are_rejected(change: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Vocabulary.from_dict({**SMALL.to_dict(), **change})


def test_sizes_of_the_fields() -> None:
    vocabulary = Vocabulary(parts=(Part("a"), Part("b")), low=21, high=108, max_delta=96)
    assert (vocabulary.pitches, vocabulary.symbols, vocabulary.times) == (88, 4, 97)
    assert Vocabulary(resolution=24, meters=((4, 4), (6, 8))).bar_positions == 96
