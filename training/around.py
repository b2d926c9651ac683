"""Around: what a tied head looks at, of every event of prepared pieces, as `Context.ages` and `Context.past` say it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from musiclstm.music.context import LAGS, NEVER, age_bins
from musiclstm.music.vocabulary import Vocabulary
from training.prepare import Arrays

Ticks = NDArray[np.int32]


class Around:
    """ages: (N, pitches) uint8. Bits of pitches are packed as in `Arrays.held`."""

    def __init__(self, arrays: Arrays, vocabulary: Vocabulary, *, past: bool) -> None:
        fields, lags = arrays.fields, np.array(LAGS) * vocabulary.resolution
        self.ages = np.empty((len(fields), vocabulary.pitches), dtype=np.uint8)
        # Of each event and lag: how many events had happened by then, and whether the last of them happened just then.
        self._index = np.zeros((len(fields) if past else 0, len(lags)), dtype=np.int32)
        self._exact = np.zeros(self._index.shape, dtype=np.bool_)
        for a, b in pairwise(arrays.starts.tolist()):
            ticks = fields[a:b, 0].cumsum(dtype=np.int32)
            self.ages[a:b] = ages(ticks, fields[a:b], vocabulary)
            if past:
                then = ticks[:, None] - lags
                happened = ticks.searchsorted(then, side="right")
                self._exact[a:b] = (happened > 0) & (ticks[happened - 1] == then)
                self._index[a:b] = a + happened
        if past:
            self._sounds = np.bitwise_or.reduce(arrays.held, axis=1)
            self._began = began(arrays, vocabulary)

    def past(self, a: int, n: int) -> NDArray[np.uint8]:
        """Of n events from the a-th on: (n, 2 · lags, 16), what sounded and what began at each lag."""
        index, exact = self._index[a : a + n], self._exact[a : a + n]
        found = np.empty((n, 2 * len(LAGS), 16), dtype=np.uint8)
        found[:, 0::2] = self._sounds[index]
        found[:, 1::2] = self._began[index - 1] * exact[..., None]
        return found


def ages(ticks: Ticks, fields: NDArray[np.int16], vocabulary: Vocabulary) -> NDArray[np.uint8]:
    """Of a piece's events at these ticks: how long ago each pitch began or ended, (n, pitches)."""
    changed = np.full((len(ticks) + 1, vocabulary.pitches), NEVER, dtype=np.int32)
    tuned = np.array([*(not part.percussive for part in vocabulary.parts)] * 2 + [False])  # of each symbol, and of none
    notes = np.flatnonzero(tuned[fields[:, 1]] & (fields[:, 2] < vocabulary.pitches))
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
