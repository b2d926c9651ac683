"""Variations: pieces read a little differently than they are.

Performances, so that they are memorised later; scores in three, so that a network knows triplets of which its corpus
has none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musiclstm.music.encoding import encoded
from musiclstm.music.event import Kind
from musiclstm.music.note import TimeBase
from musiclstm.music.packed import Packed, pack_columns
from musiclstm.music.vocabulary import Vocabulary

Ticks = NDArray[np.int64]


@dataclass(frozen=True)
class Variation:
    """stretch: all times are multiplied by it.

    The others are for drums in beats. looseness: the distance of each hit from the nearest sixteenth or triplet is
    multiplied by it. late: how many beats later each hit comes. contrast: the exponent of velocity (0 to 1); above 1,
    soft hits become softer. triplets: for scores, see `in_triplets`.
    """

    stretch: float = 1.0
    looseness: float = 1.0
    late: float = 0.0
    contrast: float = 1.0
    triplets: bool = False


AS_PLAYED = Variation()
_IN_SECONDS = (AS_PLAYED, *(Variation(stretch) for stretch in (0.9, 0.95, 1.05, 1.11)))
_DRUMS = (
    AS_PLAYED,
    Variation(looseness=0.7, late=0.005),
    Variation(looseness=0.8, late=0.008, contrast=0.9),
    Variation(looseness=0.9, contrast=1.15),
    Variation(late=-0.01, contrast=0.87),
    Variation(looseness=1.15, late=0.01),
    Variation(looseness=1.2, late=-0.008, contrast=1.1),
    Variation(looseness=1.3, contrast=1.05),
)
_SCORES_WITH_TRIPLETS = (AS_PLAYED, Variation(triplets=True))
# Of each meter in three, the one in which a group of three is a beat, and the factor of all times.
_TRIPLETS = {
    (3, 8): ((4, 4), 2 / 3),
    (6, 8): ((2, 4), 2 / 3),
    (9, 8): ((3, 4), 2 / 3),
    (12, 8): ((4, 4), 2 / 3),
    (3, 4): ((4, 4), 1 / 3),
    (6, 4): ((2, 4), 1 / 3),
    (3, 2): ((4, 4), 1 / 3),
}
_GRID = np.array([0, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 1])  # in a beat


def variations_for(vocabulary: Vocabulary, *, triplets: bool = False) -> tuple[Variation, ...]:
    """The ways in which each piece is read, each as often. triplets: for scores; without it they are read as is."""
    if vocabulary.base is TimeBase.SECONDS:
        return _IN_SECONDS
    if vocabulary.percussive:
        return _DRUMS
    return _SCORES_WITH_TRIPLETS if triplets else (AS_PLAYED,)


def in_triplets(changes: Ticks, vocabulary: Vocabulary) -> tuple[Variation, Ticks]:
    """How a score in three is written in triplets: a dotted quarter of 6/8 becomes a beat, or a bar of 3/4.

    changes: `Store.changes`. Returns the variation of the notes and the new changes; of any other score, what it is.
    """
    (first, _, index), *others = changes.tolist()
    meter, factor = _TRIPLETS.get(vocabulary.meters[index], ((0, 0), 1.0))
    if meter not in vocabulary.meters or any(other != index for *_, other in others):
        return AS_PLAYED, changes
    row = round(first * factor), vocabulary.bar_ticks(*meter), vocabulary.meter_index(*meter)
    return Variation(stretch=factor), np.array([row])


def varied(events: Packed, variation: Variation, vocabulary: Vocabulary) -> Packed:
    """The events of the same notes, varied; the same each time."""
    if variation == AS_PLAYED or not len(events):
        return events
    v = vocabulary
    ticks = np.cumsum(events["delta"], dtype=np.int64)
    is_note = events["kind"] != Kind.WAIT
    columns = (ticks, *(events[name].astype(np.int64) for name in ("pitch", "velocity", "part", "kind")))
    times, pitches, velocities, parts, kinds = (column[is_note] for column in columns)
    on = kinds == Kind.ON
    starts, ends = times[on], _ends(times, pitches, parts, kinds, after=int(ticks[-1]) + v.max_delta)[on]
    starts, ends = _rounded(starts * variation.stretch), _rounded(ends * variation.stretch)
    if (variation.looseness, variation.late) != (1, 0):
        starts = _moved(starts, variation, v.resolution)
    velocities = np.clip(_rounded(127 * (velocities[on] / 127) ** variation.contrast), 1, 127)
    rows = np.stack([starts, np.maximum(starts + 1, ends), pitches[on], velocities, parts[on]])
    found = encoded(rows, v.low, v.high, [part.percussive for part in v.parts], v.max_delta)
    last = max(int(starts.max(initial=0)), round(int(ticks[-1]) * variation.stretch))
    return pack_columns(found[:, np.cumsum(found[0]) <= last])


def _ends(times: Ticks, pitches: Ticks, parts: Ticks, kinds: Ticks, after: int) -> Ticks:
    """Of each note-on the time of its note-off, which is the next event at its pitch.

    after: of those that have none (hits, and notes that the end cuts off): later than all, where it is left out.
    """
    order = np.lexsort((np.arange(len(times)), pitches, parts))
    here, following = order[:-1], order[1:]
    ended = (pitches[here] == pitches[following]) & (parts[here] == parts[following]) & (kinds[following] == Kind.OFF)
    ends = np.full(len(times), after)
    ends[here[ended]] = times[following[ended]]
    return ends


def _moved(starts: Ticks, variation: Variation, resolution: int) -> Ticks:
    """Hits nearer to the grid or farther from it, and later.

    Rounded at random, because most of these changes are smaller than a tick.
    """
    beats, rest = np.divmod(starts / resolution, 1.0)
    grid = _GRID[np.abs(rest[:, None] - _GRID).argmin(1)]
    exact: NDArray[np.float64] = (beats + grid + (rest - grid) * variation.looseness + variation.late) * resolution
    below_one = np.random.Generator(np.random.PCG64(len(starts))).random(len(starts))
    return (exact + below_one).clip(0).astype(np.int64)


def _rounded(values: NDArray[np.float64]) -> Ticks:
    return np.rint(values).astype(np.int64)
