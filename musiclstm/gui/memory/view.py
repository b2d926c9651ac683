"""The memory view's lanes under the roll, on the same time axis: surprise, the cell state, the gates.

It draws the numbers of the engine's state frames. If several units share a row of pixels, the one farthest from 0 is
shown, and hovering names it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)

from musiclstm.gui.axes.time_axis import SETTLED, TileStrip, TimeAxis
from musiclstm.gui.look.colours import mix, rgb
from musiclstm.gui.look.focus import KeyFocusWidget
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.memory.lanes import LaneLayout
from musiclstm.gui.memory.model import MemoryModel, packed, pool, unit_at

MANY = 6000  # columns kept
FULL_SURPRISE = 6.0  # nats at the top of the lane


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
        self._tiles = TileStrip(axis, self._paint_past)
        self._columns: dict[tuple[int, int], NDArray[np.uint32]] = {}  # (layer, event): its pixels
        self._hover: QPointF | None = None
        self.pin: tuple[int, int] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(130)
        self.setAccessibleName("Memory")
        self.setAccessibleDescription(
            "The model's memory cells over time. Click or Enter pins the unit read, Escape lets it go; arrow keys read "
            "another unit."
        )
        self.set_theme(theme)
        axis.scaled.connect(self.repaint_all)
        axis.moved.connect(self.update)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        ground = np.array(rgb(theme.ground), np.float32)
        ends = [np.array(rgb(colour), np.float32) for colour in (theme.negative, theme.positive)]
        # 511 colours for tanh(C / 2) from −1 to 1; 0 is the ground.
        share = np.abs(np.linspace(-1, 1, 511, dtype=np.float32))[:, None]
        end = np.where(np.arange(511)[:, None] < 255, ends[0], ends[1])
        colours = np.round(ground * (1 - share) + end * share).astype(np.uint32)
        self._lut = packed(colours)
        self._gate_colours = [QColor(c) for c in (theme.forget, theme.input_, theme.output)]
        self.repaint_all()

    def repaint_all(self) -> None:
        self._tiles.clear()
        self._columns.clear()
        self.laid_out.emit()
        self.update()

    def layers(self) -> int:
        return self._model.layers

    # ---- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        model, axis = self._model, self._axis
        if model.changed < axis.now - SETTLED:
            self._tiles.forget_from(model.changed)
        if model.rewritten or len(self._columns) > MANY:
            self._columns.clear()
            model.rewritten = False
        model.changed = float("inf")
        ratio = self.devicePixelRatioF()
        painter = QPainter(self)
        live_x = self._tiles.draw(painter, self.height(), ratio)
        painter.setClipRect(QRectF(live_x, 0, self.width() - live_x, self.height()))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-axis.left(ratio) / ratio, 0)
        self._paint_past(painter, axis.beat(live_x) - 1 / axis.scale, axis.beat(self.width()))
        painter.restore()
        painter.setClipping(False)
        self._paint_over(painter, ratio)
        painter.end()

    def _paint_past(self, painter: QPainter, low: float, high: float) -> None:
        theme, model, scale = self._theme, self._model, self._axis.scale
        x0, x1 = np.floor(low * scale), np.ceil(high * scale)
        # Filling is many times dearer with soft edges.
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(QRectF(x0, 0, x1 - x0, self.height()), QColor(theme.background))
        for layer in range(max(1, model.layers)):
            for lane in (self.cell_lane(layer), self.gate_lane(layer)):
                painter.fillRect(QRectF(x0, lane.y(), x1 - x0, lane.height()), QColor(theme.ground))
        lane = self.surprise_lane()
        painter.fillRect(QRectF(x0, lane.y(), x1 - x0, lane.height()), QColor(theme.ground))
        if self.pin:
            lane = self.pin_lane()
            painter.fillRect(QRectF(x0, lane.y(), x1 - x0, lane.height()), QColor(theme.ground))
        line = QColor(theme.bar_line)
        for beat in self._axis.bars.lines(low, high + 1):
            painter.fillRect(QRectF(beat * scale, 0, 1, self.height()), line)
        if model.count:
            self._paint_surprise(painter, low, high)
            self._paint_cells(painter, x0, min(x1, np.ceil(max(self._axis.now, model.beats[-1]) * scale) + 2))
            first = max(0, int(np.searchsorted(model.beats, low)) - 1)
            last = min(model.count, int(np.searchsorted(model.beats, high)) + 1)
            if last > first:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                self._paint_gates(painter, first, last)
                if self.pin:
                    self._paint_pin(painter, first, last)

    def _paint_surprise(self, painter: QPainter, low: float, high: float) -> None:
        model, lane, scale = self._model, self.surprise_lane(), self._axis.scale
        first, last = np.searchsorted(model.beats, (low - 0.1, high + 0.1))
        colour = QColor(mix(self._theme.text, self._theme.ground, 0.65))
        for index in range(int(first), int(last)):
            share = min(1.0, float(model.surprise[index]) / FULL_SURPRISE)
            height = max(1.0, share * lane.height())
            x = float(model.beats[index]) * scale
            painter.fillRect(QRectF(x, lane.bottom() - height, 2, height), colour)

    def _paint_cells(self, painter: QPainter, x0: float, x1: float) -> None:
        model, scale = self._model, self._axis.scale
        ratio = painter.device().devicePixelRatioF() if painter.device() is self else 1.0
        columns = int((x1 - x0) * ratio)
        if columns <= 0:
            return
        centres = ((x0 + (np.arange(columns) + 0.5) / ratio) / scale).astype(np.float64)
        index = model.indices(centres)
        known = index >= 0
        # Nothing is known beyond the last event.
        known &= (
            centres <= model.beats[-1] + max(0.05, 2.0 / scale)
            if self._axis.now < model.beats[-1]
            else (centres <= self._axis.now)
        )
        if not known.any():
            return
        used, column_of = np.unique(index[known], return_inverse=True)
        for layer in range(model.layers):
            lane = self.cell_lane(layer)
            rows = int(lane.height())
            picture = np.full((rows, columns), self._lut[255], np.uint32)
            picture[:, known] = np.stack([self._column(layer, event, rows) for event in used.tolist()], 1)[:, column_of]
            image = QImage(picture.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
            painter.drawImage(QRectF(x0, lane.y(), x1 - x0, rows), image)

    def _column(self, layer: int, event: int, rows: int) -> NDArray[np.uint32]:
        column = self._columns.get((layer, event))
        if column is None:
            level = np.tanh(pool(self._model.cells[event, layer], rows) / 2) * 255 + 255
            column = self._columns[layer, event] = self._lut[np.round(level).astype(np.intp)]
        return column

    def _steps(self, first: int, last: int, values: NDArray[np.floating], lane: QRectF) -> QPolygonF:
        """A line of steps: each value holds from its event to the next."""
        beats = self._model.beats
        end = float(beats[last]) if last < len(beats) else max(self._axis.now, float(beats[-1]))
        places = beats[first:last] * self._axis.scale
        # Of events on one pixel, such as those of a chord, the last is shown, as among the cells.
        shown = np.append(np.diff(np.floor(places)) > 0, True)
        x = np.repeat(np.append(places[shown], end * self._axis.scale), 2)[1:-1].tolist()
        y = np.repeat(lane.bottom() - values[shown] * lane.height(), 2).tolist()
        return QPolygonF([QPointF(*point) for point in zip(x, y, strict=True)])

    def _paint_gates(self, painter: QPainter, first: int, last: int) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for layer in range(self._model.layers):
            lane = self.gate_lane(layer).adjusted(0, 1, 0, -1)
            for gate, colour in enumerate(self._gate_colours):
                # Two thin lines are ten times cheaper to draw than a thick one.
                painter.setPen(QPen(colour, 1))
                steps = self._steps(first, last, self._model.means[first:last, layer, gate], lane)
                painter.drawPolyline(steps)
                painter.drawPolyline(steps.translated(0, 0.75))

    def _paint_pin(self, painter: QPainter, first: int, last: int) -> None:
        layer, unit = self.pin or (0, 0)
        lane = self.pin_lane().adjusted(0, 2, 0, -2)
        painter.setPen(QPen(QColor(mix(self._theme.text, self._theme.ground, 0.25)), 1))
        painter.drawLine(
            QPointF(float(self._model.beats[first]) * self._axis.scale, lane.center().y()),
            QPointF(float(self._model.beats[last - 1]) * self._axis.scale, lane.center().y()),
        )
        cell = self._model.cells[first:last, layer, unit].astype(np.float32)
        painter.setPen(QPen(QColor(self._theme.accent), 1.5))
        painter.drawPolyline(self._steps(first, last, 0.5 + np.tanh(cell) / 2, lane))

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
        if reading is not None:
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
