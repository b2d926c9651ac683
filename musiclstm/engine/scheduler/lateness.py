"""How late messages are sent."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

LATE = 0.005
"""Seconds above which a message counts as late."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """In milliseconds, of the last 1,000 queued messages; `late` counts those more than 5 ms late since the start."""

    median: float
    p99: float
    late: int


class LatenessMeter:
    """Keeps the last 1,000 values. Not thread-safe: the scheduler's lock is held."""

    def __init__(self) -> None:
        self._last: deque[float] = deque(maxlen=1000)
        self._late = 0

    def add(self, seconds: float) -> None:
        self._last.append(seconds)
        self._late += seconds > LATE

    def summary(self) -> Lateness:
        values = sorted(self._last)
        if not values:
            return Lateness(0.0, 0.0, self._late)
        p99 = values[math.ceil(len(values) * 0.99) - 1]
        return Lateness(values[len(values) // 2] * 1000, p99 * 1000, self._late)
