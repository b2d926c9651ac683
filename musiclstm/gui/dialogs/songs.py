"""The songs of the set list: add, rename, reorder and remove them, and their file. The music goes on meanwhile."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from musiclstm.gui.bar.message_line import Elided
from musiclstm.gui.bar.set_list_files import SetListFiles
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.look.buttons import foot, push_button
from musiclstm.gui.look.room import resize_within
from musiclstm.music.form import LONGEST_TITLE
from musiclstm.protocol.commands import AddSong, MoveSong, RemoveSong, RenameSong, RestoreSong, Song
from musiclstm.protocol.telemetry import FormChanged

_EMPTY = "No songs yet. Add one, and store its sections with the letters of the strip; or load a set list."
_NAMELESS = "Song"


class SongsDialog(QDialog):
    """Shows what the engine reports; whatever is done here is a command."""

    def __init__(self, bridge: Bridge, files: SetListFiles, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._songs: tuple[str, ...] = ()
        self._removing = ""  # the title of a song that the engine has been asked to remove
        self._adding = False  # it has been asked to add one
        self.setWindowTitle("Songs of the set list")
        resize_within(self, QSize(460, 380))
        self.list = QListWidget()
        self.list.setAccessibleName("Songs")
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.list.setToolTip("Drag songs to reorder them. Return or a double click goes to one, F2 renames it.")
        self.list.itemActivated.connect(lambda item: bridge.send(Song(self.list.row(item) + 1)))
        self.list.itemChanged.connect(self._renamed)
        self.list.model().rowsMoved.connect(self._dragged)
        self.list.currentRowChanged.connect(lambda _row: self._enable())
        self.empty = QLabel(_EMPTY)
        self.empty.setWordWrap(True)
        self.empty.setProperty("quiet", True)
        self.add = push_button("Add", "A song without sections, at the end; it comes at the next bar.", self._add)
        self.rename = push_button("Rename", "Call the song something else (F2).", self._rename)
        self.up = push_button("Up", "Earlier in the set list.", partial(self._move, -1))
        self.down = push_button("Down", "Later in the set list.", partial(self._move, 1))
        self.remove = push_button("Remove", "Take the song out of the set list (Delete).", self._remove)
        QShortcut(QKeySequence.StandardKey.Delete, self.list, self._remove, context=Qt.ShortcutContext.WidgetShortcut)
        self.message = Elided()
        self.undo = push_button("Undo", "Bring back the song that was removed last.", self._restore)
        self.save = push_button("Save…", "Write the songs and their sections to a file.", partial(files.save, self))
        load = push_button("Load…", "Play another set list.", partial(files.load, self))
        close = push_button("Close", "", self.close)
        row = QHBoxLayout()
        for button in (self.add, self.rename, self.up, self.down, self.remove):
            row.addWidget(button)
        row.addStretch(1)
        inner = QVBoxLayout()
        inner.setContentsMargins(16, 16, 16, 12)
        inner.setSpacing(8)
        inner.addWidget(self.empty)
        inner.addWidget(self.list, 1)
        inner.addLayout(row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(inner, 1)
        column.addWidget(foot(self.message, self.undo, load, self.save, close))
        self.undo.hide()
        bridge.form_changed.connect(self.show_form)
        bridge.fresh.connect(lambda _message: self.show_form(None))
        self.show_form(None)

    # ---- what there is -----------------------------------------------------------------------------------------------

    def show_form(self, form: FormChanged | None) -> None:
        """None: there is no set list."""
        songs = () if form is None else form.songs
        chosen = self.list.currentRow()
        added = self._adding and len(songs) > len(self._songs)
        if self._removing and len(songs) < len(self._songs):
            self.message.show_text(f"Removed {self._removing}.")
            self.undo.show()
            self._removing = ""
        with QSignalBlocker(self.list):
            if songs != self._songs or self.list.count() != len(songs):
                self._songs = songs
                self.list.clear()
                for title in songs:
                    item = QListWidgetItem(title or _NAMELESS)
                    item.setFlags((item.flags() | Qt.ItemFlag.ItemIsEditable) & ~Qt.ItemFlag.ItemIsDropEnabled)
                    self.list.addItem(item)
            for number in range(self.list.count()):
                font = self.list.font()
                font.setBold(form is not None and number == form.song)
                self.list.item(number).setFont(font)
            self.list.setCurrentRow(min(max(chosen, 0), len(songs) - 1))
        self.list.setVisible(bool(songs))
        self.empty.setVisible(not songs)
        self._enable()
        if added:
            self._adding = False
            self.list.setCurrentRow(len(songs) - 1)
            self._rename()

    def _enable(self) -> None:
        row, count = self.list.currentRow(), self.list.count()
        self.rename.setEnabled(row >= 0)
        self.remove.setEnabled(row >= 0 and count > 1)
        self.up.setEnabled(row > 0)
        self.down.setEnabled(0 <= row < count - 1)
        self.save.setEnabled(count > 0)

    # ---- what is done ------------------------------------------------------------------------------------------------

    def _add(self) -> None:
        count = self.list.count()
        self._removing = ""
        self._adding = True  # and it is renamed as soon as it is there
        self._bridge.send(AddSong(f"{_NAMELESS} {count + 1}"))

    def _rename(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.list.editItem(item)

    def _renamed(self, item: QListWidgetItem) -> None:
        row = self.list.row(item)
        title = item.text().strip()[:LONGEST_TITLE]
        if 0 <= row < len(self._songs) and title != (self._songs[row] or _NAMELESS):
            self._bridge.send(RenameSong(row + 1, title))

    def _move(self, by: int) -> None:
        row = self.list.currentRow()
        if 0 <= row < self.list.count() and 0 <= row + by < self.list.count():
            self._bridge.send(MoveSong(row + 1, row + by + 1))
            self.list.setCurrentRow(row + by)

    def _dragged(self, _parent: QModelIndex, start: int, _end: int, _to: QModelIndex, before: int) -> None:
        self._bridge.send(MoveSong(start + 1, before if before > start else before + 1))

    def _remove(self) -> None:
        row = self.list.currentRow()
        if row >= 0 and self.list.count() > 1:
            title = self.list.item(row).text()
            self._removing = title
            self._bridge.send(RemoveSong(row + 1))

    def _restore(self) -> None:
        self._bridge.send(RestoreSong())
        self.message.show_text("")
        self.undo.hide()
