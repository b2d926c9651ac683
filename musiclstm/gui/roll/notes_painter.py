"""How notes are drawn in the piano roll: played, sounding, planned, withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter

from musiclstm.gui.axes.player_lanes import PlayerLane
from musiclstm.gui.axes.time_axis import WIDE
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.roll.hits_painter import HitsPainter
from musiclstm.gui.roll.model import RollNote
from musiclstm.gui.roll.shades import Shades, loudness
from musiclstm.gui.roll.state import RollState
from musiclstm.gui.roll.unisons import Stripe, stripes

FADE = 0.12  # seconds a withdrawn note takes to go
GHOST = 0.38
UNHEARD = 0.4  # as strong as the others, of a part that nobody hears
OPEN_GHOST = 0.5  # beats shown of a planned note whose end is open
ROUND = 8  # pixels below which round corners are not visible
NEXT = 0.1  # beats between two notes of a voice that are joined
DENSE = 14.0  # pixels a beat below which nothing is joined: it would be a thicket
LEAP = 1.5  # width of the line that joins them
TONES = (21, 108)  # the range in which notes are drawn that are not of the kind that the axis shows


class NotesPainter:
    """Draws the notes of a lane, with a painter whose x is beat * scale and whose y is the lane's (logical pixels)."""

    def __init__(self, state: RollState, lane: PlayerLane, theme: Theme) -> None:
        self._state, self.lane = state, lane
        self._model, self._axis, self._pitches = state.notes, state.axis, lane.pitches
        self._rectangles: dict[int, QRectF] = {}  # of ended notes, while the scales stay
        self._voices = len(lane.parts) > 1  # each part is one line of melody, whose notes are joined
        self._hits = HitsPainter(state.axis, lane.pitches)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._shades = self._hits.shades = Shades(theme)

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
        reach = WIDE / self._axis.scale if self._model.drummed else 0.0
        found = self._mine(self._model.between(low - reach, high + reach))
        if self._voices and self._axis.scale >= DENSE:
            self._join(painter, found)
        for note in found:
            if note.drum:
                self._hits.paint(painter, note, self._shades.brush(note))
            else:
                self._paint_note(painter, note)
        for stripe in stripes((note for note in found if not note.drum), self._axis.now):
            self._paint_unison(painter, stripe, self._shades.brush)

    def _mine(self, notes: Iterable[RollNote]) -> list[RollNote]:
        return [note for note in notes if self._state.lane_of(note) is self.lane]

    def _rectangle(self, note: RollNote, beat: float, end: float) -> QRectF:
        scale, pitches = self._axis.scale, self._pitches
        width = max(2.0, (end - beat) * scale - 1)
        if pitches.kit is not None:  # of a model that was played before the drums: where it would be on a piano
            low, high = TONES
            y = (high - note.pitch) / (high - low) * (pitches.height - 4)
            return QRectF(beat * scale, y, width, 3)
        gap = min(1.5, pitches.row * 0.12)
        height = max(2.0, (pitches.row - gap) * loudness(note.velocity))
        return QRectF(beat * scale, pitches.y(note.pitch) + (pitches.row - height) / 2, width, height)

    def _paint_note(self, painter: QPainter, note: RollNote) -> None:
        if note.end is None:
            rectangle = self._rectangle(note, note.beat, max(note.beat, self._axis.now))
        else:
            cached = self._rectangles.get(note.id)
            if cached is None:
                cached = self._rectangles[note.id] = self._rectangle(note, note.beat, note.end)
            rectangle = cached
        radius = min(3.0, rectangle.height() / 3)
        brush = self._shades.brush(note)
        if note.by_person:
            painter.setPen(self._shades.person_pen)
            painter.setBrush(brush)
            painter.drawRoundedRect(rectangle.adjusted(0.75, 0.75, -0.75, -0.75), radius, radius)
            painter.setPen(Qt.PenStyle.NoPen)
            return
        if rectangle.width() < ROUND:
            painter.fillRect(rectangle, brush)
            return
        painter.setBrush(brush)
        painter.drawRoundedRect(rectangle, radius, radius)

    def _join(self, painter: QPainter, notes: list[RollNote]) -> None:
        """A fine line from each note of a voice to the next one, so that crossing voices can be followed."""
        last: dict[int, RollNote] = {}
        pitches, half = self._pitches, self._pitches.row / 2
        if pitches.kit is not None:
            return
        for note in notes:
            if note.by_person or note.drum:
                continue
            before = last.get(note.part)
            last[note.part] = note
            if before is not None and before.end is not None and abs(note.beat - before.end) <= NEXT:
                high, low = sorted((pitches.y(before.pitch), pitches.y(note.pitch)))
                line = QRectF(note.beat * self._axis.scale - LEAP, high + half, LEAP, low - high)
                painter.fillRect(line, self._shades.lines[note.part % len(self._shades.lines)])

    def _paint_unison(self, painter: QPainter, stripe: Stripe, brush: Callable[[RollNote], QBrush]) -> None:
        """Each of the notes on one pitch as a stripe of it."""
        begin, end, notes = stripe
        whole = self._rectangle(max(notes, key=lambda note: note.velocity), begin, end)
        height = whole.height() / len(notes)
        painter.fillRect(whole, QColor(self._theme.ground))
        for index, note in enumerate(notes):
            top = whole.y() + index * height
            painter.fillRect(QRectF(whole.x(), top, whole.width(), height - 1), brush(note))
            if note.by_person:
                painter.fillRect(QRectF(whole.x(), top, whole.width(), 1), self._shades.person_pen.color())

    def sounding(self, painter: QPainter) -> None:
        """An outline around what sounds; drawn each frame, so that tiles never contain it."""
        painter.setPen(self._shades.sounding_pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for note in self._mine(self._model.sounding.values()):
            if not note.by_person and not note.drum:
                rectangle = self._rectangle(note, note.beat, max(note.beat, self._axis.now))
                painter.drawRoundedRect(rectangle, min(3.0, rectangle.height() / 3), min(3.0, rectangle.height() / 3))

    def ahead(self, painter: QPainter, now: float) -> None:
        """Planned notes, and withdrawn ones that fade. now: seconds."""
        high = self._axis.right_beat
        painter.setPen(Qt.PenStyle.NoPen)
        planned = self._mine(self._model.planned.values())
        for note in planned:
            if note.beat <= high:
                self._paint_ghost(painter, note, GHOST)
        for begin, end, notes in stripes((n for n in planned if not n.drum), self._axis.now):
            if self._axis.now < end and begin <= high:
                self._paint_unison(painter, (max(begin, self._axis.now), end, notes), self._ghost_brush)
        for note, since in self._model.fading:
            if self._state.lane_of(note) is not self.lane:
                continue
            self._paint_ghost(painter, note, GHOST * max(0.0, 1 - (now - since) / FADE))

    def _ghost(self, note: RollNote, opacity: float = GHOST) -> QColor:
        colour = QColor(self._theme.part(note.part))
        colour.setAlphaF(opacity * (UNHEARD if note.part in self._model.silent else 1.0))
        return colour

    def _ghost_brush(self, note: RollNote) -> QBrush:
        return QBrush(self._ghost(note))

    def _paint_ghost(self, painter: QPainter, note: RollNote, opacity: float) -> None:
        colour = self._ghost(note, opacity)
        if note.drum:
            if note.beat >= self._axis.now:
                self._hits.paint(painter, note, colour)
            return
        beat = max(note.beat, self._axis.now)
        end = note.end if note.end is not None else note.beat + OPEN_GHOST
        if end <= beat:
            return
        rectangle = self._rectangle(note, beat, end)
        if note.end is None:  # its end is open: it fades out to the right
            gradient = QLinearGradient(rectangle.topLeft(), rectangle.topRight())
            gradient.setColorAt(0, colour)
            gradient.setColorAt(1, QColor(colour.red(), colour.green(), colour.blue(), 0))
            painter.setBrush(gradient)
        else:
            painter.setBrush(colour)
        radius = min(3.0, rectangle.height() / 3)
        painter.drawRoundedRect(rectangle, radius, radius)
