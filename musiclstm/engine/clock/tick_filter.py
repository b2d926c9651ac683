"""TickFilter: estimates the true times of a clock's ticks from their times of arrival.

It lays a line of least squares through the last ticks. How many depends on the connection's jitter and on whether the
tempo is steady:

- Connections deliver in blocks: a DAW's buffer, a BLE connection interval, a USB timer. In blocks of length B each tick
  arrives up to B late, and neighbours by nearly the same amount, which no average over a short time removes. But no
  delays between 0 and B can turn a line that lasts W seconds by more than 1.5 B / W; so it lasts as long as makes that
  small.
- The jitter is measured by how much the time between two ticks differs from those before and after it. On a grid of
  blocks that is B, however slowly ticks and blocks drift past each other; a tempo change contributes nothing.
- As soon as the ticks do not lie within that jitter of one line, the tempo has changed, and the line becomes shorter.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from musiclstm.engine.clock.tick_line import TickLine, fit, narrowest, straight
from musiclstm.protocol.limits import MAX_BPM, MIN_BPM

_PRECISION = 0.0015
"""Error of the tempo, as a fraction, for which lines are long enough."""
_STEADY, _UNSTEADY = 0.005, 0.01
"""The same, below which the tempo is steady and above which it is not; in between it is what it was."""
_SETTLED = 0.9
"""Seconds for which ticks must have agreed with the tempo."""
_MIN_SECONDS, _MAX_SECONDS = 0.4, 25.0
_MIN_TICKS, _MAX_TICKS = 12, 4096
_MIN_JITTER = 0.0002  # seconds; no connection is better
_FIRST_JITTER = 0.025  # assumed until there are `_KNOWN` ticks
_KNOWN = 6
_FORGET = 20.0  # seconds after which, or after twice that, jitter that did not occur again is forgotten
_MIN_GATE = 0.002
_OFF, _SURE = 3, 6  # ticks in a row off the line: more than some late ones; and if they are late, late for good
_LATE = (4.0, 1.5)  # times that ticks were late, or early, the older ones counting less: more is no exception
_GAP = 0.03  # seconds: nothing shorter is a loss; longer ones are, unless such jitter has been seen
_AGAIN = 60.0  # seconds
_RECENT = 32  # ticks; a line through more is sure enough
_LOOK_BACK = 200  # ticks that tell whether they arrive in blocks
_MIN_PERIOD, _MAX_PERIOD = 60 / MAX_BPM / 24, 60 / MIN_BPM / 24  # of what a person can mean
_BURST = 0.1  # seconds
_UNKNOWN, _CHANGED, _LIKELY = 0.5, 0.15, 0.05  # standard deviation of a period that is assumed, as a fraction

Floats = NDArray[np.float64]


class TickFilter:
    """Receives the times of ticks (seconds); estimates the last one's time and the period to the next.

    Every tick counts, whenever it arrives. Only after a gap that no jitter explains, because the ticks after it stay
    late by whole periods, the lost ones are counted too. Not thread-safe.

    tick: number of the last tick. time: its true time. period: from it to the next. steady: the tempo is known.
    """

    def __init__(self, period: float) -> None:
        self.tick = -1
        self.time = 0.0
        self.period = period
        self.steady = False
        self._prior, self._trust = period, _UNKNOWN  # before any tick
        self._ticks, self._times = np.zeros(2 * _MAX_TICKS), np.zeros(2 * _MAX_TICKS)  # those on the line
        self._begin = self._end = 0  # the part of them in which the tempo has been the same
        self._off: list[tuple[int, float]] = []  # the last ticks, if they are off the line
        self._late = [0.0, 0.0]  # as `_LATE`
        self._jitters = [0.0, 0.0]  # the largest since some time, and in the time before
        self._renew = math.inf
        self._agree_since = 0.0
        self._resumes = False
        self._arrival = 0.0  # of the last tick
        self._lost_at = -math.inf  # one tick
        self._silence = 0.0  # before the first that is off the line

    def feed(self, time: float) -> None:
        """Add the time of a tick."""
        self.tick += 1
        expected = self.time + self.period
        silence, self._arrival = time - self._arrival, time
        resumes, self._resumes = self._resumes and abs(time - expected) > self._gate, False
        if resumes or self._count == 0:
            self._off.clear()
            self._restart(time)
            self._add(self.tick, time)
            self._follow(self._shortened())
        elif (line := self._extended(time, expected)) is not None:
            self._late = [0.96 * late for late in self._late]
            if self._off:
                line = self._were_late(time, line)
            self._follow(line)
        else:
            self.time = expected
            if not self._off:
                self._silence = silence
            self._off.append((self.tick, time))
            if len(self._off) >= _OFF:
                self._reconsider()

    def resume(self) -> None:
        """The next tick is the one after the last, whenever it comes: none is lost. The tempo is likely the same."""
        self._resumes = True

    @property
    def _count(self) -> int:
        return self._end - self._begin

    # ---- the jitter ------------------------------------------------------------------------------------------------

    @property
    def jitter(self) -> float:
        """Seconds between the least and the most late ticks."""
        seen = max(self._jitters)
        return max(_MIN_JITTER, seen) if seen or self._count >= _KNOWN else _FIRST_JITTER

    @property
    def _gate(self) -> float:
        """Seconds from the line within which a tick is on it."""
        return max(_MIN_GATE, self.jitter) if self._count >= _KNOWN else max(self._gap, 0.5 * self.period)

    @property
    def _gap(self) -> float:
        """Seconds by which no jitter makes ticks late for good."""
        return max(_GAP, 1.5 * max(self._jitters))

    def _add(self, tick: int, time: float, most: float = math.inf) -> None:
        """Adds a tick to the line, and what it tells about the jitter, up to `most`."""
        if self._end == len(self._times):
            kept = min(self._count, _MAX_TICKS)
            for values in (self._ticks, self._times):
                values[:kept] = values[self._end - kept :]
            self._begin, self._end = 0, kept
        self._ticks[self._end], self._times[self._end] = tick, time
        self._end += 1
        if time > self._renew:
            self._jitters = [0.0, self._jitters[0]]
            self._renew = time + _FORGET
        if self._count >= 4 and tick - self._ticks[self._end - 4] == 3:
            a, b, c, d = self._times[self._end - 4 : self._end].tolist()
            self._jitters[0] = max(self._jitters[0], min(abs(c - 2 * b + a), abs(d - 2 * c + b), most))

    def _were_late(self, time: float, line: TickLine) -> TickLine:
        """The ticks before this one were late (or early) alone, and are left out; unless that is frequent."""
        off, self._off = self._off, []
        errors = [when - line.time_at(tick) for tick, when in off]
        early = int(max(errors) < 0)
        self._late[early] += 1
        if self._late[early] < _LATE[early]:
            return line
        if max(errors) > 2 * self._gate:
            self._jitters[0] = max(self._jitters[0], min(max(errors), 4 * _GAP))
            return line
        self._end -= 1
        for tick, when in (*off, (self.tick, time)):
            self._add(tick, when)
        return self._shortened()

    # ---- what else than jitter -------------------------------------------------------------------------------------

    def _reconsider(self) -> None:
        """Several ticks are off the line: they were held up, or there is another tempo, or ticks were lost."""
        times = np.array([time for _, time in self._off])
        period = float(times[-1] - times[0]) / (len(times) - 1)
        late = times - self.time + self.period * np.arange(len(times) - 1, -1, -1)
        alone = late[0] > 0 and late[0] - late[1] > self._gate
        if alone or (late.min() > 0 and period < self.period / 1.5):
            del self._off[0]  # soon they are on the line again
            self._silence = float(times[1] - times[0])
            self.steady = False
            return
        before, lost, most = self.period, 0, self._gap
        shift = float(np.median(late))
        may_be_block = self._may_be_block(shift)
        if self._same_for_all(late) and np.abs(late).min() > (self._gap if may_be_block else 0.8 * self.period):
            if len(self._off) < _SURE:
                return
            lost = self._lost(shift)
            if lost and self._jitter_explains(lost):
                lost = 0
            elif lost == 1 and may_be_block and times[0] < self._lost_at + _AGAIN:
                # On a grid of blocks about as long as the period, ticks are regular for some time, then one block late.
                lost, self._jitters[0] = 0, max(self._jitters[0], shift)
            elif lost == 0:
                self._restart(float(times[0]))  # a pause, or another clock
            self._lost_at = float(times[0]) if lost == 1 else self._lost_at
        elif late.min() > self._gap and late[0] > 10 * self.period:
            # Another tempo; a shorter silence may be part of it.
            lost = self._lost(float(late[0]))
            if lost and self._jitter_explains(lost):
                lost = 0
        self.tick += lost
        off, self._off = self._off, []
        for tick, time in off:
            self._add(tick + lost, time, most)
        self._follow(self._shortened())
        if lost or abs(self.period - before) > _UNSTEADY * before:
            self.steady = False
            self._agree_since = float(times[0])

    def _jitter_explains(self, lost: int) -> bool:
        """Whether all ticks lie about as close to one line if none was lost; that is the jitter then.

        Through a few ticks with jitter the line may be so askew that the next ones seem to be late by whole periods.
        """
        part = slice(max(self._begin, self._end - _RECENT), self._end)
        ticks = np.append(self._ticks[part], [tick for tick, _ in self._off])
        times = np.append(self._times[part], [time for _, time in self._off])
        jitter = narrowest(ticks, times)
        ticks[-len(self._off) :] += lost
        if jitter > min(self._gap, 2 * narrowest(ticks, times)):
            return False
        self._jitters[0] = max(self._jitters[0], min(jitter, self._gap))
        return True

    def _may_be_block(self, seconds: float) -> bool:
        """Whether ticks may have arrived in blocks of that length.

        Then they came at multiples of it, apart from jitter. In a tempo that changes smoothly they do not.
        """
        first = max(0, self._end - _LOOK_BACK)
        together = np.diff(self._ticks[first : self._end]) == 1
        apart = np.diff(self._times[first : self._end])[together]
        if len(apart) < _LOOK_BACK // 4 or self.jitter > 0.05 * abs(seconds):
            return True
        rest = np.abs(apart - seconds * np.round(apart / seconds))
        return float(np.mean(rest > 0.1 * abs(seconds))) < 0.3

    def _same_for_all(self, late: Floats) -> bool:
        """Whether the ticks are equally late, but for a few that are late by themselves."""
        return float(np.mean(late - late.min() < 0.25 * self.period + self.jitter)) >= 0.66

    def _lost(self, late: float) -> int:
        """How many ticks were lost before those that are so late: none, unless there was such a gap."""
        lost = round(late / self.period)
        whole = lost > 10 or abs(late - lost * self.period) < 0.25 * self.period + self.jitter
        gap = self._silence - self.period
        return max(0, lost) if whole and gap > 0.8 * late - self.jitter else 0

    def _restart(self, time: float) -> None:
        """The next tick is the first of the line; its tempo is likely the last one's."""
        self.steady = False
        self._agree_since = time
        self._renew = time + _FORGET
        self._begin = self._end
        if self.tick > 0:
            self._prior, self._trust = self.period, _LIKELY

    # ---- the line --------------------------------------------------------------------------------------------------

    def _extended(self, time: float, expected: float) -> TickLine | None:
        """The line with this tick, which then is one of its own; None if the tick is off the line."""
        if self._count > 1 and abs(time - expected) > self._gate:
            return None
        self._add(self.tick, time, most=1.2 * self._gate)
        line = self._fit(self._longest())
        if line is None:
            self._end -= 1
        return line

    def _shortened(self) -> TickLine:
        """The line through as many of the last ticks as agree with one."""
        wrong = self._longest()
        line = self._fit(wrong)
        if line is not None:
            return line
        right = min(self._count, _OFF)
        best = self._fit_any(right)
        while wrong - right > max(1, right // 8):
            count = min(2 * right, (right + wrong) // 2)
            line = self._fit(count)
            if line is None:
                wrong = count
            else:
                right, best = count, line
        self._begin = self._end - right
        self._prior, self._trust = self.period, _CHANGED
        return best

    def _longest(self) -> int:
        """As many of the last ticks as the jitter needs."""
        seconds = min(_MAX_SECONDS, max(_MIN_SECONDS, 1.5 * self.jitter / _PRECISION))
        times = self._times[self._begin : self._end]
        count = len(times) - int(np.searchsorted(times, times[-1] - seconds))
        return min(len(times), max(count, _MIN_TICKS), _MAX_TICKS)

    def _fit(self, count: int) -> TickLine | None:
        """The line through so many of the last ticks, if they agree with one. A few always do."""
        if count <= _OFF:
            return self._fit_any(count)
        part = slice(self._end - count, self._end)
        return fit(self._ticks[part], self._times[part], self._prior, self._doubt, 1.1 * self.jitter + 0.0002)

    def _fit_any(self, count: int) -> TickLine:
        part = slice(self._end - count, self._end)
        return straight(self._ticks[part], self._times[part], self._prior, self._doubt)

    @property
    def _doubt(self) -> float:
        """The variance of a tick's time by that of the assumed period."""
        return self.jitter**2 / 12 / (self._trust * self._prior) ** 2

    def _follow(self, line: TickLine) -> None:
        self.time = line.time_at(self.tick)
        period = line.time_at(self.tick + 1) - self.time
        # Ticks that were held up arrive at once, which tells nothing about the tempo.
        burst = line.seconds < _BURST and period < self.period / 2
        if _MIN_PERIOD <= period <= _MAX_PERIOD and not burst:
            self.period = period
        else:
            self.steady = False
        error = (2 if line.bent else 1) * 1.5 * self.jitter / max(line.seconds, 1e-9)
        since = self._times[self._end - 1] - self._agree_since
        if error > _UNSTEADY:
            self.steady = False
        elif error < _STEADY and since > _SETTLED and self._count >= _KNOWN:
            self.steady = True
