"""Buttons of dialogs, and the row at the foot in which they stand."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget


def push_button(text: str, tip: str, do: Callable[[], object]) -> QPushButton:
    """One that Enter presses only while it has the focus."""
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    button.clicked.connect(lambda _checked=False: do())
    return button


def foot(message: QWidget, *buttons: QPushButton) -> QWidget:
    """A message at the left, and buttons at the right."""
    made = QWidget()
    made.setObjectName("messages")
    made.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    row = QHBoxLayout(made)
    row.setContentsMargins(16, 8, 16, 8)
    row.setSpacing(8)
    row.addWidget(message, 1)
    for button in buttons:
        row.addWidget(button)
    return made
