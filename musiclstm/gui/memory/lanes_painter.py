"""How the lanes of the memory view are drawn: surprise, cells, gates, and the pinned unit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from musiclstm.gui.axes.time_axis import TimeAxis
from musiclstm.gui.look.colours import mix, rgb
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.memory.lanes import LaneLayout
from musiclstm.gui.memory.model import MemoryModel, packed, pool

MANY = 6000  # columns kept
FULL_SURPRISE = 6.0  # nats at the top of the lane


class LanesPainter:
    """Draws where `lanes` lays them out."""

    def __init__(self, lanes: LaneLayout, model: MemoryModel, axis: TimeAxis, theme: Theme) -> None:
        self._lanes, self._model, self._axis = lanes, model, axis
        self._columns: dict[tuple[int, int], NDArray[np.uint32]] = {}  # (layer, event): its pixels
        self.set_theme(theme)

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

    def forget(self) -> None:
        """The scales have changed."""
        self._columns.clear()

    def trim(self, *, rewritten: bool) -> None:
        """Keep the cache small. rewritten: an index may mean another event than it did."""
        if rewritten or len(self._columns) > MANY:
            self._columns.clear()

    def paint(self, painter: QPainter, low: float, high: float) -> None:
        """Draw beats low..high with a painter whose x is beat * scale (logical pixels)."""
        theme, model, scale = self._theme, self._model, self._axis.scale
        x0, x1 = np.floor(low * scale), np.ceil(high * scale)
        # Filling is many times dearer with soft edges.
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(QRectF(x0, 0, x1 - x0, self._lanes.height()), QColor(theme.background))
        for layer in range(max(1, model.layers)):
            for lane in (self._lanes.cell_lane(layer), self._lanes.gate_lane(layer)):
                painter.fillRect(QRectF(x0, lane.y(), x1 - x0, lane.height()), QColor(theme.ground))
        lane = self._lanes.surprise_lane()
        painter.fillRect(QRectF(x0, lane.y(), x1 - x0, lane.height()), QColor(theme.ground))
        if self._lanes.pin:
            lane = self._lanes.pin_lane()
            painter.fillRect(QRectF(x0, lane.y(), x1 - x0, lane.height()), QColor(theme.ground))
        line = QColor(theme.bar_line)
        for beat in self._axis.bars.lines(low, high + 1):
            painter.fillRect(QRectF(beat * scale, 0, 1, self._lanes.height()), line)
        if model.count:
            self._paint_surprise(painter, low, high)
            self._paint_cells(painter, x0, min(x1, np.ceil(max(self._axis.now, model.beats[-1]) * scale) + 2))
            first = max(0, int(np.searchsorted(model.beats, low)) - 1)
            last = min(model.count, int(np.searchsorted(model.beats, high)) + 1)
            if last > first:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                self._paint_gates(painter, first, last)
                if self._lanes.pin:
                    self._paint_pin(painter, first, last)

    def _paint_surprise(self, painter: QPainter, low: float, high: float) -> None:
        model, lane, scale = self._model, self._lanes.surprise_lane(), self._axis.scale
        first, last = np.searchsorted(model.beats, (low - 0.1, high + 0.1))
        colour = QColor(mix(self._theme.text, self._theme.ground, 0.65))
        for index in range(int(first), int(last)):
            share = min(1.0, float(model.surprise[index]) / FULL_SURPRISE)
            height = max(1.0, share * lane.height())
            x = float(model.beats[index]) * scale
            painter.fillRect(QRectF(x, lane.bottom() - height, 2, height), colour)

    def _paint_cells(self, painter: QPainter, x0: float, x1: float) -> None:
        model, scale = self._model, self._axis.scale
        ratio = painter.device().devicePixelRatioF()
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
            lane = self._lanes.cell_lane(layer)
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
            lane = self._lanes.gate_lane(layer).adjusted(0, 1, 0, -1)
            for gate, colour in enumerate(self._gate_colours):
                # Two thin lines are ten times cheaper to draw than a thick one.
                painter.setPen(QPen(colour, 1))
                steps = self._steps(first, last, self._model.means[first:last, layer, gate], lane)
                painter.drawPolyline(steps)
                painter.drawPolyline(steps.translated(0, 0.75))

    def _paint_pin(self, painter: QPainter, first: int, last: int) -> None:
        layer, unit = self._lanes.pin or (0, 0)
        lane = self._lanes.pin_lane().adjusted(0, 2, 0, -2)
        painter.setPen(QPen(QColor(mix(self._theme.text, self._theme.ground, 0.25)), 1))
        painter.drawLine(
            QPointF(float(self._model.beats[first]) * self._axis.scale, lane.center().y()),
            QPointF(float(self._model.beats[last - 1]) * self._axis.scale, lane.center().y()),
        )
        cell = self._model.cells[first:last, layer, unit].astype(np.float32)
        painter.setPen(QPen(QColor(self._theme.accent), 1.5))
        painter.drawPolyline(self._steps(first, last, 0.5 + np.tanh(cell) / 2, lane))
