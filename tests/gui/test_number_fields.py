"""Fields of numbers: what is typed counts, and is typed in peace."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication

from musiclstm.protocol import commands
from tests.gui.conftest import Bench
from tests.gui.hands import press

Key = Qt.Key


def number_field(bench: Bench, name: str) -> QAbstractSpinBox:
    """One of the first part's, in which somebody types."""
    bench.window.panel.tabs.setCurrentIndex(1)
    row = bench.window.parts.rows[0]
    row.unfold.setChecked(True)
    (field,) = (each for each in row.findChildren(QAbstractSpinBox) if each.accessibleName().endswith(f": {name}"))
    field.setFocus()
    field.selectAll()
    return field


@pytest.mark.parametrize(("typed", "pitch"), [("E4", 64), ("d#3", 51), ("Bb2", 46), ("48", 48)])
def test_a_pitch_is_typed_by_its_name_and_plays_no_note(bench: Bench, typed: str, pitch: int) -> None:
    field = number_field(bench, "lowest")
    QTest.keyClicks(field, typed)
    press(field, Key.Key_Space)
    press(field, Key.Key_Return)
    bench.run(0.2)
    assert not bench.sent(commands.PlayerNote)
    assert bench.host.playing
    assert bench.window.parts.rows[0].settings.low == pitch


@pytest.mark.parametrize(
    ("name", "typed", "has"), [("lowest", "48", 48), ("longest", "12.5", 12.5), ("channel", "12", 11)]
)
def test_what_is_typed_slowly_counts_once_it_is_entered(bench: Bench, name: str, typed: str, has: float) -> None:
    field = number_field(bench, name)
    for key in typed:
        QTest.keyClicks(field, key)
        bench.host.report_part(0)  # a pad mutes it meanwhile, say
        bench.run(0.1)
    press(field, Key.Key_Return)
    sent = [getattr(each, {"lowest": "low"}.get(name, name)) for each in bench.sent(commands.SetPart)]
    assert sent == [has]


@pytest.mark.parametrize("name", ["tempo", "channel", "lowest", "longest"])
def test_enter_and_escape_give_the_keys_back(bench: Bench, name: str) -> None:
    tempo = bench.window.transport.tempo
    bench.run(0.1)
    for key in (Key.Key_Return, Key.Key_Escape):
        field: QAbstractSpinBox = tempo if name == "tempo" else number_field(bench, name)
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, "12" if name != "tempo" else "90" if key == Key.Key_Return else "60")
        press(field, key)
        assert not field.hasFocus()
        press(QApplication.focusWidget() or bench.window, Key.Key_Backspace)
    assert bench.sent(commands.Back) == [commands.Back(1.0)] * 2
    assert not bench.sent(commands.Panic)  # the first Escape leaves the field alone
    press(QApplication.focusWidget() or bench.window, Key.Key_Escape)
    assert bench.sent(commands.Panic) == [commands.Panic()]
    if name == "tempo":
        assert bench.sent(commands.SetTempo) == [commands.SetTempo(90.0)]  # 60 was given up


def test_the_panic_button_ends_all_notes_though_a_number_is_typed(bench: Bench) -> None:
    tempo = bench.window.transport.tempo
    tempo.setFocus()
    QTest.keyClicks(tempo, "6")
    bench.window.transport.panic.click()
    assert bench.sent(commands.Panic) == [commands.Panic()]
