"""The form in the window: sections are stored, gone to and lit; the chain is written; nothing shows unasked."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from musiclstm.gui.bar import section_button
from musiclstm.protocol import commands
from tests.gui.conftest import Bench


def click(bench: Bench, letter: str) -> None:
    QTest.mouseClick(bench.window.form.buttons[letter], Qt.MouseButton.LeftButton)
    bench.run(0.1)


def test_it_shows_when_it_is_asked_for_or_there_is_a_form(bench: Bench) -> None:
    form = bench.window.form
    assert not form.isVisible()
    bench.window.press("form")
    assert form.isVisible()
    bench.window.press("form")
    assert not form.isVisible()
    bench.host.send(commands.StoreSection("A"))
    bench.run(0.1)
    assert form.isVisible()


def test_a_letter_stores_and_then_goes(bench: Bench) -> None:
    form = bench.window.form
    bench.window.press("form")
    click(bench, "A")
    click(bench, "B")
    assert bench.sent(commands.StoreSection) == [commands.StoreSection("A"), commands.StoreSection("B")]
    assert form.buttons["B"].isChecked()
    assert not form.buttons["A"].isChecked()
    bench.host.send(commands.Play())
    click(bench, "A")
    assert bench.sent(commands.Section) == [commands.Section("A")]
    assert form.buttons["A"].coming
    lit = set()
    for _ in range(60):
        bench.run(1 / 30)
        lit.add(form.buttons["A"].isChecked())
    assert lit == {True, False}  # it blinks
    assert "A in" in form.state.text()
    assert "bar" in form.state.text()


def test_a_long_press_stores(bench: Bench) -> None:
    bench.window.press("form")
    click(bench, "A")
    button = bench.window.form.buttons["A"]
    QTest.mousePress(button, Qt.MouseButton.LeftButton)
    QTest.qWait(section_button.LONG + 100)
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton)
    bench.run(0.1)
    assert bench.sent(commands.StoreSection) == [commands.StoreSection("A")] * 2
    assert not bench.sent(commands.Section)


def test_the_chain_is_sent_by_return_and_left_by_escape(bench: Bench) -> None:
    chain = bench.window.form.chain
    bench.window.press("form")
    click(bench, "A")
    chain.setFocus()
    QTest.keyClicks(chain, "A x2")
    QTest.keyClick(chain, Qt.Key.Key_Return)
    bench.run(0.1)
    assert bench.sent(commands.SetChain) == [commands.SetChain("A x2")]
    chain.setFocus()
    QTest.keyClicks(chain, " B")
    QTest.keyClick(chain, Qt.Key.Key_Escape)
    assert chain.text() == "A x2"


def test_the_menu_has_the_songs(bench: Bench) -> None:
    bench.window.press("form")
    songs = bench.window.form.songs
    songs.menu().aboutToShow.emit()
    assert [action.text() for action in songs.menu().actions()][-3:] == [
        "Load a set list…",
        "Load the example",
        "Save the set list…",
    ]
    songs.menu().actions()[-2].trigger()
    assert "set-list.toml" in str(bench.sent(commands.LoadSetList)[0])
    bench.window.press("next_section")
    assert bench.sent(commands.NextSection)
