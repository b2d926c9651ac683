"""The memory view shows the numbers of the engine's state frames: in its pixels, under the mouse, in its meters."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from musiclstm.gui.look.colours import rgb
from musiclstm.gui.memory.model import pool
from musiclstm.gui.memory.view import Reading
from musiclstm.protocol.telemetry import StateFrame
from tests.gui.conftest import Bench


def play(bench: Bench, seconds: float = 8.0) -> list[StateFrame]:
    """The frames that the engine sent, in order."""
    frames: list[StateFrame] = []
    bench.bridge.frames.connect(frames.extend)
    bench.window.press("memory")
    bench.window.press("play")
    bench.run(seconds)
    bench.window.press("play")
    bench.run(1.0)
    return frames


def test_the_model_holds_the_last_frame_of_each_moment_as_it_was_sent(bench: Bench) -> None:
    frames = play(bench)
    memory = bench.window.views.memory
    assert memory.count > 40
    sent = {frame.beat: frame for frame in frames}
    for beat in sorted(sent)[2:]:
        index = memory.index_at(beat)
        assert index is not None
        assert memory.beats[index] <= beat
    index = memory.index_at(4.0)
    assert index is not None
    same = [f for f in frames if f.beat == memory.beats[index] and (f.cell == memory.cells[index]).all()]
    assert same
    assert (same[-1].gates == memory.gates[index]).all()
    assert same[-1].surprise == pytest.approx(float(memory.surprise[index]))


def test_pixels_are_the_cells(bench: Bench) -> None:
    play(bench)
    bench.window.axis.zoom(2.0)
    bench.run(0.1)
    lanes, axis = bench.window.views.lanes, bench.window.axis
    memory = bench.window.views.memory
    picture = lanes.grab().toImage()
    checked = 0
    ground, high, low = (
        np.array(rgb(c), float) for c in (lanes._theme.ground, lanes._theme.positive, lanes._theme.negative)
    )
    for layer in range(2):
        lane = lanes.cell_lane(layer)
        rows = int(lane.height())
        for index in range(memory.count - 1):
            begin, end = (axis.x(float(beat)) for beat in memory.beats[index : index + 2])
            if end - begin < 12 or begin < 0 or end > axis.now_x - 2:
                continue
            x = round((begin + end) / 2)
            shown = pool(memory.cells[index, layer], rows)
            for row in range(0, rows, 5):
                level = np.tanh(shown[row] / 2)
                wanted = ground + abs(level) * ((high if level > 0 else low) - ground)
                seen = QColor(picture.pixel(x, round(lane.y()) + row))
                assert np.abs(wanted - (seen.red(), seen.green(), seen.blue())).max() <= 3, (layer, index, row)
                checked += 1
    assert checked > 100


def test_hover_reads_the_unit_and_a_click_pins_it(bench: Bench) -> None:
    play(bench)
    lanes, memory = bench.window.views.lanes, bench.window.views.memory
    place = QPoint(300, round(lanes.cell_lane(1).center().y()))
    QTest.mouseMove(lanes, place)
    lanes._hover = QPointF(place)
    reading = lanes.reading()
    assert reading is not None
    index = memory.index_at(reading.beat)
    assert reading.cell == float(memory.cells[index, reading.layer, reading.unit])
    gates = memory.gates[index, reading.layer, :, reading.unit]
    assert [reading.forget, reading.input, reading.output] == [float(gate) for gate in gates]
    QTest.mouseClick(lanes, Qt.MouseButton.LeftButton, pos=place)
    assert lanes.pin == (reading.layer, reading.unit)
    assert any(name == f"unit {reading.unit}" for name, _lane in lanes.lanes())
    bench.run(0.2)
    assert "Pinned" in bench.window.views.gates._unit.text() or "Unit" in bench.window.views.gates._unit.text()


def test_what_is_read_follows_the_music_under_a_mouse_that_rests(bench: Bench) -> None:
    play(bench)
    lanes = bench.window.views.lanes
    lanes._hover = QPointF(300, lanes.cell_lane(0).center().y())
    read: list[Reading | None] = []
    lanes.read.connect(read.append)
    bench.window.press("play")
    bench.run(2)
    assert len({reading.beat for reading in read if reading is not None}) > 1
    assert read[-1] == lanes.reading()


def test_meters_show_the_gates_of_the_moment(bench: Bench) -> None:
    play(bench)
    meters, memory = bench.window.views.gates.meters, bench.window.views.memory
    index = memory.index_at(bench.window.axis.now)
    assert meters.values is not None
    nearest = [i for i in range(memory.count) if (memory.gates[i] == meters.values).all()]
    assert nearest
    assert index is not None
    assert abs(nearest[0] - index) <= 8
    assert meters.means() == pytest.approx(memory.means[nearest[0]].mean(axis=0).tolist(), abs=1e-3)


def test_each_gate_is_explained_with_its_equation(bench: Bench) -> None:
    gates = bench.window.views.gates
    for key, sign in (("forget", "f = σ"), ("input", "i = σ"), ("output", "o = σ"), ("cell", "C = f ⊙ C + i ⊙ C̃")):
        gates.explain(key)
        assert sign in gates._equation.text()
        assert len(gates._text.text()) > 40


def test_a_click_on_the_line_of_the_pinned_unit_lets_it_go(bench: Bench) -> None:
    play(bench)
    lanes = bench.window.views.lanes
    QTest.mouseClick(lanes, Qt.MouseButton.LeftButton, pos=lanes.cell_lane(0).center().toPoint())
    assert lanes.pin is not None
    QTest.mouseClick(lanes, Qt.MouseButton.LeftButton, pos=lanes.pin_lane().center().toPoint())
    assert lanes.pin is None


@pytest.mark.parametrize("pin", [None, (0, 5)])
def test_all_gates_and_lanes_are_seen_in_a_small_window(bench: Bench, pin: tuple[int, int] | None) -> None:
    play(bench)
    bench.window.resize(960, 540)
    bench.window.form.toggle()
    bench.window.views.lanes.set_pin(pin)
    bench.run(0.1)
    views, meters = bench.window.views, bench.window.views.gates.meters
    inside = QRect(meters.mapTo(views.memory_box, QPoint()), meters.size())
    assert views.memory_box.rect().contains(inside)
    assert meters.height() >= meters.minimumSizeHint().height()
    lanes = [lane for _name, lane in views.lanes.lanes()]
    assert len(lanes) == 1 + 2 * views.memory.layers + (pin is not None)
    assert all(above.bottom() < below.top() for above, below in pairwise(lanes))
    assert all(QRectF(views.lanes.rect()).contains(lane) for lane in lanes)


@pytest.mark.parametrize("size", [(960, 540), (1280, 720), (1280, 900)])
def test_no_line_is_cut(bench: Bench, size: tuple[int, int]) -> None:
    play(bench)
    bench.window.resize(*size)
    bench.run(0.1)
    views, gates = bench.window.views, bench.window.views.gates
    assert views.memory_box.mapTo(views, views.memory_box.rect().bottomLeft()).y() < views.header.y()
    assert gates.meters.height() >= gates.meters.minimumSizeHint().height()
    for label in gates.findChildren(QLabel):
        if label.isVisible():
            assert label.height() >= label.heightForWidth(label.width()), label.text()
            assert label.geometry().bottom() < gates.height()
    whole = gates._equation.isVisible() and "A long stripe" in gates._text.text()
    assert bool(gates.toolTip()) is not whole
    assert whole or size[1] < 900
