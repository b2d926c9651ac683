"""Sketch: a piece as 64 numbers. Two pieces of nearly the same notes have most of them in common.

Neither key nor tempo matters: what counts are the intervals from note to note. Each run of six intervals is hashed to a
number, the numbers fall into 64 bins, and the smallest of each bin is kept. The share of the bins in which two pieces
agree is about the share of runs that they have in common (minwise hashing: Broder 1997; with one permutation: Li, Owen
and Zhang 2012).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musiclstm.music.columns import NoteColumns

BINS = 64
# Pieces of fewer notes are like many others.
LEAST = 48
_EMPTY = 0xFFFFFFFF
_RUN = (1 << 48) - 1  # six intervals, eight bits each
_MASK = (1 << 64) - 1
# Odd numbers whose products spread over all bits, as in splitmix64 (Steele, Lea and Flood 2014).
_SPREAD, _AGAIN = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB

Sketch = NDArray[np.uint32]


def sketch(notes: NoteColumns, tuned: NDArray[np.uint8]) -> Sketch | None:
    """The sketch of a piece's notes, which are in order; None if there are too few. tuned: for each part 0 if drums."""
    found = np.full(BINS, _EMPTY, dtype=np.uint32)
    # Typed where this is compiled.
    times, values, counts, table = notes.times, notes.values, tuned, found
    total, end, before, run, known, size = values.shape[1], 0, 0, 0, -1, 0
    chord = np.empty(total, dtype=np.int64)
    pitches = chord
    onset = 0.0
    while end < total:
        onset, size = times[0, end], 0
        while end < total and times[0, end] == onset:
            if counts[values[2, end]]:
                # In order of pitch: notes of a chord are in order of their durations.
                at = size
                while at > 0 and pitches[at - 1] > values[0, end]:
                    pitches[at] = pitches[at - 1]
                    at -= 1
                pitches[at] = values[0, end]
                size += 1
            end += 1
        for at in range(size):
            pitch = int(pitches[at])
            run = (run << 8 | (pitch - before) & 0xFF) & _RUN
            before = pitch
            known += 1
            if known >= 6:
                mixed = (run + 1) * _SPREAD & _MASK
                mixed = (mixed ^ mixed >> 27) * _AGAIN & _MASK
                mixed ^= mixed >> 31
                table[mixed & 63] = min(table[mixed & 63], mixed >> 32)
    return found if known + 1 >= LEAST else None


def likeness(one: Sketch, other: Sketch) -> float:
    """The share of bins in which two sketches agree, 0..1: about the share of all their runs that both have."""
    filled = (one != _EMPTY) | (other != _EMPTY)
    return float(((one == other) & filled).sum() / max(1, filled.sum()))
