"""The roll with the real engine and the models that come along."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from tests.gui.test_live import Live

pytestmark = pytest.mark.gui
Start = Callable[[str], Live]


@pytest.fixture
def start(qapp: QApplication, tmp_path: Path) -> Iterator[Start]:
    started: list[Live] = []

    def make(model: str) -> Live:
        started.append(Live(tmp_path, "--model", model, "--out", "null", "--tempo", "240", "--seed", "7"))
        return started[-1]

    yield make
    for live in started:
        live.close()


def in_view(live: Live) -> bool:
    """Whether all that is planned or sounds is where it can be seen."""
    views, axis = live.window.views, live.window.axis
    pitches = views.models.roll.lanes[0].pitches
    notes = [*views.notes.planned.values(), *views.notes.sounding.values()]
    top, bottom = -0.5, views.roll.height() + 0.5
    seen = all(top <= pitches.y(n.pitch) and pitches.y(n.pitch + -1) <= bottom for n in notes)
    return bool(notes) and seen and all(n.beat <= axis.right_beat for n in notes)


def test_chorales_are_in_view_and_their_chords_named(start: Start) -> None:
    live = start("chorales")
    views, axis = live.window.views, live.window.axis
    assert not views.memory_box.isVisible()
    live.key(Qt.Key.Key_Space)
    live.until(lambda: axis.now > 16)
    live.until(lambda: in_view(live))
    chords = views.models.roll.harmony.between(0, 16, now=axis.now, bars=axis.bars)
    assert len(chords) >= 4
    assert axis.right_beat - axis.now >= 1.0  # the horizon


def test_drums_have_lanes(start: Start) -> None:
    live = start("drums")
    views = live.window.views
    live.key(Qt.Key.Key_Space)
    live.until(lambda: views.notes.played > 20)
    live.until(lambda: in_view(live))
    kit = views.models.roll.lanes[0].pitches.kit
    assert kit is not None
    assert all(note.drum for note in views.notes.between(0, 99))
    played = {kit.lanes[kit.row(note.pitch)].name for note in views.notes.between(0, 99)}
    assert played & {"Kick", "Snare", "Hi-hat", "Pedal", "Ride"}
