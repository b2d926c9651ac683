"""How notes are drawn in the piano roll: played, sounding, planned, withdrawn."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPen

from musiclstm.gui.axes.pitch_axis import PitchAxis
from musiclstm.gui.axes.time_axis import TimeAxis
from musiclstm.gui.look.colours import mix
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.roll.model import RollModel, RollNote

FADE = 0.12  # seconds a withdrawn note takes to go
SHADES = 8
GHOST = 0.38
OPEN_GHOST = 0.5  # beats shown of a planned note whose end is open
ROUND = 8  # pixels below which round corners are not visible


class NotesPainter:
    """Draws with a painter whose x is beat * scale (logical pixels)."""

    def __init__(self, model: RollModel, axis: TimeAxis, pitches: PitchAxis, theme: Theme) -> None:
        self._model, self._axis, self._pitches = model, axis, pitches
        self._rectangles: dict[int, QRectF] = {}  # of ended notes, while the scales stay
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        shades = [0.38 + 0.62 * (i + 0.5) / SHADES for i in range(SHADES)]
        self._brushes = [
            [QBrush(QColor(mix(colour, theme.ground, shade))) for shade in shades] for colour in theme.parts
        ]
        self._person = [QBrush(QColor(mix(theme.person, theme.ground, 0.15 + 0.35 * shade))) for shade in shades]
        self._person_pen = QPen(QColor(theme.person), 1.5)
        self._sounding_pen = QPen(QColor(mix(theme.text, theme.ground, 0.9)), 1)

    def forget_rectangles(self) -> None:
        """The scales have changed."""
        self._rectangles.clear()

    def trim(self) -> None:
        """Keep the cache small."""
        if len(self._rectangles) > 4000:
            self._rectangles.clear()

    def notes(self, painter: QPainter, low: float, high: float) -> None:
        """Played notes that touch beats low..high, and those that sound."""
        painter.setPen(Qt.PenStyle.NoPen)
        for note in self._model.between(low, high):
            self._paint_note(painter, note)

    def _rectangle(self, beat: float, end: float, pitch: int) -> QRectF:
        scale, pitches = self._axis.scale, self._pitches
        gap = min(1.5, pitches.row * 0.12)
        width = max(2.0, (end - beat) * scale - 1)
        return QRectF(beat * scale, pitches.y(pitch) + gap / 2, width, pitches.row - gap)

    def _paint_note(self, painter: QPainter, note: RollNote) -> None:
        if note.end is None:
            rectangle = self._rectangle(note.beat, max(note.beat, self._axis.now), note.pitch)
        else:
            cached = self._rectangles.get(note.id)
            if cached is None:
                cached = self._rectangles[note.id] = self._rectangle(note.beat, note.end, note.pitch)
            rectangle = cached
        shade = min(SHADES - 1, note.velocity * SHADES // 128)
        radius = min(3.0, rectangle.height() / 3)
        if note.by_person:
            painter.setPen(self._person_pen)
            painter.setBrush(self._person[shade])
            painter.drawRoundedRect(rectangle.adjusted(0.75, 0.75, -0.75, -0.75), radius, radius)
            painter.setPen(Qt.PenStyle.NoPen)
            return
        brush = self._brushes[note.part % len(self._brushes)][shade]
        if rectangle.width() < ROUND:
            painter.fillRect(rectangle, brush)
            return
        painter.setBrush(brush)
        painter.drawRoundedRect(rectangle, radius, radius)

    def sounding(self, painter: QPainter) -> None:
        """An outline around what sounds; drawn each frame, so that tiles never contain it."""
        painter.setPen(self._sounding_pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for note in self._model.sounding.values():
            if not note.by_person:
                rectangle = self._rectangle(note.beat, max(note.beat, self._axis.now), note.pitch)
                painter.drawRoundedRect(rectangle, min(3.0, rectangle.height() / 3), min(3.0, rectangle.height() / 3))

    def ahead(self, painter: QPainter, now: float) -> None:
        """Planned notes, and withdrawn ones that fade. now: seconds."""
        high = self._axis.right_beat
        painter.setPen(Qt.PenStyle.NoPen)
        for note in self._model.planned.values():
            if note.beat <= high:
                self._paint_ghost(painter, note, GHOST)
        for note, since in self._model.fading:
            self._paint_ghost(painter, note, GHOST * max(0.0, 1 - (now - since) / FADE))

    def _paint_ghost(self, painter: QPainter, note: RollNote, opacity: float) -> None:
        beat = max(note.beat, self._axis.now)
        end = note.end if note.end is not None else note.beat + OPEN_GHOST
        if end <= beat:
            return
        rectangle, colour = self._rectangle(beat, end, note.pitch), QColor(self._theme.part(note.part))
        colour.setAlphaF(opacity)
        if note.end is None:  # its end is open: it fades out to the right
            gradient = QLinearGradient(rectangle.topLeft(), rectangle.topRight())
            gradient.setColorAt(0, colour)
            gradient.setColorAt(1, QColor(colour.red(), colour.green(), colour.blue(), 0))
            painter.setBrush(gradient)
        else:
            painter.setBrush(colour)
        radius = min(3.0, rectangle.height() / 3)
        painter.drawRoundedRect(rectangle, radius, radius)
