"""Buttons of dialogs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton


def push_button(text: str, tip: str, do: Callable[[], object]) -> QPushButton:
    """One that Enter presses only while it has the focus."""
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    button.clicked.connect(lambda _checked=False: do())
    return button
