"""How drums are drawn: a diamond at the moment of each hit, the larger the louder."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPolygonF

from musiclstm.gui.axes.drum_lanes import LANES, lane_of
from musiclstm.gui.axes.pitch_axis import PitchAxis
from musiclstm.gui.axes.time_axis import TimeAxis
from musiclstm.gui.roll.model import RollNote
from musiclstm.gui.roll.shades import Shades, loudness

LEAST, SHARE, LARGEST = 6.0, 0.14, 16.0  # half a loud diamond's height: pixels, and of a lane; at most
MOST = 0.6  # of a lane, where many lanes share little room
SMALL = 4.0  # where the roll shows pitches


class HitsPainter:
    """shades: set by the owner."""

    shades: Shades

    def __init__(self, axis: TimeAxis, pitches: PitchAxis) -> None:
        self._axis, self._pitches = axis, pitches

    def paint(self, painter: QPainter, note: RollNote, brush: QBrush | QColor) -> None:
        x, y, size = self.place(note)
        painter.setPen(self.shades.person_pen if note.by_person else self.shades.apart)
        painter.setBrush(brush)
        wide = size * 0.8
        painter.drawPolygon(
            QPolygonF([QPointF(x, y - size), QPointF(x + wide, y), QPointF(x, y + size), QPointF(x - wide, y)])
        )
        painter.setPen(Qt.PenStyle.NoPen)

    def _size(self) -> float:
        return min(LARGEST, LEAST + SHARE * self._pitches.row, MOST * self._pitches.row)

    def place(self, note: RollNote) -> tuple[float, float, float]:
        """x, y of its middle, and half its height."""
        pitches = self._pitches
        x = note.beat * self._axis.scale
        if pitches.kit is None:  # drums of a model that was played before: from top to bottom as in their own roll
            return x, (lane_of(note.pitch) + 0.5) / len(LANES) * pitches.height, SMALL
        return x, pitches.y(note.pitch) + pitches.row / 2, self._size() * loudness(note.velocity)
