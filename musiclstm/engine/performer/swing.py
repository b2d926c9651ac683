"""Swing: where a straight beat is heard, and the other way round."""

from __future__ import annotations

from math import floor


def swung(beat: float, swing: float) -> float:
    """Where a straight beat is heard: the second eighth of each beat comes later, at most on the triplet's third note.

    Piecewise linear within a beat, so nothing overtakes anything and `straightened` is the inverse.
    """
    if not swing:
        return beat
    whole = floor(beat)
    part = beat - whole
    middle = 0.5 + swing / 6
    return whole + (part * 2 * middle if part < 0.5 else 1 - (1 - part) * 2 * (1 - middle))


def straightened(beat: float, swing: float) -> float:
    """The straight beat that is heard at `beat`."""
    if not swing:
        return beat
    whole = floor(beat)
    part = beat - whole
    middle = 0.5 + swing / 6
    return whole + (part / (2 * middle) if part < middle else 1 - (1 - part) / (2 * (1 - middle)))
