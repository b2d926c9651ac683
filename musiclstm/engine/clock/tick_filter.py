"""TickFilter: estimates the true times of a clock's ticks from their times of arrival.

A Kalman filter of three quantities, per tick: the time of the last tick T, the period P to the next, and its growth D.

    T' = T + P + D/2      P' = P + D      D' = D + noise

T is measured with the jitter of the connection. The amount of jitter is estimated too, from the third differences of
the times, to which a steady tempo change does not contribute.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_STEP = np.array([[1.0, 1.0, 0.5], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]])

_MIN_JITTER = 0.0001  # seconds; no connection is better
_FIRST_JITTER = 0.001
_AGILITY = 1.3e-4  # change of D per tick, as a fraction of P
_MAX_OUTLIERS = 4  # consecutive ticks that do not fit until the filter assumes lost ticks or a new tempo
_MIN_GATE = 0.002
_MIN_PERIOD = 0.002  # 1,250 BPM


class TickFilter:
    """Receives the times of ticks (seconds); estimates the last one's time and the period to the next.

    tick: number of the last tick, lost ones included. Not thread-safe.
    """

    def __init__(self, period: float) -> None:
        self.tick = -1
        self._x = np.array([0.0, period, 0.0])
        self._cov = np.zeros((3, 3))
        self._jitter = _FIRST_JITTER**2
        self._recent: list[float] = []  # the last times, for the jitter
        self._outliers: list[float] = []  # errors of the last ticks, which did not fit
        self._gap = 1.0  # periods before the first outlier
        self._last = -math.inf
        self._fed = 0
        self._resumes = False

    @property
    def time(self) -> float:
        """Of the last tick."""
        return float(self._x[0])

    @property
    def period(self) -> float:
        """From the last tick to the next."""
        return max(_MIN_PERIOD, float(self._x[1] + self._x[2] / 2))

    @property
    def steady(self) -> bool:
        return self._fed >= 12 and math.sqrt(self._cov[0, 0]) < 0.0015

    def feed(self, time: float) -> None:
        """Add the time of a tick."""
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
            # At first the period is uncertain, but a lost tick is still visible.
            gate = max(_MIN_GATE, 5 * math.sqrt(variance)) if self._fed >= 6 else math.inf
            if abs(error) <= min(gate, 0.6 * self._x[1]):
                self._outliers.clear()
                self._correct(error, variance)
            else:
                self._reject(time, error)
        self._fed += 1
        self._last = time

    def resume(self) -> None:
        """Treat the next tick as the one after the last, however long ago that was; the tempo is likely the same."""
        if self._fed > 1:
            self._resumes = True
            self._outliers.clear()
            self._recent.clear()

    def _predict(self) -> None:
        self._x = _STEP @ self._x
        self._cov = _STEP @ self._cov @ _STEP.T
        self._cov[2, 2] += (_AGILITY * self._x[1]) ** 2

    def _correct(self, error: float, variance: float) -> None:
        gain: NDArray[np.float64] = self._cov[:, 0] / variance
        self._x = self._x + gain * error
        self._x[1] = max(self._x[1], _MIN_PERIOD)
        self._cov = self._cov - np.outer(gain, self._cov[0])

    def _reject(self, time: float, error: float) -> None:
        """Ignore a single late tick; several mean that ticks were lost or that the tempo jumped."""
        period = self._x[1]
        if not self._outliers:
            self._gap = (time - self._last) / period
        self._outliers.append(error)
        if len(self._outliers) < _MAX_OUTLIERS:
            return
        steps = np.diff(self._outliers)
        growth = float(np.mean(steps))
        if growth < -0.7 * period:
            # They were delayed and arrive all at once: soon they fit again.
            del self._outliers[0]
            return
        even = abs(growth) < 0.1 * period
        # After a short silence and with another tempo, the silence may be part of that tempo.
        missed = not 0.5 < self._gap < 1.5 if even else self._gap > 10
        lost = round(self._outliers[-1] / period) if missed else 0
        self.tick += lost
        if lost and even:
            self._x[0] += lost * period
            self._cov[0, 0] += (0.2 * period) ** 2
            self._correct(time - self.time, self._cov[0, 0] + self._jitter)
        else:
            self._restart(time, period + growth, 2 * math.sqrt(self._jitter) / len(steps))
        self._outliers.clear()

    def _restart(self, time: float, period: float, uncertain: float) -> None:
        period = max(period, _MIN_PERIOD)
        self._x = np.array([time, period, 0.0])
        self._cov = np.diag([self._jitter, uncertain**2 + (0.01 * period) ** 2, (0.002 * period) ** 2])

    def _measure_jitter(self, time: float) -> None:
        self._recent.append(time)
        if len(self._recent) < 4:
            return
        a, b, c, d = self._recent
        del self._recent[0]
        # The third difference of independent errors has 20 times their variance. One late tick affects four of them.
        seen = min((d - 3 * c + 3 * b - a) ** 2 / 20, 9 * self._jitter)
        rate = max(0.03, 1 / (self._fed + 1))
        self._jitter = max(_MIN_JITTER**2, self._jitter + rate * (seen - self._jitter))
