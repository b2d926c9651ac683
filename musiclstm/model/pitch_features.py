"""Around: what a tied head sees of every pitch, from where that pitch stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from musiclstm.model.arrays import Mask
from musiclstm.model.context import AGES, RECENT, Context

# Of the notes around a pitch, so many semitones up and down, each of the planes "sounds in this part", "sounds in any
# part", "ended at this very tick", "began at this very tick".
REACH = 12
WINDOW = 2 * REACH + 1
PLANES = 4
# And how far a pitch is from what began last (`Around.leaps`): so many semitones up and down, or "none".
LEAP = 24
LEAPS = 2 * LEAP + 2


@dataclass(frozen=True)
class Around:
    """Of an event of a symbol, `delta` ticks from a context's now. Each fact is reckoned when it is asked for."""

    context: Context
    delta: int
    symbol: int

    @cached_property
    def _held(self) -> Mask:
        return self.context.held_matrix()

    @cached_property
    def _ages(self) -> NDArray[np.uint8]:
        return self.context.ages(self.delta)

    @property
    def _own(self) -> Mask:
        own: Mask = self._held[self.symbol % len(self._held)]
        return own

    @property
    def planes(self) -> Mask:
        """(PLANES, pitches)."""
        sounds, now = self._held.any(0), self._ages == 0
        return np.stack([self._own, sounds, now & ~sounds, now & sounds])

    @property
    def age(self) -> NDArray[np.integer]:
        """(pitches,): `Context.ages`; if the part's note of that pitch sounds, counted from AGES on."""
        return self._ages + AGES * self._own

    @property
    def past(self) -> Mask:
        """`Context.past`."""
        return self.context.past(self.delta)

    @property
    def classes(self) -> NDArray[np.float32]:
        """`Context.classes` at the event."""
        return self.context.classes_after(self.delta)

    def leaps(self, recent: int) -> list[tuple[int, int]]:
        """What pitches are measured from: (which table of leaps, MIDI pitch or NO_PITCH).

        Of the last `recent` that began in the symbol's own part all but the last, then of each part what began last.
        """
        parts, pitches = len(self._held), self.context.recent
        part = self.symbol % parts
        earlier = pitches[RECENT * part + 1 : RECENT * part + recent]
        return [*enumerate(earlier), *enumerate(pitches[::RECENT], recent - 1 + part * parts)]
