"""What ends notes in MIDI files out in the world: pedals, resets, repeated strikes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.errors import MidiFileError
from musiclstm.music.note import TimeBase
from tests.music.build import cc, off, on, scale, song, track
from tests.music.reading import BEATS, SECONDS, read, times


def test_a_reset_lifts_the_pedal() -> None:
    events = [(0.0, cc(64, 127)), (0.0, on(60)), (1.0, off(60)), (4.0, cc(121)), (9.0, on(50)), (10.0, off(50))]
    for tracks in ([track(*events)], [track(*[e for e in events if e[1][0] == 0xB0]), track(*events)]):
        assert (60, 0.0, 2.0) in times(read(song(*tracks), SECONDS))
    other = [(beat, message if beat != 4 else cc(121, channel=3)) for beat, message in events]
    assert (60, 0.0, 4.5) in times(read(song(track(*other)), SECONDS))


@pytest.mark.parametrize(("value", "ends"), [(0, 1.0), (63, 1.0), (64, 2.0), (127, 2.0)])
def test_a_pedal_is_down_from_64_on(value: int, ends: float) -> None:
    events = [(0, cc(64, value)), (0, on(60)), (2, off(60)), (4, cc(64, 0)), (8, on(50)), (9, off(50))]
    assert (60, 0.0, ends) in times(read(song(track(*events)), SECONDS))


@pytest.mark.parametrize("value", [0x80, 0xF7, 0xFF])
def test_a_data_byte_is_at_most_127(value: int) -> None:
    assert read(song(track((0, on(127, 127)), (1, off(127))))).notes[0].pitch == 127
    with pytest.raises(MidiFileError, match="a value over 127"):
        read(song(track((0, bytes((0x90, 60, value))), (1, off(60)))))


@pytest.mark.parametrize("controller", [120, *range(123, 128)])
def test_notes_end_where_all_notes_end(controller: int) -> None:
    events = [(0, on(60)), (1, on(64)), (2, cc(controller)), (2, on(67)), (3, off(67)), (0, on(50, channel=1))]
    piece = read(song(track(*events, (9, off(50, 1)), (9, off(60)))))
    assert times(piece) == [(50, 0, 9), (60, 0, 2), (64, 1, 2), (67, 2, 3)]
    assert not piece.warnings
    # From another track, too.
    apart = read(song(track((2, cc(controller))), track(*[e for e in events if e[1][0] != 0xB0], (9, off(50, 1)))))
    assert times(apart) == times(piece)


@pytest.mark.parametrize(("controller", "ends"), [(123, 3.0), (120, 1.0)])
def test_the_pedal_holds_what_is_ended_but_not_what_is_silenced(controller: int, ends: float) -> None:
    events = [(0, cc(64, 127)), (0, on(60)), (2, cc(controller)), (6, cc(64, 0)), (8, on(50)), (9, off(50))]
    assert times(read(song(track(*events)), SECONDS))[1] == (60, 0.0, ends)
    # Nor what the pedal alone holds.
    assert times(read(song(track(*events, (1, off(60)))), SECONDS))[1] == (60, 0.0, ends)


def test_struck_twice_and_ended_once() -> None:
    piece = read(song(track((0, on(60)), (1, on(60)), (2, off(60)), (8, on(60)), (9, off(60)), (22, on(70)), end=9)))
    assert times(piece)[:3] == [(60, 0, 1), (60, 1, 2), (60, 8, 9)]
    assert len(piece.warnings) == 1


def test_struck_twice_and_ended_twice_is_first_in_first_out() -> None:
    piece = read(song(track((0, on(60)), (1, on(60)), (2, off(60)), (3, off(60)))))
    assert times(piece) == [(60, 0, 2), (60, 1, 3)]
    assert not piece.warnings


@st.composite
def strikes(draw: st.DrawFn) -> list[tuple[float, bytes]]:
    found = draw(st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.integers(60, 62)), min_size=1, max_size=30))
    return [(at / 4, on(pitch) if strike else off(pitch)) for at, strike, pitch in sorted(found)]


@given(strikes(), st.integers(0, 500_000), st.sampled_from(TimeBase))
def test_no_note_outlasts_the_music(events: list[tuple[float, bytes]], gap: int, base: TimeBase) -> None:
    """However many note-offs are missing, and however far away the track ends."""
    try:
        piece = read(song(track(*events, end=gap)), base)
    except MidiFileError:
        assert not any(message[0] == 0x90 for _, message in events)
        return
    beat = 1.0 if base is BEATS else 0.5
    assert piece.length <= (events[-1][0] + 8) * beat
    # No strike is lost.
    struck = {(at * beat, message[1]) for at, message in events if message[0] == 0x90}
    assert {(note.onset, note.pitch) for note in piece.notes} == struck
    for note in piece.notes:
        assert note.duration >= 0


def test_a_last_chord_without_note_offs_lasts_to_the_end_of_the_track() -> None:
    piece = read(song(track(*scale(4), (4, on(60)), (4.1, on(64)), end=3.9)))
    assert {(60, 4, 8), (64, 4.1, 8)} < set(times(piece))


def test_a_pedal_that_is_never_lifted_holds_for_seconds() -> None:
    events = [(0, cc(64, 127)), (0, on(60)), (1, off(60)), (900, on(50)), (901, off(50))]
    piece = read(song(track(*events)), SECONDS)
    assert times(piece)[1] == (60, 0, 4.5)
    assert "pedal" in piece.warnings[0]


@pytest.mark.parametrize(("up", "ends"), [(0.5, 1.0), (1.0, 1.0), (1.5, 1.5), (400.0, 400.0)])
def test_a_pedal_holds_until_it_is_lifted(up: float, ends: float) -> None:
    """However late: it is what the file says. A second note shows that later ones are held as well."""
    events = [(0, cc(64, 127)), (0, on(60)), (1, off(60)), (up, cc(64, 0)), (500, cc(64, 127)), (500, on(72))]
    piece = read(song(track(*events, (501, off(72)), (502, cc(64, 0)), (900, on(50)), (901, off(50)))), SECONDS)
    assert times(piece)[1:] == [(60, 0, ends / 2), (72, 250, 251)]
    assert not piece.warnings
