"""Loads and saves the file of a set list: asks which one, and remembers it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from musiclstm import paths
from musiclstm.gui.bridge import Bridge
from musiclstm.protocol.commands import LoadSetList, SaveSetList

EXAMPLE = "set-list.toml"
FILTER = "Set lists (*.toml)"


class SetListFiles(QObject):
    """file: the one that was loaded or saved last, "" for none."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self.file = ""

    def load(self, parent: QWidget) -> None:
        dialog = self._dialog("Load a set list", parent)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._load)
        dialog.open()

    def load_example(self) -> None:
        self._bridge.send(LoadSetList(str(paths.resources() / EXAMPLE)))

    def save(self, parent: QWidget) -> None:
        dialog = self._dialog("Save the set list", parent)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("toml")
        if self.file:
            dialog.selectFile(self.file)
        dialog.fileSelected.connect(self._save)
        dialog.open()

    def _load(self, file: str) -> None:
        self.file = file
        self._bridge.send(LoadSetList(file))

    def _save(self, file: str) -> None:
        self.file = file
        self._bridge.send(SaveSetList(file))

    def _dialog(self, title: str, parent: QWidget) -> QFileDialog:
        folder: Path = paths.user_data() / "set-lists"
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        dialog = QFileDialog(parent.window(), title, str(folder))
        dialog.setNameFilter(FILTER)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog
