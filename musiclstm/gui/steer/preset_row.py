"""The row of presets: recalls, keeps and deletes what is set."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QPushButton, QWidget

from musiclstm.gui.look.rows import Chooser
from musiclstm.gui.steer.control_values import ControlValues
from musiclstm.gui.steer.presets import Presets
from musiclstm.protocol.controls import Value


class PresetRow(QWidget):
    """Signals, for the message line: `message(text)`, and `undoable(text, undo)` with what takes it back."""

    message = Signal(str)
    undoable = Signal(str, object)

    def __init__(self, controls: ControlValues, presets: Presets) -> None:
        super().__init__()
        self._controls, self._presets = controls, presets
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.choice = Chooser("Preset", "Recall settings you saved.")
        self.choice.activated.connect(lambda _index: self.recall(self._chosen))
        row.addWidget(self.choice, 1)
        self._save = QPushButton("Save…")
        self._save.setToolTip("Keep these settings under a name.")
        self._save.clicked.connect(self._ask_and_save)
        row.addWidget(self._save)
        self.delete = QPushButton("Delete")
        self.delete.setToolTip("Delete the preset that is chosen.")
        self.delete.clicked.connect(self._delete_chosen)
        row.addWidget(self.delete)
        self.widgets = (self.choice, self._save, self.delete)
        self._offer(None)

    @property
    def _chosen(self) -> str:
        return str(self.choice.currentData() or "")

    def _offer(self, current: str | None) -> None:
        names = self._presets.names()
        self.choice.offer([("Presets" if names else "No presets yet", ""), *((n, n) for n in names)], current or "")
        self.delete.setEnabled(bool(current))

    def recall(self, name: str) -> None:
        self.delete.setEnabled(bool(name))
        if name:
            self._controls.recall(self._presets.get(name))
            self.message.emit(f"Preset {name}.")

    def _ask_and_save(self) -> None:
        # A question, not a notice, and it does not stop the music or the window.
        dialog = QInputDialog(self)
        dialog.setWindowTitle("Save preset")
        dialog.setLabelText("Name of the preset:")
        dialog.setTextValue(self._chosen)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.textValueSelected.connect(self.save)
        dialog.open()

    def save(self, name: str) -> None:
        """Keep what is set under this name."""
        name = name.strip()
        if not name:
            return
        before = self._presets.get(name) if name in self._presets.names() else None
        if self._keep(name, self._controls.values):
            if before is None:
                self.message.emit(f"Saved preset {name}.")
            else:
                self.undoable.emit(f"Saved preset {name} over the earlier one.", partial(self._undo, name, before))

    def _keep(self, name: str, values: Mapping[str, Value]) -> bool:
        try:
            self._presets.save(name, values)
        except OSError as error:
            self.message.emit(f"The preset could not be saved: {error.strerror or error}.")
            return False
        self._offer(name)
        return True

    def _undo(self, name: str, values: Mapping[str, Value]) -> None:
        if self._keep(name, values):
            self.message.emit(f"Preset {name} is back.")

    def _delete_chosen(self) -> None:
        name = self._chosen
        values = self._presets.get(name)
        try:
            self._presets.delete(name)
        except OSError as error:
            self.message.emit(f"The preset could not be deleted: {error.strerror or error}.")
            return
        self._offer(None)
        self.undoable.emit(f"Deleted preset {name}.", partial(self._undo, name, values))
