"""The menu of the window."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QMenu

from musiclstm.gui.shortcuts import SHORTCUTS

# (text, command); an empty text is a line between groups.
ENTRIES = (
    ("Takes…", "takes"),
    ("Save take as…", "save_as"),
    ("Save the last five minutes", "save_last"),
    ("Keep what you just played", "capture"),
    ("Continue from a MIDI file…", "prime"),
    ("Train…", "train"),
    ("Learn from tonight…", "learn"),
    ("Delete this model", "delete_model"),
    ("", ""),
    ("Form: sections and songs", "form"),
    ("As a plugin beside your DAW", "daw"),
    ("Typing plays notes", "typing"),
    ("Random seed…", "seed"),
    ("", ""),
    ("Full screen", "full_screen"),
    ("Preferences…", "preferences"),
    ("Help", "help"),
    ("About", "about"),
    ("Quit", "quit"),
)


def show_menu(button: QAbstractButton, press: Callable[[str], None], *, typing: bool, daw: bool, own: bool) -> None:
    """Opens the menu below its button.

    press: carries out a command. typing, daw: whether these are on. own: the model that plays is the user's own.
    """
    menu = QMenu(button.window())
    keys = {command: key for key, command, _what in SHORTCUTS}
    for text, command in ENTRIES:
        if not text:
            menu.addSeparator()
            continue
        action = menu.addAction(text, partial(press, command))
        if command in keys:
            action.setShortcut(QKeySequence(keys[command]))
        action.setEnabled(own or command != "delete_model")
        if command in ("typing", "daw"):
            action.setCheckable(True)
            action.setChecked(typing if command == "typing" else daw)
    menu.aboutToHide.connect(menu.deleteLater)
    corner = button.mapToGlobal(QPoint(button.width(), button.height() + 4))
    menu.popup(corner - QPoint(menu.sizeHint().width(), 0))
