"""The names of a view's rows, in the column left of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from musiclstm.gui.axes.time_axis import EDGE
from musiclstm.gui.look.theme import Theme

GAP = 8  # pixels right of a name
LEAST = 7.0  # pixels of a row that has a name

Rows = Sequence[tuple[str, QRectF]]
"""The name and the place of each; only the height of the place counts."""


def paint_names(painter: QPainter, rows: Rows, colour: str) -> None:
    """In smaller letters where a row is lower than a line of text, or narrower than its name."""
    painter.setPen(QColor(colour))
    usual, metrics = painter.font(), QFontMetricsF(painter.font())
    for name, row in rows:
        if row.height() >= LEAST:
            font = QFont(usual)
            wide = metrics.horizontalAdvance(name) or 1.0
            fitting = min(1.0, row.height() / metrics.height(), (EDGE - GAP - 2) / wide)
            font.setPointSizeF(usual.pointSizeF() * fitting)
            painter.setFont(font)
            box = QRectF(0, row.y(), EDGE - GAP, row.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)
    painter.setFont(usual)


class RowNames(QWidget):
    """rows: asked for whenever they are painted. line: whether there is one at the foot."""

    def __init__(self, rows: Callable[[], Rows], theme: Theme, *, line: bool = False) -> None:
        super().__init__()
        self._rows, self._theme, self._line = rows, theme, line
        self.setFixedWidth(EDGE)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_names(painter, self._rows(), self._theme.secondary)
        if self._line:
            painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), QColor(self._theme.line))
        painter.end()
