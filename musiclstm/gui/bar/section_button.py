"""A button for one section of a song."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QPushButton

from musiclstm.gui.midi_learn import MidiLearn

LONG = 700  # milliseconds that a long press takes


class SectionButton(QPushButton):
    """A section: a click goes to it at the bar; a long press, or the first click, stores what is set now.

    Signals `go(letter)`, `store(letter)`. It is lit while its section plays, and blinks while it is the coming one.
    """

    go = Signal(str)
    store = Signal(str)

    def __init__(self, letter: str, midi_learn: MidiLearn) -> None:
        super().__init__(letter)
        self.letter, self._midi_learn = letter, midi_learn
        self.stored = self.current = self.coming = False
        self.setFixedSize(40, 30)
        self.setCheckable(True)
        self._long = QTimer(self, singleShot=True, interval=LONG)
        self._long.timeout.connect(self._pressed_long)
        self._held = False
        self.pressed.connect(self._begin)
        self.clicked.connect(self._clicked)
        self.show_state(stored=False, current=False, coming=False)

    def show_state(self, *, stored: bool, current: bool, coming: bool) -> None:
        self.stored, self.current, self.coming = stored, current, coming
        if self.property("empty") != (not stored):
            self.setProperty("empty", not stored)
            self.style().unpolish(self)
            self.style().polish(self)
        self.setChecked(current)
        if not stored:
            text = f"Store what is set now as section {self.letter}."
        elif current:
            text = f"Section {self.letter} plays."
        else:
            text = f"Go to section {self.letter} at the next bar line."
        self.setToolTip(f"{text}\nPress long to store what is set now. Right click: more.")
        self.setAccessibleName(f"Section {self.letter}")
        self.setAccessibleDescription(f"{text} It comes next." if coming else text)

    def blink(self, *, on: bool) -> None:
        """on: it is the lit half of the beat."""
        self.setChecked(self.current if not self.coming else on)

    def nextCheckState(self) -> None:
        """Only the engine lights it."""

    def _begin(self) -> None:
        self._held = False
        self._long.start()

    def _pressed_long(self) -> None:
        if self.isDown():
            self._held = True
            self.store.emit(self.letter)

    def _clicked(self) -> None:
        self._long.stop()
        if not self._held:
            (self.go if self.stored else self.store).emit(self.letter)
        self._held = False

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        letter = self.letter
        menu = self._midi_learn.menu(self, event, f"section.{letter}", f"section {letter}")
        menu.addAction("Store what is set now here").triggered.connect(lambda: self.store.emit(letter))
