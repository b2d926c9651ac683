"""Chords are typed above the roll."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from musiclstm.gui.roll.chord_lane import ChordLane
from musiclstm.protocol import commands
from musiclstm.protocol.telemetry import ChordsChanged
from tests.gui.conftest import Bench

Key = Qt.Key


def click_now(bench: Bench) -> ChordLane:
    lane = bench.window.views.chords
    QTest.mouseClick(lane, Qt.MouseButton.LeftButton, pos=QPoint(round(bench.window.axis.now_x) + 3, 8))
    return lane


def typed(lane: ChordLane, text: str, key: Qt.Key) -> None:
    QTest.keyClicks(lane.line, text)
    QTest.keyClick(lane.line, key)


def texts(bench: Bench) -> list[str]:
    return [command.text for command in bench.sent(commands.Chords) if isinstance(command, commands.Chords)]


def test_bars_are_typed_one_after_another(bench: Bench) -> None:
    lane = click_now(bench)
    typed(lane, "Dm7", Key.Key_Tab)
    typed(lane, "G7 C", Key.Key_Return)
    assert texts(bench) == ["Dm7 | %", "Dm7 | G7 C"]
    assert lane.line.isVisible()
    # What is typed there is no music.
    assert not bench.sent(commands.PlayerNote)


def test_what_is_no_chord_stays_to_be_corrected(bench: Bench) -> None:
    said: list[str] = []
    bench.window.views.chords.wrong.connect(said.append)
    lane = click_now(bench)
    typed(lane, "Xy", Key.Key_Return)
    assert not texts(bench)
    assert "Xy" in said[0]
    assert lane.line.text() == "Xy"


def test_escape_leaves_without_panic(bench: Bench) -> None:
    lane = click_now(bench)
    typed(lane, "Dm7", Key.Key_Escape)
    assert not lane.line.isVisible()
    assert not texts(bench)
    assert not bench.sent(commands.Panic)


def test_the_bar_under_the_mouse_is_edited(bench: Bench) -> None:
    lane = bench.window.views.chords
    lane.take(ChordsChanged("C | F | G7", 0.0, 4.0))
    lane._edit_at(5.0)
    assert lane.line.text() == "F"
    typed(lane, "Dm", Key.Key_Return)
    assert texts(bench) == ["C | Dm | G7"]
    assert lane.line.text() == "G7"
