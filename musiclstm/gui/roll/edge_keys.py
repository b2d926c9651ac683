"""The keys at the roll's left edge, or the names of the drums, for each lane."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from musiclstm.gui.axes.drum_lanes import Kit
from musiclstm.gui.axes.pitch_axis import BLACK, ON_KEYS, PitchAxis, pitch_name
from musiclstm.gui.axes.row_names import paint_names
from musiclstm.gui.axes.time_axis import EDGE
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.roll.ground import enter, paint_heads
from musiclstm.gui.roll.shades import sounding_colours
from musiclstm.gui.roll.state import RollState


class EdgeKeys(QWidget):
    """Those that sound are lit in their part's colour."""

    def __init__(self, state: RollState, theme: Theme) -> None:
        super().__init__()
        self._state, self._theme = state, theme
        self._plain = QPixmap()  # the keys with none lit
        self.setFixedWidth(EDGE)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Pitches")
        state.lanes.changed.connect(self._renew)

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
            self._paint_plain(painter)
            painter.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._plain)
        sounding = list(self._state.notes.sounding.values())
        for lane in self._state.lanes:
            mine = (note for note in sounding if self._state.lane_of(note) is lane)
            painter.save()
            enter(painter, lane, self._state.lanes)
            for pitch, colour in sounding_colours(mine, self._theme).items():
                self._light(painter, lane.pitches, pitch, QColor(colour))
            if lane.pitches.kit is None:
                self._paint_octaves(painter, lane.pitches)  # a lit key is lower than its name
            painter.restore()
        painter.end()

    def _light(self, painter: QPainter, pitches: PitchAxis, pitch: int, colour: QColor) -> None:
        y, row = pitches.y(pitch), pitches.row
        if pitches.kit is not None:
            painter.fillRect(QRectF(self.width() - 5, y + 2, 4, row - 4), colour)
            return
        width = self.width() * (0.6 if pitch % 12 in BLACK else 1.0) - 1
        painter.fillRect(QRectF(0, y, width, row), colour)

    def _paint_plain(self, painter: QPainter) -> None:
        lanes, theme = self._state.lanes, self._theme
        painter.fillRect(self.rect(), QColor(theme.background))
        for lane in lanes:
            painter.save()
            enter(painter, lane, lanes)
            if lane.pitches.kit is None:
                self._paint_keys(painter, lane.pitches)
            else:
                self._paint_names(painter, lane.pitches, lane.pitches.kit)
            painter.restore()
        paint_heads(painter, 0, self.width(), lanes, theme)
        painter.fillRect(QRectF(self.width() - 1, 0, 1, self.height()), QColor(theme.line))

    def _paint_names(self, painter: QPainter, pitches: PitchAxis, kit: Kit) -> None:
        row, width = pitches.row, self.width()
        rows = [(drum.name, QRectF(0, index * row, width, row)) for index, drum in enumerate(kit.lanes)]
        paint_names(painter, rows, self._theme.text)
        for _name, box in rows:
            painter.fillRect(QRectF(0, box.bottom() - 1, width, 1), QColor(self._theme.line))

    def _paint_keys(self, painter: QPainter, pitches: PitchAxis) -> None:
        theme = self._theme
        white = QColor("#c9ccd3" if theme.dark else "#ffffff")
        black = QColor("#20242c" if theme.dark else "#3a3d44")
        seam = QColor("#9297a1" if theme.dark else "#d5d5ce")
        painter.fillRect(QRectF(0, 0, self.width(), pitches.height), white)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bottom, top = pitches.visible()
        width = self.width()
        for pitch in range(bottom, top + 1):
            y, row = pitches.y(pitch), pitches.row
            if pitch % 12 in BLACK:
                painter.fillRect(QRectF(0, y, width * 0.6, row), black)
                painter.fillRect(QRectF(width * 0.6, y + row / 2 - 0.5, width * 0.4, 1), seam)
            elif pitch % 12 in (0, 5):
                painter.fillRect(QRectF(0, y + row - 0.5, width, 1), seam)

    def _paint_octaves(self, painter: QPainter, pitches: PitchAxis) -> None:
        """The names of each C that has the room, whole also at the ends."""
        metrics = QFontMetricsF(self.font())
        high = metrics.height()
        if pitches.row * 12 <= high + 2:
            return
        bottom, top = pitches.visible()
        painter.setPen(QColor(ON_KEYS))
        for pitch in range(bottom - bottom % 12, top + 1, 12):
            centre = pitches.y(pitch) + pitches.row / 2
            if 0 <= centre <= pitches.height:
                box = QRectF(0, max(0.0, min(centre - high / 2, pitches.height - high)), self.width() - 3, high)
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, pitch_name(pitch))
