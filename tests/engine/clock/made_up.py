"""Made-up MIDI clocks: when the ticks of a steady leader arrive over a connection that delivers in blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musiclstm.engine.clock.tick_filter import TickFilter

Times = NDArray[np.float64]

PER_BEAT = 24


def steady(tempo: float, seconds: float, begin: float = 100.0) -> Times:
    """The true times of a leader's ticks."""
    period = 60 / tempo / PER_BEAT
    return np.asarray(begin + period * np.arange(int(seconds / period)), dtype=np.float64)


def in_blocks(true: Times, block: float, offset: float = 0.0) -> Times:
    """Each tick arrives in the middle between the begin and the end of its block, all of a block at one instant.

    block: seconds. offset: of the blocks' grid, as a fraction of a block.
    """
    if block == 0:
        return true
    arrivals: Times = (np.floor(true / block - offset) + 0.5 + offset) * block
    return arrivals


def with_jitter(times: Times, jitter: float, dice: np.random.Generator) -> Times:
    """Up to `jitter` seconds later, and in the same order."""
    late: Times = np.maximum.accumulate(times + dice.uniform(0, jitter, len(times)))
    return late


@dataclass(frozen=True, slots=True)
class Following:
    """How well a filter followed, tick by tick, by what it believed just before each tick but the first.

    phase: seconds by which its tick was late (negative: early). tempo: relative error. steady: what it said.
    """

    counted: int
    time: Times
    phase: Times
    tempo: Times
    steady: NDArray[np.bool_]

    def phase_p99(self, since: float) -> float:
        return float(np.quantile(np.abs(self.phase[self.time > since]), 0.99))

    def phase_max(self, since: float) -> float:
        return float(np.abs(self.phase[self.time > since]).max())

    def tempo_max(self, since: float, *, while_steady: bool = False) -> float:
        which = self.time > since
        if while_steady:
            which &= self.steady
        return float(np.abs(self.tempo[which]).max(initial=0.0))

    def tempo_settled(self, within: float) -> float:
        """Seconds after which the tempo's error stays within that."""
        wrong = np.flatnonzero(np.abs(self.tempo) > within)
        return float(self.time[wrong[-1]]) if len(wrong) else 0.0


def follow(true: Times, arrivals: Times, prior: float = 0.5 / PER_BEAT) -> Following:
    """Feed a filter; `true` and `arrivals` are of the same ticks."""
    filtered = TickFilter(prior)
    phase, tempo, steady_ = [], [], []
    periods = np.diff(true)
    for number, (moment, arrival) in enumerate(zip(true.tolist(), arrivals.tolist(), strict=True)):
        if number:
            phase.append(filtered.time + (number - filtered.tick) * filtered.period - moment)
            tempo.append(periods[number - 1] / filtered.period - 1)
            steady_.append(filtered.steady)
        filtered.feed(arrival)
    since = true[1:] - true[0]
    return Following(filtered.tick + 1, since, np.array(phase), np.array(tempo), np.array(steady_, dtype=bool))
