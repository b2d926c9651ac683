"""What is behind the notes of the piano roll: lanes, rows of keys, lines of beats, bars and octaves."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from musiclstm.gui.axes.pitch_axis import BLACK, PitchAxis
from musiclstm.gui.axes.player_lanes import PlayerLane, PlayerLanes
from musiclstm.gui.axes.time_axis import TimeAxis
from musiclstm.gui.look.theme import Theme

FAR = float(1 << 24)  # pixels: further than any beat


def paint_ground(
    painter: QPainter, low: float, high: float, *, height: int, axis: TimeAxis, lanes: PlayerLanes, theme: Theme
) -> None:
    """Draw beats low..high with a painter whose x is beat * scale (logical pixels)."""
    scale = axis.scale
    x0, x1 = low * scale, high * scale
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillRect(QRectF(x0, 0, x1 - x0, height), QColor(theme.ground))
    for lane in lanes:
        painter.save()
        enter(painter, lane, lanes)
        _paint_rows(painter, x0, x1, lane.pitches, theme)
        painter.restore()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    beat_colour, bar_colour = QColor(theme.beat_line), QColor(theme.bar_line)
    if scale >= 14:
        for beat in range(int(low) - 1, int(high) + 2):
            painter.fillRect(QRectF(beat * scale, 0, 1, height), beat_colour)
    for line_beat in axis.bars.lines(low, high + 1):
        painter.fillRect(QRectF(line_beat * scale, 0, 1, height), bar_colour)
    paint_heads(painter, x0, x1, lanes, theme)


def enter(painter: QPainter, lane: PlayerLane, lanes: PlayerLanes) -> None:
    """What is painted from here on lies in the lane: y = 0 is the top of its pitches."""
    if len(lanes) > 1:
        everywhere = QRectF(-FAR, lane.top, 2 * FAR, lane.pitches.height)
        painter.setClipRect(everywhere, Qt.ClipOperation.IntersectClip)
    painter.translate(0, lane.top)


def paint_heads(painter: QPainter, x0: float, x1: float, lanes: PlayerLanes, theme: Theme) -> None:
    """The strips between the lanes, on which their heads stand."""
    for lane in lanes:
        if lane.top > lane.head:
            painter.fillRect(QRectF(x0, lane.head, x1 - x0, lane.top - lane.head), QColor(theme.background))
        if lane.head:
            painter.fillRect(QRectF(x0, lane.head, x1 - x0, 1), QColor(theme.line))


def _paint_rows(painter: QPainter, x0: float, x1: float, pitches: PitchAxis, theme: Theme) -> None:
    """Rows of black keys are darker, and octaves divided; of drums, every other lane."""
    row, line = QColor(theme.row), QColor(theme.beat_line)
    if pitches.kit is not None:
        for lane in range(0, len(pitches.kit.lanes), 2):
            painter.fillRect(QRectF(x0, lane * pitches.row, x1 - x0, pitches.row), row)
        return
    bottom, top = pitches.visible()
    for pitch in range(bottom, top + 1):
        if pitch % 12 in BLACK:
            painter.fillRect(QRectF(x0, pitches.y(pitch), x1 - x0, pitches.row), row)
        elif pitch % 12 == 0:
            painter.fillRect(QRectF(x0, pitches.y(pitch) + pitches.row - 1, x1 - x0, 1), line)
