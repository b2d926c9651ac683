"""The picture of a take: a tiny piano roll in the colours of its parts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from musiclstm.gui.look.theme import Theme

PERSON, NOTHING = "y", "."


def paint_picture(painter: QPainter, box: QRectF, picture: tuple[str, ...], theme: Theme) -> None:
    """Rows from high to low, as in `Summary.picture`, in a frame. The painter's state stays."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.line), 1))
    painter.setBrush(QColor(theme.ground))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    painter.setPen(Qt.PenStyle.NoPen)
    inside = box.adjusted(4, 4, -4, -4)
    # A take of a few pitches is no wall of colour.
    rows = max(len(picture), 12)
    high = inside.height() / rows
    top = inside.top() + (rows - len(picture)) / 2 * high
    for number, row in enumerate(picture):
        for what, left, count in _runs(row):
            colour = theme.person if what == PERSON else theme.part(int(what) if what.isdecimal() else 0)
            painter.setBrush(QColor(colour))
            wide = inside.width() / len(row)
            size = max(count * wide, 1.2), max(high * 0.9, 1.4)
            painter.drawRect(QRectF(inside.left() + left * wide, top + number * high, *size))
    painter.restore()


def _runs(row: str) -> Iterator[tuple[str, int, int]]:
    left = 0
    for what, same in groupby(row):
        count = len(list(same))
        if what != NOTHING:
            yield what, left, count
        left += count


class TakePicture(QWidget):
    """A large one. `heard`: how much of it has been heard, 0 to 1, or None."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.picture: tuple[str, ...] = ()
        self.heard: float | None = None
        self.setMinimumSize(240, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMaximumHeight(360)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_picture(self, picture: tuple[str, ...], words: str) -> None:
        self.picture = picture
        self.setAccessibleName(f"Picture of the take: {words}")
        self.update()

    def show_heard(self, heard: float | None) -> None:
        self.heard = heard
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = QRectF(self.rect())
        paint_picture(painter, box, self.picture, self._theme)
        if self.heard is not None:
            x = 4 + (box.width() - 8) * min(1.0, max(0.0, self.heard))
            painter.fillRect(QRectF(x - 1, 2, 2, box.height() - 4), QColor(self._theme.accent))
        painter.end()
