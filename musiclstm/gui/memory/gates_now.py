"""The gates as they are now, unit by unit, and the explanation beside them."""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QLayout, QVBoxLayout, QWidget

from musiclstm.gui.look.colours import rgb
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.memory.explain import BY_KEY
from musiclstm.gui.memory.model import GATES, packed
from musiclstm.gui.memory.view import Reading

WIDTH = 264  # pixels: the gates stand right of the now-line
BARCODE, THINNEST = 10, 5  # height of a layer's row, and where there is little room
BETWEEN, CLOSEST = 6, 3  # pixels from one gate to the next, and where there is little room
SPACING, FRAME = 2, 6
HINT = "Click a cell to pin it."


class GateMeters(QWidget):
    """For each gate and layer a barcode (each unit a stroke, dark closed, bright open), and the mean as a number.

    `values`: (layers, 3, units) of the last state frame, or None. Signal `chosen(gate)` on a click.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.values: NDArray[np.float16] | None = None
        self.setAccessibleName("Gates now")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._luts: list[NDArray[np.uint32]] = []
        for colour in (theme.forget, theme.input_, theme.output):
            share = np.linspace(0, 1, 256)[:, None]
            mixed = np.round(np.array(rgb(theme.ground)) * (1 - share) + np.array(rgb(colour)) * share)
            channels = mixed.astype(np.uint32)
            self._luts.append(packed(channels))
        self.update()

    def show_values(self, values: NDArray[np.float16] | None) -> None:
        layers = 0 if self.values is None else len(self.values)
        self.values = values
        if values is not None and len(values) != layers:
            self.updateGeometry()
        self.update()

    def means(self) -> list[float]:
        """Mean of each gate over all layers and units, 0..1."""
        if self.values is None:
            return [0.0, 0.0, 0.0]
        return [float(mean) for mean in self.values.astype(np.float32).mean(axis=(0, 2))]

    def _layers(self) -> int:
        return 1 if self.values is None else len(self.values)

    def _high(self, barcode: int, between: int) -> int:
        line = ceil(QFontMetricsF(self.font()).height())
        return len(GATES) * (max(line, self._layers() * (barcode + 2)) + between)

    def sizeHint(self) -> QSize:
        return QSize(180, self._high(BARCODE, BETWEEN))

    def minimumSizeHint(self) -> QSize:
        return QSize(180, self._high(THINNEST, CLOSEST))

    def _row(self) -> float:
        """Pixels from the top of one gate to that of the next."""
        return min(self.height(), self.sizeHint().height()) / len(GATES)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        metrics = QFontMetricsF(self.font())
        name_width, number_width = metrics.horizontalAdvance("output") + 8, metrics.horizontalAdvance("0.00") + 8
        means, row, layers = self.means(), self._row(), self._layers()
        barcode = min(BARCODE, (row - CLOSEST) / layers - 2)
        for gate, name in enumerate(GATES):
            top = gate * row
            label = QRectF(0, top, self.width(), min(row - CLOSEST, max(metrics.height(), layers * (barcode + 2))))
            painter.setPen(QColor(self._theme.text))
            painter.drawText(label, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
            painter.setPen(QColor(self._theme.secondary))
            number = f"{means[gate]:.2f}" if self.values is not None else "–"
            painter.drawText(label, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, number)
            width = self.width() - name_width - number_width
            for layer in range(layers):
                box = QRectF(name_width, top + layer * (barcode + 2), width, barcode)
                if self.values is None:
                    painter.fillRect(box, QColor(self._theme.ground))
                    continue
                levels = np.clip(self.values[layer, gate].astype(np.float32) * 255, 0, 255).astype(np.intp)
                strokes = np.ascontiguousarray(self._luts[gate][levels][None, :])
                image = QImage(strokes.data, strokes.shape[1], 1, 4 * strokes.shape[1], QImage.Format.Format_RGB32)
                painter.drawImage(box, image)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit(GATES[min(2, int(event.position().y() / self._row()))])


class GatesNow(QWidget):
    """The meters, and below them the explanation of what is under the mouse."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH - 8)
        self.meters = GateMeters(theme)
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._text.setAccessibleName("Explanation")
        self._equation = QLabel()
        self._equation.setWordWrap(True)
        self._unit = QLabel(HINT)
        self._unit.setWordWrap(True)
        self._unit.setProperty("quiet", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, FRAME, 12, FRAME)
        layout.setSpacing(SPACING)
        layout.addWidget(self.meters)
        layout.addSpacing(SPACING)
        layout.addWidget(self._text)
        layout.addWidget(self._equation)
        layout.addStretch(1)
        layout.addWidget(self._unit)
        layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # what finds no room is left out whole
        margins = layout.contentsMargins()
        self._beside, self._above = margins.left() + margins.right(), margins.top() + margins.bottom() + 3 * SPACING
        self.meters.chosen.connect(self.explain)
        self._pin: tuple[int, int] | None = None
        self._texts: list[str] = []  # the explanation, and the beginning of it
        self.set_theme(theme)
        self.explain("cell")

    def least(self) -> int:
        """Pixels that the meters need."""
        return self.meters.minimumSizeHint().height() + 2 * FRAME

    def set_theme(self, theme: Theme) -> None:
        self.meters.set_theme(theme)
        self._equation.setStyleSheet(f"color: {theme.accent};")

    def explain(self, key: str) -> None:
        topic = BY_KEY[key]
        self._texts = [f"<b>{topic.title}.</b> {text}" for text in (topic.text, topic.text.split(":")[0] + ".")]
        self._equation.setText(topic.equation)
        self._fit()

    def set_pin(self, layer: int, unit: int) -> None:
        self._pin = (layer, unit) if unit >= 0 else None
        self.show_reading(None)

    def show_reading(self, reading: Reading | None) -> None:
        if reading is not None:
            self._unit.setText(
                f"Unit {reading.unit} of layer {reading.layer + 1}: C\N{NO-BREAK SPACE}{reading.cell:+.2f}, "
                f"f\N{NO-BREAK SPACE}{reading.forget:.2f}, i\N{NO-BREAK SPACE}{reading.input:.2f}, "
                f"o\N{NO-BREAK SPACE}{reading.output:.2f}"
            )
        elif self._pin is not None:
            self._unit.setText(f"Pinned: unit {self._pin[1]} of layer {self._pin[0] + 1}. Click its line to let go.")
        else:
            self._unit.setText(HINT)
        self._fit()

    def resizeEvent(self, event: object) -> None:
        self._fit()

    def _fit(self) -> None:
        """Show what there is room for, and all of it in the tooltip otherwise."""
        room = self.height() - self.meters.sizeHint().height() - self._above
        width = self.width() - self._beside
        for text in self._texts:
            self._text.setText(text)
            if self._text.heightForWidth(width) <= room:
                break
        for label in (self._text, self._unit, self._equation):  # the equation is the first to go
            room -= label.heightForWidth(width) + SPACING
            label.setVisible(room >= 0)
        whole = self._text.text() == self._texts[0] and not self._equation.isHidden()
        self.setToolTip("" if whole else f"{self._texts[0]}<br>{self._equation.text()}")
