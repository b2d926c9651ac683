"""Time signatures by the length of their bars."""

from __future__ import annotations

from musiclstm.music.note import Meter

_MOST = 255  # that a MIDI file holds


def simplest_meter(bar_beats: float) -> Meter:
    """The simplest time signature with bars of so many quarter notes; the nearest in quarters where none has them."""
    for denominator in (4, 8, 16):
        numerator = bar_beats * denominator / 4
        if numerator.is_integer() and 1 <= numerator <= _MOST:
            return Meter(int(numerator), denominator)
    return Meter(min(_MOST, max(1, round(bar_beats))), 4)
