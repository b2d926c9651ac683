"""Answers of the engine that come late: an older one does not undo what was chosen since."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSpinBox

from musiclstm.gui.steer.slider import SteerSlider
from musiclstm.protocol import commands
from musiclstm.protocol.telemetry import ControlChanged, Loaded, Notice, PartChanged, Status, Telemetry
from tests.gui.conftest import Bench
from tests.gui.hands import press

T = TypeVar("T", bound=Telemetry)


def held_back(bench: Bench, kind: type[T]) -> list[T]:
    """What the engine has answered and the window has not read."""
    return [message for message in bench.box.take() if isinstance(message, kind)]


def tell(bench: Bench, *messages: Telemetry) -> None:
    for message in messages:
        bench.box.put(message)
    bench.bridge.fetch()


def test_a_slider_that_is_turned_by_keys_loses_no_step(bench: Bench) -> None:
    row = bench.window.panel.rows["time.temperature"]
    assert isinstance(row, SteerSlider)
    bench.box.take()
    begin, step = row.value(), row.singleStep()
    for _ in range(3):
        press(row, Qt.Key.Key_Right)
    first, *others = held_back(bench, ControlChanged)
    tell(bench, first)
    press(row, Qt.Key.Key_Right)
    assert row.value() == begin + 4 * step
    tell(bench, *others, *held_back(bench, ControlChanged))
    assert row.value() == begin + 4 * step
    tell(bench, replace(first, value=1.0))  # a knob
    assert row.value() == begin


def test_a_control_that_is_turned_back_is_turned_back(bench: Bench) -> None:
    bench.box.take()
    controls = bench.window.controls
    controls.turn("density", 0.4)
    controls.turn("density", 0.2)
    first, second = held_back(bench, ControlChanged)
    tell(bench, first)
    controls.turn("density", 0.4)
    assert [cast("commands.SetControl", each).value for each in bench.sent(commands.SetControl)] == [0.4, 0.2, 0.4]
    tell(bench, second, *held_back(bench, ControlChanged))
    assert controls.values["density"] == 0.4


def test_after_a_crash_the_engine_says_what_holds(bench: Bench) -> None:
    bench.box.take()
    bench.window.controls.turn("density", 0.4)
    bench.window.controls.turn("density", 0.2)
    (first, _) = held_back(bench, ControlChanged)
    bench.host.crash()
    tell(bench, first)
    assert bench.window.controls.values["density"] == 0.4


@pytest.mark.parametrize("field", ["volume", "voices", "transpose"])
def test_a_field_of_a_part_loses_no_step(bench: Bench, field: str) -> None:
    row = bench.window.parts.rows[0]
    row.unfold.setChecked(True)
    boxes = {box.accessibleName().rpartition(": ")[2]: box for box in row.findChildren(QSpinBox)}
    widget = row.fader if field == "volume" else boxes[field]
    bench.box.take()
    begin, step = widget.value(), widget.singleStep()
    for _ in range(3):
        press(widget, Qt.Key.Key_Up)
    first, *others = held_back(bench, PartChanged)
    tell(bench, first)
    press(widget, Qt.Key.Key_Up)
    assert widget.value() == begin + 4 * step
    tell(bench, *others, *held_back(bench, PartChanged))
    assert widget.value() == begin + 4 * step
    tell(bench, first)  # by OSC
    assert widget.value() == begin + step


def test_the_tempo_loses_no_step(bench: Bench) -> None:
    tempo = bench.window.transport.tempo
    bench.host.status()
    (old,) = held_back(bench, Status)
    tempo.stepBy(1)
    tell(bench, old)
    tempo.stepBy(1)
    assert tempo.value() == old.tempo + 2
    bench.run(0.5)
    assert tempo.value() == bench.host.tempo == old.tempo + 2


def test_playing_begins_with_the_model_that_was_asked_for(bench: Bench) -> None:
    """And not before, where another one was still being loaded."""
    transport = bench.window.transport
    bench.box.take()
    transport.model.setCurrentIndex(transport.model.findData("piano"))
    (earlier,) = held_back(bench, Loaded)
    transport.play_with("chorales")
    (asked,) = held_back(bench, Loaded)
    tell(bench, earlier)
    assert not bench.sent(commands.Play)
    tell(bench, Notice("Something else.", serious=True), asked)
    assert bench.sent(commands.Play)


def test_playing_does_not_begin_with_a_model_that_was_chosen_instead(bench: Bench) -> None:
    transport = bench.window.transport
    bench.box.take()
    transport.play_with("chorales")
    (first,) = held_back(bench, Loaded)
    transport.model.setCurrentIndex(transport.model.findData("piano"))
    tell(bench, first, *held_back(bench, Loaded))
    assert not bench.sent(commands.Play)
