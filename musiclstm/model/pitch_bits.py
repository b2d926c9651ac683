"""Sets of MIDI pitches as integers with one bit for each pitch, and as boolean arrays over a vocabulary's range."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

import numpy as np

from musiclstm.model.arrays import BoolArray
from musiclstm.music.vocabulary import Vocabulary

ALL_PITCHES = (1 << 128) - 1


def from_pitches(pitches: Iterable[int]) -> int:
    """The bits of some pitches."""
    return reduce(or_, (1 << pitch for pitch in pitches), 0)


_OCTAVES = from_pitches(range(0, 128, 12))


def from_pitch_classes(classes: int) -> int:
    """The bits of every pitch of some pitch classes, given as twelve bits, C first."""
    return (classes * _OCTAVES) & ALL_PITCHES


def to_pitches(bits: int) -> list[int]:
    """Positions of the set bits, ascending."""
    found = []
    while bits:
        lowest = bits & -bits
        found.append(lowest.bit_length() - 1)
        bits ^= lowest
    return found


def to_mask(bits: int, vocabulary: Vocabulary) -> BoolArray:
    """The set as booleans over the vocabulary's pitches; shape (pitches,)."""
    raw = np.frombuffer(bits.to_bytes(16, "little"), dtype=np.uint8)
    full = np.unpackbits(raw, bitorder="little")
    return full[vocabulary.low : vocabulary.high + 1].view(np.bool_)
