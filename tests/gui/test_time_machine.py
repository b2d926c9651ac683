"""Bookmarks, morphing, going back in time, and zooming, by mouse and keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from musiclstm.protocol import commands
from tests.gui.conftest import Bench
from tests.gui.hands import press, wheel

Key = Qt.Key


class TestTimeMachine:
    def test_bookmarks_are_kept_and_returned_to(self, bench: Bench) -> None:
        bench.window.press("play")
        bench.run(3)
        bench.window.strip.buttons["C"].click()
        bench.run(0.1)
        assert bench.sent(commands.SetBookmark) == [commands.SetBookmark("C")]
        assert bench.window.strip.buttons["C"].kept
        bench.window.strip.buttons["C"].click()
        assert bench.sent(commands.Return) == [commands.Return("C")]
        bench.run(0.1)
        assert bench.window.views.notes.jumps[-1][1] == "C"

    def test_digits_do_the_same(self, bench: Bench) -> None:
        bench.window.activateWindow()
        bench.window.views.roll.setFocus()
        press(bench.window, Key.Key_1)
        bench.run(0.1)
        press(bench.window, Key.Key_1)
        assert [type(c) for c in bench.host.sent if isinstance(c, (commands.SetBookmark, commands.Return))] == [
            commands.SetBookmark,
            commands.Return,
        ]

    def test_morph_between_two(self, bench: Bench) -> None:
        strip = bench.window.strip
        assert not strip.morph.isEnabled()
        for slot in "AB":
            bench.window.bridge.send(commands.SetBookmark(slot))
        bench.run(0.1)
        assert strip.morph.isEnabled()
        strip.morph.setValue(40)
        assert bench.sent(commands.Morph)[-1] == commands.Morph("A", "B", 0.4)

    def test_click_in_the_past_goes_back_there_and_a_drag_only_looks(self, bench: Bench) -> None:
        bench.window.press("play")
        bench.run(8)
        roll, axis = bench.window.views.roll, bench.window.axis
        x = int(axis.x(4.0)) + 1
        QTest.mouseClick(roll, Qt.MouseButton.LeftButton, pos=QPoint(x, 40))
        went = bench.sent(commands.GoTo)[-1]
        assert isinstance(went, commands.GoTo)
        assert went.beat == pytest.approx(4.0, abs=0.1)
        QTest.mouseClick(roll, Qt.MouseButton.LeftButton, pos=QPoint(roll.width() - 5, 40))
        assert len(bench.sent(commands.GoTo)) == 1  # the future cannot be gone to
        left = axis.left_beat
        QTest.mousePress(roll, Qt.MouseButton.LeftButton, pos=QPoint(200, 40))
        QTest.mouseMove(roll, QPoint(320, 40))
        QTest.mouseRelease(roll, Qt.MouseButton.LeftButton, pos=QPoint(320, 40))
        assert len(bench.sent(commands.GoTo)) == 1
        assert not axis.following
        assert axis.left_beat < left
        assert bench.window.views.roll_box.now_button.isVisible()
        bench.window.press("now")
        assert axis.following

    def test_click_on_a_bar_goes_there(self, bench: Bench) -> None:
        bench.window.press("play")
        bench.run(12)
        bars = bench.window.strip.bars
        QTest.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(int(bars._x(2)) + 3, 30))
        assert bench.sent(commands.GoTo) == [commands.GoTo(8.0)]

    def test_wheel_zooms(self, bench: Bench) -> None:
        scale = bench.window.axis.scale
        QApplication.sendEvent(bench.window.views.roll, wheel(bench.window.views.roll, 120))
        assert bench.window.axis.scale > scale

    def test_a_dropped_file_is_continued_if_it_is_there(self, bench: Bench, tmp_path: Path) -> None:
        song, gone, folder = (tmp_path / name for name in ("song.mid", "gone.mid", "folder.mid"))
        song.touch()
        folder.mkdir()
        for file in (gone, folder, song):
            data = QMimeData()
            data.setUrls([QUrl.fromLocalFile(str(file))])
            copy, button, no_key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
            bench.window.views.dropEvent(QDropEvent(QPointF(50, 50), copy, data, button, no_key))
            assert (f"Continuing from {file.name}" in bench.window.line.text) is (file is song)
        assert bench.sent(commands.Prime) == [commands.Prime(str(song))]
