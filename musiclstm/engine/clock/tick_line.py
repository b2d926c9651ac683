"""TickLine: the line on which ticks lie, by number and time; straight for a steady tempo, else slightly bent."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

_FEW = 8  # ticks
_TURNS = 12

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TickLine:
    """time = mean + period * x + bend * (x² - skew * x - square), where x = tick - middle.

    spread: seconds between the ticks furthest before and after the line. seconds: how long it is.
    """

    middle: float
    mean: float
    period: float
    spread: float
    seconds: float
    bend: float = 0.0
    skew: float = 0.0
    square: float = 0.0

    @property
    def bent(self) -> bool:
        return self.bend != 0

    def time_at(self, tick: float) -> float:
        x = tick - self.middle
        return self.mean + self.period * x + self.bend * (x * x - self.skew * x - self.square)


def fit(ticks: Floats, times: Floats, prior: float, doubt: float, spread: float) -> TickLine | None:
    """The line of least squares: straight if some straight line has no more than that spread, else bent.

    None if that has more, too. prior: a period, as if seen before with that much doubt (the variance of a time by that
    of the prior).
    """
    line, x, rest = _straight(ticks, times, prior, doubt)
    found = line if line.spread <= spread else _turned(line, x, rest, spread)
    if found is not None:
        return _drawn(found, ticks, times)
    if len(ticks) < _FEW:
        return None
    line = _bent(line, x, rest)
    return line if line.spread <= spread else None


def straight(ticks: Floats, times: Floats, prior: float, doubt: float) -> TickLine:
    """As `fit`, but always straight, whatever its spread."""
    return _straight(ticks, times, prior, doubt)[0]


def narrowest(ticks: Floats, times: Floats) -> float:
    """The least spread of any straight line: one that is parallel to a line through two of the ticks."""
    one, other = np.triu_indices(len(ticks), 1)
    periods = (times[other] - times[one]) / (ticks[other] - ticks[one])
    return float(np.ptp(times - periods[:, np.newaxis] * ticks, axis=1).min())


def _straight(ticks: Floats, times: Floats, prior: float, doubt: float) -> tuple[TickLine, Floats, Floats]:
    middle, mean = float(ticks.mean()), float(times.mean())
    x, y = ticks - middle, times - mean
    period = float((x @ y + doubt * prior) / (x @ x + doubt))
    rest = y - period * x
    return TickLine(middle, mean, period, float(np.ptp(rest)), float(times[-1] - times[0])), x, rest


def _turned(line: TickLine, x: Floats, rest: Floats, spread: float) -> TickLine | None:
    """The straight line turned until no tick is further from it than half the spread, if that is possible.

    What is between the first and the last tick is a convex function of the turn, so its tangents bound it from below.
    """

    def tangent(turn: float) -> tuple[float, float, float]:
        turned = rest - turn * x
        last, first = int(turned.argmax()), int(turned.argmin())
        return turn, float(turned[last] - turned[first]), float(x[first] - x[last])

    here = tangent(0.0)
    left, right = sorted((here, tangent(-math.copysign(2 * here[1] / float(x[-1] - x[0]), here[2]))))
    for _ in range(_TURNS):
        if left[2] >= 0 or right[2] <= 0:
            return None
        turn = (right[1] - left[1] + left[2] * left[0] - right[2] * right[0]) / (left[2] - right[2])
        if left[1] + left[2] * (turn - left[0]) > spread:
            return None
        found = tangent(turn)
        if found[1] <= spread:
            turned = rest - turn * x
            middle = float(turned.max() + turned.min()) / 2
            return replace(line, mean=line.mean + middle, period=line.period + turn, spread=found[1])
        left, right = (found, right) if found[2] < 0 else (left, found)
    return None


def _drawn(line: TickLine, ticks: Floats, times: Floats) -> TickLine:
    """The line, moved to the ticks if its last few are all on one side of it.

    So it does not pass by them where the delay jumped by a block and stays: they are never late by more than the block.
    """
    rest = times[-_FEW:] - line.mean - line.period * (ticks[-_FEW:] - line.middle)
    least, most = float(rest.min()), float(rest.max())
    return replace(line, mean=line.mean + max(0.0, least) + min(0.0, most))


def _bent(line: TickLine, x: Floats, rest: Floats) -> TickLine:
    square = x * x
    mean = float(square.mean())
    skew = float(square @ x / (x @ x))
    curve = square - skew * x - mean
    bend = float(rest @ curve / (curve @ curve))
    return replace(line, spread=float(np.ptp(rest - bend * curve)), bend=bend, skew=skew, square=mean)
