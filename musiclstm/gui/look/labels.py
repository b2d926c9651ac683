"""Labels and tooltips of names that people give, which are no HTML whatever they look like."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import Qt as QtGuiQt
from PySide6.QtWidgets import QLabel, QSizePolicy


def plain_label(text: str = "") -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    return label


class Wrapped(QLabel):
    """A message, all of it, in as many lines as that takes."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        # It may be narrower than its longest word, which is a path.
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def full(self) -> str:
        return self.text()

    def show_text(self, text: str) -> None:
        self.setText(text)
        self.setAccessibleName(text)


def plain_tip(text: str) -> str:
    """What to set as a tooltip that shows `text` as it is."""
    return f"<qt>{escape(text).replace(chr(10), '<br>')}</qt>" if QtGuiQt.mightBeRichText(text) else text
