"""A button over the roll that leads back to now."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget


class NowButton(QPushButton):
    def __init__(self, roll: QWidget) -> None:
        super().__init__("Back to now", roll)
        self._roll = roll
        self.setToolTip("Follow the music again (End)")
        self.hide()

    def offer(self, on: bool) -> None:
        self.setVisible(on)
        self.adjustSize()
        self.move(self._roll.width() - self.width() - 12, 12)
