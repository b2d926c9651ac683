"""How late messages leave."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

LATE = 0.005
"""Seconds from which on a message counts as late."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """Of the last 1,000 messages that had a time: milliseconds; `late` counts those over 5 ms since the start."""

    median: float
    p99: float
    late: int


class LatenessRing:
    """Not thread-safe: the scheduler's lock is held."""

    def __init__(self) -> None:
        self._ring: deque[float] = deque(maxlen=1000)
        self._late = 0

    def add(self, seconds: float) -> None:
        self._ring.append(seconds)
        self._late += seconds > LATE

    def sum_up(self) -> Lateness:
        values = sorted(self._ring)
        if not values:
            return Lateness(0.0, 0.0, self._late)
        p99 = values[math.ceil(len(values) * 0.99) - 1]
        return Lateness(values[len(values) // 2] * 1000, p99 * 1000, self._late)
