"""What may come next, as boolean arrays, from the pitch sets of which events are drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musiclstm.model.context import Context
from musiclstm.model.pitch_sets import sets_after
from musiclstm.music.vocabulary import Vocabulary

Mask = NDArray[np.bool_]


def now_is_possible(context: Context) -> bool:
    """Whether anything more may happen at the context's tick."""
    return sets_after(context).any(0)


def symbol_mask(context: Context, delta: int) -> Mask:
    """The symbols that may come `delta` ticks from now, (symbols,)."""
    found = np.zeros(context.vocabulary.symbols, dtype=np.uint8)
    sets_after(context).mark_symbols(delta > 0, found)
    return found.view(np.bool_)


def pitch_mask(context: Context, symbol: int, delta: int) -> Mask:
    """The pitches with which a symbol may come `delta` ticks from now, (pitches,)."""
    found = np.zeros(context.vocabulary.pitches, dtype=np.uint8)
    sets_after(context).mark_pitches(delta > 0, symbol, found)
    return found.view(np.bool_)


def to_mask(bits: int, vocabulary: Vocabulary) -> Mask:
    """A set of MIDI pitches, given as bits, over the vocabulary's pitches, (pitches,)."""
    return np.array([bits >> pitch & 1 for pitch in range(vocabulary.low, vocabulary.high + 1)], dtype=np.bool_)
