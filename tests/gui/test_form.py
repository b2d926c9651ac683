"""The form in the window: sections are stored, gone to and lit; the chain is written; nothing shows unasked."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMenu

from musiclstm.gui.bar import section_button
from musiclstm.gui.dialogs.songs import SongsDialog
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
    assert form.buttons["A"].isChecked()  # it goes on
    assert not form.buttons["B"].isChecked()
    bench.host.send(commands.Play())
    click(bench, "B")
    assert bench.sent(commands.Section) == [commands.Section("B")]
    assert form.buttons["B"].coming
    lit = set()
    for _ in range(60):
        bench.run(1 / 30)
        lit.add(form.buttons["B"].isChecked())
    assert lit == {True, False}  # it blinks
    assert "B in" in form.state.text()
    assert "bar" in form.state.text()


def test_a_pedal_can_be_mapped_to_the_next_song(bench: Bench) -> None:
    bench.window.press("form")
    songs, place = bench.window.form.songs, QPoint(5, 5)
    songs.contextMenuEvent(QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, songs.mapToGlobal(place)))
    (menu,) = (each for each in songs.findChildren(QMenu) if each is not songs.menu())
    menu.actions()[0].trigger()
    menu.close()
    assert bench.sent(commands.Learn) == [commands.Learn("song.next")]


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
    assert [action.text() for action in songs.menu().actions()][-4:] == [
        "Songs…",
        "Load a set list…",
        "Load the example",
        "Save the set list…",
    ]
    songs.menu().actions()[-2].trigger()
    assert "set-list.toml" in str(bench.sent(commands.LoadSetList)[0])
    bench.window.press("next_section")
    assert bench.sent(commands.NextSection)


# ---- songs ---------------------------------------------------------------------------------------------------------


def songs_of(bench: Bench) -> SongsDialog:
    bench.window.form.songs.songs_asked.emit()
    dialog = bench.window.dialogs._open["songs"]
    assert isinstance(dialog, SongsDialog)
    return dialog


def shown(dialog: SongsDialog) -> list[str]:
    return [dialog.list.item(row).text() for row in range(dialog.list.count())]


def named(bench: Bench, dialog: SongsDialog, title: str) -> None:
    """Types into the line that is open."""
    line = dialog.list.findChild(QLineEdit)
    assert isinstance(line, QLineEdit)
    line.selectAll()
    QTest.keyClicks(line, title)
    QTest.keyClick(line, Qt.Key.Key_Return)
    bench.run(0.1)


def test_songs_are_added_and_named_at_once(bench: Bench) -> None:
    dialog = songs_of(bench)
    assert dialog.list.isHidden()
    for title in ("Reel", "Waltz"):
        dialog.add.click()
        bench.run(0.1)
        named(bench, dialog, title)
    assert shown(dialog) == ["Reel", "Waltz"]
    assert dialog.list.item(0).font().bold()
    assert not dialog.list.item(1).font().bold()
    assert bench.window.form.songs.text().startswith("1  Reel")
    # What is typed there is no music.
    assert not bench.sent(commands.PlayerNote)
    dialog.list.itemActivated.emit(dialog.list.item(1))
    assert bench.sent(commands.Song) == [commands.Song(2)]


def test_the_song_that_is_named_is_the_new_one(bench: Bench) -> None:
    """Not the last of those there were, where the next section came when the new song was asked for."""
    for title in ("One", "Two"):
        bench.host.send(commands.AddSong(title))
    dialog = songs_of(bench)
    bench.run(0.1)
    sections = bench.bridge.form_changed
    before = bench.window.form.form
    assert before is not None
    dialog.add.click()
    sections.emit(replace(before, letter="B"))  # was on its way
    assert dialog.list.findChild(QLineEdit) is None
    bench.run(0.1)
    named(bench, dialog, "Three")
    assert bench.sent(commands.RenameSong) == [commands.RenameSong(3, "Three")]


def test_a_title_can_be_typed_while_the_sections_change(bench: Bench) -> None:
    for title in ("One", "Two"):
        bench.host.send(commands.AddSong(title))
    dialog = songs_of(bench)
    bench.run(0.1)
    dialog.list.setCurrentRow(1)
    dialog.rename.click()
    line = dialog.list.findChild(QLineEdit)
    assert isinstance(line, QLineEdit)
    line.setText("Half a ti")
    bench.host.send(commands.StoreSection("B"))
    bench.run(0.1)
    assert line.text() == "Half a ti"
    named(bench, dialog, "Whole")
    assert bench.sent(commands.RenameSong) == [commands.RenameSong(2, "Whole")]


def test_songs_are_moved_removed_and_brought_back(bench: Bench) -> None:
    for title in ("One", "Two", "Three"):
        bench.host.send(commands.AddSong(title))
    dialog = songs_of(bench)
    bench.run(0.1)
    dialog.list.setCurrentRow(2)
    dialog.up.click()
    bench.run(0.1)
    assert (shown(dialog), dialog.list.currentRow()) == (["One", "Three", "Two"], 1)
    # As a drag does.
    assert dialog.list.model().moveRow(QModelIndex(), 0, QModelIndex(), 3)
    bench.run(0.1)
    assert bench.sent(commands.MoveSong)[-1] == commands.MoveSong(1, 3)
    assert shown(dialog) == ["Three", "Two", "One"]
    dialog.list.setCurrentRow(1)
    QTest.keyClick(dialog.list, Qt.Key.Key_Delete)
    bench.run(0.1)
    assert shown(dialog) == ["Three", "One"]
    assert dialog.message.full == "Removed Two."
    dialog.undo.click()
    bench.run(0.1)
    assert shown(dialog) == ["Three", "Two", "One"]
    assert dialog.undo.isHidden()


def test_the_strip_is_open_as_it_was_left(bench: Bench) -> None:
    bench.window.press("form")
    bench.window._state.save("chorales", None)
    assert bench.settings.flag("window/form", False)
    bench.window.press("form")
    bench.window._state.restore()
    assert not bench.window.form.isHidden()
