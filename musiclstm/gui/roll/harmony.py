"""The chords of what was played, by beat: of each beat, or where that is not clear of a half bar."""

from __future__ import annotations

import math

from musiclstm.gui.axes.bars import Bars
from musiclstm.gui.axes.time_axis import SETTLED
from musiclstm.gui.roll.model import RollModel
from musiclstm.music.chord_recognition import Chord, recognise, weighed

KEPT = 4000  # spans
MELODY = 1.1  # notes that sound at once, in the mean, of a single line


class Harmony:
    """Each span of time is looked at once, when it has passed."""

    def __init__(self, notes: RollModel) -> None:
        self._notes = notes
        self._found: dict[tuple[float, float], list[tuple[float, Chord]]] = {}

    def clear(self) -> None:
        self._found.clear()

    def cut(self, beat: float) -> None:
        """What was played from `beat` on is no more."""
        for key in [key for key in self._found if key[1] > beat]:
            del self._found[key]

    def between(self, low: float, high: float, *, now: float, bars: Bars) -> list[tuple[float, Chord]]:
        """(beat where it begins, chord) of beats low..high; one that stays is named once in a bar."""
        found: list[tuple[float, Chord]] = []
        for line in bars.lines(low, high):
            bar = bars.beat(bars.number(line) + 1) - line
            length = bar / 2 if bar % 2 == 0 else bar
            for begin in (line,) if length == bar else (line, line + length):
                if begin + length > now - SETTLED:
                    return found
                for beat, chord in self._span(begin, begin + length):
                    if not found or found[-1][1] != chord or beat == line:
                        found.append((beat, chord))
        return found

    def _span(self, begin: float, end: float) -> list[tuple[float, Chord]]:
        known = self._found.get((begin, end))
        if known is None:
            if len(self._found) > KEPT:
                self._found.clear()
            known = self._found[begin, end] = self._look(begin, end)
        return known

    def _look(self, begin: float, end: float) -> list[tuple[float, Chord]]:
        beats = [begin + step for step in range(math.ceil(end - begin))]
        found = [(beat, self._chord(beat, min(beat + 1, end))) for beat in beats]
        clear = [(beat, chord) for beat, chord in found if chord is not None]
        if not clear:
            whole = self._chord(begin, end)
            clear = [] if whole is None else [(begin, whole)]
        return clear

    def _chord(self, begin: float, end: float) -> Chord | None:
        sounds, whole = [], 0.0
        for note in self._notes.between(begin, end):
            if note.drum:
                continue
            until = end if note.end is None else min(end, note.end)
            since = max(begin, note.beat)
            whole += until - since
            sounds.append((note.pitch, weighed(since - begin, until - begin, (end - begin) / 2)))
        # One note after the other is a melody.
        return recognise(sounds) if whole > MELODY * (end - begin) else None
