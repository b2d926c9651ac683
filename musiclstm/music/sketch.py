"""Sketch: a piece as 64 numbers. Two pieces of nearly the same notes have most of them in common.

Neither key nor tempo matters: what counts are the intervals from note to note. Of all runs of six intervals, each of
which is a number, the smallest of every 64th part of the numbers is kept; the share of them that two pieces share is
about that of their runs (minwise hashing: Broder 1997; with one permutation: Li, Owen and Zhang 2012).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musiclstm.music.columns import NoteColumns

BINS = 64
# Fewer notes are like those of many pieces.
LEAST = 48
_EMPTY = 0xFFFFFFFF
_RUN = (1 << 48) - 1  # six intervals, eight bits each
_MASK = (1 << 64) - 1
# Odd numbers whose products spread over all bits, as in splitmix64 (Steele, Lea and Flood 2014).
_SPREAD, _AGAIN = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB

Sketch = NDArray[np.uint32]


def sketch(notes: NoteColumns, tuned: NDArray[np.uint8]) -> Sketch | None:
    """(64,) of a piece's notes, in order; None if it has too few. tuned: of each part, 1 unless it is drums."""
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
    """About the share of the runs of both that are in each of them."""
    filled = (one != _EMPTY) | (other != _EMPTY)
    return float(((one == other) & filled).sum() / max(1, filled.sum()))
