"""Repeats: the longest passage that is repeated, and the longest that also occurs in other pieces.

A passage is a run of notes in order of onset and pitch, each given by its interval and time from the one before; so it
is the same when transposed. Exact passages also have the same pitches.
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
    """A number for each note but the first: interval and time since the one before (exact: the pitch as well)."""
    grid = tick_grid(vocabulary)
    ordered = sorted((round(note.onset * grid), note.pitch) for note in notes)
    times, pitches = np.array(ordered, dtype=np.int64).reshape(-1, 2).T
    found = np.diff(times) * 512 + np.diff(pitches) + 128
    numbers: Steps = (found * 128 + pitches[1:] if exact else found).astype(np.uint64)
    return numbers


def runs(sequence: Steps, length: int) -> Steps:
    """A hash of every run of `length` steps."""
    count = len(sequence) - length + 1
    if count <= 0:
        return np.zeros(0, dtype=np.uint64)
    # By doubling: a run consists of two runs of half its length.
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
    """Greatest length for which `found` is true, given that it is then true for all shorter ones."""
    low, high = 0, 1
    while high <= limit and found(high):
        low, high = high, 2 * high
    high = min(high, limit + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if found(middle) else (low, middle)
    return low


def longest_repeat(notes: Notes, vocabulary: Vocabulary) -> int:
    """Number of notes of the longest run that occurs twice at the same pitch (the two may overlap)."""
    mine = steps(notes, vocabulary, exact=True)

    def twice(length: int) -> bool:
        found = runs(mine, length)
        return len(np.unique(found)) < len(found)

    found = longest(twice, len(mine) - 1)
    return found + 1 if found else 0


class RunIndex:
    """Pieces in which runs can be looked up."""

    def __init__(self, pieces: Sequence[Notes], vocabulary: Vocabulary, *, exact: bool = False) -> None:
        self._vocabulary, self._exact = vocabulary, exact
        joined: list[Steps] = []
        for index, notes in enumerate(pieces):
            # A step that occurs nowhere else separates the pieces.
            joined += [steps(notes, vocabulary, exact=exact), np.array([(1 << 63) + index], dtype=np.uint64)]
        self._steps = np.concatenate(joined) if joined else np.zeros(0, dtype=np.uint64)
        self._sorted: dict[int, Steps] = {}

    def _runs(self, length: int) -> Steps:
        if length not in self._sorted:
            self._sorted[length] = np.sort(runs(self._steps, length))
        return self._sorted[length]

    def longest_shared(self, notes: Notes) -> int:
        """Number of notes of the longest run that also occurs in one of the pieces."""
        mine = steps(notes, self._vocabulary, exact=self._exact)

        def shared(length: int) -> bool:
            known, here = self._runs(length), runs(mine, length)
            if not len(known):
                return False
            return bool((known[np.searchsorted(known, here).clip(max=len(known) - 1)] == here).any())

        found = longest(shared, len(mine))
        return found + 1 if found else 0
