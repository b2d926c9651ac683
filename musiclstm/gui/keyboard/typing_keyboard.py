"""The computer's keyboard as a piano: the middle row plays white keys from C, the row above the black ones.

A key counts by its place, not by its letter, so the piano lies in one piece on every layout (QWERTY, QWERTZ, AZERTY,
Cyrillic). Places are named by the letters that they have on a US keyboard.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit

from musiclstm.gui.axes.pitch_box import PitchBox

# Places by what they play, in semitones above the octave's C.
SEMITONES = {place: semitone for semitone, place in enumerate("AWSEDFTGYHUJKOLP")}
_OCTAVE_DOWN, _OCTAVE_UP, _SOFTER, _LOUDER = "ZXCV"
PLACES = (*SEMITONES, *"ZXCV")

# Scan codes, the same on every layout. Those of a PC are in the order of the keys.
_PC = {16 + i: place for i, place in enumerate("QWERTYUIOP")}
_PC |= {30 + i: place for i, place in enumerate("ASDFGHJKL")}
_PC |= {44 + i: place for i, place in enumerate("ZXCVBNM")}
# Apple's virtual key codes; the gaps are other keys.
_APPLE = dict(enumerate("ASDFHGZXCV")) | dict(enumerate("BQWERYT", 11)) | {31: "O", 32: "U", 34: "I", 35: "P"}
_APPLE |= {37: "L", 38: "J", 40: "K", 45: "N", 46: "M"}
NO_MODIFIER = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
TEXT = (QLineEdit, QTextEdit, QPlainTextEdit)


def takes_text() -> bool:
    """Whether keys are now for a text field or an open list."""
    if QApplication.activePopupWidget() is not None:
        return True
    widget = QApplication.focusWidget()
    if isinstance(widget, TEXT):
        return not widget.isReadOnly()
    return isinstance(widget, QComboBox) and widget.isEditable()


def takes_letters() -> bool:
    """Whether letters are, but maybe not the space bar: a pitch has none in its name."""
    return takes_text() or isinstance(QApplication.focusWidget(), PitchBox)


def place_of(event: QKeyEvent, platform: str = sys.platform) -> str | None:
    """The letter of the key's place on a US keyboard, None if it is not a place of a letter there.

    Where the system does not say which key it was (a program that types, a screen keyboard), the letter counts.
    """
    code = event.nativeScanCode()
    if platform == "darwin":
        # There are no scan codes, and A has the code 0, as unknown keys have.
        code = event.nativeVirtualKey()
        if code or QGuiApplication.platformName() == "cocoa":
            return _APPLE.get(code)
    elif code:
        # Windows gives the scan code itself, X11 and Wayland 8 more. From 256 on it is another key of the same code.
        return _PC.get(code if platform == "win32" else code - 8)
    key = int(event.key())
    return chr(key) if ord("A") <= key <= ord("Z") else None


class TypingKeyboard(QObject):
    """An event filter for the application. note(pitch, velocity): velocity 0 is a note-off.

    The places Z and X change the octave (`octave_changed(base)` is called with the pitch that A plays), C and V the
    velocity. labels: what is written on the key of each place, as in the US until a key has told otherwise;
    `labels_changed` is called then.
    """

    def __init__(
        self,
        note: Callable[[int, int], None],
        octave_changed: Callable[[int], None],
        labels_changed: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self.enabled = True
        self.base = 60
        self.velocity = 80
        self.labels = {place: place for place in PLACES}
        self._note = note
        self._octave_changed = octave_changed
        self._labels_changed = labels_changed
        self._held: dict[str, int] = {}

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
        if not self.enabled or event.modifiers() not in NO_MODIFIER or takes_letters():
            return False
        place = place_of(event)
        if place is None or place not in self.labels:
            return False
        self._learn(place, event.text())
        if place in (_OCTAVE_DOWN, _OCTAVE_UP):
            self.release_all()
            self.base = min(96, max(12, self.base + (12 if place == _OCTAVE_UP else -12)))
            self._octave_changed(self.base)
        elif place in (_SOFTER, _LOUDER):
            self.velocity = min(127, max(15, self.velocity + (16 if place == _LOUDER else -16)))
        elif not event.isAutoRepeat() and place not in self._held:
            self._held[place] = self.base + SEMITONES[place]
            self._note(self._held[place], self.velocity)
        return True

    def _learn(self, place: str, text: str) -> None:
        label = text.upper()
        if len(label) == 1 and label.isprintable() and not label.isspace() and label != self.labels[place]:
            self.labels[place] = label
            self._labels_changed()

    def _released(self, event: QKeyEvent) -> bool:
        # Looked up by key, so that a note ends at its own pitch whatever has happened since.
        place = place_of(event)
        if place is None or place not in self._held:
            return False
        if not event.isAutoRepeat():
            self._note(self._held.pop(place), 0)
        return True

    def release_all(self) -> None:
        for pitch in self._held.values():
            self._note(pitch, 0)
        self._held.clear()
