"""The memory view's lanes under the roll, on the same time axis: surprise, the cell state, the gates.

It draws the numbers of the engine's state frames. If several units share a row of pixels, the one farthest from 0 is
shown, and hovering names it.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)

from musiclstm.gui.axes.time_axis import SETTLED, TileStrip, TimeAxis
from musiclstm.gui.look.focus import KeyFocusWidget
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.memory.lanes import LaneLayout
from musiclstm.gui.memory.lanes_painter import LanesPainter
from musiclstm.gui.memory.model import MemoryModel, unit_at


@dataclass(frozen=True)
class Reading:
    """What is under the mouse: one unit at one event."""

    layer: int
    unit: int
    beat: float
    cell: float
    forget: float
    input: float
    output: float


class MemoryLanes(KeyFocusWidget, LaneLayout):
    """Signals: `read(Reading | None)` under the mouse, `pinned(layer, unit)` (−1, −1: none)."""

    read = Signal(object)
    pinned = Signal(int, int)
    laid_out = Signal()

    def __init__(self, model: MemoryModel, axis: TimeAxis, theme: Theme) -> None:
        super().__init__()
        self._model, self._axis = model, axis
        self._painter = LanesPainter(self, model, axis, theme)
        self._tiles = TileStrip(axis, self._painter.paint)
        self._hover: QPointF | None = None
        self.pin: tuple[int, int] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Memory")
        self.setAccessibleDescription(
            "The model's memory cells over time. Click or Enter pins the unit read, Delete lets it go; arrow keys read "
            "another unit."
        )
        self.set_theme(theme)
        axis.scaled.connect(self.repaint_all)
        axis.moved.connect(self._moved)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._painter.set_theme(theme)
        self.repaint_all()

    def repaint_all(self) -> None:
        self._tiles.clear()
        self._painter.forget()
        self.laid_out.emit()
        self.update()

    def layers(self) -> int:
        return self._model.layers

    # ---- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        model, axis = self._model, self._axis
        if model.changed < axis.now - SETTLED:
            self._tiles.forget_from(model.changed)
        self._painter.trim(rewritten=model.rewritten)
        model.rewritten = False
        model.changed = float("inf")
        ratio = self.devicePixelRatioF()
        painter = QPainter(self)
        live_x = self._tiles.draw(painter, self.height(), ratio)
        painter.setClipRect(QRectF(live_x, 0, self.width() - live_x, self.height()))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-axis.left(ratio) / ratio, 0)
        self._painter.paint(painter, axis.beat(live_x) - 1 / axis.scale, axis.beat(self.width()))
        painter.restore()
        painter.setClipping(False)
        self._paint_over(painter, ratio)
        painter.end()

    def _paint_over(self, painter: QPainter, ratio: float) -> None:
        axis, theme = self._axis, self._theme
        now_x = axis.now_x if axis.following else axis.x(axis.now, ratio)
        painter.fillRect(QRectF(now_x - 1, 0, 2, self.height()), QColor(theme.accent))
        self.paint_focus(painter, theme.accent)
        reading = self.reading()
        if reading is None or self._hover is None:
            return
        x, y = self._hover.x(), self._hover.y()
        soft = QColor(theme.text)
        soft.setAlphaF(0.35)
        painter.fillRect(QRectF(x, 0, 1, self.height()), soft)
        text = f"layer {reading.layer + 1} · unit {reading.unit} · {reading.cell:+.2f}"
        metrics = QFontMetricsF(self.font())
        width = metrics.horizontalAdvance(text) + 12
        box = QRectF(min(x + 10, self.width() - width - 4), y - metrics.height() - 10, width, metrics.height() + 6)
        box.moveTop(max(2.0, box.y()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.edge), 1))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor(theme.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    # ---- reading -------------------------------------------------------------------------------------------------

    def reading(self) -> Reading | None:
        """The unit under the mouse at the beat under the mouse."""
        if self._hover is None:
            return None
        beat = self._axis.beat(self._hover.x())
        index = self._model.index_at(beat)
        if index is None or beat > max(self._axis.now, float(self._model.beats[-1])):
            return None
        for layer in range(self._model.layers):
            lane = self.cell_lane(layer)
            row = int(self._hover.y() - lane.y())
            if 0 <= row < int(lane.height()):
                unit = unit_at(self._model.cells[index, layer], row, int(lane.height()))
                return self.read_unit(layer, unit, index)
        return None

    def read_unit(self, layer: int, unit: int, index: int) -> Reading:
        gates = [float(value) for value in self._model.gates[index, layer, :, unit]]
        cell = float(self._model.cells[index, layer, unit])
        return Reading(layer, unit, float(self._model.beats[index]), cell, *gates)

    def hover_y(self) -> float | None:
        return None if self._hover is None else self._hover.y()

    def set_pin(self, pin: tuple[int, int] | None) -> None:
        if pin != self.pin:
            self.pin = pin
            self.pinned.emit(*(pin or (-1, -1)))
            self.repaint_all()

    def _moved(self) -> None:
        """Another moment comes under a mouse that rests."""
        if self._hover is not None:
            self.read.emit(self.reading())
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.repaint_all()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = event.position()
        self.read.emit(self.reading())
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._hover = None
        self.read.emit(None)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._hover = event.position()
        reading = self.reading()
        if self.pin is not None and self.pin_lane().contains(event.position()):
            self.set_pin(None)  # where its lane came, its cell may have moved away from the mouse
        elif reading is not None:
            unit = (reading.layer, reading.unit)
            self.set_pin(None if self.pin == unit else unit)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (-8, 0),
            Qt.Key.Key_Right: (8, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            reading = self.reading()
            if reading is not None:
                self.set_pin((reading.layer, reading.unit))
        elif event.key() == Qt.Key.Key_Delete:
            self.set_pin(None)
        elif event.key() in steps:
            x, y = steps[Qt.Key(event.key())]
            start = self._hover or QPointF(self._axis.now_x - 8, self.cell_lane(0).center().y())
            self._hover = QPointF(
                min(max(0.0, start.x() + x), self.width() - 1.0), min(max(0.0, start.y() + y), self.height() - 1.0)
            )
            self.read.emit(self.reading())
            self.update()
        else:
            super().keyPressEvent(event)
