"""TickFilter: when the ticks of a clock really are, from when they seem to be.

A Kalman filter of three quantities, per tick: the time of the last tick T, the period P to the next, and its growth D.

    T' = T + P + D/2      P' = P + D      D' = D + noise

What is measured is T with the jitter of the connection. How much jitter there is, is measured too, by the third
differences of the times, which no even tempo change adds to.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_STEP = np.array([[1.0, 1.0, 0.5], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]])

_LEAST_JITTER = 0.0001  # seconds: no connection is better
_FIRST_JITTER = 0.001
_AGILITY = 1.3e-4  # how much D may change a tick, as a part of P
_DOUBTS = 4  # ticks that do not fit, until it is believed that something else is the case
_LEAST_GATE = 0.002
_LEAST_PERIOD = 0.002  # 1,250 quarters a minute


class TickFilter:
    """Fed with times of ticks (seconds), it says when the last one was and how long to the next.

    tick counts them, those that got lost too. Not thread-safe.
    """

    def __init__(self, period: float) -> None:
        self.tick = -1
        self._x = np.array([0.0, period, 0.0])
        self._cov = np.zeros((3, 3))
        self._jitter = _FIRST_JITTER**2
        self._recent: list[float] = []  # the last times, for the jitter
        self._doubtful: list[float] = []  # errors of the last times that did not fit
        self._gap = 1.0  # periods before the first of them
        self._last = -math.inf
        self._fed = 0
        self._resumes = False

    @property
    def time(self) -> float:
        """The last tick's."""
        return float(self._x[0])

    @property
    def period(self) -> float:
        """From the last tick to the next."""
        return max(_LEAST_PERIOD, float(self._x[1] + self._x[2] / 2))

    @property
    def steady(self) -> bool:
        return self._fed >= 12 and math.sqrt(self._cov[0, 0]) < 0.0015

    def feed(self, time: float) -> None:
        """Take the time of one more tick."""
        self._measure_jitter(time)
        self.tick += 1
        if self._resumes:
            self._resumes = False
            self._fed = 2
            self._restart(time, self._x[1], 0.05 * self._x[1])
        elif self._fed == 0:
            self._restart(time, self._x[1], 0.5 * self._x[1])
        elif self._fed == 1:
            self._restart(time, time - self._last, _FIRST_JITTER)
        else:
            self._predict()
            error = time - self.time
            variance = self._cov[0, 0] + self._jitter
            # At first the period is hardly known; that a tick got lost shows all the same.
            gate = max(_LEAST_GATE, 5 * math.sqrt(variance)) if self._fed >= 6 else math.inf
            if abs(error) <= min(gate, 0.6 * self._x[1]):
                self._doubtful.clear()
                self._correct(error, variance)
            else:
                self._doubt(time, error)
        self._fed += 1
        self._last = time

    def resume(self) -> None:
        """Take the next tick for the one after the last, however long ago that was; the tempo is likely the same."""
        if self._fed > 1:
            self._resumes = True
            self._doubtful.clear()
            self._recent.clear()

    def _predict(self) -> None:
        self._x = _STEP @ self._x
        self._cov = _STEP @ self._cov @ _STEP.T
        self._cov[2, 2] += (_AGILITY * self._x[1]) ** 2

    def _correct(self, error: float, variance: float) -> None:
        gain: NDArray[np.float64] = self._cov[:, 0] / variance
        self._x = self._x + gain * error
        self._x[1] = max(self._x[1], _LEAST_PERIOD)
        self._cov = self._cov - np.outer(gain, self._cov[0])

    def _doubt(self, time: float, error: float) -> None:
        """One late tick is let pass; several say that some got lost, or that the tempo jumped."""
        period = self._x[1]
        if not self._doubtful:
            self._gap = (time - self._last) / period
        self._doubtful.append(error)
        if len(self._doubtful) < _DOUBTS:
            return
        steps = np.diff(self._doubtful)
        growth = float(np.mean(steps))
        if growth < -0.7 * period:
            # They were held up and come all at once: soon they fit again.
            del self._doubtful[0]
            return
        even = abs(growth) < 0.1 * period
        # At another tempo after a short silence, the silence may be the tempo.
        missed = not 0.5 < self._gap < 1.5 if even else self._gap > 10
        lost = round(self._doubtful[-1] / period) if missed else 0
        self.tick += lost
        if lost and even:
            self._x[0] += lost * period
            self._cov[0, 0] += (0.2 * period) ** 2
            self._correct(time - self.time, self._cov[0, 0] + self._jitter)
        else:
            self._restart(time, period + growth, 2 * math.sqrt(self._jitter) / len(steps))
        self._doubtful.clear()

    def _restart(self, time: float, period: float, uncertain: float) -> None:
        period = max(period, _LEAST_PERIOD)
        self._x = np.array([time, period, 0.0])
        self._cov = np.diag([self._jitter, uncertain**2 + (0.01 * period) ** 2, (0.002 * period) ** 2])

    def _measure_jitter(self, time: float) -> None:
        self._recent.append(time)
        if len(self._recent) < 4:
            return
        a, b, c, d = self._recent
        del self._recent[0]
        # Of independent errors the third difference has 20 times the variance. One late tick is in four of them.
        seen = min((d - 3 * c + 3 * b - a) ** 2 / 20, 9 * self._jitter)
        rate = max(0.03, 1 / (self._fed + 1))
        self._jitter = max(_LEAST_JITTER**2, self._jitter + rate * (seen - self._jitter))
