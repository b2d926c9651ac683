"""What is painted: tiles and live parts meet without a seam, and nothing is missing after a scroll or a jump."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from musiclstm.gui.roll.piano_roll import PianoRoll
from tests.gui.conftest import Bench


def pixels(image: QImage) -> NDArray[np.uint8]:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return (
        np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[:, :, :3].astype(np.uint8)
    )


def picture(roll: PianoRoll) -> NDArray[np.uint8]:
    roll._hover = None  # wherever the last test left the mouse
    return pixels(roll.grab().toImage())


@pytest.mark.parametrize("shift", [0.0, 0.003, 0.0072, 0.011])
def test_tiles_show_what_painting_at_once_shows(bench: Bench, shift: float) -> None:
    bench.window.press("play")
    bench.run(12)
    roll, axis = bench.window.views.roll, bench.window.axis
    axis.advance(axis.now + shift)
    tiled = picture(roll)
    # The same without a single tile: everything counts as not settled.
    roll.repaint_all()
    draw, roll._tiles.draw = roll._tiles.draw, lambda *_args: 0.0  # type: ignore[method-assign]
    direct = picture(roll)
    roll._tiles.draw = draw  # type: ignore[method-assign]
    differs = (np.abs(tiled.astype(int) - direct).max(axis=2) > 24).mean()
    assert differs < 0.002


def test_a_note_that_ends_late_is_painted_whole(bench: Bench) -> None:
    bench.window.press("play")
    bench.run(6)
    bench.window.views.play_note(84, 100)
    bench.run(5)
    bench.window.views.play_note(84, 0)
    bench.run(1)
    roll, axis = bench.window.views.roll, bench.window.axis
    note = next(n for n in bench.window.views.notes.between(0, 99) if n.by_person)
    assert note.end is not None
    shown = picture(roll)
    pitches = bench.window.views.models.roll.lanes[0].pitches
    y = round(pitches.y(84) + pitches.row / 2)
    inside = shown[y, max(0, round(axis.x(note.beat)) + 3) : round(axis.x(note.end)) - 3]
    assert len(inside) > 100
    assert inside.min() > 60  # the person's colour all along, the ground nowhere


def test_looking_back_shows_the_same_notes(bench: Bench) -> None:
    bench.window.press("play")
    bench.run(20)
    bench.window.press("play")
    bench.run(1.5)
    roll, axis = bench.window.views.roll, bench.window.axis
    before = picture(roll)
    axis.scroll(-4.0)
    bench.run(0.1)
    after = picture(roll)
    moved = round(4.0 * axis.scale)
    old, new = before[40:-40, 20:200], after[40:-40, 20 + moved : 200 + moved]
    assert (np.abs(old.astype(int) - new).max(axis=2) > 24).mean() < 0.01


def test_a_frame_that_changes_nothing_paints_no_tile(bench: Bench) -> None:
    bench.window.press("play")
    bench.run(10)
    roll = bench.window.views.roll
    made = 0
    make = roll._tiles._make

    def counted(*args: object) -> QImage:
        nonlocal made
        made += 1
        return make(*args)  # type: ignore[arg-type]

    roll._tiles._make = counted  # type: ignore[method-assign, assignment]
    roll.grab()
    first = made
    roll.grab()
    assert made == first


def test_the_name_of_an_octave_is_whole_while_its_key_sounds(bench: Bench) -> None:
    bench.window.resize(960, 540)
    bench.run(0.2)
    keys, pitches = bench.window.views.roll_box.keys, bench.window.views.models.roll.lanes[0].pitches
    y = round(pitches.y(60) + pitches.row / 2)

    def letters() -> int:
        """Dark pixels of the name, right of the black keys."""
        shown = pixels(keys.grab().toImage())[y - 8 : y + 8, round(keys.width() * 0.65) : keys.width() - 2]
        return int((shown.max(axis=2) < 70).sum())

    silent = letters()
    bench.window.views.play_note(60, 100)
    bench.run(0.1)
    assert bench.window.views.notes.sounding
    assert letters() > 0.8 * silent > 0
