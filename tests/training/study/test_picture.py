"""Pictures of music."""

from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from musiclstm.music import midifile
from musiclstm.music.note import Note, Part, Piece, TimeBase
from training.study import picture

PARTS = (Part("upper"), Part("lower"))
DUET = Piece((Note(0, 4, 72, 127, 0), Note(4, 4, 48, 127, 1)), parts=PARTS, title="Duet")


def blue_and_red(path: Path) -> tuple[float, float]:
    """Mean column, 0 to 1, of the pixels in each part's colour."""
    pixels = np.asarray(matplotlib.image.imread(path))[30:, :, :3]
    found = []
    for colour in picture.COLOURS[:2]:
        wanted = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        columns = np.nonzero((np.abs(pixels - wanted) < 0.02).all(axis=2))[1]
        assert len(columns) > 100
        found.append(float(columns.mean()) / pixels.shape[1])
    return found[0], found[1]


def test_each_part_is_where_it_sounds(tmp_path: Path) -> None:
    picture.piano_roll(tmp_path / "a.png", DUET, bars=2)
    blue, red = blue_and_red(tmp_path / "a.png")
    assert blue == pytest.approx(0.25, abs=0.05)
    assert red == pytest.approx(0.75, abs=0.05)


def test_a_file_becomes_a_picture_of_several_lines(tmp_path: Path) -> None:
    midifile.write(tmp_path / "a.mid", DUET)
    assert picture.main([str(tmp_path / "a.mid"), str(tmp_path / "a.png")]) == 0
    one = matplotlib.image.imread(tmp_path / "a.png").shape
    picture.piano_roll(tmp_path / "b.png", DUET, bars=1)
    assert matplotlib.image.imread(tmp_path / "b.png").shape[0] > one[0] * 1.4


def test_seconds_and_silence_have_pictures_too(tmp_path: Path) -> None:
    picture.piano_roll(tmp_path / "a.png", Piece((Note(0, 1, 60),), TimeBase.SECONDS))
    picture.piano_roll(tmp_path / "b.png", Piece(()))
    assert (tmp_path / "a.png").stat().st_size > 1000
    assert (tmp_path / "b.png").stat().st_size > 1000
