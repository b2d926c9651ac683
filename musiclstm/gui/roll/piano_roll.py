"""The piano roll: what was played, what sounds, what is planned, by beat and pitch."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QStaticText,
    QWheelEvent,
)

from musiclstm.gui.axes.pitch_axis import BLACK, PitchAxis
from musiclstm.gui.axes.time_axis import SETTLED, TileStrip, TimeAxis
from musiclstm.gui.look.focus import KeyFocusWidget
from musiclstm.gui.look.theme import Theme, mix
from musiclstm.gui.roll.model import RollModel, RollNote

FADE = 0.12  # seconds a withdrawn note takes to go
SHADES = 8
GHOST = 0.38
OPEN_GHOST = 0.5  # beats shown of a planned note whose end is open
ROUND = 8  # pixels below which round corners are not visible
CLICK = 4  # pixels a press may move and still be a click


class PianoRoll(KeyFocusWidget):
    """Signals: `go_to(beat)` when the past is clicked."""

    go_to = Signal(float)

    def __init__(
        self,
        model: RollModel,
        axis: TimeAxis,
        pitches: PitchAxis,
        theme: Theme,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        super().__init__()
        self._model, self._axis, self._pitches, self._clock = model, axis, pitches, clock
        self._tiles = TileStrip(axis, self._paint_past)
        self._grounds = TileStrip(axis, self._paint_ground, timeless=True)
        self._rectangles: dict[int, QRectF] = {}  # of ended notes, while the scales stay
        self._words = [QStaticText("played"), QStaticText("planned")]
        self._press: QPointF | None = None
        self._dragged = False
        self._drag_beat = 0.0
        self._hover: float | None = None
        self._cursor: float | None = None  # moved by the arrow keys
        self.hint = "Press Space to play"  # shown while nothing was played
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumHeight(120)
        self.setAccessibleName("Piano roll")
        self.setAccessibleDescription(
            "Played notes left of the line, planned notes right of it. Arrow keys move a cursor in the past, "
            "Enter goes back there, plus and minus zoom, End returns to now."
        )
        self.set_theme(theme)
        axis.scaled.connect(self.repaint_all)
        axis.moved.connect(self.update)
        pitches.changed.connect(self.repaint_all)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        shades = [0.38 + 0.62 * (i + 0.5) / SHADES for i in range(SHADES)]
        self._brushes = [
            [QBrush(QColor(mix(colour, theme.ground, shade))) for shade in shades] for colour in theme.parts
        ]
        self._person = [QBrush(QColor(mix(theme.person, theme.ground, 0.15 + 0.35 * shade))) for shade in shades]
        self._veil = QColor(theme.ground)
        self._veil.setAlphaF(0.75)
        self._person_pen = QPen(QColor(theme.person), 1.5)
        self._sounding_pen = QPen(QColor(mix(theme.text, theme.ground, 0.9)), 1)
        self.repaint_all()

    def repaint_all(self) -> None:
        self._tiles.clear()
        self._grounds.clear()
        self._rectangles.clear()
        self.update()

    # ---- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        now = self._clock()
        model, axis = self._model, self._axis
        model.settle(now, FADE)
        if model.changed < axis.now - SETTLED:
            self._tiles.forget_from(model.changed)
        model.changed = float("inf")
        if len(self._rectangles) > 4000:
            self._rectangles.clear()
        ratio = self.devicePixelRatioF()
        painter = QPainter(self)
        live_x = self._tiles.draw(painter, self.height(), ratio)
        self._grounds.draw(painter, self.height(), ratio, live_x)
        painter.setClipRect(QRectF(live_x, 0, self.width() - live_x, self.height()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.save()
        painter.translate(-axis.left(ratio) / ratio, 0)
        self._paint_notes(painter, axis.beat(live_x) - 1 / axis.scale, axis.right_beat)
        painter.setClipping(False)
        self._paint_sounding(painter)
        self._paint_ahead(painter, now)
        painter.restore()
        painter.setClipping(False)
        self._paint_lines(painter, ratio)
        painter.end()

    def _paint_past(self, painter: QPainter, low: float, high: float) -> None:
        self._paint_ground(painter, low, high)
        self._paint_notes(painter, low, high)

    def _paint_notes(self, painter: QPainter, low: float, high: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        for note in self._model.between(low, high):
            self._paint_note(painter, note)

    def _paint_ground(self, painter: QPainter, low: float, high: float) -> None:
        theme, scale, pitches = self._theme, self._axis.scale, self._pitches
        x0, x1 = low * scale, high * scale
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(QRectF(x0, 0, x1 - x0, self.height()), QColor(theme.ground))
        row = QColor(theme.row)
        bottom, top = pitches.visible()
        for pitch in range(bottom, top + 1):
            if pitch % 12 in BLACK:
                painter.fillRect(QRectF(x0, pitches.y(pitch), x1 - x0, pitches.row), row)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bar = self._axis.bar_beats
        beat_colour, bar_colour = QColor(theme.beat_line), QColor(theme.bar_line)
        if scale >= 14:
            for beat in range(int(low) - 1, int(high) + 2):
                painter.fillRect(QRectF(beat * scale, 0, 1, self.height()), beat_colour)
        for index in range(int(low / bar) - 1, int(high / bar) + 2):
            painter.fillRect(QRectF(index * bar * scale, 0, 1, self.height()), bar_colour)
        line = QColor(theme.beat_line)
        for pitch in range(bottom - bottom % 12, top + 1, 12):
            painter.fillRect(QRectF(x0, pitches.y(pitch) + pitches.row - 0.5, x1 - x0, 1), line)

    def _rectangle(self, beat: float, end: float, pitch: int) -> QRectF:
        scale, pitches = self._axis.scale, self._pitches
        gap = min(1.5, pitches.row * 0.12)
        width = max(2.0, (end - beat) * scale - 1)
        return QRectF(beat * scale, pitches.y(pitch) + gap / 2, width, pitches.row - gap)

    def _paint_note(self, painter: QPainter, note: RollNote) -> None:
        if note.end is None:
            rectangle = self._rectangle(note.beat, max(note.beat, self._axis.now), note.pitch)
        else:
            cached = self._rectangles.get(note.id)
            if cached is None:
                cached = self._rectangles[note.id] = self._rectangle(note.beat, note.end, note.pitch)
            rectangle = cached
        shade = min(SHADES - 1, note.velocity * SHADES // 128)
        radius = min(3.0, rectangle.height() / 3)
        if note.by_person:
            painter.setPen(self._person_pen)
            painter.setBrush(self._person[shade])
            painter.drawRoundedRect(rectangle.adjusted(0.75, 0.75, -0.75, -0.75), radius, radius)
            painter.setPen(Qt.PenStyle.NoPen)
            return
        brush = self._brushes[note.part % len(self._brushes)][shade]
        if rectangle.width() < ROUND:
            painter.fillRect(rectangle, brush)
            return
        painter.setBrush(brush)
        painter.drawRoundedRect(rectangle, radius, radius)

    def _paint_sounding(self, painter: QPainter) -> None:
        """An outline around what sounds; drawn each frame, so that tiles never contain it."""
        painter.setPen(self._sounding_pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for note in self._model.sounding.values():
            if not note.by_person:
                rectangle = self._rectangle(note.beat, max(note.beat, self._axis.now), note.pitch)
                painter.drawRoundedRect(rectangle, min(3.0, rectangle.height() / 3), min(3.0, rectangle.height() / 3))

    def _paint_ahead(self, painter: QPainter, now: float) -> None:
        high = self._axis.right_beat
        painter.setPen(Qt.PenStyle.NoPen)
        for note in self._model.planned.values():
            if note.beat <= high:
                self._paint_ghost(painter, note, GHOST)
        for note, since in self._model.fading:
            self._paint_ghost(painter, note, GHOST * max(0.0, 1 - (now - since) / FADE))

    def _paint_ghost(self, painter: QPainter, note: RollNote, opacity: float) -> None:
        beat = max(note.beat, self._axis.now)
        end = note.end if note.end is not None else note.beat + OPEN_GHOST
        if end <= beat:
            return
        rectangle, colour = self._rectangle(beat, end, note.pitch), QColor(self._theme.part(note.part))
        colour.setAlphaF(opacity)
        if note.end is None:  # its end is open: it fades out to the right
            gradient = QLinearGradient(rectangle.topLeft(), rectangle.topRight())
            gradient.setColorAt(0, colour)
            gradient.setColorAt(1, QColor(colour.red(), colour.green(), colour.blue(), 0))
            painter.setBrush(gradient)
        else:
            painter.setBrush(colour)
        radius = min(3.0, rectangle.height() / 3)
        painter.drawRoundedRect(rectangle, radius, radius)

    def _paint_lines(self, painter: QPainter, ratio: float) -> None:
        axis, theme = self._axis, self._theme
        now_x = axis.now_x if axis.following else axis.x(axis.now, ratio)
        painter.fillRect(QRectF(now_x - 1, 0, 2, self.height()), QColor(theme.accent))
        self._paint_words(painter, now_x)
        for beat, words in self._model.jumps[-50:]:
            x = axis.x(beat, ratio)
            if -100 < x < self.width():
                self._paint_jump(painter, x, words)
        mark = self._cursor if self._cursor is not None else self._hover
        if mark is not None and mark < axis.now:
            x = axis.x(mark, ratio)
            painter.fillRect(QRectF(x, 0, 1, self.height()), QColor(theme.secondary))
            self._label(painter, x, f"↺ play on from {self._axis.place(mark)}")
        self.paint_focus(painter, theme.accent)

    def _paint_words(self, painter: QPainter, now_x: float) -> None:
        """Label the two sides of the line; before the first note, say how to start."""
        painter.setPen(QColor(self._theme.secondary))
        played, planned = self._words
        for words, x in ((played, now_x - 8 - played.size().width()), (planned, now_x + 8)):
            painter.fillRect(QRectF(x - 3, 3, words.size().width() + 6, words.size().height() + 2), self._veil)
            painter.drawStaticText(QPointF(x, 4), words)
        if not self._model.played and self.hint:
            font = QFont(self.font())
            font.setPointSizeF(font.pointSizeF() * 1.5)
            painter.setFont(font)
            painter.drawText(QRectF(0, 0, now_x, self.height()), Qt.AlignmentFlag.AlignCenter, self.hint)
            painter.setFont(self.font())

    def _paint_jump(self, painter: QPainter, x: float, words: str) -> None:
        """A jump: a broken line with its origin at the foot."""
        painter.setPen(QPen(QColor(self._theme.accent), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        metrics = QFontMetricsF(self.font())
        text = f"↺ {words}"
        box = QRectF(
            x + 3, self.height() - metrics.height() - 6, metrics.horizontalAdvance(text) + 8, metrics.height() + 2
        )
        painter.fillRect(box, QColor(self._theme.ground))
        painter.setPen(QColor(self._theme.accent))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _label(self, painter: QPainter, x: float, text: str) -> None:
        metrics = QFontMetricsF(self.font())
        width = metrics.horizontalAdvance(text) + 12
        left = min(max(4.0, x - width / 2), self.width() - width - 4)
        box = QRectF(left, 6, width, metrics.height() + 6)
        painter.setPen(QPen(QColor(self._theme.edge), 1))
        painter.setBrush(QColor(self._theme.raised))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor(self._theme.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    # ---- mouse and keys ------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._axis.resize(self.width())
        self._pitches.resize(self.height())
        self.repaint_all()

    def wheelEvent(self, event: QWheelEvent) -> None:
        pixels, turn = event.pixelDelta(), event.angleDelta()
        modifiers = event.modifiers()
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            self._pitches.zoom(1.1 ** (turn.y() / 120), event.position().y())
        elif turn.x() or modifiers & Qt.KeyboardModifier.ShiftModifier:
            amount = pixels.x() or turn.x() or turn.y()
            self._axis.scroll(-amount / self._axis.scale)
        else:
            self._axis.zoom(1.15 ** (turn.y() / 120), event.position().x())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._press, self._dragged = event.position(), False
            self._drag_beat = self._axis.left_beat

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._cursor = None
        if self._press is None:
            beat = self._axis.beat(event.position().x())
            self._hover = beat if beat < self._axis.now else None
            self.setCursor(Qt.CursorShape.PointingHandCursor if self._hover is not None else Qt.CursorShape.ArrowCursor)
        else:
            shift = event.position() - self._press
            if self._dragged or abs(shift.x()) + abs(shift.y()) > CLICK:
                if not self._dragged:
                    self._dragged, self._hover = True, None
                    self.setCursor(Qt.CursorShape.ClosedHandCursor)
                self._axis.scroll(self._drag_beat - shift.x() / self._axis.scale - self._axis.left_beat)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._press is None:
            return
        self._press = None
        self.unsetCursor()
        beat = self._axis.beat(event.position().x())
        if not self._dragged and 0 <= beat < self._axis.now:
            self.go_to.emit(beat)
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._hover = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        step = self._axis.bar_beats if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            start = self._axis.now if self._cursor is None else self._cursor
            self._cursor = max(0.0, start + (step if key == Qt.Key.Key_Right else -step))
            if self._cursor >= self._axis.now:
                self._cursor = None
            elif not self._axis.left_beat < self._cursor < self._axis.right_beat:
                self._axis.show(self._cursor)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cursor is not None:
            self.go_to.emit(self._cursor)
            self._cursor = None
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self._axis.zoom(1 / 1.25 if key == Qt.Key.Key_Minus else 1.25)
        elif key == Qt.Key.Key_End:
            self._cursor = None
            self._axis.follow()
        else:
            super().keyPressEvent(event)
            return
        self.update()
