"""Pitch features: what a tied head receives for every pitch, relative to that pitch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from musiclstm.model.arrays import BoolArray, ByteArray, FloatArray
from musiclstm.model.context import LAGS, RECENT_PITCHES, Context
from musiclstm.model.drum_hits import hits_at_lags
from musiclstm.model.pitch_bits import from_pitches, to_masks

# How long ago a pitch changed is quantised in steps that grow, ten to a factor of a hundred.
AGES = 16
# The neighbouring pitches: so many semitones up and down, each in the planes "sounds in this part", "sounds in any
# part", "ended at this very tick", "started at this very tick".
REACH = 12
WINDOW = 2 * REACH + 1
PLANES = 4
# The interval from a reference pitch (`PitchFeatures.references`): so many semitones up and down, or "none".
MAX_INTERVAL = 24
INTERVALS = 2 * MAX_INTERVAL + 2

_AGE_OF = np.minimum(1.5 * np.log2(1 + np.arange(2048)), AGES - 1).astype(np.uint8)


def age_bins(ticks: NDArray[np.integer]) -> ByteArray:
    """0 for no time at all, then from 1 to AGES - 1, which also means "never"."""
    return _AGE_OF.take(ticks, mode="clip")


@dataclass(frozen=True)
class PitchFeatures:
    """For an event of a symbol, `delta` ticks from a context's now. Each feature is computed when it is asked for."""

    context: Context
    delta: int
    symbol: int

    @cached_property
    def _held(self) -> BoolArray:
        return self.context.held_matrix()

    @cached_property
    def _ages(self) -> ByteArray:
        """How long ago each pitch last started or ended, in bins; (pitches,)."""
        v = self.context.vocabulary
        changed = np.array(self.context.changed[v.low : v.high + 1])
        return age_bins(self.context.tick + self.delta - changed)

    @property
    def _own(self) -> BoolArray:
        own: BoolArray = self._held[self.symbol % len(self._held)]
        return own

    @property
    def planes(self) -> BoolArray:
        """(PLANES, pitches)."""
        sounds, now = self._held.any(0), self._ages == 0
        return np.stack([self._own, sounds, now & ~sounds, now & sounds])

    @property
    def age(self) -> NDArray[np.integer]:
        """How long ago each pitch changed, in bins; from AGES on where the part's own note sounds. (pitches,)."""
        return self._ages + AGES * self._own

    @property
    def past(self) -> BoolArray:
        """What sounded and what started at each of `LAGS` before the event; (2 · lags, pitches).

        For a drum kit, what was hit and what was hit loudly.
        """
        context, v = self.context, self.context.vocabulary
        found = []
        if v.percussive:
            for hits in hits_at_lags(context, self.delta):
                loud = (pitch for pitch, velocity in hits.items() if v.velocity_bin(velocity) >= v.first_loud_bin)
                found += [from_pitches(hits), from_pitches(loud)]
        else:
            for lag in LAGS:
                found += context.history_at(context.tick + self.delta - lag * v.resolution)
        return to_masks(found, v)

    @property
    def pitch_classes(self) -> FloatArray:
        """`Context.pitch_classes` at the event."""
        return self.context.pitch_classes_after(self.delta)

    def references(self, recent: int) -> list[tuple[int, int]]:
        """The pitches from which intervals are measured: (index of the table of intervals, MIDI pitch or NO_PITCH).

        The last `recent` note-ons of the symbol's own part except the very last, then the last note-on of each part.
        """
        parts, pitches = len(self._held), self.context.recent_pitches
        part = self.symbol % parts
        earlier = pitches[RECENT_PITCHES * part + 1 : RECENT_PITCHES * part + recent]
        return [*enumerate(earlier), *enumerate(pitches[::RECENT_PITCHES], recent - 1 + part * parts)]
