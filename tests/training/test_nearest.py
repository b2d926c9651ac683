"""Which shipped model a few files are begun with: by parts, drums, range, voices and time base."""

from __future__ import annotations

import pytest

from musiclstm.music.note import Note, Part, Piece, TimeBase
from training.nearest import nearest
from training.summary import Summary, summary_of

STRINGS = ((40, 60, 90), (40, 56, 80), (41, 50, 74), (42, 38, 60))  # program, lowest and highest pitch
VOICES = ((52, 62, 79), (52, 55, 72), (52, 48, 64), (52, 40, 58))


def music(
    *parts: tuple[int, int, int], voices: int = 1, drums: bool = False, dynamics: bool = False, seconds: bool = False
) -> Summary:
    """A piece of one scale up and down in each part. voices: how many notes sound at once in the first."""
    notes = []
    for index, (_, low, high) in enumerate(parts):
        line = [*range(low, high + 1, 2), *range(high, low, -2)]
        for beat, pitch in enumerate(line):
            velocity = 40 + (beat + index) % 40 if dynamics else 80
            chord = range(pitch, pitch + 4 * (voices if index == 0 else 1), 4)
            notes += [Note(beat, 1, each, velocity, index) for each in chord]
    own = [Part(f"Part {n}", program, n) for n, (program, _, _) in enumerate(parts)]
    if drums:
        own.append(Part("Kit", 0, 9, percussive=True))
        notes += [Note(beat / 4, 0.1, 36 + beat % 7, 60 + beat % 40, len(own) - 1) for beat in range(200)]
    base = TimeBase.SECONDS if seconds else TimeBase.BEATS
    return summary_of(Piece(tuple(sorted(notes)), parts=tuple(own), base=base))


@pytest.mark.parametrize(
    ("piece", "name"),
    [
        (music((73, 62, 86)), "folk"),
        (music((73, 62, 86), dynamics=True), "folk"),
        (music((32, 24, 48)), ""),  # a bass
        (music(*VOICES), "chorales"),
        (music(*STRINGS), "quartet"),
        (music(*STRINGS, dynamics=True), "quartet"),
        (music((0, 40, 80), voices=3), "piano"),
        (music((0, 60, 80), (0, 40, 59), voices=3), "piano"),  # a hand each
        (music((0, 40, 80), voices=3, seconds=True), "piano"),
        (music((24, 40, 80), voices=3), ""),  # a guitar
        (music((73, 62, 86), seconds=True), ""),
        (music((73, 62, 86), (71, 50, 70)), ""),
        (music(drums=True), "drums"),
        (music(drums=True, seconds=True), ""),
        (music((73, 62, 86), drums=True), ""),
        (music((0, 40, 80), voices=3, drums=True), ""),
    ],
)
def test_the_model_that_plays_such_music(piece: Summary, name: str) -> None:
    assert nearest([piece] * 3) == name


def test_of_nothing_there_is_none() -> None:
    assert nearest([]) == ""


def test_voices_are_counted_while_something_sounds() -> None:
    notes = (Note(0, 2, 60, 80, 0), Note(1, 1, 64, 80, 0), Note(10, 1, 60, 80, 0))
    (line,) = summary_of(Piece(notes)).lines
    assert line.voices == pytest.approx(4 / 3)
