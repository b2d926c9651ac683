"""ChordGuide: how much each pitch class gains or loses under a chord track, at a tick of the model.

The penalties are those of `model/chord_bias.py`. In the last beat of a chord (or half of a shorter one) what belongs to
the coming chord, or leads into it by a semitone, costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil

from musiclstm.model.arrays import FloatArray
from musiclstm.model.chord_bias import bias_of, bias_strength
from musiclstm.model.features.chords import chord_features
from musiclstm.model.pitch_bias import PitchBias
from musiclstm.music.chord_symbol import Role
from musiclstm.music.chord_track import ChordTrack, Place

_NEAR = 1e-3  # beats
ENDS_NOTES = 0.75
"""From this strength on, a sounding note that the new chord avoids ends when the chord changes."""


@dataclass
class ChordLine:
    """A chord track where it lies in time. origin: the clock's beat of its first bar, without swing.

    Where the music goes on from its past, the origin moves with it, so that the same chords come again. bar: quarter
    notes in each of its bars.
    """

    track: ChordTrack
    origin: float = 0.0
    bar: float = 4.0

    def at(self, beat: float) -> Place:
        """As in `ChordTrack`, all in beats of the clock."""
        place = self.track.at(beat - self.origin)
        return Place(place.chord, place.begin + self.origin, place.end + self.origin, place.coming)

    def fit(self, bar: float) -> None:
        """Its bars have this length; the first lies where it did."""
        share = bar / self.bar
        starts = tuple(start * share for start in self.track.starts)
        self.track, self.bar = replace(self.track, starts=starts, length=self.track.length * share), bar


class ChordGuide:
    """A `Guide`. beat_of: the beat of a tick, without swing. transposed: semitones by which a part sounds higher."""

    def __init__(
        self, line: ChordLine, strength: float, beat_of: Callable[[int], float], transposed: Sequence[int]
    ) -> None:
        self._line = line
        self._strength = strength
        self._beat_of = beat_of
        self._transposed = transposed
        self._place = (line.origin, line.bar), line.at(line.origin)  # the last one, and how it is counted

    def _at(self, beat: float) -> Place:
        counted, place = self._place
        if counted != (self._line.origin, self._line.bar) or not place.begin + _NEAR < beat < place.end - _NEAR:
            place = self._line.at(beat)
            self._place = (self._line.origin, self._line.bar), place
        return place

    def bias(self, tick: int, part: int, *, told: bool) -> PitchBias | None:
        strength = bias_strength(self._strength, told=told)
        if not strength:
            return None
        beat = self._beat_of(tick)
        place = self._at(beat)
        if place.chord is None:
            return None
        leads = beat >= place.end - min(1.0, (place.end - place.begin) / 2) - _NEAR and beat > place.begin + _NEAR
        on_beat = abs(beat - self._line.origin - round(beat - self._line.origin)) < _NEAR
        coming = place.coming if leads else None
        return bias_of(place.chord, coming, strength, on_beat, self._transposed[part] % 12)

    def told(self, tick: int, part: int) -> FloatArray | None:
        beat = self._beat_of(tick)
        return chord_features(self._at(beat), beat, self._transposed[part], self._strength)

    def changes(self, begin: int, end: int) -> bool:
        if self._strength < ENDS_NOTES:
            return False
        first, last = self._beat_of(begin), self._beat_of(end)
        place = self._at(first)
        return not (place.begin + _NEAR < first and last < place.end - _NEAR)

    def clash(self, begin: int, end: int, part: int, pitch: int) -> int | None:
        if self._strength < ENDS_NOTES:
            return None
        first, last = self._beat_of(begin), self._beat_of(end)
        place = self._line.at(first)
        ticks_per_beat = 1 / (self._beat_of(begin + 1) - first)
        while place.end <= last + _NEAR:
            changed = begin + ceil((place.end - first) * ticks_per_beat - _NEAR)
            place = self._line.at(place.end)
            if place.chord is not None and changed > begin:
                role = place.chord.roles[(pitch + self._transposed[part]) % 12]
                if role is Role.AVOID or (role is Role.OUTSIDE and self._strength >= 1):
                    return changed if changed <= end else None
        return None
