"""Bars leave the window as a file that is there before the drag begins."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from musiclstm.gui.drag_out import PERSON, mime
from musiclstm.protocol import commands
from tests.gui.conftest import Bench


@pytest.fixture
def drags(bench: Bench, tmp_path: Path) -> list[Path]:
    """The files whose drag began, instead of the system's drag, which would wait for a mouse."""
    begun: list[Path] = []
    bench.window.out._folder = tmp_path / "dragged"
    bench.window.out.start_drag = lambda _widget, file: begun.append(file)
    bench.host.send(commands.Play())
    bench.run(12.0, rate=8)
    return begun


def pull(widget: QWidget, start: QPointF, by: int = 40) -> None:
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=start.toPoint())
    for step in (by // 2, by):
        QTest.mouseMove(widget, (start + QPointF(step, 0)).toPoint())
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=start.toPoint())


def test_the_button_is_dragged_as_the_last_bars(bench: Bench, drags: list[Path]) -> None:
    out = bench.window.out
    out.last = 4
    chosen = out.range
    pull(bench.window.out_button, QPointF(8, 20))
    bench.run(0.1)
    (command,) = bench.sent(commands.SaveBars)
    assert isinstance(command, commands.SaveBars)
    assert (command.start, command.end, command.part) == (*chosen, None)  # type: ignore[misc]
    assert command.end - command.start == 16.0
    first = round(command.start / 4) + 1
    assert [file.name for file in drags] == [f"chorales bars {first}-{first + 3}.mid"]
    assert str(drags[0]) == command.file
    assert not bench.sent(commands.Capture)  # it was no click
    assert [url.toLocalFile() for url in mime(drags[0]).urls()] == [str(drags[0])]
    assert mime(drags[0]).hasFormat("text/uri-list")


def test_the_drag_waits_for_the_file(bench: Bench, drags: list[Path]) -> None:
    out = bench.window.out
    assert out.prepare()
    out.drag(bench.window)
    assert not drags
    bench.run(0.1)
    assert len(drags) == 1
    out.drag(bench.window)
    assert len(drags) == 2  # it is there


def test_the_selection_is_dragged_out_of_the_roll(bench: Bench, drags: list[Path]) -> None:
    window = bench.window
    bar = window.axis.bars.number(window.axis.now) - 2
    window.views.selection.select(window.axis.bars.beat(bar), window.axis.bars.beat(bar + 1))
    before = window.axis.left_beat
    window.out.part = 1
    x = window.axis.x(window.axis.bars.beat(bar) + 1)
    pull(window.views.roll, QPointF(x, 60))
    bench.run(0.1)
    assert [file.name for file in drags] == [f"chorales Alto bar {bar + 1}.mid"]
    assert window.axis.following
    assert window.axis.left_beat >= before
    assert not bench.sent(commands.GoTo)


def test_a_click_captures_and_the_menu_chooses(bench: Bench, drags: list[Path]) -> None:
    QTest.mouseClick(bench.window.out_button, Qt.MouseButton.LeftButton, pos=QPointF(8, 20).toPoint())
    assert bench.sent(commands.Capture) == [commands.Capture()]
    menu = bench.window.out_button.open_menu()
    actions = {action.text(): action for action in menu.actions()}
    assert actions["Drag the last 8 bars"].isChecked()
    assert not actions["Drag the selected bars"].isEnabled()
    actions["You"].trigger()
    assert bench.window.out.part == PERSON
    actions["Copy as a file"].trigger()
    menu.close()
    bench.run(0.1)
    (url,) = QApplication.clipboard().mimeData().urls()
    assert Path(url.toLocalFile()).name.startswith("chorales you bars")


def test_one_click_beside_a_daw_and_back(bench: Bench) -> None:
    def shown() -> tuple[bool, str]:
        bench.run(0.1)
        return bench.window.transport.beside_daw, str(bench.window.transport.sync.currentData())

    assert shown() == (False, "internal")
    bench.window.press("daw")
    assert shown() == (True, "midi")
    bench.window.press("daw")
    assert shown() == (False, "internal")
    assert bench.sent(commands.BesideDaw) == [commands.BesideDaw(True), commands.BesideDaw(False)]
    assert not bench.sent(commands.SetSync)
