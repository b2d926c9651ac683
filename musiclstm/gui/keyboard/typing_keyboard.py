"""The computer's keyboard as a piano: the middle row plays white keys from C, the row above the black ones."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit

# Keys by what they play, in semitones above the octave's C.
KEYS = {
    Qt.Key.Key_A: 0,
    Qt.Key.Key_W: 1,
    Qt.Key.Key_S: 2,
    Qt.Key.Key_E: 3,
    Qt.Key.Key_D: 4,
    Qt.Key.Key_F: 5,
    Qt.Key.Key_T: 6,
    Qt.Key.Key_G: 7,
    Qt.Key.Key_Y: 8,
    Qt.Key.Key_H: 9,
    Qt.Key.Key_U: 10,
    Qt.Key.Key_J: 11,
    Qt.Key.Key_K: 12,
    Qt.Key.Key_O: 13,
    Qt.Key.Key_L: 14,
    Qt.Key.Key_P: 15,
}
LETTERS = {semitone: chr(int(key)) for key, semitone in KEYS.items()}
NO_MODIFIER = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
TEXT = (QLineEdit, QTextEdit, QPlainTextEdit)


def takes_text() -> bool:
    """Whether keys are now for a text field or an open list."""
    if QApplication.activePopupWidget() is not None:
        return True
    widget = QApplication.focusWidget()
    return isinstance(widget, TEXT) or (isinstance(widget, QComboBox) and widget.isEditable())


class TypingKeyboard(QObject):
    """An event filter for the application. note(pitch, velocity): velocity 0 is a note-off.

    Z and X change the octave (`octave_changed(base)` is called with the pitch that A plays), C and V the velocity.
    """

    def __init__(self, note: Callable[[int, int], None], octave_changed: Callable[[int], None]) -> None:
        super().__init__()
        self.enabled = True
        self.base = 60
        self.velocity = 80
        self._note = note
        self._octave_changed = octave_changed
        self._held: dict[int, int] = {}

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._pressed(event)
        if kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            return self._released(event)
        if kind == QEvent.Type.ApplicationDeactivate:
            self.release_all()
        return False

    def _pressed(self, event: QKeyEvent) -> bool:
        if not self.enabled or event.modifiers() not in NO_MODIFIER or takes_text():
            return False
        key = event.key()
        if key in (Qt.Key.Key_Z, Qt.Key.Key_X):
            self.release_all()
            self.base = min(96, max(12, self.base + (12 if key == Qt.Key.Key_X else -12)))
            self._octave_changed(self.base)
            return True
        if key in (Qt.Key.Key_C, Qt.Key.Key_V):
            self.velocity = min(127, max(15, self.velocity + (16 if key == Qt.Key.Key_V else -16)))
            return True
        semitone = KEYS.get(Qt.Key(key)) if key in KEYS else None
        if semitone is None:
            return False
        if not event.isAutoRepeat() and key not in self._held:
            self._held[key] = self.base + semitone
            self._note(self._held[key], self.velocity)
        return True

    def _released(self, event: QKeyEvent) -> bool:
        # Looked up by key, so that a note ends at its own pitch whatever has happened since.
        if event.isAutoRepeat():
            return event.key() in self._held
        pitch = self._held.pop(event.key(), None)
        if pitch is None:
            return False
        self._note(pitch, 0)
        return True

    def release_all(self) -> None:
        for pitch in self._held.values():
            self._note(pitch, 0)
        self._held.clear()
