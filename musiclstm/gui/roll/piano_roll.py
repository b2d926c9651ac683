"""The piano roll: what was played, what sounds, what is planned, by beat and pitch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent

from musiclstm.gui.axes.time_axis import SETTLED, TileStrip
from musiclstm.gui.look.focus import KeyFocusWidget
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.roll.ground import enter, paint_ground
from musiclstm.gui.roll.notes_painter import FADE, NotesPainter
from musiclstm.gui.roll.overlay import Overlay
from musiclstm.gui.roll.state import RollState

CLICK = 4  # pixels a press may move and still be a click

HINT, COUNTING, WAITING = "Press Space to play", "Counting in", "Waiting for the clock"


class PianoRoll(KeyFocusWidget):
    """Signals: `go_to(beat)` when the past is clicked; `dragged_out` when the mouse drags what is selected."""

    go_to = Signal(float)
    dragged_out = Signal()

    def __init__(self, state: RollState, theme: Theme, clock: Callable[[], float] = perf_counter) -> None:
        super().__init__()
        self._state, self._model, self._axis, self._lanes = state, state.notes, state.axis, state.lanes
        self._clock, self._theme = clock, theme
        self._lane = state.lanes[0]  # where the mouse was pressed
        self._notes = [NotesPainter(state, self._lane, theme)]
        self._over = Overlay(state, self, theme)
        axis = state.axis
        self._tiles = TileStrip(axis, self._paint_past)
        self._grounds = TileStrip(axis, self._paint_ground, timeless=True)
        self._press: QPointF | None = None
        self._selection = state.selection
        self._dragged = False
        self._drag_beat = self._drag_y = 0.0
        self._hover: float | None = None
        self._cursor: float | None = None  # moved by the arrow keys
        self.hint = HINT  # shown while nothing was played
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumHeight(72)
        self.setAccessibleName("Piano roll")
        self.setAccessibleDescription(
            "Played notes left of the line, planned notes right of it. Arrow keys move a cursor in the past, "
            "Enter goes back there, plus and minus zoom, Page Up and Page Down show other pitches, End returns to now."
        )
        self.set_theme(theme)
        axis.scaled.connect(self.repaint_all)
        axis.moved.connect(self.update)
        state.lanes.changed.connect(self.repaint_all)
        state.selection.changed.connect(self.update)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for notes in self._notes:
            notes.set_theme(theme)
        self._over.set_theme(theme)
        self.repaint_all()

    def load(self) -> None:
        """Other lanes were loaded."""
        self._notes = [NotesPainter(self._state, lane, self._theme) for lane in self._lanes]
        self.repaint_all()

    def repaint_all(self) -> None:
        self._tiles.clear()
        self._grounds.clear()
        for notes in self._notes:
            notes.forget_rectangles()
        self.update()

    # ---- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        now = self._clock()
        model, axis = self._model, self._axis
        model.settle(now, FADE)
        if model.changed < axis.now - SETTLED:
            self._tiles.forget_from(model.changed)
        model.changed = float("inf")
        ratio = self.devicePixelRatioF()
        painter = QPainter(self)
        live_x = self._tiles.draw(painter, self.height(), ratio)
        self._grounds.draw(painter, self.height(), ratio, live_x)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.save()
        painter.translate(-axis.left(ratio) / ratio, 0)
        for notes in self._each_lane(painter):
            notes.trim()
            painter.save()
            live = QRectF(live_x + axis.left(ratio) / ratio, 0, self.width() - live_x, self.height())
            painter.setClipRect(live, Qt.ClipOperation.IntersectClip)
            notes.notes(painter, axis.beat(live_x) - 1 / axis.scale, axis.right_beat)
            painter.restore()
            notes.sounding(painter)
            notes.ahead(painter, now)
        painter.restore()
        self._over.paint(painter, ratio, self._cursor if self._cursor is not None else self._hover, self.hint)
        self.paint_focus(painter, self._theme.accent)
        painter.end()

    def _paint_past(self, painter: QPainter, low: float, high: float) -> None:
        self._paint_ground(painter, low, high)
        for notes in self._each_lane(painter):
            notes.notes(painter, low, high)

    def _paint_ground(self, painter: QPainter, low: float, high: float) -> None:
        paint_ground(painter, low, high, height=self.height(), axis=self._axis, lanes=self._lanes, theme=self._theme)

    def _each_lane(self, painter: QPainter) -> Iterator[NotesPainter]:
        """The painter's y is the lane's meanwhile."""
        for notes in self._notes:
            painter.save()
            enter(painter, notes.lane, self._lanes)
            yield notes
            painter.restore()

    # ---- mouse and keys ------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._axis.resize(self.width())
        self._lanes.resize(self.height())
        self.repaint_all()

    def wheelEvent(self, event: QWheelEvent) -> None:
        pixels, turn = event.pixelDelta(), event.angleDelta()
        modifiers = event.modifiers()
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            lane, y = self._lanes.at(event.position().y()), event.position().y()
            lane.pitches.zoom(1.1 ** (turn.y() / 120), y - lane.top)
        elif turn.x() or modifiers & Qt.KeyboardModifier.ShiftModifier:
            amount = pixels.x() or turn.x() or turn.y()
            self._axis.scroll(-amount / self._axis.scale)
        else:
            self._axis.zoom(1.15 ** (turn.y() / 120), event.position().x())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._press, self._dragged = event.position(), False
            self._drag_beat, self._drag_y = self._axis.left_beat, event.position().y()
            self._lane = self._lanes.at(self._drag_y)

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
                    chosen = self._selection.range
                    if chosen is not None and chosen[0] <= self._axis.beat(self._press.x()) < chosen[1]:
                        self._press = self._hover = None
                        self.dragged_out.emit()
                        return
                    self._dragged, self._hover = True, None
                    self.setCursor(Qt.CursorShape.ClosedHandCursor)
                self._axis.scroll(self._drag_beat - shift.x() / self._axis.scale - self._axis.left_beat)
                if not self._lane.pitches.following:  # zoomed: there is more above and below
                    self._lane.pitches.scroll(event.position().y() - self._drag_y)
                    self._drag_y = event.position().y()
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._press is None:
            return
        self._press = None
        self.unsetCursor()
        beat = self._axis.beat(event.position().x())
        if not self._dragged and self._axis.begin <= beat < self._axis.now:
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
            self._cursor = max(self._axis.begin, start + (step if key == Qt.Key.Key_Right else -step))
            if self._cursor >= self._axis.now:
                self._cursor = None
            elif not self._axis.left_beat < self._cursor < self._axis.right_beat:
                self._axis.show(self._cursor)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cursor is not None:
            self.go_to.emit(self._cursor)
            self._cursor = None
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self._axis.zoom(1 / 1.25 if key == Qt.Key.Key_Minus else 1.25)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self._lanes.scroll(1 / 4 if key == Qt.Key.Key_PageUp else -1 / 4)
        elif key == Qt.Key.Key_End:
            self._cursor = None
            self._axis.follow()
            self._lanes.release()
        else:
            super().keyPressEvent(event)
            return
        self.update()
