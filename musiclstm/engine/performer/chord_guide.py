"""ChordGuide: how much each pitch class gains or loses under a chord track, at a tick of the model.

The penalties are logits. They grow with the strength and are larger on the beat, where chord tones belong. In the last
beat of a chord (or half of a shorter one) what belongs to the coming chord, or leads into it by a semitone, costs
nothing. At strength 1 nothing but chord tones and tensions is left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np

from musiclstm.model.arrays import FloatArray
from musiclstm.model.features.chords import chord_features
from musiclstm.model.pitch_bias import FORBIDDEN, PitchBias
from musiclstm.music.chord_symbol import ChordSymbol, Role
from musiclstm.music.chord_track import ChordTrack, Place

# Share of the whole penalty: (on a beat, between beats).
_COST = {Role.TONE: (0.0, 0.0), Role.TENSION: (0.5, 0.15), Role.OUTSIDE: (1.0, 0.6), Role.AVOID: (1.25, 0.9)}
_NEAR = 1e-3  # beats
_STRONGEST = 8.0  # the penalty of chord tones against tensions at strength 1
ENDS_NOTES = 0.75
"""From this strength on, a sounding note that the new chord avoids ends when the chord changes."""


@dataclass
class ChordLine:
    """A chord track where it lies in time. origin: the clock's beat of its first bar, without swing.

    Where the music goes on from its past, the origin moves with it, so that the same chords come again.
    """

    track: ChordTrack
    origin: float = 0.0

    def at(self, beat: float) -> Place:
        """As of `ChordTrack`, all in beats of the clock."""
        place = self.track.at(beat - self.origin)
        return Place(place.chord, place.begin + self.origin, place.end + self.origin, place.coming)


class ChordGuide:
    """A `Guide`. beat_of: the beat of a tick, without swing. transposed: semitones by which a part sounds higher."""

    def __init__(
        self, line: ChordLine, strength: float, beat_of: Callable[[int], float], transposed: Sequence[int]
    ) -> None:
        self._line = line
        self._strength = strength
        self._beat_of = beat_of
        self._transposed = transposed
        self._place = (line.origin, line.at(line.origin))  # the last one, and the origin it is counted from
        self._biases: dict[tuple[ChordSymbol, ChordSymbol | None, float, bool, int], PitchBias] = {}

    def _at(self, beat: float) -> Place:
        origin, place = self._place
        if origin != self._line.origin or not place.begin + _NEAR < beat < place.end - _NEAR:
            place = self._line.at(beat)
            self._place = self._line.origin, place
        return place

    def bias(self, tick: int, part: int, *, told: bool) -> PitchBias | None:
        strength = max(0.0, 2 * self._strength - 1) if told else self._strength
        if not strength:
            return None
        beat = self._beat_of(tick)
        place = self._at(beat)
        if place.chord is None:
            return None
        leads = beat >= place.end - min(1.0, (place.end - place.begin) / 2) - _NEAR and beat > place.begin + _NEAR
        on_beat = abs(beat - self._line.origin - round(beat - self._line.origin)) < _NEAR
        key = place.chord, place.coming if leads else None, strength, on_beat, self._transposed[part] % 12
        found = self._biases.get(key)
        if found is None:
            found = self._biases[key] = bias_of(place.chord, key[1], strength, on_beat, key[4])
        return found

    def told(self, tick: int, part: int) -> FloatArray | None:
        beat = self._beat_of(tick)
        found = chord_features(self._at(beat), beat, self._transposed[part])
        return None if found is None else found * np.float32(min(1.0, 2 * self._strength))

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


def bias_of(
    chord: ChordSymbol, coming: ChordSymbol | None, strength: float, on_beat: bool, transposed: int = 0
) -> PitchBias:
    """The bias of a chord. coming: the chord that it leads into now, None while it does not."""
    forced = strength >= 1
    scale = _STRONGEST if forced else 4 * strength / sqrt(1 - strength)
    column = 0 if on_beat else 1
    weights = []
    for pitch_class in range(12):
        role = chord.roles[pitch_class]
        weight = -scale * _COST[role][column]
        if forced:
            weight = FORBIDDEN if role in (Role.OUTSIDE, Role.AVOID) else weight
        elif coming is not None and any(coming.roles[(pitch_class + step) % 12] is Role.TONE for step in (-1, 0, 1)):
            weight = 0.0
        weights.append(weight)
    turned = tuple(weights[(each + transposed) % 12] for each in range(12))
    bass = None if chord.bass is None else (chord.bass - transposed) % 12
    return PitchBias(turned, bass, scale if bass is not None else 0.0)
