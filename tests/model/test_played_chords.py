"""The chord that a player plays, from what sounded in its parts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from musiclstm.model.played_chords import MOST_NOTES, PlayedNotes
from musiclstm.music.chord_symbol import ChordSymbol

BEAT, BAR = 12, 48
FOUR = (0, 0, 0, 0)


def struck(played: PlayedNotes, tick: int, *pitches: int) -> PlayedNotes:
    """A chord, each note in a part of its own; what sounded in them ends."""
    for part, pitch in enumerate(pitches):
        for other, old, _begin, end in played.notes:
            if other == part and end > tick:
                played = played.ended(tick, part, old)
        played = played.started(tick, part, pitch, BAR)
    return played


def name(chord: ChordSymbol | None) -> str:
    return "" if chord is None else chord.text


def at(played: PlayedNotes, tick: int, transposed: tuple[int, ...] = FOUR) -> str:
    return name(played.chord(tick, BEAT, BAR, 0, transposed))


def test_a_chord_leads_from_its_own_tick_until_the_next() -> None:
    played = struck(PlayedNotes(), 0, 60, 64, 67, 48)
    assert [at(played, tick) for tick in (0, 1, 11, 12, 30)] == ["C"] * 5
    played = struck(played, 36, 62, 65, 69, 50)
    assert at(played, 36) == "Dm"
    assert at(played, 36, (2, 2, 2, 2)) == "Em"


def test_a_passing_note_does_not_change_it() -> None:
    played = struck(PlayedNotes(), 0, 60, 64, 67, 48)
    played = played.ended(6, 1, 64).started(6, 1, 65, BAR)
    assert [at(played, tick) for tick in (6, 8, 11)] == ["C"] * 3


def test_it_leads_on_for_a_bar() -> None:
    played = struck(PlayedNotes(), 0, 60, 64, 67, 48)
    for part, pitch in enumerate((60, 64, 67, 48)):
        played = played.ended(12, part, pitch)
    assert at(played, 40) == "C"
    assert at(played, 70) == ""


def test_a_line_of_single_notes_has_one_in_a_bar() -> None:
    played = PlayedNotes()
    for tick, pitch in enumerate((62, 66, 69, 62)):
        played = played.started(12 * tick, 0, pitch, BAR).ended(12 * tick + 12, 0, pitch)
    assert at(played, 47) == "D"


def test_nothing_is_no_chord() -> None:
    assert at(PlayedNotes(), 100) == ""
    assert at(PlayedNotes().started(0, 0, 60, BAR), 100) == ""


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3), st.integers(40, 80), st.booleans()), max_size=200),
    st.integers(-5, 5),
)
def test_whatever_is_played(events: list[tuple[int, int, int, bool]], line: int) -> None:
    """Little is remembered, nothing of what is over for a bar, and a semitone higher it is the same chord there."""
    played, tick = PlayedNotes(), 0
    for delta, part, pitch, begins in events:
        tick += delta
        played = played.started(tick, part, pitch, BAR) if begins else played.ended(tick, part, pitch)
    assert played.is_sound
    assert len(played.notes) <= MOST_NOTES
    chord = played.chord(tick, BEAT, BAR, line, FOUR)
    higher = played.chord(tick, BEAT, BAR, line, (1, 1, 1, 1))
    assert (chord is None) == (higher is None)
    if chord is not None and higher is not None:
        assert higher.tones == chord.tones
        assert higher.root == (chord.root + 1) % 12
