"""Sets of MIDI pitches as integers with one bit for each pitch."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

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
