"""Timeline: beats <-> seconds, as in Ableton Link (tempo, beat origin, time origin); `stepwise` for tempo maps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

NOMINAL_TEMPO = 120.0
"""BPM at which music in seconds is converted to beats; at another tempo it plays faster or slower."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """A linear map between beats and seconds: at `time_origin` seconds it is beat `beat_origin`.

    tempo: BPM (quarter notes), above 0. Seconds are those of whatever monotonic clock the caller uses.
    Raises ValueError for a tempo that is not above 0.
    """

    tempo: float
    beat_origin: float = 0.0
    time_origin: float = 0.0

    def __post_init__(self) -> None:
        if not self.tempo > 0:
            raise ValueError(f"tempo must be above 0, not {self.tempo}")

    def beat_at(self, time: float) -> float:
        return self.beat_origin + (time - self.time_origin) * self.tempo / 60

    def time_at(self, beat: float) -> float:
        return self.time_origin + (beat - self.beat_origin) * 60 / self.tempo

    def with_tempo(self, tempo: float, time: float) -> Timeline:
        """The timeline that continues from `time` at another tempo, without a jump in beats."""
        return Timeline(tempo, self.beat_at(time), time)


def stepwise(changes: Iterable[tuple[float, float]]) -> Callable[[float], float]:
    """From places to seconds, through (place, seconds per unit from there on) in order; the first is at place 0."""
    starts, origins, rates = steps(changes)

    def clock(place: float) -> float:
        at = max(0, bisect_right(starts, place) - 1)
        return origins[at] + (place - starts[at]) * rates[at]

    return clock


def steps(changes: Iterable[tuple[float, float]]) -> tuple[list[float], list[float], list[float]]:
    """For each step of `stepwise` the place and the second at which it starts, and its seconds per unit."""
    starts, origins, rates = [0.0], [0.0], [0.0]
    for start, rate in changes:
        if start > starts[-1]:
            origins.append(origins[-1] + (start - starts[-1]) * rates[-1])
            starts.append(start)
            rates.append(rate)
        else:
            rates[-1] = rate
    return starts, origins, rates
