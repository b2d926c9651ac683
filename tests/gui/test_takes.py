"""Takes: what was played is there after a close and after a crash, to hear, save, name, delete and go on from."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from musiclstm.engine.recording import journal_files
from musiclstm.engine.system.file_lock import lock
from musiclstm.gui import window as gui_window
from musiclstm.gui.dialogs.takes import TakesDialog
from musiclstm.music import midifile
from musiclstm.protocol import commands, telemetry
from tests.engine.recording.journals import MODEL, tune, write_journal
from tests.gui.conftest import Bench

PATIENCE = 15.0


class TakesBench(Bench):
    """With two takes of earlier evenings, `b` the later one, which a crash cut off."""

    def __init__(self, app: QApplication, folder: Path) -> None:
        write_journal(folder / "journal", "a", [MODEL, *tune(1, 0, 4)], clean=True)
        write_journal(folder / "journal", "b", [MODEL, *tune(1, 0, 6, person=1)])
        super().__init__(app, folder)
        self.settings.put("folders/takes", str(folder / "takes"))

    def until(self, ready: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not ready():
            assert time.monotonic() < end, (self.window.line.text, self.dialog.message.full)
            self.run(0.03)
            time.sleep(0.005)

    def open(self) -> TakesDialog:
        self.window.press("takes")
        self.until(lambda: all(entry.fresh for entry in self.dialog.list.entries) and self.dialog.list.entries)
        return self.dialog

    @property
    def dialog(self) -> TakesDialog:
        self.window.dialogs.show_takes()
        (found,) = self.window.findChildren(TakesDialog)
        return found

    def sessions(self) -> list[str]:
        return [entry.session for entry in self.dialog.list.entries]


@pytest.fixture
def takes(qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TakesBench]:
    # Else, on a busy machine, the window lists its takes by itself before the test has prepared them.
    monkeypatch.setattr(gui_window, "LATER", 3_600_000)
    made = TakesBench(qapp, tmp_path)
    yield made
    made.done()


def test_what_was_cut_off_is_offered_as_a_line(takes: TakesBench, tmp_path: Path) -> None:
    line = takes.window.line
    takes.window.takes.list()
    takes.until(lambda: "cut off" in line.text)
    assert line.text.startswith("A take of 3 seconds from")
    assert [button.text() for button in line.buttons] == ["Save it", "Show takes"]
    line.buttons[0].click()
    takes.until(lambda: "Saved what was cut off" in line.text)
    (file,) = (tmp_path / "takes").glob("Chorales *.mid")
    assert len(midifile.read(file).notes) == 6
    takes.until(lambda: not any(entry.cut_off for entry in takes.library.entries()))


def test_the_offer_leads_to_the_takes(takes: TakesBench) -> None:
    takes.window.takes.list()
    takes.until(lambda: "cut off" in takes.window.line.text)
    takes.window.line.buttons[1].click()
    takes.until(lambda: takes.dialog.list.current() is not None)
    assert takes.dialog.list.current().session == "b"  # type: ignore[union-attr]
    takes.until(lambda: not any(entry.cut_off for entry in takes.library.entries()))


def test_what_an_engine_without_its_window_still_records_is_offered_when_that_has_ended(takes: TakesBench) -> None:
    """The engine of a window that was killed ends a little later; until then its take looks as if it was played."""
    takes.library.look(lambda _: None)
    file = os.open(journal_files.files_of(takes.library.folder, "b")[-1], os.O_RDWR)
    assert lock(file)
    listed: list[object] = []
    takes.window.takes.listed.connect(listed.append)
    takes.window.takes.list()
    takes.until(lambda: len(listed) >= 2)
    assert "take" not in takes.window.line.text.lower()
    os.close(file)
    takes.until(lambda: "cut off" in takes.window.line.text)


def test_the_last_take_is_told_of_once(takes: TakesBench, qapp: QApplication) -> None:
    takes.library.look(lambda _: None)
    takes.library.dismiss("b")
    takes.window.takes.list()
    takes.until(lambda: "is kept in Takes" in takes.window.line.text)
    assert not takes.window.line.text.startswith("⚠")
    takes.window._last_take._offered = False  # as after the next start
    takes.window.line._passed()
    listed: list[object] = []
    takes.window.takes.listed.connect(listed.append)
    takes.window.takes.list()
    takes.until(lambda: len(listed) >= 2)
    assert "is kept in Takes" not in takes.window.line.text


def test_it_lists_what_was_played_and_stops_nothing(takes: TakesBench) -> None:
    takes.window.press("play")
    dialog = takes.open()
    assert takes.sessions() == ["b", "a"]
    assert takes.host.playing
    assert QApplication.activeModalWidget() is None
    entry = dialog.list.current()
    assert entry is not None
    assert entry.summary is not None
    shown = " ".join(label.text() for label in dialog.details.facts)
    assert "6 notes, 6 of them yours" in shown
    assert "Chorales" in shown
    assert dialog.details.picture.picture == entry.summary.picture
    assert "2 takes" in dialog.message.full
    assert "kept for 30 days and at most 2 GiB in all" in dialog.message.full


def test_save(takes: TakesBench, tmp_path: Path) -> None:
    dialog = takes.open()
    dialog.details.save.click()
    takes.until(lambda: "Saved" in dialog.message.full)
    (file,) = (tmp_path / "takes").iterdir()
    assert len(midifile.read(file).notes) == 6
    takes.until(lambda: any(file.name in label.text() for label in dialog.details.facts))
    assert dialog.action.isVisible()


def test_rename(takes: TakesBench) -> None:
    dialog = takes.open()
    dialog.details.name.setFocus()
    QTest.keyClicks(dialog.details.name, "My song: 1/2")
    QTest.keyClick(dialog.details.name, Qt.Key.Key_Return)
    takes.until(lambda: dialog.list.entries[0].name == "My song: 1/2")
    assert "kept until you delete it" in dialog.message.full
    dialog.details.save.click()
    takes.until(lambda: "Saved My song- 1-2 " in dialog.message.full)
    assert takes.library.entries()[0].name == "My song: 1/2"


def test_delete_and_undo_ask_nothing(takes: TakesBench, tmp_path: Path) -> None:
    dialog = takes.open()
    QTest.keyClick(dialog.list, Qt.Key.Key_Delete)
    takes.until(lambda: takes.sessions() == ["a"])
    assert QApplication.activeModalWidget() is None
    dialog.undo.click()
    takes.until(lambda: takes.sessions() == ["b", "a"])
    takes.until(lambda: dialog.list.current().session == "b")  # type: ignore[union-attr]
    assert not dialog.undo.isVisible()
    dialog.details.delete.click()
    takes.until(lambda: takes.sessions() == ["a"])
    takes.window.close()
    assert {path.name.split(".")[0] for path in (tmp_path / "journal").iterdir()} == {"a"}


def test_a_list_made_before_a_take_was_deleted_does_not_bring_it_back(
    takes: TakesBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the summaries are finished while a take is deleted: what is slower to be told is older."""
    dialog, entries, deleted = takes.open(), takes.library.entries, threading.Event()

    def slow() -> list[object]:
        found = entries()
        if threading.current_thread().name.startswith("takes-look"):
            deleted.wait(PATIENCE)
        return list(found)

    takes.run(0.2)
    monkeypatch.setattr(takes.library, "look", lambda _: None)
    monkeypatch.setattr(takes.library, "entries", slow)
    takes.window.takes.list()
    QTest.keyClick(dialog.list, Qt.Key.Key_Delete)
    takes.until(lambda: takes.sessions() == ["a"])
    deleted.set()
    for _ in range(10):
        takes.run(0.03)
        time.sleep(0.01)
        assert takes.sessions() == ["a"]


def test_hear_and_stop(takes: TakesBench) -> None:
    takes.window.press("play")
    dialog = takes.open()
    dialog.details.hear.click()
    assert "The music stops while you hear it" in dialog.message.full
    takes.until(lambda: takes.sent(commands.Hear))
    (heard,) = takes.sent(commands.Hear)
    assert isinstance(heard, commands.Hear)
    assert len(midifile.read(str(heard.file)).notes) == 6
    assert dialog.details.hear.text() == "Stop"
    takes.box.put(telemetry.Heard(heard.file, 15.0, 60.0))
    takes.until(lambda: dialog.details.picture.heard == 0.25)
    dialog.details.hear.click()
    assert takes.sent(commands.Hear)[-1] == commands.Hear(None)
    assert dialog.details.hear.text() == "Hear"
    dialog.details.hear.click()
    takes.until(lambda: len(takes.sent(commands.Hear)) == 3)
    takes.box.put(telemetry.Heard(None))
    takes.until(lambda: dialog.details.hear.text() == "Hear")
    assert dialog.details.picture.heard is None
    dialog.details.hear.click()
    takes.until(lambda: len(takes.sent(commands.Hear)) == 4)
    dialog.close()
    assert takes.sent(commands.Hear)[-1] == commands.Hear(None)


def test_the_end_of_a_take_is_not_taken_for_that_of_the_next(takes: TakesBench) -> None:
    """It ended by itself when the next was asked for."""
    dialog = takes.open()
    dialog.details.hear.click()
    takes.until(lambda: takes.sent(commands.Hear))
    first = takes.sent(commands.Hear)[-1]
    assert isinstance(first, commands.Hear)
    dialog.list.choose("a")
    dialog.details.hear.click()
    takes.box.put(telemetry.Heard(first.file, 3.0, 60.0))
    takes.run(0.03)
    takes.until(lambda: len(takes.sent(commands.Hear)) == 2)
    second = takes.sent(commands.Hear)[-1]
    assert isinstance(second, commands.Hear)
    takes.box.put(telemetry.Heard(None))
    takes.run(0.1)
    takes.box.put(telemetry.Heard(second.file, 15.0, 60.0))
    takes.until(lambda: dialog.details.picture.heard == 0.25)
    assert dialog.details.hear.text() == "Stop"
    dialog.close()
    assert takes.sent(commands.Hear)[-1] == commands.Hear(None)


def test_a_name_that_is_typed_is_not_given_to_another_take(takes: TakesBench) -> None:
    """As when another window deletes the take whose name is being typed."""
    dialog = takes.open()
    dialog.details.name.setFocus()
    QTest.keyClicks(dialog.details.name, "Mine")
    takes.library.delete("b")
    takes.window.takes.list()
    takes.until(lambda: takes.sessions() == ["a"])
    QTest.keyClick(dialog.details.name, Qt.Key.Key_Return)
    takes.run(0.2)
    takes.until(lambda: takes.sessions() == ["a"])
    assert takes.library.entries()[0].name == ""


def test_go_on_from_its_end(takes: TakesBench) -> None:
    dialog = takes.open()
    dialog.details.go_on.click()
    takes.until(lambda: takes.sent(commands.Prime))
    (prime,) = takes.sent(commands.Prime)
    assert isinstance(prime, commands.Prime)
    assert len(midifile.read(prime.file).notes) == 6
    assert "from the end of" in dialog.message.full
    takes.window.close()
    assert not os.path.exists(prime.file)  # noqa: PTH110


def test_the_limits_are_in_the_preferences(takes: TakesBench) -> None:
    takes.window.press("preferences")
    preferences = takes.window.dialogs._open["preferences"]
    preferences.days.setValue(7)  # type: ignore[attr-defined]
    preferences.room.setValue(0)  # type: ignore[attr-defined]
    assert (takes.settings.keep_days, takes.settings.keep_gib) == (7, None)
    assert "kept for 7 days; those" in takes.open().message.full


def test_without_takes_it_says_how_there_will_be_one(bench: Bench) -> None:
    bench.window.dialogs.show_takes()
    (dialog,) = bench.window.findChildren(TakesDialog)
    end = time.monotonic() + PATIENCE
    while not dialog._empty.isVisible():
        assert time.monotonic() < end
        bench.run(0.05)
    assert "without your saving it" in dialog._empty.text()
    assert not dialog.details.hear.isEnabled()
    assert not dialog.details.delete.isEnabled()


def test_the_list_opens_at_once_while_old_takes_are_looked_at(
    takes: TakesBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = threading.Event()
    monkeypatch.setattr(takes.library, "look", lambda _found: looking.wait(PATIENCE))
    takes.window.takes.list()  # as after the start
    takes.window.press("takes")
    takes.until(lambda: takes.sessions() == ["b", "a"])
    assert not takes.dialog.details.hear.isEnabled()  # nobody knows yet what is in it
    looking.set()


def test_no_button_is_cut_where_letters_are_large(takes: TakesBench, qapp: QApplication) -> None:
    usual = qapp.font()
    large = QFont(usual)
    large.setPointSizeF(1.5 * usual.pointSizeF())
    qapp.setFont(large)
    try:
        dialog = takes.open()
        dialog.setFont(large)
        takes.run(0.1)
        for button in dialog.details.findChildren(QPushButton):
            assert button.width() >= button.minimumSizeHint().width(), button.text()
    finally:
        qapp.setFont(usual)
