"""The window as a whole: its look, what is kept, what is offered when it opens."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QScrollBar,
    QSplitterHandle,
    QTabBar,
    QTabWidget,
    QWidget,
)

from musiclstm.gui.bar.message_line import MessageLine
from musiclstm.gui.keyboard.keyboard import Keyboard
from musiclstm.gui.look.appearance import Look
from musiclstm.gui.look.theme import DARK, LIGHT
from musiclstm.gui.memory.view import MemoryLanes
from musiclstm.gui.roll.piano_roll import PianoRoll
from musiclstm.protocol import commands, telemetry
from tests.gui.conftest import Bench

Key = Qt.Key


class TestWholeWindow:
    def test_folded_memory_is_not_asked_for(self, bench: Bench) -> None:
        bench.window.views.show_memory(False)
        assert bench.sent(commands.Watch)[-1] == commands.Watch(memory=False, expectation=True)
        bench.window.views.show_keyboard(False)
        assert bench.sent(commands.Watch)[-1] == commands.Watch(memory=False, expectation=False)
        bench.window.press("play")
        bench.run(2)
        assert bench.window.views.memory.count == 0

    def test_freeze_holds_the_picture(self, bench: Bench) -> None:
        bench.window.press("play")
        bench.run(4)
        bench.window.press("freeze")
        left = bench.window.axis.left_beat
        bench.run(2)
        assert bench.window.axis.left_beat == left
        bench.window.press("freeze")
        assert bench.window.axis.following

    def test_full_screen_and_back(self, bench: Bench) -> None:
        size = bench.window.size()
        QTest.keyClick(bench.window, Qt.Key.Key_F11)
        assert bench.window.isFullScreen()
        QTest.keyClick(bench.window, Qt.Key.Key_F11)
        assert (bench.window.isFullScreen(), bench.window.size()) == (False, size)

    def test_theme_is_chosen_and_followed(self, bench: Bench) -> None:
        bench.look.choose("light")
        bench.run(0.1)
        assert bench.look.theme is LIGHT
        light = bench.window.grab().toImage().pixelColor(700, 120).lightness()
        bench.look.choose("dark")
        bench.run(0.1)
        assert bench.look.theme is DARK
        assert light - bench.window.grab().toImage().pixelColor(700, 120).lightness() > 100

    def test_settings_are_kept(self, bench: Bench) -> None:
        bench.window.views.show_memory(False)
        bench.window.axis.zoom(1.5)
        scale = bench.window.axis.scale
        bench.window.close()
        assert bench.host.closed
        assert bench.settings.flag("window/memory", True) is False
        assert bench.settings.number("window/scale", 0, 0, 1e6) == pytest.approx(scale)
        assert bench.settings.text("ports/output") == "synth"

    def test_everything_that_can_be_used_has_a_name(self, bench: Bench) -> None:
        bench.window.panel.show_more(True)
        for row in bench.window.parts.rows:
            row.unfold.setChecked(True)
        nameless = [
            f"{type(widget).__name__} {widget.objectName()} in {type(widget.parentWidget()).__name__}"
            for widget in bench.window.findChildren(QWidget)
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            and not isinstance(widget, (QScrollBar, QSplitterHandle))
            and not (widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()))
            and widget.window() is bench.window
            and not widget.objectName().startswith("qt_")
        ]
        assert nameless == []

    def test_everything_that_can_be_used_says_what_it_does(self, bench: Bench) -> None:
        bench.window.panel.show_more(True)
        for row in bench.window.parts.rows:
            row.unfold.setChecked(True)
        silent = []
        for widget in bench.window.findChildren(QWidget):
            each: QWidget | None = widget
            while each is not None and not each.toolTip():
                each = each.parentWidget()
            if isinstance(widget, QTabBar):
                told = all(widget.tabToolTip(index) for index in range(widget.count()))
            else:  # these read out what is under the mouse; and a message says what its buttons answer
                told = each is not None or isinstance(widget, (PianoRoll, MemoryLanes, Keyboard, QTabWidget))
                told = told or isinstance(widget.parentWidget(), (MessageLine, QTabBar))
            told = told or isinstance(widget, (QScrollBar, QSplitterHandle)) or widget.window() is not bench.window
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not told:
                silent.append(f"{type(widget).__name__} {widget.accessibleName() or widget.objectName()}")
        assert silent == []

    def test_everything_visible_is_reached_by_tab(self, bench: Bench) -> None:
        window = bench.window
        start: QWidget = window.transport.play
        reached, widget = {start}, start.nextInFocusChain()
        while widget is not None and widget is not start:
            reached.add(widget)
            widget = widget.nextInFocusChain()
        wanted = [
            *window.strip.buttons.values(),
            *window.panel.modes.values(),
            *window.panel.rows.values(),
            window.views.roll,
            window.views.lanes,
            window.views.keyboard,
            window.transport.panic,
            window.line.details,
        ]
        for one in wanted:
            inner = [one, *one.findChildren(QWidget)]
            assert any(each in reached and each.focusPolicy() & Qt.FocusPolicy.TabFocus for each in inner), one

    @pytest.mark.parametrize("size", [(1280, 800), (1280, 720), (1180, 620)])
    def test_no_label_is_clipped(self, bench: Bench, size: tuple[int, int]) -> None:
        bench.window.resize(*size)
        bench.run(0.2)
        clipped = []
        for widget in bench.window.findChildren(QWidget):
            if not widget.isVisible():
                continue
            if isinstance(widget, QLabel) and widget.text() and not widget.wordWrap():
                if widget.sizeHint().width() > widget.width() + 1 and widget.text() != bench.window.line.text:
                    clipped.append(widget.text())
            elif isinstance(widget, QAbstractButton) and widget.text():
                needs = widget.fontMetrics().horizontalAdvance(widget.text().replace("&&", "&"))
                if needs > widget.width() - 6:
                    clipped.append(widget.text())
            elif isinstance(widget, QComboBox) and widget.isVisibleTo(bench.window):
                needs = widget.fontMetrics().horizontalAdvance(widget.currentText())
                if needs > widget.width() - 30:
                    clipped.append(widget.currentText())
        assert clipped == []

    def test_no_text_is_smaller_than_the_systems(self, bench: Bench, qapp: QApplication) -> None:
        least = qapp.font().pointSizeF()
        for widget in bench.window.findChildren(QWidget):
            assert widget.font().pointSizeF() >= least, widget

    def test_time_goes_from_left_to_right_whatever_the_systems_language(self, qapp: QApplication) -> None:
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        Look(qapp, "dark")
        assert qapp.layoutDirection() == Qt.LayoutDirection.LeftToRight

    def test_closing_while_playing_stops(self, bench: Bench) -> None:
        bench.window.press("play")
        bench.run(1)
        bench.window.close()
        assert bench.host.closed

    def test_a_system_that_changes_its_theme_is_followed(self, bench: Bench, qapp: QApplication) -> None:
        look = Look(qapp, "system")
        assert look.theme is DARK  # offscreen does not say
        look.choose("light")
        assert look.theme is LIGHT


class TestFirstRun:
    @pytest.mark.parametrize(("ports", "chosen"), [(("FluidSynth",), True), ((), False), (("one", "two"), False)])
    def test_without_sound_the_only_port_is_chosen(
        self, qapp: QApplication, tmp_path: Path, ports: tuple[str, ...], chosen: bool
    ) -> None:
        bench = Bench(qapp, tmp_path, first_run=True)
        bench.host.output_alive = False
        bench.box.put(telemetry.PortsChanged((), ports))
        bench.run(0.3)
        assert bench.sent(commands.OpenOutput) == ([commands.OpenOutput("FluidSynth")] if chosen else [])
        if not chosen:
            assert "silently" in bench.window.line.text
        bench.done()

    def test_a_choice_is_never_overruled(self, qapp: QApplication, tmp_path: Path) -> None:
        bench = Bench(qapp, tmp_path, first_run=True)
        bench.window.transport.output.setCurrentIndex(bench.window.transport.output.findData("null"))
        bench.host.output_alive = False
        bench.box.put(telemetry.PortsChanged((), ("FluidSynth",)))
        bench.run(0.3)
        assert bench.sent(commands.OpenOutput) == [commands.OpenOutput("null")]
        bench.done()
