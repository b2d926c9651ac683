"""Around: what a tied head looks at, of every event of prepared pieces, as `Context.ages` and `Context.past` say it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from musiclstm.model.context import LAGS, NEVER, age_bins, near
from musiclstm.music.vocabulary import Vocabulary
from training.prepare import Arrays

Ticks = NDArray[np.int32]


class Around:
    """ages: (N, pitches) uint8. Bits of pitches are packed as in `Arrays.held`."""

    def __init__(self, arrays: Arrays, vocabulary: Vocabulary, *, past: bool) -> None:
        fields = arrays.fields
        self.ages = np.empty((len(fields), vocabulary.pitches), dtype=np.uint8)
        self._past = (KitPast if vocabulary.percussive else Past)(arrays, vocabulary) if past else None
        for a, b in pairwise(arrays.starts.tolist()):
            ticks = fields[a:b, 0].cumsum(dtype=np.int32)
            self.ages[a:b] = ages(ticks, fields[a:b], vocabulary)
            if self._past:
                self._past.add(a, b, ticks)

    def past(self, a: int, n: int) -> NDArray[np.uint8]:
        """Of n events from the a-th on: `Context.past`, (n, 2 · lags, 16). Raises ValueError without `past`."""
        if self._past is None:
            raise ValueError("it was not asked to look back")
        return self._past.of(slice(a, a + n))


class Past:
    """What sounded and what began at each lag."""

    def __init__(self, arrays: Arrays, vocabulary: Vocabulary) -> None:
        self._lags = np.array(LAGS) * vocabulary.resolution
        # Of each event and lag: how many events had happened by then, and whether the last of them happened just then.
        self._index = np.zeros((len(arrays.fields), len(LAGS)), dtype=np.int32)
        self._exact = np.zeros(self._index.shape, dtype=np.bool_)
        self._sounds = np.bitwise_or.reduce(arrays.held, axis=1)
        self._began = began(arrays, vocabulary)

    def add(self, a: int, b: int, ticks: Ticks) -> None:
        """A piece, from its first event to the one after its last."""
        then = ticks[:, None] - self._lags
        happened = ticks.searchsorted(then, side="right")
        self._exact[a:b] = (happened > 0) & (ticks[happened - 1] == then)
        self._index[a:b] = a + happened

    def of(self, events: slice) -> NDArray[np.uint8]:
        index, exact = self._index[events], self._exact[events]
        found = np.empty((len(index), 2 * len(LAGS), 16), dtype=np.uint8)
        found[:, 0::2] = self._sounds[index]
        found[:, 1::2] = self._began[index - 1] * exact[..., None]
        return found


class KitPast:
    """What was struck at about each lag, and what loudly."""

    def __init__(self, arrays: Arrays, vocabulary: Vocabulary) -> None:
        self._lags, self._near = np.array(LAGS) * vocabulary.resolution, near(vocabulary)
        # Of each event and lag: from which event to which the strokes are.
        self._range = np.zeros((2, len(arrays.fields), len(LAGS)), dtype=np.int32)
        # Out of the vocabulary's range, and no pitch at all, is one more.
        self._pitch = vocabulary.low + arrays.fields[:, 2]
        self._loud = arrays.fields[:, 3] >= vocabulary.loud

    def add(self, a: int, b: int, ticks: Ticks) -> None:
        """A piece, from its first event to the one after its last."""
        then = ticks[:, None] - self._lags
        self._range[0, a:b] = a + ticks.searchsorted(then - self._near)
        self._range[1, a:b] = a + ticks.searchsorted(then + self._near, side="right")

    def of(self, events: slice) -> NDArray[np.uint8]:
        first, end = self._range[:, events]
        found = np.zeros((len(first), 2 * len(LAGS), 136), dtype=np.bool_)
        for later in range(int((end - first).max(initial=0))):
            event, lag = (first + later < end).nonzero()
            stroke = first[event, lag] + later
            found[event, 2 * lag, self._pitch[stroke]] = True
            found[event, 2 * lag + 1, self._pitch[stroke]] = self._loud[stroke]
        return np.packbits(found, axis=-1, bitorder="little")[..., :16]


def ages(ticks: Ticks, fields: NDArray[np.int16], vocabulary: Vocabulary) -> NDArray[np.uint8]:
    """Of a piece's events at these ticks: how long ago each pitch began or ended, (n, pitches)."""
    changed = np.full((len(ticks) + 1, vocabulary.pitches), NEVER, dtype=np.int32)
    kit = vocabulary.percussive
    counts = np.array([*(kit or not part.percussive for part in vocabulary.parts)] * 2 + [False])  # of symbols, of none
    notes = np.flatnonzero(counts[fields[:, 1]] & (fields[:, 2] < vocabulary.pitches))
    changed[notes + 1, fields[notes, 2]] = ticks[notes]
    np.maximum.accumulate(changed, axis=0, out=changed)
    return age_bins(ticks[:, None] - changed[:-1])


def began(arrays: Arrays, vocabulary: Vocabulary) -> NDArray[np.uint8]:
    """What has begun at an event's tick, up to and with it, (N, 16)."""
    found, notes = [], 0
    parts = len(vocabulary.parts)
    first = set(arrays.starts.tolist())
    for index, (time, symbol, pitch, _) in enumerate(arrays.fields.tolist()):
        if time or index in first:
            notes = 0
        if parts <= symbol < vocabulary.symbols:
            notes |= 1 << vocabulary.low + pitch
        found.append(notes.to_bytes(16, "little"))
    return np.frombuffer(b"".join(found), dtype=np.uint8).reshape(-1, 16)
