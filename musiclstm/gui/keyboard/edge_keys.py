"""The keys at the roll's left edge, or the names of the drums."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from musiclstm.gui.axes.pitch_axis import BLACK, PitchAxis, pitch_name
from musiclstm.gui.axes.time_axis import EDGE
from musiclstm.gui.look.theme import Theme


class EdgeKeys(QWidget):
    """Those that sound are lit in their part's colour."""

    def __init__(self, pitches: PitchAxis, theme: Theme, sounding: Callable[[], dict[int, str]]) -> None:
        super().__init__()
        self._pitches, self._theme, self._sounding = pitches, theme, sounding
        self._plain = QPixmap()  # the keys with none lit
        self.setFixedWidth(EDGE)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Pitches")
        pitches.changed.connect(self._renew)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._renew()

    def _renew(self) -> None:
        self._plain = QPixmap()
        self.update()

    def resizeEvent(self, event: object) -> None:
        self._renew()

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._plain.isNull() or self._plain.devicePixelRatio() != ratio:
            self._plain = QPixmap(self.size() * ratio)
            self._plain.setDevicePixelRatio(ratio)
            painter = QPainter(self._plain)
            self._paint_keys(painter) if self._pitches.kit is None else self._paint_names(painter)
            painter.fillRect(QRectF(self.width() - 1, 0, 1, self.height()), QColor(self._theme.line))
            painter.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._plain)
        for pitch, colour in self._sounding().items():
            self._light(painter, pitch, QColor(colour))
        painter.end()

    def _light(self, painter: QPainter, pitch: int, colour: QColor) -> None:
        y, row = self._pitches.y(pitch), self._pitches.row
        if self._pitches.kit is not None:
            painter.fillRect(QRectF(self.width() - 5, y + 2, 4, row - 4), colour)
            return
        width = self.width() * (0.6 if pitch % 12 in BLACK else 1.0) - 1
        painter.fillRect(QRectF(0, y, width, row), colour)

    def _paint_names(self, painter: QPainter) -> None:
        theme, row, kit = self._theme, self._pitches.row, self._pitches.kit
        painter.fillRect(self.rect(), QColor(theme.background))
        painter.setPen(QColor(theme.text))
        for index, lane in enumerate(kit.lanes if kit else ()):
            box = QRectF(0, index * row, self.width() - 8, row)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, lane.name)
            painter.fillRect(QRectF(0, (index + 1) * row - 1, self.width(), 1), QColor(theme.line))

    def _paint_keys(self, painter: QPainter) -> None:
        theme, pitches = self._theme, self._pitches
        white = QColor("#c9ccd3" if theme.dark else "#ffffff")
        black = QColor("#20242c" if theme.dark else "#3a3d44")
        seam = QColor("#9297a1" if theme.dark else "#d5d5ce")
        painter.fillRect(self.rect(), white)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetricsF(self.font())
        bottom, top = pitches.visible()
        width = self.width()
        for pitch in range(bottom, top + 1):
            y, row = pitches.y(pitch), pitches.row
            if pitch % 12 in BLACK:
                painter.fillRect(QRectF(0, y, width * 0.6, row), black)
                painter.fillRect(QRectF(width * 0.6, y + row / 2 - 0.5, width * 0.4, 1), seam)
            elif pitch % 12 in (0, 5):
                painter.fillRect(QRectF(0, y + row - 0.5, width, 1), seam)
        painter.setPen(QColor("#15171c"))
        for pitch in range(bottom - bottom % 12, top + 1, 12):
            if pitches.row * 12 > metrics.height() + 2:
                centre = pitches.y(pitch) + pitches.row / 2
                box = QRectF(0, centre - metrics.height() / 2, width - 3, metrics.height())
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, pitch_name(pitch))
