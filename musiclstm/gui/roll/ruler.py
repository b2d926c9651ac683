"""The ruler above the roll: the numbers of the bars, where phrases end, and the chords. Dragging selects bars."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QStaticText
from PySide6.QtWidgets import QSizePolicy

from musiclstm.gui.look.focus import KeyFocusWidget
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.roll.state import RollState

NUMBERS = 20  # height of the row of bar numbers
CHORDS = 20  # height of the row of chord names
CLICK = 4  # pixels a press may move and still be a click


class Ruler(KeyFocusWidget):
    """Bars are numbered from 1 at beat 0, as the strip does."""

    def __init__(self, state: RollState, theme: Theme) -> None:
        super().__init__()
        self._state, self._axis, self._selection, self._theme = state, state.axis, state.selection, theme
        axis, selection = self._axis, self._selection
        self._words: dict[str, QStaticText] = {}
        self._bold = QFont(self.font())
        self._bold.setWeight(QFont.Weight.DemiBold)
        self._press: QPointF | None = None
        self._anchor = 0  # the bar where the drag began
        self._dragged = False
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Bars")
        self.setAccessibleDescription(
            "Left and right select a bar, with Shift more of them; Delete clears the selection."
        )
        self.setToolTip("Drag over the bars to select some; a click clears the selection.")
        for signal in (axis.scaled, axis.moved, selection.changed):
            signal.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(400, round(self.rows()[-1][1].bottom()))

    def rows(self) -> list[tuple[str, QRectF]]:
        """The name and the place of each; where only drums play there are no chords."""
        rows = [("bar", QRectF(0, 0, self.width(), NUMBERS)), ("chord", QRectF(0, NUMBERS, self.width(), CHORDS))]
        return rows[:1] if self._state.lanes.all_drums else rows

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    # ---- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.background))
        self._paint_selection(painter)
        self._paint_numbers(painter)
        if not self._state.lanes.all_drums:
            self._paint_chords(painter)
        now_x = self._axis.now_x if self._axis.following else self._axis.x(self._axis.now)
        painter.fillRect(QRectF(now_x - 1, NUMBERS - 6, 2, self.height()), QColor(theme.accent))
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), QColor(theme.line))
        self.paint_focus(painter, theme.accent)
        painter.end()

    def _paint_selection(self, painter: QPainter) -> None:
        if self._selection.range is not None:
            ratio = self.devicePixelRatioF()
            left, right = (self._axis.x(beat, ratio) for beat in self._selection.range)
            painter.fillRect(QRectF(left, 0, right - left, NUMBERS), QColor(self._theme.accent))

    def _paint_numbers(self, painter: QPainter) -> None:
        axis, theme = self._axis, self._theme
        ratio, bars = self.devicePixelRatioF(), axis.bars
        metrics = QFontMetricsF(self.font())
        room = metrics.horizontalAdvance("0000") + 12
        step = 1
        while axis.bar_beats * step * axis.scale < room:
            step *= 2
        chosen = self._selection.range or (0.0, 0.0)
        tick, text, on_chosen = QColor(theme.edge), QPen(QColor(theme.secondary)), QPen(QColor(theme.on_accent))
        begin = bars.number(axis.begin)
        first = max(begin, bars.number(axis.left_beat) - step)
        for index in range(first - first % step, bars.number(axis.right_beat) + 2, step):
            if index < begin:
                continue
            x = axis.x(bars.beat(index), ratio)
            painter.fillRect(QRectF(x, NUMBERS - 7, 1, 6), tick)
            painter.setPen(on_chosen if chosen[0] <= bars.beat(index) < chosen[1] else text)
            painter.drawStaticText(QPointF(x + 4, (NUMBERS - metrics.height()) / 2), self._text(str(index + 1)))

    def _paint_chords(self, painter: QPainter) -> None:
        """Chords of what was played, and a breath mark where a phrase ended."""
        axis, ratio, theme = self._axis, self.devicePixelRatioF(), self._theme
        top = NUMBERS + (CHORDS - QFontMetricsF(self.font()).height()) / 2 - 1
        left = axis.left_beat - 2 * axis.bar_beats
        painter.setPen(QColor(theme.text))
        painter.setFont(self._bold)
        free = float("-inf")  # where the last name ends
        for beat, chord in self._state.harmony.between(left, axis.right_beat, now=axis.now, bars=axis.bars):
            x = axis.x(beat, ratio) + 4
            if x >= free:
                words = self._text(chord.name)
                painter.drawStaticText(QPointF(x, top), words)
                free = x + words.size().width() + 8
        painter.setFont(self.font())
        painter.setPen(QPen(QColor(theme.secondary), 1.5))
        for beat in self._state.phrases:
            x = axis.x(beat, ratio)
            painter.drawLine(QPointF(x - 3, NUMBERS - 8), QPointF(x, NUMBERS - 2))
            painter.drawLine(QPointF(x + 3, NUMBERS - 8), QPointF(x, NUMBERS - 2))

    def _text(self, text: str) -> QStaticText:
        words = self._words.get(text)
        if words is None:
            if len(self._words) > 500:
                self._words.clear()
            words = self._words[text] = QStaticText(text)
        return words

    # ---- selecting -----------------------------------------------------------------------------------------------

    def _bar_at(self, x: float) -> int:
        """Of the bars that have begun, the one at x."""
        axis = self._axis
        return max(axis.bars.number(axis.begin), min(axis.bars.number(axis.beat(x)), self._last()))

    def _last(self) -> int:
        return self._axis.bars.number(self._axis.now)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._press, self._dragged = event.position(), False
            self._anchor = self._bar_at(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._press is None:
            return
        self._dragged |= abs(event.position().x() - self._press.x()) > CLICK
        if self._dragged:
            bars = sorted((self._anchor, self._bar_at(event.position().x())))
            self._selection.drag(self._axis.bars.beat(bars[0]), self._axis.bars.beat(bars[1] + 1))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._press is None:
            return
        self._press = None
        if self._dragged:
            self._selection.finish()
        else:
            self._selection.clear()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, bar = event.key(), self._axis.bar_beats
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._step(
                1 if key == Qt.Key.Key_Right else -1, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            )
        elif key == Qt.Key.Key_Delete:
            self._selection.clear()
        else:
            super().keyPressEvent(event)
            return
        chosen = self._selection.range
        if chosen is not None and not self._axis.left_beat <= chosen[0] <= self._axis.right_beat - bar:
            self._axis.show(chosen[0])

    def _step(self, step: int, more: bool) -> None:
        """Move the selection by a bar, or its end."""
        bars = self._axis.bars
        if self._selection.range is None:
            first = last = self._last()
        else:
            first, last = (bars.number(beat) for beat in self._selection.range)
            last -= 1
            last = max(first, last + step) if more else first + step
            first = first if more else last
        lowest = bars.number(self._axis.begin)
        first, last = (min(self._last(), max(lowest, each)) for each in (first, last))
        self._selection.select(bars.beat(first), bars.beat(last + 1))
