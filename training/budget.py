"""Budget: how long to train."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """Minutes, steps or passes (times through all pieces), whichever is over first. None: no limit."""

    minutes: float | None = None
    steps: int | None = None
    passes: float | None = None

    def progress(self, *, seconds: float, steps: int, passes: float) -> float:
        """The share that is spent: 0 at the beginning, 1 at the end, or where there is no limit at all."""
        limits = ((self.steps, steps), (self.passes, passes), ((self.minutes or 0) * 60, seconds))
        return min(1.0, max((done / limit for limit, done in limits if limit), default=1.0))
