"""Notation: what is written is read back by music21 with the same notes, in full bars."""

from __future__ import annotations

import builtins
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.errors import MusicLSTMError, UsageError
from musiclstm.music import notation
from musiclstm.music.note import Meter, Note, Part, Piece
from musiclstm.music.quantise import on_grid, voices

music21 = pytest.importorskip("music21")


def read_back(path: Path) -> tuple[list[tuple[float, int]], Any]:
    """(onset, pitch) of every note that is not tied to one before, with the bars checked to be full."""
    found: list[tuple[float, int]] = []
    score = music21.converter.parse(path)
    for part in score.parts:
        for measure in part.getElementsByClass("Measure"):
            for voice in list(measure.voices) or [measure]:
                length = sum((element.quarterLength for element in voice.notesAndRests), Fraction(0))
                assert length == measure.barDuration.quarterLength
        for element in part.flatten().notes:
            for one in element.notes if element.isChord else [element]:
                tie = one.tie or element.tie
                if tie is None or tie.type == "start":
                    found.append((float(element.offset), one.pitch.midi))
    return sorted(found), score


def test_triplets_syncopes_and_long_notes_survive(tmp_path: Path) -> None:
    times = [(0.01, 0.32), (0.33, 0.66), (0.67, 1.0), (1.0, 1.25), (1.26, 3.5), (3.5, 9.0), (9.33, 10.02), (10.0, 12)]
    notes = tuple(Note(onset, end - onset, 60 + 2 * i) for i, (onset, end) in enumerate(times))
    piece = Piece(notes, meters=(Meter(3, 4),), parts=(Part("flute", 73, 2),), title="A tune")
    notation.write(tmp_path / "a.musicxml", piece, [(6.0, 90.0)])
    found, score = read_back(tmp_path / "a.musicxml")
    wanted = [0, 1 / 3, 2 / 3, 1, 1.25, 3.5, 9 + 1 / 3, 10]
    assert [onset for onset, _ in found] == pytest.approx(wanted)
    assert [pitch for _, pitch in found] == [note.pitch for note in notes]
    assert score.metadata.movementName == "A tune"
    assert score.parts[0].partName == "flute"
    assert [mark.number for mark in score.recurse().getElementsByClass("MetronomeMark")] == [120, 90]
    tuplets = [element for element in score.recurse().notes if element.duration.tuplets]
    assert len(tuplets) == 4  # three, and the one that begins at 9 1/3


def test_without_notes_there_is_no_score(tmp_path: Path) -> None:
    with pytest.raises(MusicLSTMError, match="there are no notes for a score"):
        notation.write(tmp_path / "a.musicxml", Piece(()))
    assert not list(tmp_path.iterdir())


def test_parts_and_keyboards(tmp_path: Path) -> None:
    notes = (Note(0, 1, 72), Note(0, 4, 48), Note(1, 1, 64), Note(0, 2, 55, part=1), Note(4, 4, 57, part=1))
    piece = Piece(notes, parts=(Part("piano"), Part("cello", 42, 1)), meters=(Meter(), Meter(2, 4, 4.0)))
    notation.write(tmp_path / "a.musicxml", piece)
    found, score = read_back(tmp_path / "a.musicxml")
    assert Counter(pitch for _, pitch in found) == Counter(note.pitch for note in notes)
    assert [len(list(part.getElementsByClass("Measure"))) for part in score.parts] == [3, 3, 3]
    assert {each.ratioString for each in score.parts[0].recurse().getElementsByClass("TimeSignature")} == {"4/4", "2/4"}


def test_drums_stand_on_their_lines(tmp_path: Path) -> None:
    notes = tuple(Note(index / 2, 0.05, pitch) for index, pitch in enumerate((36, 42, 38, 42)))
    notation.write(tmp_path / "a.musicxml", Piece(notes, parts=(Part("kit", 0, 9, percussive=True),)))
    text = (tmp_path / "a.musicxml").read_text()
    assert text.count("<unpitched>") == 4
    assert "<sign>percussion</sign>" in text


@given(
    st.lists(
        st.tuples(st.floats(0, 12), st.floats(0.02, 6), st.integers(40, 80)).map(lambda t: Note(t[0], t[1], t[2])),
        max_size=40,
    ),
    st.integers(1, 4),
)
def test_voices_never_overlap_and_lose_no_onset(notes: list[Note], most: int) -> None:
    chords = on_grid(notes)
    lines = voices(chords, most)
    assert len(lines) <= most
    for line in lines:
        assert all(chord.end > chord.start for chord in line)
        assert all(a.end <= b.start for a, b in pairwise(line))
    written = {(chord.start, pitch) for line in lines for chord in line for pitch in chord.pitches}
    assert written == {(chord.start, pitch) for chord in chords for pitch in chord.pitches}


def test_without_music21_one_line_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name.startswith("music21"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(UsageError, match="pip install"):
        notation.write_file(tmp_path / "a.musicxml", Piece((Note(0, 1, 60),)))
    assert not list(tmp_path.iterdir())
