"""What lies over the notes: the now-line, where phrases end, jumps, the selection, and where a click would go."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QStaticText
from PySide6.QtWidgets import QWidget

from musiclstm.gui.look.theme import Theme
from musiclstm.gui.roll.state import RollState

LONGEST = 240.0  # pixels of what is said beside a jump
DOTS = (2.0, 5.0)  # pixels of dash and gap of a phrase's end


class Overlay:
    """Paints on `canvas` in its own pixels, each frame."""

    def __init__(self, state: RollState, canvas: QWidget, theme: Theme) -> None:
        self._state, self._canvas = state, canvas
        self._words = [QStaticText("played"), QStaticText("planned")]
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._veil = QColor(theme.ground)
        self._veil.setAlphaF(0.75)
        self._phrase = QPen(QColor(theme.edge), 1, Qt.PenStyle.CustomDashLine)
        self._phrase.setDashPattern(DOTS)

    def paint(self, painter: QPainter, ratio: float, mark: float | None, hint: str) -> None:
        """mark: the beat of the past that a click goes to. hint: what to say before the first note."""
        state, axis, theme = self._state, self._state.axis, self._theme
        height = self._canvas.height()
        painter.setPen(self._phrase)
        for beat in state.phrases:
            x = round(axis.x(beat, ratio)) + 0.5
            painter.drawLine(QPointF(x, 0), QPointF(x, height))
        self._paint_selection(painter, ratio)
        now_x = axis.now_x if axis.following else axis.x(axis.now, ratio)
        painter.fillRect(QRectF(now_x - 1, 0, 2, height), QColor(theme.accent))
        if axis.loop is not None:
            left, right = (axis.x(beat, ratio) for beat in axis.loop)
            painter.fillRect(QRectF(left, height - 4, right - left, 4), QColor(theme.accent))
        self._paint_words(painter, now_x, hint)
        for x, words in self._jumps(ratio):
            self._paint_jump(painter, x, words)
        if mark is not None and mark < axis.now:
            x = axis.x(mark, ratio)
            painter.fillRect(QRectF(x, 0, 1, height), QColor(theme.secondary))
            self._label(painter, x, f"↺ play on from {axis.place(mark)}")

    def _paint_selection(self, painter: QPainter, ratio: float) -> None:
        chosen = self._state.selection.range
        if chosen is None:
            return
        left, right = (self._state.axis.x(beat, ratio) for beat in chosen)
        height, colour = self._canvas.height(), QColor(self._theme.accent)
        for x in (left, right - 1):
            painter.fillRect(QRectF(x, 0, 1, height), colour)
        colour.setAlphaF(0.1)
        left, right = max(0.0, left), min(float(self._canvas.width()), right)
        if right > left:
            painter.fillRect(QRectF(left, 0, right - left, height), colour)

    def _paint_words(self, painter: QPainter, now_x: float, hint: str) -> None:
        """Label the two sides of the line; before the first note, say how to start."""
        painter.setPen(QColor(self._theme.secondary))
        played, planned = self._words
        for words, x in ((played, now_x - 8 - played.size().width()), (planned, now_x + 8)):
            painter.fillRect(QRectF(x - 3, 3, words.size().width() + 6, words.size().height() + 2), self._veil)
            painter.drawStaticText(QPointF(x, 4), words)
        if not self._state.notes.played and hint:
            font = QFont(self._canvas.font())
            font.setPointSizeF(font.pointSizeF() * 1.5)
            painter.setFont(font)
            painter.drawText(QRectF(0, 0, now_x, self._canvas.height()), Qt.AlignmentFlag.AlignCenter, hint)
            painter.setFont(self._canvas.font())

    def _jumps(self, ratio: float) -> list[tuple[float, str]]:
        """Where those in view lie, and what stands beside them, cut where the next one or what is to come begins.

        Of several at one moment the last one stands there.
        """
        axis, metrics = self._state.axis, QFontMetricsF(self._canvas.font())
        now = axis.x(axis.now, ratio)
        places = {axis.x(beat, ratio): words for beat, words in self._state.notes.jumps[-50:]}
        found = []
        for x, words in places.items():
            if -LONGEST < x < self._canvas.width():
                ends = [x + 14 + LONGEST, *(other for other in places if other > x)]
                if x < now:
                    ends.append(now - self._words[0].size().width() - 12)
                room = min(ends) - x - 14
                found.append((x, metrics.elidedText(f"↺ {words}", Qt.TextElideMode.ElideRight, max(0.0, room))))
        return found

    def _paint_jump(self, painter: QPainter, x: float, words: str) -> None:
        """A jump: a broken line with its origin at the top, where no drum and hardly a note lies."""
        height = self._canvas.height()
        painter.setPen(QPen(QColor(self._theme.accent), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, 0), QPointF(x, height))
        metrics = QFontMetricsF(self._canvas.font())
        if len(words) > 1:  # more than "…"
            box = QRectF(x + 3, 3, metrics.horizontalAdvance(words) + 8, metrics.height() + 2)
            painter.fillRect(box, self._veil)
            painter.setPen(QColor(self._theme.accent))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _label(self, painter: QPainter, x: float, text: str) -> None:
        metrics = QFontMetricsF(self._canvas.font())
        width = metrics.horizontalAdvance(text) + 12
        left = min(max(4.0, x - width / 2), self._canvas.width() - width - 4)
        box = QRectF(left, 6, width, metrics.height() + 6)
        painter.setPen(QPen(QColor(self._theme.edge), 1))
        painter.setBrush(QColor(self._theme.raised))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor(self._theme.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
