"""Keyboard shortcuts in one table, for the window and the help."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QDialog,
    QDoubleSpinBox,
    QSpinBox,
    QWidget,
)

from musiclstm.gui.keyboard.typing_keyboard import takes_text

# (key as Qt writes it, command, what it does). Bookmarks and modes are added below.
SHORTCUTS: tuple[tuple[str, str, str], ...] = (
    ("Space", "play", "play or stop"),
    ("Esc", "panic", "panic: end every note everywhere"),
    ("Ctrl+S", "save", "save the take"),
    ("Ctrl+Shift+S", "save_as", "save the take elsewhere"),
    ("Ctrl+P", "capture", "keep what you just played"),
    ("Ctrl+J", "takes", "takes: everything that was played"),
    ("Ctrl+B", "bookmark", "keep this moment in the next free bookmark"),
    ("Backspace", "back", "back one bar"),
    ("Shift+Backspace", "back4", "back four bars"),
    ("Ctrl+Backspace", "forget", "end the notes, empty the memory"),
    ("Ctrl+Z", "undo", "take back Forget or Reset"),
    ("Ctrl+H", "hold", "hold: decide nothing new, keep what sounds"),
    ("Ctrl+T", "tap", "tap the tempo"),
    ("Ctrl+Shift+T", "metronome", "metronome on or off"),
    ("Ctrl+R", "loop", "loop the selected or last bars, or leave the loop"),
    ("Ctrl+Shift+R", "rewrite", "other music for the selected or last bars"),
    ("Ctrl+Space", "next_section", "next section, at the bar"),
    ("Ctrl+G", "form", "show or fold the form: sections and songs"),
    ("Ctrl+E", "end", "come to an end, or go on"),
    ("Ctrl++", "faster", "a little faster"),
    ("Ctrl+-", "slower", "a little slower"),
    ("End", "now", "look at now again"),
    ("Ctrl+M", "memory", "show or fold the memory"),
    ("Ctrl+K", "keyboard", "show or fold the keyboard"),
    ("Ctrl+F", "freeze", "freeze the picture"),
    ("Ctrl+L", "typing", "typing plays notes, or not"),
    ("Ctrl+O", "prime", "continue from a MIDI file"),
    ("Ctrl+,", "preferences", "preferences"),
    ("F1", "help", "help"),
    ("F10", "menu", "menu"),
    ("F11", "full_screen", "full screen, or a window again"),
    ("Ctrl+Q", "quit", "quit"),
)
SLOT_KEYS = "12345678"
OWN_ESCAPE = "own_escape"
"""The property of a text field that Escape closes; there it is no panic."""


class StageKeys(QObject):
    """An event filter for the application: Space, Escape and Backspace mean the same wherever the focus is.

    Only text fields and open lists come first. A focused button is pressed by Enter, because Space plays. Enter and
    Escape leave a number field of the window, so that digits and Backspace are keys again.
    press(command).
    """

    KEYS: ClassVar = {Qt.Key.Key_Space: "play", Qt.Key.Key_Escape: "panic"}

    def __init__(self, press: Callable[[str], None]) -> None:
        super().__init__()
        self._press = press

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride, QEvent.Type.KeyRelease):
            return False
        if not isinstance(event, QKeyEvent) or QApplication.activeModalWidget() is not None:
            return False
        key, focus = event.key(), QApplication.focusWidget()
        if QApplication.activePopupWidget() is not None:
            return False
        if key == Qt.Key.Key_Space and takes_text():
            return False
        if key == Qt.Key.Key_Escape and focus is not None and focus.property(OWN_ESCAPE):
            return False
        if event.type() == QEvent.Type.KeyPress and _leave_number(focus, key) and key == Qt.Key.Key_Escape:
            event.accept()
            return True  # the next Escape is a panic
        command = self.KEYS.get(Qt.Key(key)) if key in self.KEYS else None
        if command is not None and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            if event.type() == QEvent.Type.KeyPress and not event.isAutoRepeat():
                self._press(command)
            event.accept()
            # Escape also closes a dialog that is open beside the window.
            return not (key == Qt.Key.Key_Escape and isinstance(QApplication.activeWindow(), QDialog))
        pressed = event.type() == QEvent.Type.KeyPress and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if pressed and isinstance(focus, (QAbstractButton, QCheckBox)) and focus.isEnabled():
            focus.click()
            return True
        return False


def _leave_number(focus: QWidget | None, key: int) -> bool:
    """Enter takes what was typed, Escape what was there. Returns whether a field was left."""
    if not isinstance(focus, QAbstractSpinBox) or isinstance(focus.window(), QDialog):
        return False
    if key == Qt.Key.Key_Escape and isinstance(focus, (QSpinBox, QDoubleSpinBox)):
        focus.setValue(focus.value())  # type: ignore[arg-type]
    if key not in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
        return False
    focus.clearFocus()
    return True
