"""Tap tempo."""

from __future__ import annotations

from musiclstm.protocol.limits import MAX_BPM, MIN_BPM

PAUSE = 2.5  # seconds after which a new series of taps starts
TAPS = 8  # number of last taps that count


class Tapping:
    """Times in seconds, passed in."""

    def __init__(self) -> None:
        self._taps: list[float] = []

    def tap(self, now: float) -> float | None:
        """The BPM, with one decimal, from the second tap on."""
        if self._taps and now - self._taps[-1] > PAUSE:
            self._taps = []
        self._taps = [*self._taps[-TAPS + 1 :], now]
        if len(self._taps) < 2 or now <= self._taps[0]:
            return None
        tempo = 60 * (len(self._taps) - 1) / (now - self._taps[0])
        return round(min(MAX_BPM, max(MIN_BPM, tempo)), 1)
