"""Takes: everything that was played, evening by evening; to hear, save, name, delete, and to go on from.

A window beside the window: the music goes on, and nothing in it asks a question.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from musiclstm.engine.supervision.host import Entry
from musiclstm.gui.bar.message_line import Elided
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.dialogs import take_words as words
from musiclstm.gui.dialogs.take_details import TakeDetails
from musiclstm.gui.dialogs.take_list import TakeList
from musiclstm.gui.look.buttons import foot, push_button
from musiclstm.gui.look.room import resize_within
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.settings import Settings
from musiclstm.gui.takes import Takes
from musiclstm.protocol.commands import Hear, Prime
from musiclstm.protocol.telemetry import Exited, Heard, Status

_HEAR, _GO_ON = "hear", "go on"
_EMPTY = "Nothing yet. Whatever you play is kept here, without your saving it."


class TakesDialog(QDialog):
    """preferences_asked: the person wants to change how long takes are kept. learn_asked(entry): to teach with it."""

    preferences_asked = Signal()
    learn_asked = Signal(object)

    def __init__(self, takes: Takes, bridge: Bridge, settings: Settings, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._takes, self._bridge, self._settings = takes, bridge, settings
        self.setWindowTitle("Takes")
        resize_within(self, QSize(980, 600))
        self.setMinimumSize(760, 420)
        self._playing = False
        self._entries: Sequence[Entry] = ()
        self._wanted = ""  # a session to choose as soon as it is listed
        self._heard: tuple[str, str] = ("", "")  # session and file that are heard
        self._asked: tuple[str, str] = ("", "")  # those that the engine has been asked for last
        self.list = TakeList(theme)
        self.details = TakeDetails(theme)
        self._lay_out()
        self.list.chosen.connect(self._show)
        self.list.delete_asked.connect(self._delete)
        self.details.renamed.connect(self._rename)
        self.details.hear_asked.connect(self._hear)
        self.details.go_on_asked.connect(self._go_on)
        self.details.save_asked.connect(self._save)
        self.details.notation_asked.connect(self._notate)
        self.details.delete_asked.connect(self._delete)
        self.details.learn_asked.connect(lambda: self.learn_asked.emit(self.list.current()))
        takes.listed.connect(self._listed)
        takes.changed.connect(self.list.show_entry)
        takes.saved.connect(self._saved)
        takes.exported.connect(self._exported)
        takes.failed.connect(self.say)
        bridge.heard.connect(self._hearing)
        bridge.status.connect(self._take_status)
        bridge.exited.connect(self._take_exit)
        self._show(None)

    # ---- building --------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._empty = QLabel(_EMPTY)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setProperty("quiet", True)
        self._empty.setWordWrap(True)
        self._empty.setContentsMargins(16, 16, 16, 16)
        listing = QWidget()
        self._stack = QStackedLayout(listing)
        self._stack.addWidget(self.list)
        self._stack.addWidget(self._empty)
        split = QSplitter()
        split.setChildrenCollapsible(False)
        split.addWidget(listing)
        split.addWidget(self.details)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes([600, 380])
        split.setHandleWidth(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(split, 1)
        column.addWidget(self._foot())

    def _foot(self) -> QWidget:
        self.message = Elided()
        self._room = ""
        self.undo = push_button("Undo", "Bring back the take that was deleted last.", self._undo)
        self._deleted: list[str] = []
        self._action: Callable[[], object] = lambda: None
        self.action = push_button("Show folder", "", self._do_action)
        tip = "How long takes are kept, and how much room they may take."
        preferences = push_button("Preferences…", tip, self.preferences_asked.emit)
        close = push_button("Close", "", self.close)
        made = foot(self.message, self.undo, self.action, preferences, close)
        self.undo.hide()
        self.action.hide()
        return made

    # ---- what there is -----------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.list.setFocus()
        self._takes.list()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._heard[0] and not event.spontaneous():  # nothing is left here to stop it by
            self._stop_hearing()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowActivate:  # the one that is being played has grown meanwhile
            self._takes.list()
        return super().event(event)

    def choose(self, session: str) -> None:
        """Select this take, as soon as it is listed."""
        self._wanted = session
        self.list.choose(session)

    def set_theme(self, theme: Theme) -> None:
        self.list.set_theme(theme)
        self.details.picture.set_theme(theme)

    def _listed(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self.list.show_entries(entries)
        if self._wanted and any(entry.session == self._wanted for entry in entries):
            self.list.choose(self._wanted)
            self._wanted = ""
        self._stack.setCurrentIndex(0 if entries else 1)
        size = sum(entry.size for entry in entries)
        before, settings = self._room, self._settings
        self._room = words.room_words(size, len(entries), settings.keep_days, settings.keep_gib)
        if self.message.full in ("", before):
            self.message.show_text(self._room)

    def _show(self, entry: Entry | None) -> None:
        self.details.show_entry(entry)
        self._show_hearing()

    # ---- what can be done --------------------------------------------------------------------------------------------

    def say(self, text: str, action: Callable[[], object] | None = None) -> None:
        """A line at the bottom. action: show the folder of what it is about."""
        self.message.show_text(text)
        self.action.setVisible(action is not None)
        self._action = action or (lambda: None)

    def _do_action(self) -> None:
        self._action()

    def _rename(self, name: str) -> None:
        entry = self.list.current()
        if entry is not None and name != entry.name:
            self._takes.rename(entry.session, name)
            self.say(f"{name} is kept until you delete it." if name else "It has no name any more.")

    def _save(self) -> None:
        if (entry := self.list.current()) is not None:
            self._takes.save(entry)
            self.say(f"Saving {words.title(entry)}…")

    def _notate(self) -> None:
        if (entry := self.list.current()) is not None:
            self._takes.notate(entry)
            self.say(f"Writing {words.title(entry)} as notation…")

    def _saved(self, _entry: Entry, file: str) -> None:
        folder = QUrl.fromLocalFile(str(Path(file).parent))
        self.say(f"Saved {Path(file).name}.", lambda: QDesktopServices.openUrl(folder))

    def _delete(self) -> None:
        entry = self.list.current()
        if entry is None or entry.playing:
            return
        if self._heard[0] == entry.session:
            self._stop_hearing()
        self._takes.delete(entry.session)
        self._deleted.append(entry.session)
        self.undo.show()
        self.say(f"{words.title(entry)} is deleted.")

    def _undo(self) -> None:
        if self._deleted:
            session = self._deleted.pop()
            self._takes.restore(session)
            self.choose(session)
            self.say("It is back.")
        self.undo.setVisible(bool(self._deleted))

    def _go_on(self) -> None:
        if (entry := self.list.current()) is not None:
            self._takes.export(entry, _GO_ON)

    def _hear(self) -> None:
        entry = self.list.current()
        if entry is None:
            return
        if self._heard[0] == entry.session:
            self._stop_hearing()
        else:
            self._heard, self._asked = (entry.session, ""), ("", "")
            self.say("The music stops while you hear it; Space goes on with it." if self._playing else "")
            self._takes.export(entry, _HEAR)
            self._show_hearing()

    def _stop_hearing(self) -> None:
        self._heard = self._asked = "", ""
        self._bridge.send(Hear(None))
        self._show_hearing()

    def _exported(self, entry: Entry, file: str, what_for: str) -> None:
        if what_for == _GO_ON:
            self._bridge.send(Prime(file))
            begin = "The music goes" if self._playing else "Press Space: the music goes"
            self.say(f"{begin} on from the end of {words.title(entry)}.")
        elif self._heard[0] == entry.session:
            self._heard = self._asked = entry.session, file
            self._bridge.send(Hear(file))

    # ---- the engine's answers ----------------------------------------------------------------------------------------

    def _hearing(self, heard: Heard) -> None:
        if heard.file is None and self._heard[1]:
            self._heard = "", ""
            self.message.show_text(self._room)
        elif heard.file is not None and heard.file == self._asked[1]:
            self._heard = self._asked  # what had ended was another one, heard before it
        self._show_hearing(heard if heard.file == self._heard[1] else None)

    def _show_hearing(self, heard: Heard | None = None) -> None:
        entry = self.list.current()
        this = entry is not None and self._heard[0] == entry.session
        self.details.show_hearing(this, heard.seconds / heard.length if heard is not None and heard.length else None)

    def _take_status(self, status: Status) -> None:
        self._playing = status.playing

    def _take_exit(self, _: Exited) -> None:
        self._heard = self._asked = "", ""
        self._show_hearing()
