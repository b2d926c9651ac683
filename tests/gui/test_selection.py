"""Bars are selected by dragging over the ruler."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from musiclstm.gui.look.colours import rgb
from musiclstm.protocol import commands, telemetry
from tests.gui.conftest import Bench
from tests.gui.test_painting import pixels

LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key


@pytest.fixture
def played(bench: Bench) -> Bench:
    """Four and a half bars."""
    bench.window.press("play")
    bench.run(11.3)
    bench.window.press("play")
    bench.run(0.2)
    bench.window.axis.zoom(0.5)  # all of it is in view
    return bench


def drag(bench: Bench, begin: float, end: float) -> None:
    ruler, axis = bench.window.views.ruler, bench.window.axis
    from_, to = (QPoint(round(axis.x(beat)), 8) for beat in (begin, end))
    QTest.mousePress(ruler, LEFT, pos=from_)
    QTest.mouseMove(ruler, (from_ + to) / 2)
    QTest.mouseMove(ruler, to)
    QTest.mouseRelease(ruler, LEFT, pos=to)


@pytest.mark.parametrize(("begin", "end", "bars"), [(5.0, 10.0, (4, 12)), (10.5, 5.0, (4, 12)), (9.0, 40.0, (8, 20))])
def test_a_drag_selects_whole_bars_that_have_begun(
    played: Bench, begin: float, end: float, bars: tuple[float, float]
) -> None:
    heard: list[tuple[float, float]] = []
    played.window.views.selection.selected.connect(lambda *both: heard.append(both))
    drag(played, begin, end)
    assert heard == [bars]
    assert played.window.views.selection.range == bars
    assert not played.sent(commands.GoTo)


def test_it_is_seen_in_ruler_and_roll(played: Bench) -> None:
    views, axis = played.window.views, played.window.axis
    x, y = round(axis.x(6.9)), 3
    plain = pixels(views.roll.grab().toImage())
    drag(played, 5.0, 10.0)
    accent = np.array(rgb(played.look.theme.accent))[::-1]
    assert (pixels(views.ruler.grab().toImage())[y, x] == accent).all()
    assert (pixels(views.roll.grab().toImage())[:, x] != plain[:, x]).any(axis=1).all()


@pytest.mark.parametrize("how", ["click", "escape", "delete"])
def test_it_is_cleared(played: Bench, how: str) -> None:
    views = played.window.views
    drag(played, 5.0, 10.0)
    cleared: list[bool] = []
    views.selection.cleared.connect(lambda: cleared.append(True))
    if how == "click":
        QTest.mouseClick(views.ruler, LEFT, pos=QPoint(300, 8))
    else:
        QTest.keyClick(views.ruler, Key.Key_Escape if how == "escape" else Key.Key_Delete)
    assert cleared == [True]
    assert played.window.views.selection.range is None


def test_keys_select_as_well(played: Bench) -> None:
    views, seen = played.window.views, []
    views.selection.selected.connect(lambda *both: seen.append(both))
    QTest.keyClick(views.ruler, Key.Key_Left)
    QTest.keyClick(views.ruler, Key.Key_Left)
    QTest.keyClick(views.ruler, Key.Key_Left)
    QTest.keyClick(views.ruler, Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert seen == [(16, 20), (12, 16), (8, 12), (8, 16)]


def test_a_leaders_start_takes_it_along_and_a_new_beginning_ends_it(played: Bench) -> None:
    views = played.window.views
    drag(played, 5.0, 10.0)
    played.box.put(telemetry.Jumped(64.0, "clock", 18.0))
    played.bridge.fetch()
    assert views.selection.range is not None
    assert views.selection.range[0] == 4.0 + 46
    played.window.axis.advance(64.0)
    played.box.put(telemetry.Jumped(0.0, "forget"))
    played.bridge.fetch()
    assert played.window.views.selection.range is None
