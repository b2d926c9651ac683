"""How much of the time axis lies right of now: as much as is planned."""

from __future__ import annotations

import math

from musiclstm.gui.axes.time_axis import TimeAxis

MARGIN = 20.0  # pixels beyond what is planned
LEAST = 96.0  # pixels: room for the word
MOST = 0.45  # of the width
EASE = 0.3  # seconds
MEMORY = 4.0  # seconds for which the farthest plan counts


class Ahead:
    """horizon: beats, as the control has it. least: pixels. Times are seconds, passed in."""

    def __init__(self, axis: TimeAxis) -> None:
        self._axis = axis
        self.horizon = 0.0
        self.least = LEAST
        self._seen: list[tuple[float, float]] = []  # time, beats ahead: the farthest, and what has been since
        self._time = 0.0

    def plan(self, beats: float, now: float) -> None:
        """The farthest planned beat lies so far ahead; below 0 where nothing is planned."""
        beats = max(0.0, beats)
        self._seen = [(time, far) for time, far in self._seen if time > now - MEMORY and far > beats]
        self._seen.append((now, beats))

    @property
    def beats(self) -> float:
        """In steps of a quarter of a beat, so that it stands still while plans come and go."""
        farthest = max((far for _time, far in self._seen), default=0.0)
        return max(self.horizon, math.ceil(4 * farthest) / 4)

    def ease(self, now: float) -> bool:
        """Move the now-line towards its place; returns whether it moved."""
        axis = self._axis
        wanted = self.beats * axis.scale + MARGIN
        wanted = max(self.least, min(wanted, axis.width * MOST))
        gap = wanted - axis.ahead
        step = gap * (1 - math.exp(-max(0.0, now - self._time) / EASE))
        self._time = now
        if abs(gap) < 0.5:
            return False
        axis.set_ahead(wanted if abs(gap - step) < 0.5 else axis.ahead + step)
        return True
