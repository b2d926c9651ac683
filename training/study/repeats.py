"""Repeats: the longest passage that comes again, and the longest that was there before.

A passage is a run of notes, each as the interval and the time from the one before, in order of onset and pitch; so it
is the same wherever it is transposed. Exact ones are at the same pitch, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from musiclstm.music.vocabulary import Vocabulary
from training.study.distributions import Notes, tick_grid

Steps = NDArray[np.uint64]
# Multipliers of splitmix64 (Steele, Lea and Flood 2014).
MIX, CHAIN = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


def steps(notes: Notes, vocabulary: Vocabulary, *, exact: bool = False) -> Steps:
    """A number for each note but the first: the interval and the time since the one before (exact: and the pitch)."""
    grid = tick_grid(vocabulary)
    ordered = sorted((round(note.onset * grid), note.pitch) for note in notes)
    times, pitches = np.array(ordered, dtype=np.int64).reshape(-1, 2).T
    found = np.diff(times) * 512 + np.diff(pitches) + 128
    return (found * 128 + pitches[1:] if exact else found).astype(np.uint64)


def runs(sequence: Steps, length: int) -> Steps:
    """A hash of every run of so many steps."""
    count = len(sequence) - length + 1
    if count <= 0:
        return np.zeros(0, dtype=np.uint64)
    # By doubling: a run is a run of half the length and another.
    hashes = sequence * MIX
    hashes ^= hashes >> np.uint64(29)
    found, have, factor = np.zeros(count, dtype=np.uint64), 0, CHAIN
    rest, size = length, 1
    while rest:
        if rest & 1:
            found = found * factor + hashes[have : have + count]
            have += size
        rest >>= 1
        if rest:
            hashes = hashes[:-size] * factor + hashes[size:]
            with np.errstate(over="ignore"):
                factor = factor * factor
            size *= 2
    return found


def longest(found: Callable[[int], bool], limit: int) -> int:
    """Greatest length for which something is found, given that shorter ones are found then, too."""
    low, high = 0, 1
    while high <= limit and found(high):
        low, high = high, 2 * high
    high = min(high, limit + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if found(middle) else (low, middle)
    return low


def longest_repeat(notes: Notes, vocabulary: Vocabulary) -> int:
    """Notes of the longest run that comes twice at the same pitch (it may run into itself)."""
    mine = steps(notes, vocabulary, exact=True)

    def twice(length: int) -> bool:
        found = runs(mine, length)
        return len(np.unique(found)) < len(found)

    found = longest(twice, len(mine) - 1)
    return found + 1 if found else 0


class Known:
    """Pieces in which to look runs up."""

    def __init__(self, pieces: Sequence[Notes], vocabulary: Vocabulary, *, exact: bool = False) -> None:
        self._vocabulary, self._exact = vocabulary, exact
        joined: list[Steps] = []
        for index, notes in enumerate(pieces):
            # Between pieces a step that is nowhere else.
            joined += [steps(notes, vocabulary, exact=exact), np.array([(1 << 63) + index], dtype=np.uint64)]
        self._steps = np.concatenate(joined) if joined else np.zeros(0, dtype=np.uint64)
        self._sorted: dict[int, Steps] = {}

    def _runs(self, length: int) -> Steps:
        if length not in self._sorted:
            self._sorted[length] = np.sort(runs(self._steps, length))
        return self._sorted[length]

    def longest_shared(self, notes: Notes) -> int:
        """Notes of the longest run that is also in one of the pieces."""
        mine = steps(notes, self._vocabulary, exact=self._exact)

        def shared(length: int) -> bool:
            known, here = self._runs(length), runs(mine, length)
            if not len(known):
                return False
            return bool((known[np.searchsorted(known, here).clip(max=len(known) - 1)] == here).any())

        found = longest(shared, len(mine))
        return found + 1 if found else 0
