"""A piece is known again by its sketch, whatever is done to it that leaves it the same music."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.music import midifile
from musiclstm.music.columns import note_columns
from musiclstm.music.note import Note, Part, Piece, TimeBase
from musiclstm.music.sketch import BINS, LEAST, Sketch, likeness, sketch
from tests import uncompiled


def tune(seed: int, count: int = 200) -> Piece:
    """Three voices that walk."""
    rng, pitches, notes = random.Random(seed), [72, 62, 50], []
    for step in range(count // 3 + 1):
        for voice in range(3):
            pitches[voice] = min(100, max(30, pitches[voice] + rng.choice((-4, -3, -2, -1, 0, 1, 2, 3, 5))))
            notes.append(Note(step / 2, rng.choice((0.5, 1.0)), pitches[voice], 80, voice))
    return Piece(tuple(sorted(notes[:count])), parts=tuple(Part(name) for name in "abc"))


def of(piece: Piece) -> Sketch:
    tuned = np.array([not part.percussive for part in piece.parts], dtype=np.uint8)
    found = sketch(note_columns(piece.notes), tuned)
    assert found is not None
    return found


def changed(piece: Piece, share: float, seed: int) -> Piece:
    """So many of its notes are others."""
    rng = random.Random(seed)
    notes = [replace(n, pitch=n.pitch + rng.choice((-2, 1, 3))) if rng.random() < share else n for n in piece.notes]
    return replace(piece, notes=tuple(sorted(notes)))


@given(st.integers(0, 1000), st.integers(-12, 12), st.floats(0.3, 3), st.floats(0, 10))
def test_neither_key_nor_tempo_nor_a_pause_before_it_changes_it(
    seed: int, semitones: int, factor: float, pause: float
) -> None:
    piece = tune(seed)
    notes = (Note(n.onset * factor + pause, n.duration, n.pitch + semitones, 30, n.part) for n in piece.notes)
    other = replace(piece, notes=tuple(sorted(notes)))
    assert likeness(of(piece), of(other)) == 1.0


@pytest.mark.parametrize("seed", range(20))
def test_a_few_other_notes_change_it_little(seed: int) -> None:
    piece = tune(seed, 400)
    shares = [likeness(of(piece), of(changed(piece, share, seed))) for share in (0.0, 0.02, 0.3)]
    assert shares[0] == 1.0
    assert 0.5 < shares[1] < 1.0
    assert shares[2] < 0.4


def test_other_music_has_another() -> None:
    sketches = [of(tune(seed)) for seed in range(60)]
    assert max(likeness(one, other) for i, one in enumerate(sketches) for other in sketches[:i]) < 0.2


def test_drums_and_short_pieces_have_none() -> None:
    piece = tune(1)
    assert sketch(note_columns(piece.notes), np.array([0, 0, 0], dtype=np.uint8)) is None
    assert sketch(note_columns(tune(1, LEAST - 1).notes), np.ones(3, dtype=np.uint8)) is None
    assert sketch(note_columns(tune(1, LEAST).notes), np.ones(3, dtype=np.uint8)) is not None
    assert sketch(note_columns(()), np.zeros(0, dtype=np.uint8)) is None
    # Drums that are added change nothing.
    drums = tuple(Note(i / 4, 0.1, 36 + i % 5, 80, 3) for i in range(100))
    parts = (*piece.parts, Part("kit", percussive=True))
    assert likeness(of(piece), of(Piece(tuple(sorted((*piece.notes, *drums))), parts=parts))) == 1.0


def test_compiled_or_not_it_is_the_same() -> None:
    expected = [of(tune(seed)).tolist() for seed in range(10)]
    assert len(expected[0]) == BINS
    assert uncompiled.result(sketches, 10) == expected


def sketches(count: int) -> list[list[int]]:
    return [of(tune(seed)).tolist() for seed in range(count)]


def test_files_of_one_piece_have_the_same(tmp_path: Path) -> None:
    """Read in beats or in seconds."""
    midifile.write(tmp_path / "a.mid", replace(tune(3), tempo=90.0))
    found = []
    for base in TimeBase:
        piece, columns = midifile.read_columns(tmp_path / "a.mid", base)
        found.append(sketch(columns, np.ones(len(piece.parts), dtype=np.uint8)))
    assert found[0] is not None
    assert found[1] is not None
    assert likeness(found[0], found[1]) > 0.95
