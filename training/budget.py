"""Budget: how long to train."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """Minutes, steps or times through all pieces (passes), whichever is over first (None: no limit)."""

    minutes: float | None = None
    steps: int | None = None
    passes: float | None = None

    def progress(self, *, seconds: float, steps: int, passes: float) -> float:
        """0 at the beginning, 1 when what has been done is all that may be, or when there is no limit at all."""
        limits = ((self.steps, steps), (self.passes, passes), ((self.minutes or 0) * 60, seconds))
        return min(1.0, max((done / limit for limit, done in limits if limit), default=1.0))
