"""What a tied head receives for every event of prepared pieces: `model.features.pitches.PitchFeatures` as arrays."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from musiclstm.model.sizes import LAGS, NEVER
from musiclstm.model.drum_hits import timing_tolerance
from musiclstm.model.features.pitches import age_bins
from musiclstm.music.vocabulary import Vocabulary
from training.prepare import Arrays

Ticks = NDArray[np.int32]


class PitchFeatureArrays:
    """ages: (N, pitches) uint8, `PitchFeatures.age` without the part. Bits are packed as in `Arrays.held`."""

    def __init__(self, arrays: Arrays, vocabulary: Vocabulary, *, past: bool) -> None:
        fields = arrays.fields
        self.ages = np.empty((len(fields), vocabulary.pitches), dtype=np.uint8)
        self._past = (LaggedHits if vocabulary.percussive else LaggedNotes)(arrays, vocabulary) if past else None
        for a, b in pairwise(arrays.starts.tolist()):
            ticks = fields[a:b, 0].cumsum(dtype=np.int32)
            self.ages[a:b] = ages(ticks, fields[a:b], vocabulary)
            if self._past:
                self._past.add(a, b, ticks)

    def past(self, a: int, n: int) -> NDArray[np.uint8]:
        """`PitchFeatures.past` of n events from the a-th on, (n, 2 · lags, 16). Raises ValueError without `past`."""
        if self._past is None:
            raise ValueError("made without past")
        return self._past.of(slice(a, a + n))


class LaggedNotes:
    """What sounded and what started at each lag."""

    def __init__(self, arrays: Arrays, vocabulary: Vocabulary) -> None:
        self._lags = np.array(LAGS) * vocabulary.resolution
        # For each event and lag: the number of events up to then, and whether the last of them was at that very tick.
        self._index = np.zeros((len(arrays.fields), len(LAGS)), dtype=np.int32)
        self._exact = np.zeros(self._index.shape, dtype=np.bool_)
        self._sounds = np.bitwise_or.reduce(arrays.held, axis=1)
        self._started = started(arrays, vocabulary)

    def add(self, a: int, b: int, ticks: Ticks) -> None:
        """Add a piece, whose events are a to b - 1, at these ticks."""
        then = ticks[:, None] - self._lags
        happened = ticks.searchsorted(then, side="right")
        self._exact[a:b] = (happened > 0) & (ticks[happened - 1] == then)
        self._index[a:b] = a + happened

    def of(self, events: slice) -> NDArray[np.uint8]:
        index, exact = self._index[events], self._exact[events]
        found = np.empty((len(index), 2 * len(LAGS), 16), dtype=np.uint8)
        found[:, 0::2] = self._sounds[index]
        found[:, 1::2] = self._started[index - 1] * exact[..., None]
        return found


class LaggedHits:
    """What was hit at about each lag, and what loudly."""

    def __init__(self, arrays: Arrays, vocabulary: Vocabulary) -> None:
        self._lags, self._tolerance = np.array(LAGS) * vocabulary.resolution, timing_tolerance(vocabulary)
        # For each event and lag: the first event of the hits, and the one after the last.
        self._range = np.zeros((2, len(arrays.fields), len(LAGS)), dtype=np.int32)
        # One more than the highest where the pitch is "none".
        self._pitch = vocabulary.low + arrays.fields[:, 2]
        self._loud = arrays.fields[:, 3] >= vocabulary.first_loud_bin

    def add(self, a: int, b: int, ticks: Ticks) -> None:
        """Add a piece, whose events are a to b - 1, at these ticks."""
        then = ticks[:, None] - self._lags
        self._range[0, a:b] = a + ticks.searchsorted(then - self._tolerance)
        self._range[1, a:b] = a + ticks.searchsorted(then + self._tolerance, side="right")

    def of(self, events: slice) -> NDArray[np.uint8]:
        first, end = self._range[:, events]
        found = np.zeros((len(first), 2 * len(LAGS), 136), dtype=np.bool_)
        for later in range(int((end - first).max(initial=0))):
            event, lag = (first + later < end).nonzero()
            hit = first[event, lag] + later
            found[event, 2 * lag, self._pitch[hit]] = True
            found[event, 2 * lag + 1, self._pitch[hit]] = self._loud[hit]
        return np.packbits(found, axis=-1, bitorder="little")[..., :16]


def have_pitches(vocabulary: Vocabulary) -> list[bool]:
    """Of each part, whether its keys count as pitches: those of a kit do only if there is nothing else."""
    return [vocabulary.percussive or not part.percussive for part in vocabulary.parts]


def ages(ticks: Ticks, fields: NDArray[np.int16], vocabulary: Vocabulary) -> NDArray[np.uint8]:
    """For the events of a piece at these ticks: age bins of each pitch, (n, pitches)."""
    changed = np.full((len(ticks) + 1, vocabulary.pitches), NEVER, dtype=np.int32)
    pitched = np.array([*have_pitches(vocabulary)] * 2 + [False])  # of each symbol, and of "none"
    notes = np.flatnonzero(pitched[fields[:, 1]] & (fields[:, 2] < vocabulary.pitches))
    changed[notes + 1, fields[notes, 2]] = ticks[notes]
    np.maximum.accumulate(changed, axis=0, out=changed)
    return age_bins(ticks[:, None] - changed[:-1])


def started(arrays: Arrays, vocabulary: Vocabulary) -> NDArray[np.uint8]:
    """The pitches that have started at an event's tick up to and including that event, as bits; (N, 16)."""
    found, notes = [], 0
    parts, pitched = len(vocabulary.parts), have_pitches(vocabulary)
    first = set(arrays.starts.tolist())
    for index, (time, symbol, pitch, _) in enumerate(arrays.fields.tolist()):
        if time or index in first:
            notes = 0
        if parts <= symbol < vocabulary.symbols and pitched[symbol - parts]:
            notes |= 1 << vocabulary.low + pitch
        found.append(notes.to_bytes(16, "little"))
    return np.frombuffer(b"".join(found), dtype=np.uint8).reshape(-1, 16)
