"""Similar: pieces of nearly the same notes, in another key, tempo or file; found without comparing all with all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musiclstm.music.sketch import BINS, Sketch, likeness

# Share of their runs that similar pieces have in common. Variants of a folk tune have from 0.3 on; different pieces of
# pop songs, piano and quartets have less than 0.25, all of them.
ALIKE = 0.4
# So many numbers must be equal for two pieces to be compared: of those that share 0.5 of their runs 19 in 20 are found,
# of those that share more nearly all.
_BAND = 3
# What more pieces have in common says nothing of them; those that are similar are found by another band.
_MOST = 20
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)


def are_similar(one: Sketch | None, other: Sketch | None) -> bool:
    return one is not None and other is not None and likeness(one, other) >= ALIKE


def similar(sketches: Sequence[Sketch | None]) -> list[tuple[int, int]]:
    """The indices of each two similar pieces, the smaller first; in order."""
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
