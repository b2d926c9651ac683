"""Similar: finds pieces of nearly the same notes, in another key, tempo or file, without comparing all with all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musiclstm.music.sketch import BINS, Sketch, likeness

# The share of their runs that similar pieces have in common (`musiclstm.music.sketch`). Variants of a folk tune have
# 0.3 or more; different pop songs, piano pieces and quartets all have less than 0.25.
ALIKE = 0.4
# Two pieces are compared if so many numbers, a band of their sketches, are equal. Of the pieces that share half of
# their runs 19 in 20 are found in this way, of those that share more nearly all.
_BAND = 3
# A band that more pieces have in common says nothing about them; similar ones are found by another band.
_MOST = 20
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)


def are_similar(one: Sketch | None, other: Sketch | None) -> bool:
    return one is not None and other is not None and likeness(one, other) >= ALIKE


def similar(sketches: Sequence[Sketch | None]) -> list[tuple[int, int]]:
    """The pairs of indices of similar pieces, the smaller index first; in order."""
    indices = [index for index, each in enumerate(sketches) if each is not None]
    table = np.array([each for each in sketches if each is not None], dtype=np.uint32).reshape(-1, BINS)
    compared: set[tuple[int, int]] = set()
    found: list[tuple[int, int]] = []
    for band in range(0, BINS - _BAND + 1, _BAND):
        keys = (table[:, band : band + _BAND] * _MIX).sum(axis=1, dtype=np.uint64)
        order = np.argsort(keys, kind="stable")
        starts = np.flatnonzero(np.diff(keys[order])) + 1
        for group in np.split(order, starts):
            for at, other in enumerate(group[:_MOST].tolist()):
                for one in group[:at].tolist():
                    if (one, other) not in compared:
                        compared.add((one, other))
                        if are_similar(table[one], table[other]):
                            found.append((indices[one], indices[other]))
    return sorted(found)
