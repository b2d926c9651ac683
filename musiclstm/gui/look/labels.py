"""Labels and tooltips of names that people give, which are no HTML whatever they look like."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import Qt as QtGuiQt
from PySide6.QtWidgets import QLabel


def plain_label(text: str = "") -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    return label


def plain_tip(text: str) -> str:
    """What to set as a tooltip that shows `text` as it is."""
    return f"<qt>{escape(text).replace(chr(10), '<br>')}</qt>" if QtGuiQt.mightBeRichText(text) else text
