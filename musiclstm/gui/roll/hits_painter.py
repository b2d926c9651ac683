"""How drums are drawn: a diamond at the moment of each hit, the larger the louder."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPolygonF

from musiclstm.gui.axes.drum_lanes import LANES, lane_of
from musiclstm.gui.axes.pitch_axis import PitchAxis
from musiclstm.gui.axes.time_axis import TimeAxis
from musiclstm.gui.roll.model import RollNote
from musiclstm.gui.roll.shades import Shades, loudness

LARGEST = 16.0  # half a diamond's height, pixels
SHARE = 0.4  # of a lane, at most
SMALL = 4.0  # where the roll shows pitches


class HitsPainter:
    """shades: set by the owner."""

    shades: Shades

    def __init__(self, axis: TimeAxis, pitches: PitchAxis) -> None:
        self._axis, self._pitches = axis, pitches

    def paint(self, painter: QPainter, note: RollNote, brush: QBrush | QColor) -> None:
        x, y, size = self.place(note)
        if note.by_person:
            painter.setPen(self.shades.person_pen)
        painter.setBrush(brush)
        wide = size * 0.8
        painter.drawPolygon(
            QPolygonF([QPointF(x, y - size), QPointF(x + wide, y), QPointF(x, y + size), QPointF(x - wide, y)])
        )
        if note.by_person:
            painter.setPen(Qt.PenStyle.NoPen)

    def place(self, note: RollNote) -> tuple[float, float, float]:
        """x, y of its middle, and half its height."""
        pitches = self._pitches
        x = note.beat * self._axis.scale
        if pitches.kit is None:  # drums of a model that was played before: from top to bottom as in their own roll
            return x, (lane_of(note.pitch) + 0.5) / len(LANES) * pitches.height, SMALL
        return x, pitches.y(note.pitch) + pitches.row / 2, min(LARGEST, pitches.row * SHARE) * loudness(note.velocity)
