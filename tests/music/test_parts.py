"""Which part of the model each note belongs to."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.music.note import Note, Part, Piece
from musiclstm.music.parts import assign
from musiclstm.music.vocabulary import Vocabulary
from tests.music import strategies

CHOIR = Vocabulary(
    parts=(
        Part("Soprano", 52, 0, 60, 81),
        Part("Alto", 52, 1, 53, 74),
        Part("Tenor", 52, 2, 48, 69),
        Part("Bass", 52, 3, 36, 64),
    )
)
BAND = Vocabulary(
    parts=(
        Part("Drums", 0, 9, percussive=True),
        Part("Bass", 33, 0, 28, 55),
        Part("Keys", 0, 1, 40, 84),
        Part("Lead", 80, 2, 60, 96),
    )
)
KIT = Part("Kit", 0, 9, percussive=True)


def piece(parts: tuple[Part, ...], *rows: tuple[float, float, int, int]) -> Piece:
    """(onset, duration, pitch, part) of each note."""
    return Piece(tuple(Note(on, length, pitch, 80, part) for on, length, pitch, part in rows), parts=parts)


def found(assigned: Piece) -> list[tuple[float, int, int]]:
    return [(note.onset, note.pitch, note.part) for note in sorted(assigned.notes)]


def test_as_many_tracks_are_matched_by_name() -> None:
    names = ("bass", "TENOR", "Alto", "soprano")
    source = piece(tuple(Part(name) for name in names), *((0, 1, 60 + track, track) for track in range(4)))
    assigned = assign(source, CHOIR)
    assert assigned.parts == CHOIR.parts
    assert [note.part for note in assigned.notes] == [3, 2, 1, 0]


def test_else_by_program() -> None:
    parts = (Part("a", 80), Part("b", 33), Part("c", 0), KIT)
    source = piece(parts, (0, 1, 30, 0), (0, 1, 90, 1), (0, 1, 60, 2), (0, 1, 36, 3))
    assert found(assign(source, BAND)) == [(0, 30, 3), (0, 36, 0), (0, 60, 2), (0, 90, 1)]


def test_else_from_high_to_low() -> None:
    parts = tuple(Part(name) for name in "wxyz")
    source = piece(parts, (0, 1, 50, 0), (0, 1, 70, 1), (0, 1, 60, 2), (0, 1, 40, 3), (1, 1, 72, 3))
    # The last track is second on the whole, though its first note is the lowest.
    assert {note.part for note in assign(source, CHOIR).notes if note.pitch == 70} == {0}
    assert [note.part for note in assign(source, CHOIR).notes if note.pitch in (40, 72)] == [2, 2]


def test_one_part_takes_all_but_drums() -> None:
    source = piece((Part("a"), Part("b"), KIT), (0, 1, 60, 0), (0, 1, 40, 1), (0, 1, 36, 2))
    assert found(assign(source, Vocabulary())) == [(0, 40, 0), (0, 60, 0)]


def test_instruments_take_whole_tracks() -> None:
    parts = (Part("Slap", 36), Part("Grand", 1), Part("Strings", 48), Part("Organ", 16), KIT)
    rows = [(0.0, 1.0, pitch, track) for track, pitch in enumerate((40, 60, 80, 58, 36))]
    assert [note.part for note in sorted(assign(piece(parts, *rows), BAND).notes)] == [0, 1, 2, 2, 3]


def test_a_chord_is_split_from_the_top_down() -> None:
    source = piece((Part("organ"),), *((0, 1, pitch, 0) for pitch in (48, 55, 64, 72)))
    assert found(assign(source, CHOIR)) == [(0, 48, 3), (0, 55, 2), (0, 64, 1), (0, 72, 0)]


def test_a_note_goes_to_the_nearest_voice_that_is_free() -> None:
    source = piece((Part("organ"),), (0, 4, 72, 0), (0, 1, 50, 0), (1, 1, 74, 0), (2, 1, 51, 0))
    # The soprano still sings at beat 1, so the alto has the 74.
    assert found(assign(source, CHOIR)) == [(0, 50, 3), (0, 72, 0), (1, 74, 1), (2, 51, 3)]


def test_voices_do_not_cross_within_a_chord() -> None:
    # All three are nearest to the tenor.
    source = piece((Part("organ"),), (0, 1, 58, 0), (0, 1, 59, 0), (0, 1, 57, 0))
    voices = [note.part for note in sorted(assign(source, CHOIR).notes, key=lambda n: -n.pitch)]
    assert voices == sorted(set(voices))


def test_voices_are_those_of_the_register_in_whatever_order_they_are_listed() -> None:
    upside_down = replace(CHOIR, parts=CHOIR.parts[::-1])
    source = piece((Part("organ"),), *((0, 1, pitch, 0) for pitch in (48, 55, 64, 72)))
    assert found(assign(source, upside_down)) == [(0, 48, 0), (0, 55, 1), (0, 64, 2), (0, 72, 3)]


@pytest.mark.parametrize(("ends", "part"), [(-1.0, 0), (0.0, 0), (0.49, 0), (0.5, 0), (0.51, 1), (1.0, 1)])
def test_a_voice_is_free_half_a_tick_before_its_note_ends(ends: float, part: int) -> None:
    """So that a note played slightly into the next one does not change the voices. ends: ticks after the next onset."""
    source = piece((Part("organ"),), (0, 1 + ends / CHOIR.resolution, 72, 0), (1, 1, 74, 0))
    assert found(assign(source, CHOIR)) == [(0, 72, 0), (1, 74, part)]


def test_notes_out_of_order_are_split_in_time() -> None:
    source = piece((Part("organ"),), (2, 1, 73, 0), (0, 1, 72, 0), (1, 2, 74, 0))
    assert found(assign(source, CHOIR)) == [(0, 72, 0), (1, 74, 0), (2, 73, 1)]


@pytest.mark.parametrize(
    ("pitches", "parts"),
    [((80, 70, 60, 50, 40), (0, 0, 1, 2, 3)), ((80, 75, 70, 65, 60, 55, 50, 45), (0, 0, 1, 1, 2, 2, 3, 3))],
)
def test_a_chord_of_more_notes_than_voices_is_spread_evenly(pitches: tuple[int, ...], parts: tuple[int, ...]) -> None:
    source = piece((Part("organ"),), *((0, 1, pitch, 0) for pitch in pitches))
    assert [part for _, _, part in reversed(found(assign(source, CHOIR)))] == list(parts)


def test_a_track_goes_to_the_part_of_its_family() -> None:
    """Programs 32 to 39 are basses, 80 to 87 leads; a flute is in no family here, and goes by its pitch."""
    parts = (Part("a", 39), Part("b", 87), Part("c", 32), Part("flute", 73), KIT)
    rows = ((0, 1, 90, 0), (0, 1, 30, 1), (0, 1, 91, 2), (0, 1, 92, 3), (0, 1, 36, 4))
    assert found(assign(piece(parts, *rows), BAND)) == [(0, 30, 3), (0, 36, 0), (0, 90, 1), (0, 91, 1), (0, 92, 3)]
    # One part takes whatever there is; two of one family are voices.
    one = Vocabulary(parts=(Part("Bass", 33, 0, 28, 55),))
    assert {part for *_, part in found(assign(piece(parts, *rows), one))} == {0}
    two = Vocabulary(parts=(Part("High", 40, 0, 60, 90), Part("Low", 42, 1, 30, 60)))
    source = piece((Part("x", 40),), (0, 1, 75, 0), (0, 1, 40, 0))
    assert found(assign(source, two)) == [(0, 40, 1), (0, 75, 0)]


def test_drums_go_to_drums_or_nowhere() -> None:
    source = piece((KIT, replace(KIT, name="more")), (0, 1, 36, 0), (1, 1, 38, 1))
    assert found(assign(source, BAND)) == [(0, 36, 0), (1, 38, 0)]
    assert assign(source, CHOIR).notes == ()


def test_an_electronic_kit_plays_the_drums_of_general_midi() -> None:
    source = piece((KIT,), (0, 1, 22, 0), (1, 1, 26, 0), (2, 1, 58, 0), (3, 1, 38, 0))
    assert [note.pitch for note in assign(source, BAND).notes] == [42, 46, 43, 38]
    # Those are pitches like any other for whatever has a pitch.
    assert assign(piece((Part("bass"),), (0, 1, 26, 0)), CHOIR).notes[0].pitch == 26


@given(st.data())
def test_no_tuned_note_is_lost_or_changed(data: st.DataObject) -> None:
    tracks = data.draw(st.lists(st.builds(Part, st.sampled_from("abc"), st.integers(0, 127)), min_size=1, max_size=5))
    notes = data.draw(st.lists(strategies.notes(len(tracks)), max_size=30))
    source = Piece(tuple(sorted(notes)), parts=tuple(tracks))
    vocabulary = data.draw(st.sampled_from([CHOIR, BAND, Vocabulary()]))
    assigned = assign(source, vocabulary)
    assert Counter(replace(note, part=0) for note in notes) == Counter(replace(note, part=0) for note in assigned.notes)
    assert assigned.notes == tuple(sorted(assigned.notes))
    assert all(not vocabulary.parts[note.part].percussive for note in assigned.notes)


@given(st.lists(strategies.notes(1), max_size=30))
def test_voices_share_only_where_there_are_too_few(notes: list[Note]) -> None:
    assigned = assign(Piece(tuple(sorted(notes)), parts=(Part("organ"),)), CHOIR)
    for onset in {note.onset for note in notes}:
        sounding = [n for n in assigned.notes if n.onset <= onset < n.end]
        begun = [n for n in assigned.notes if n.onset == onset]
        free = {0, 1, 2, 3} - {n.part for n in sounding if n.onset < onset}
        if len(begun) <= len(free):
            assert len({n.part for n in begun}) == len(begun)


def test_several_programs_of_one_player_are_one_part() -> None:
    """Bowed and plucked on one track: still a quartet."""
    names = ["Violin", "Violin", "Second", "Viola", "Cello"]
    programs, channels = [40, 45, 40, 41, 42], [0, 0, 1, 2, 3]
    parts = tuple(Part(n, p, c) for n, p, c in zip(names, programs, channels, strict=True))
    notes = tuple(Note(i, 1, 80 - 6 * i, 80, i) for i in range(5))
    assert [note.part for note in assign(Piece(notes, parts=parts), CHOIR).notes] == [0, 0, 1, 2, 3]


@given(st.lists(strategies.notes(3), min_size=1, max_size=60))
def test_notes_far_out_of_order_are_put_in_order(notes: list[Note]) -> None:
    backwards = tuple(sorted(notes, reverse=True))
    for parts in (strategies.PARTS, strategies.PARTS[:1], (*strategies.PARTS, Part("more"))):
        vocabulary = Vocabulary(parts=parts)
        assigned = assign(Piece(backwards, parts=strategies.PARTS), vocabulary)
        assert assigned.notes == tuple(sorted(assigned.notes))
        others = assign(Piece(tuple(sorted(notes)), parts=strategies.PARTS), vocabulary).notes
        assert sorted(map(sound_of, others)) == sorted(map(sound_of, assigned.notes))


def sound_of(note: Note) -> tuple[float, float, int, int]:
    return note.onset, note.duration, note.pitch, note.velocity
