"""A button for one bookmark."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QMenu, QPushButton

from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.protocol.actions import SLOTS


class BookmarkButton(QPushButton):
    """A bookmark: a click sets it if it is empty, or else returns to it. Signals `keep(slot)`, `go(slot)`."""

    keep = Signal(str)
    go = Signal(str)

    def __init__(self, slot: str, midi_learn: MidiLearn) -> None:
        super().__init__(slot)
        self.slot, self._midi_learn = slot, midi_learn
        self.kept = False
        self.setFixedSize(34, 40)
        self.clicked.connect(lambda: (self.go if self.kept else self.keep).emit(slot))
        self.show_kept(False, "")

    def show_kept(self, kept: bool, place: str) -> None:
        self.kept = kept
        number = SLOTS.index(self.slot) + 1
        if kept:
            text = f"Return to {self.slot}, {place} ({number}). Shift+{number} keeps this moment there instead."
        else:
            text = f"Keep this moment as {self.slot} (Shift+{number})."
        self.setToolTip(text + "\nRight click: more.")
        self.setAccessibleName(f"Bookmark {self.slot}")
        self.setAccessibleDescription(text)
        self.setCheckable(kept)
        self.setChecked(kept)

    def nextCheckState(self) -> None:
        """A bookmark that is set stays lit."""

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        slot = self.slot
        target, label = (
            (f"return.{slot}", f"return to {slot}") if self.kept else (f"bookmark.{slot}", f"keep as {slot}")
        )
        menu: QMenu = self._midi_learn.menu(self, event, target, label)
        menu.addAction("Keep this moment here").triggered.connect(lambda: self.keep.emit(slot))
        other = f"bookmark.{slot}"
        if self.kept:
            learn = menu.addAction(f"Map a knob or key to setting {slot}…")
            learn.triggered.connect(lambda: self._midi_learn.learn(other, f"keep as {slot}"))
