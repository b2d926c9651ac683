"""Takes: everything that was played, evening by evening; to hear, save, name, delete, and to go on from.

A window beside the window: the music goes on, and nothing in it asks a question.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from musiclstm.engine.supervision.host import Entry
from musiclstm.gui.bar.message_line import Elided
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.dialogs import take_words as words
from musiclstm.gui.dialogs.take_list import TakeList
from musiclstm.gui.dialogs.take_picture import TakePicture
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.settings import Settings
from musiclstm.gui.takes import Takes
from musiclstm.protocol.commands import Hear, Prime
from musiclstm.protocol.telemetry import Exited, Heard, Status

_HEAR, _GO_ON = "hear", "go on"
_EMPTY = "Nothing yet. Whatever you play is kept here, without your saving it."


class TakesDialog(QDialog):
    """preferences_asked: the person wants to change how long takes are kept."""

    preferences_asked = Signal()

    def __init__(self, takes: Takes, bridge: Bridge, settings: Settings, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._takes, self._bridge, self._settings = takes, bridge, settings
        self.setWindowTitle("Takes")
        self.resize(980, 600)
        self.setMinimumSize(760, 420)
        self._playing = False
        self._entries: Sequence[Entry] = ()
        self._wanted = ""  # a session to choose as soon as it is listed
        self._heard: tuple[str, str] = ("", "")  # session and file that are heard
        self.list = TakeList(theme)
        self.picture = TakePicture(theme)
        self._lay_out()
        self.list.chosen.connect(self._show)
        self.list.delete_asked.connect(self._delete)
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
        listing = QWidget()
        self._stack = QStackedLayout(listing)
        self._stack.addWidget(self.list)
        self._stack.addWidget(self._empty)
        split = QSplitter()
        split.setChildrenCollapsible(False)
        split.addWidget(listing)
        split.addWidget(self._details())
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes([600, 380])
        split.setHandleWidth(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(split, 1)
        column.addWidget(self._foot())

    def _details(self) -> QWidget:
        self.name = QLineEdit()
        self.name.setMaxLength(100)
        self.name.setAccessibleName("Name of the take")
        self.name.setToolTip("A take with a name is kept until you delete it.")
        self.name.editingFinished.connect(self._rename)
        self._facts = [QLabel() for _ in range(4)]
        for label in self._facts:
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for label in self._facts[1:]:
            label.setProperty("quiet", True)
        self.hear = _button("Hear", "Play it as it is, through the same output. The model stops meanwhile.", self._hear)
        self.go_on = _button("Go on from its end", "The model reads it and continues where it ended.", self._go_on)
        self.save = _button("Save as MIDI", "Write all of it to a .mid in the takes folder.", self._save)
        self.delete = _button("Delete", "Can be undone until the window is closed.", self._delete)
        buttons = QVBoxLayout()
        buttons.setSpacing(8)
        for pair in ((self.hear, self.go_on), (self.save, self.delete)):
            row = QHBoxLayout()
            row.setSpacing(8)
            for button in pair:
                row.addWidget(button, 1)
            buttons.addLayout(row)
        details = QWidget()
        details.setObjectName("panel")
        details.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        details.setMinimumWidth(320)
        column = QVBoxLayout(details)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.name)
        column.addWidget(self.picture, 1)
        for label in self._facts:
            column.addWidget(label)
        column.addSpacing(8)
        column.addLayout(buttons)
        return details

    def _foot(self) -> QWidget:
        self.message = Elided()
        self._room = ""
        self.undo = _button("Undo", "Bring back the take that was deleted last.", self._undo)
        self._deleted: list[str] = []
        self._action: Callable[[], object] = lambda: None
        self.action = _button("Show folder", "", self._do_action)
        tip = "How long takes are kept, and how much room they may take."
        preferences = _button("Preferences…", tip, self.preferences_asked.emit)
        close = _button("Close", "", self.close)
        foot = QWidget()
        foot.setObjectName("messages")
        foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(foot)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(8)
        row.addWidget(self.message, 1)
        for button in (self.undo, self.action, preferences, close):
            row.addWidget(button)
        self.undo.hide()
        self.action.hide()
        return foot

    # ---- what there is -----------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.list.setFocus()
        self._takes.list()

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
        self.picture.set_theme(theme)

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
        summary = entry.summary if entry is not None else None
        for widget in (self.name, self.hear, self.go_on, self.save):
            widget.setEnabled(summary is not None)
        self.delete.setEnabled(entry is not None and not entry.playing)
        if not self.name.hasFocus():
            self.name.setText(entry.name if entry is not None else "")
        self.name.setPlaceholderText("Give it a name" if entry is not None else "")
        self.picture.show_picture(summary.picture if summary else (), words.title(entry) if entry else "")
        if entry is None or summary is None:
            texts = ["", "", "", ""]
        else:
            own = f", {summary.by_person:,} of them yours" if summary.by_person else ""
            texts = [
                words.date_words(summary.started),
                f"{words.length_words(summary.seconds)}, {summary.notes:,} notes{own}",
                ", ".join(summary.models),
                "It is being played now. " * entry.playing + words.where_in_full(entry),
            ]
        for label, text in zip(self._facts, texts, strict=True):
            label.setText(text)
        self._show_hearing()

    # ---- what can be done --------------------------------------------------------------------------------------------

    def say(self, text: str, action: Callable[[], object] | None = None) -> None:
        """A line at the bottom. action: show the folder of what it is about."""
        self.message.show_text(text)
        self.action.setVisible(action is not None)
        self._action = action or (lambda: None)

    def _do_action(self) -> None:
        self._action()

    def _rename(self) -> None:
        entry, name = self.list.current(), self.name.text().strip()
        if entry is not None and name != entry.name:
            self._takes.rename(entry.session, name)
            self.say(f"{name} is kept until you delete it." if name else "It has no name any more.")

    def _save(self) -> None:
        if (entry := self.list.current()) is not None:
            self._takes.save(entry)
            self.say(f"Saving {words.title(entry)}…")

    def _saved(self, _entry: Entry, file: str) -> None:
        folder = QUrl.fromLocalFile(str(Path(file).parent))
        self.say(f"Saved {Path(file).name}.", lambda: QDesktopServices.openUrl(folder))

    def _delete(self) -> None:
        entry = self.list.current()
        if entry is None or not self.delete.isEnabled():
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
            self._heard = entry.session, ""
            self.say("The music stops while you hear it; Space goes on with it." if self._playing else "")
            self._takes.export(entry, _HEAR)
            self._show_hearing()

    def _stop_hearing(self) -> None:
        self._heard = "", ""
        self._bridge.send(Hear(None))
        self._show_hearing()

    def _exported(self, entry: Entry, file: str, what_for: str) -> None:
        if what_for == _GO_ON:
            self._bridge.send(Prime(file))
            begin = "The music goes" if self._playing else "Press Space: the music goes"
            self.say(f"{begin} on from the end of {words.title(entry)}.")
        elif self._heard[0] == entry.session:
            self._heard = entry.session, file
            self._bridge.send(Hear(file))

    # ---- the engine's answers ----------------------------------------------------------------------------------------

    def _hearing(self, heard: Heard) -> None:
        file = self._heard[1]
        if heard.file is None and file:
            self._heard = "", ""
            self.message.show_text(self._room)
        self._show_hearing(heard if heard.file == file else None)

    def _show_hearing(self, heard: Heard | None = None) -> None:
        entry = self.list.current()
        this = entry is not None and self._heard[0] == entry.session
        self.hear.setText("Stop" if this else "Hear")
        if not this:
            self.picture.show_heard(None)
        elif heard is not None and heard.length:
            self.picture.show_heard(heard.seconds / heard.length)

    def _take_status(self, status: Status) -> None:
        self._playing = status.playing

    def _take_exit(self, _: Exited) -> None:
        self._heard = "", ""
        self._show_hearing()


def _button(text: str, tip: str, do: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    button.clicked.connect(lambda _checked=False: do())
    return button
