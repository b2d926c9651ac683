"""Tapping a tempo."""

from __future__ import annotations

PAUSE = 2.5  # seconds after which tapping begins anew
TAPS = 8  # so many last taps count
LOW, HIGH = 20.0, 320.0


class Tapping:
    """Times in seconds, passed in."""

    def __init__(self) -> None:
        self._taps: list[float] = []

    def tap(self, now: float) -> float | None:
        """The tempo (beats a minute, one decimal) from the second tap on."""
        if self._taps and now - self._taps[-1] > PAUSE:
            self._taps = []
        self._taps = [*self._taps[-TAPS + 1 :], now]
        if len(self._taps) < 2 or now <= self._taps[0]:
            return None
        tempo = 60 * (len(self._taps) - 1) / (now - self._taps[0])
        return round(min(HIGH, max(LOW, tempo)), 1)
