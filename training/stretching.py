"""Stretching: performances read a little slower and faster than they were played, so that they are memorised later."""

from __future__ import annotations

import numpy as np

from musiclstm.music.encoding import encoded
from musiclstm.music.event import Kind
from musiclstm.music.note import TimeBase
from musiclstm.music.packed import Packed, pack_columns
from musiclstm.music.vocabulary import Vocabulary

_IN_SECONDS = (0.9, 0.95, 1.0, 1.05, 1.11)


def stretches_for(vocabulary: Vocabulary) -> tuple[float, ...]:
    """The factors by which the times of pieces are multiplied, each as often; only 1 for beats, which have no tempo."""
    return _IN_SECONDS if vocabulary.base is TimeBase.SECONDS else (1.0,)


def stretched(events: Packed, factor: float, vocabulary: Vocabulary) -> Packed:
    """The events of the same notes, with all onsets and ends multiplied by a factor and rounded to ticks."""
    if factor == 1:
        return events
    ticks = np.cumsum(events["delta"], dtype=np.int64)
    last = int(ticks[-1]) if len(ticks) else 0
    (notes,) = np.nonzero(events["kind"] != Kind.WAIT)
    pitches, parts, kinds = (events[name][notes].astype(np.int64) for name in ("pitch", "part", "kind"))
    # What follows a note-on at its pitch is its note-off. A note without one (a hit, or cut off by the end) has its end
    # after all others, where it is left out.
    order = np.lexsort((np.arange(len(notes)), pitches, parts))
    ends = np.full(len(notes), last + vocabulary.max_delta)
    same = (np.diff(pitches[order]) == 0) & (np.diff(parts[order]) == 0) & (kinds[order][1:] == Kind.OFF)
    ends[order[:-1][same]] = ticks[notes][order[1:][same]]
    on = kinds == Kind.ON
    starts = np.rint(ticks[notes][on] * factor).astype(np.int64)
    rows = np.stack([
        starts,
        np.maximum(starts + 1, np.rint(ends[on] * factor).astype(np.int64)),
        pitches[on],
        events["velocity"][notes][on].astype(np.int64),
        parts[on],
    ])  # fmt: skip
    percussive = [part.percussive for part in vocabulary.parts]
    columns = encoded(rows, vocabulary.low, vocabulary.high, percussive, vocabulary.max_delta)
    return pack_columns(columns[:, np.cumsum(columns[0]) <= round(last * factor)])
