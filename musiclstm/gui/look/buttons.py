"""Buttons of dialogs, and the row at the foot in which they stand."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPushButton, QWidget


class OwnClicks(QPushButton):
    """One that the second click of a double click does not press, if the first pressed another in its place."""

    _pressed = -1_000_000  # milliseconds, as the events have them

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.timestamp()
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.timestamp() - self._pressed <= QApplication.doubleClickInterval():
            self.mousePressEvent(event)


def push_button(text: str, tip: str, do: Callable[[], object]) -> QPushButton:
    """One that Enter presses only while it has the focus."""
    button = OwnClicks(text)
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
