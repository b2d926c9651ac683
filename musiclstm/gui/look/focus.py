"""A focus frame that is shown for keyboard focus only, not after a click."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFocusEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class KeyFocusWidget(QWidget):
    """key_focus: the focus came by the keyboard."""

    key_focus = False

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.key_focus = event.reason() in BY_KEY
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.key_focus = False
        self.update()

    def paint_focus(self, painter: QPainter, colour: str) -> None:
        if self.key_focus:
            painter.setPen(QPen(QColor(colour), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
