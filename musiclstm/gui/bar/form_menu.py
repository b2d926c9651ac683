"""The menu of the form strip: the songs of the set list, and its file."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMenu, QToolButton

from musiclstm import paths
from musiclstm.gui.bridge import Bridge
from musiclstm.protocol.commands import LoadSetList, SaveSetList, Song
from musiclstm.protocol.telemetry import FormChanged

EXAMPLE = "set-list.toml"
FILTER = "Set lists (*.toml)"


class SongButton(QToolButton):
    """Shows the song; its menu has the others, and loads and saves the set list."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._form: FormChanged | None = None
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolTip("The songs of the set list; load or save it.")
        self.setAccessibleName("Set list")
        self.setFixedWidth(160)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        menu = QMenu(self)
        menu.aboutToShow.connect(self._fill)
        self.setMenu(menu)
        self.show_form(None)

    def show_form(self, form: FormChanged | None) -> None:
        self._form = form
        text = "Set list" if form is None else name_of(form.songs, form.song)
        self.setText(self.fontMetrics().elidedText(f"{text}  ▾", Qt.TextElideMode.ElideMiddle, self.width() - 20))

    def _fill(self) -> None:
        menu, form, send = self.menu(), self._form, self._bridge.send
        menu.clear()
        if form is not None:
            for index in range(len(form.songs)):
                action = menu.addAction(name_of(form.songs, index))
                action.setCheckable(True)
                action.setChecked(index == form.song)
                action.triggered.connect(partial(send, Song(index + 1)))
            following = menu.addAction("Next song")
            following.triggered.connect(partial(send, Song()))
            following.setEnabled(form.song + 1 < len(form.songs))
            menu.addSeparator()
        menu.addAction("Load a set list…").triggered.connect(self.load)
        menu.addAction("Load the example").triggered.connect(
            partial(send, LoadSetList(str(paths.resources() / EXAMPLE)))
        )
        save = menu.addAction("Save the set list…")
        save.triggered.connect(self.save)
        save.setEnabled(form is not None)

    def load(self) -> None:
        dialog = self._dialog("Load a set list")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda file: self._bridge.send(LoadSetList(file)))
        dialog.open()

    def save(self) -> None:
        dialog = self._dialog("Save the set list")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("toml")
        dialog.fileSelected.connect(lambda file: self._bridge.send(SaveSetList(file)))
        dialog.open()

    def _dialog(self, title: str) -> QFileDialog:
        folder: Path = paths.user_data() / "set-lists"
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        dialog = QFileDialog(self.window(), title, str(folder))
        dialog.setNameFilter(FILTER)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog


def name_of(songs: tuple[str, ...], index: int) -> str:
    """What a song is called, with its number."""
    return f"{index + 1}  {songs[index] or 'Song'}"
