"""The curve: nats an event while it trains, of what it learns from and of what is held out. Its width is the budget."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from musiclstm.gui.look.theme import Theme
from musiclstm.gui.train.runs import Point

_RIGHT = 12  # pixels beside the curve
_SIGN, _ENTRY = 22, 44  # pixels before a name of the legend, and around it
_DOTS = 60  # more of them would be a line
_UNIT = "nats an event"
_LINES = 4  # on which values are written
_FINEST = 0.01  # between two of them
_ROUND = (1.0, 2.0, 3.0, 4.0, 5.0)  # and the powers of ten of these


def span_of(points: Sequence[Point]) -> tuple[float, float] | None:
    """The lowest and the highest value of the axis, so that round numbers stand on its lines; None of nothing."""
    # The fall at the beginning would leave no room for what comes after it: for what is measured, above all.
    measured = [point.valid for point in points if point.valid is not None]
    later = points[len(points) // (2 if measured else 20) :]
    values = [*measured, *(point.train for point in later if point.train is not None)]
    if not values:
        return None
    low, high = min(values), max(values)
    room = max((high - low) * 0.08, 0.02)
    low, high = max(low - room, min(low, 0.0)), high + room  # a loss is never below 0
    exponent = floor(log10(max((high - low) / (_LINES - 1), _FINEST)))
    for step in (factor * 10.0**each for each in (exponent, exponent + 1) for factor in _ROUND):
        bottom = floor(low / step) * step
        if bottom + (_LINES - 1) * step >= high:
            break
    return bottom, bottom + (_LINES - 1) * step


class Curve(QWidget):
    """end: what is written at the right end, such as "20 min"."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._points: Sequence[Point] = ()
        self._progress, self._end, self._held_out = 0.0, "", True
        self.setMinimumSize(320, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_points(self, points: Sequence[Point], progress: float, end: str, *, held_out: bool) -> None:
        self._points, self._progress, self._end, self._held_out = points, progress, end, held_out
        shown = [point.valid for point in points if point.valid is not None]
        figures = f", last {shown[-1]:.2f} nats an event" if shown else ""
        self.setAccessibleName(f"Curve of the training, {progress:.0%} done{figures}")
        self.update()

    def _line(self) -> int:
        return self.fontMetrics().height()

    def _left(self) -> int:
        """Pixels for the values on the lines, and before what is above them."""
        return self.fontMetrics().horizontalAdvance("00.00") + 12

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, box = self._theme, QRectF(self.rect())
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.setBrush(QColor(theme.ground))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        inside = box.adjusted(self._left(), self._line() + 14, -_RIGHT, -self._line() - 12)
        span = span_of(self._points)
        low, high = span or (0.0, 1.0)
        self._paint_ground(painter, inside, span)
        painter.setClipRect(inside.adjusted(-3, -3, 3, 3))
        for name, colour in (("train", theme.part(0)), ("valid", theme.part(1))):
            points = [(point.progress, getattr(point, name)) for point in self._points]
            line = QPolygonF(
                [
                    QPointF(
                        inside.left() + x * inside.width(), inside.bottom() - (y - low) / (high - low) * inside.height()
                    )
                    for x, y in points
                    if y is not None
                ]
            )
            painter.setPen(QPen(QColor(colour), 2))
            painter.setBrush(QColor(colour))
            painter.drawPolyline(line)
            if name == "valid" and line.size() <= _DOTS:
                for index in range(line.size()):
                    painter.drawEllipse(line.at(index), 2.5, 2.5)
        painter.setClipping(False)
        self._paint_legend(painter, box)
        painter.end()

    def _paint_ground(self, painter: QPainter, inside: QRectF, span: tuple[float, float] | None) -> None:
        theme, line = self._theme, self._line()
        for number in range(_LINES):
            y = inside.top() + inside.height() * number / (_LINES - 1)
            painter.setPen(QPen(QColor(theme.bar_line), 1))
            painter.drawLine(QPointF(inside.left(), y), QPointF(inside.right(), y))
            if span is not None:
                value = span[1] + (span[0] - span[1]) * number / (_LINES - 1)
                painter.setPen(QColor(theme.secondary))
                place = QRectF(0, y - line / 2, inside.left() - 8, line)
                painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{value:.2f}")
        x = inside.left() + inside.width() * self._progress
        if self._progress > 0:
            painter.setPen(QPen(QColor(theme.edge), 1))
            painter.drawLine(QPointF(x, inside.top()), QPointF(x, inside.bottom()))
        painter.setPen(QColor(theme.secondary))
        below = QRectF(inside.left(), inside.bottom() + 4, inside.width(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, self._end)

    def _legend(self) -> tuple[str, str]:
        """The names of the two lines: shorter ones where the others would lie on the unit beside them."""
        measured = "held-out pieces" if self._held_out else "the same, without dropout"
        wide = self.fontMetrics().horizontalAdvance
        full = "what it learns from, with dropout"
        room = self.width() - self._left() - _RIGHT - wide(_UNIT) - 2 * _ENTRY
        return full if wide(full) + wide(measured) <= room else "learnt from", measured

    def _paint_legend(self, painter: QPainter, box: QRectF) -> None:
        theme, metrics = self._theme, painter.fontMetrics()
        high, x = self._line() + 14, float(self._left())
        for text, colour in zip(self._legend(), (theme.part(0), theme.part(1)), strict=True):
            painter.setPen(QPen(QColor(colour), 2))
            painter.drawLine(QPointF(x, high / 2), QPointF(x + 16, high / 2))
            painter.setPen(QColor(theme.secondary))
            width = metrics.horizontalAdvance(text)
            place = QRectF(x + _SIGN, 0, width + 4, high)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)
            x += width + _ENTRY
        place = QRectF(0, 0, box.width() - _RIGHT, high)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, _UNIT)
