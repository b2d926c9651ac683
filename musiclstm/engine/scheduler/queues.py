"""The queues of all outputs: what is due next, and sending it. The scheduler has the lock and the thread."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Iterable, Iterator

from musiclstm.engine.clock.base import Clock
from musiclstm.engine.ports.ledger import PORTS, NoteLedger
from musiclstm.engine.scheduler.lane import Entry, Lane, Queued, Sent
from musiclstm.engine.scheduler.lateness import LatenessRing

MOST = 64
"""Messages that one `dispatch` sends at most, so that others get the lock."""


class Queues:
    """Not thread-safe: the scheduler's lock is held. Beats become seconds only here, by what the clock says now.

    commit: as `scheduler.COMMIT`. nudge: seconds that all that is queued is sent later. on_fault: as of `Lane`.
    """

    def __init__(self, clock: Clock, ledger: NoteLedger, commit: float, on_fault: Callable[[str], None]) -> None:
        self.nudge = 0.0
        self.lateness = LatenessRing()
        self.lanes = [Lane(port, ledger, on_fault) for port in range(PORTS)]
        self._clock = clock
        self._commit = commit
        self._numbers = itertools.count()

    def put(self, entries: Iterable[Entry], every: float = 0.0) -> bool:
        """Queue them; whether one of them is the next of its output. every: beats after which each comes again."""
        now = self._clock.now()
        first = False
        for entry in entries:
            lane = self.lanes[entry.port]
            queued = Queued(entry.beat, next(self._numbers), entry, every, self._when(lane, entry.beat) < now)
            heapq.heappush(lane.queue, queued)
            first |= lane.queue[0] is queued
        return first

    def take(self, which: Callable[[Queued], bool]) -> list[Entry]:
        """Take them out; in the order in which they would have been sent."""
        taken: list[Queued] = []
        for lane in self.lanes:
            out = [queued for queued in lane.queue if which(queued)]
            if out:
                taken += out
                lane.queue = [queued for queued in lane.queue if not which(queued)]
                heapq.heapify(lane.queue)
        return [queued.entry for queued in sorted(taken)]

    def pending(self) -> list[Entry]:
        """What is queued once, in order."""
        waiting = [queued for lane in self.lanes for queued in lane.queue if not queued.every]
        return [queued.entry for queued in sorted(waiting)]

    def _when(self, lane: Lane, beat: float) -> float:
        """When a message for that beat is given to the output."""
        return self._clock.timeline.time_at(beat) + self.nudge - lane.early

    def commit_beat(self) -> float:
        """As `Scheduler.commit_beat`."""
        if not self._clock.running:
            return -math.inf
        early = max(lane.early for lane in self.lanes)
        return self._clock.timeline.beat_at(self._clock.now() + self._commit + early - self.nudge)

    def next(self) -> float:
        """When the next message is to be given to its output; inf: none."""
        if not self._clock.running:
            return math.inf
        return min((self._when(lane, lane.queue[0].beat) for lane in self.lanes if lane.queue), default=math.inf)

    def dispatch(self, most: int = MOST) -> list[Sent]:
        """Send what is due, the most overdue first, and no more than so many at a time."""
        sent: list[Sent] = []
        for _ in range(most):
            now = self._clock.now()
            waiting = [(self._when(lane, lane.queue[0].beat), lane) for lane in self.lanes if lane.queue]
            if not waiting or not self._clock.running:
                break
            when, lane = min(waiting, key=lambda each: each[0])
            if when > now:
                break
            queued = heapq.heappop(lane.queue)
            if queued.every:
                self._again(lane, queued, now)
            if not queued.overdue:
                self.lateness.add(now - when)
            done = lane.send(queued.entry, now, when + lane.output.lead)
            if done is not None and not queued.every:
                sent.append(done)
        return sent

    def _again(self, lane: Lane, queued: Queued, now: float) -> None:
        beat = queued.beat + queued.every
        # After a jump ahead, not all those that were jumped over.
        behind = (self._clock.timeline.beat_at(now) - beat) / queued.every
        beat += queued.every * max(0, math.floor(behind) - 1)
        heapq.heappush(lane.queue, Queued(beat, next(self._numbers), queued.entry, queued.every))

    def end_notes(self, port: int | None = None, channel: int | None = None) -> Iterator[Sent]:
        """End what sounds (there), now."""
        now = self._clock.now()
        beat = self._clock.timeline.beat_at(now)
        for lane in self.lanes if port is None else [self.lanes[port]]:
            yield from lane.end_notes(now, beat, channel)

    def repeat_ends(self, *, at_once: bool = False) -> float:
        """Repeat note-offs to lossy outputs, as `Lane.repeat_ends` does; when the next are to be, or inf."""
        now = self._clock.now()
        return min(lane.repeat_ends(now, at_once=at_once) for lane in self.lanes)
