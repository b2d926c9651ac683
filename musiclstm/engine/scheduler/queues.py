"""The queues of all outputs: finds and sends what is due next. The scheduler has the lock and the thread."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from musiclstm.engine.clock.base import Clock
from musiclstm.engine.ports.ledger import PORTS, NoteLedger
from musiclstm.engine.scheduler.entry import Entry, QueueItem, Sent
from musiclstm.engine.scheduler.lateness import LatenessMeter
from musiclstm.engine.scheduler.output_queue import OutputQueue
from musiclstm.engine.scheduler.pedal import Move
from musiclstm.music.timeline import Timeline

_OTHER_TEMPO = 0.02
"""Part of a tempo by which it changes more than a clock that follows corrects itself all the time."""

MAX_BATCH = 64
"""Messages that one `dispatch` sends at most, so that other threads get the lock."""


class Queues:
    """Not thread-safe: the scheduler's lock is held. Only here do beats become seconds, by the clock's timeline.

    commit: as `scheduler.COMMIT`. nudge: seconds that everything queued is sent later. on_fault, on_pedalling: as of
    `OutputQueue`.
    """

    def __init__(
        self,
        clock: Clock,
        ledger: NoteLedger,
        commit: float,
        *,
        on_fault: Callable[[str], None],
        on_pedalling: Callable[[Sent], None],
    ) -> None:
        self.nudge = 0.0
        # What lies before that beat waits until that time: the clock has jumped over it, and it may be moved.
        self.jumped_to, self.waits_until = -math.inf, -math.inf
        self._before: tuple[float, Timeline] | None = None  # up to which beat the tempo was another, and the timeline
        self.decreed = -math.inf  # the beat up to which everything is committed by `commit_to`
        self.lateness = LatenessMeter()
        self.outputs = [OutputQueue(port, ledger, on_fault, on_pedalling) for port in range(PORTS)]
        self._pedalled: list[OutputQueue] = []  # those that are played with the sustain pedal
        self._clock = clock
        self._commit = commit
        self._numbers = itertools.count()

    def set_pedal(self, port: int, *, on: bool) -> None:
        """As `Scheduler.set_pedal`."""
        self.outputs[port].pedal.on = on
        self._pedalled = [queue for queue in self.outputs if queue.pedal.on]

    def put(self, entries: Iterable[Entry], interval: float = 0.0) -> bool:
        """Queue them. Returns whether one is its output's next. interval: beats between repetitions; 0: once."""
        now = self._clock.now()
        first = False
        for entry in entries:
            queue = self.outputs[entry.port]
            item = QueueItem(entry.beat, next(self._numbers), entry, interval, self._when(queue, entry.beat) < now)
            heapq.heappush(queue.items, item)
            queue.pedal.changed()
            first |= queue.items[0] is item
        return first

    def remove(self, which: Callable[[QueueItem], bool]) -> list[Entry]:
        """Remove items. Returns their entries in the order in which they would have been sent."""
        removed: list[QueueItem] = []
        for queue in self.outputs:
            out = [item for item in queue.items if which(item)]
            if out:
                removed += out
                queue.items = [item for item in queue.items if not which(item)]
                heapq.heapify(queue.items)
                queue.pedal.changed()
        return [item.entry for item in sorted(removed)]

    def pending(self) -> list[Entry]:
        """Entries queued to be sent once, in order."""
        waiting = [item for queue in self.outputs for item in queue.items if not item.interval]
        return [item.entry for item in sorted(waiting)]

    def note_change(self, before: Timeline, beat: float, *, jumps: bool) -> None:
        """The clock's timeline was another before that beat. jumps: and has nothing to do with the present one."""
        if jumps:
            self._before = None
        elif abs(self._clock.timeline.tempo / before.tempo - 1) > _OTHER_TEMPO:
            self._before = beat, before

    def _when(self, queue: OutputQueue, beat: float) -> float:
        """The time at which a message for that beat is given to the port."""
        timeline = self._clock.timeline
        # With a nudge, beats that the clock has passed are still to be sent, at the tempo at which it passed them.
        if self._before is not None and beat < self._before[0]:
            timeline = self._before[1]
        when = timeline.time_at(beat) + self.nudge - queue.lead
        return max(when, self.waits_until) if beat < self.jumped_to else when

    def commit_beat(self) -> float:
        """As `Scheduler.commit_beat`."""
        if not self._clock.running:
            return -math.inf
        ahead = self._commit + self.lead
        return max(self.decreed, self._clock.timeline.beat_at(self._clock.now() + ahead))

    @property
    def lead(self) -> float:
        """As `Scheduler.lead`; below 0 if even that one gets it later."""
        return max(queue.lead for queue in self.outputs) - self.nudge

    def next(self) -> float:
        """The time at which the next message is given to its port; inf: none."""
        if not self._clock.running:
            return math.inf
        first = min((self._when(queue, queue.items[0].beat) for queue in self.outputs if queue.items), default=math.inf)
        move = self._next_move(self._clock.now()) if self._pedalled else None
        return first if move is None else min(first, move[0].time)

    def _next_move(self, now: float) -> tuple[Move, OutputQueue] | None:
        """The next move of a pedal, or of a key whose note it holds, and its output."""
        found: tuple[Move, OutputQueue] | None = None
        for queue in self._pedalled:
            move = queue.next_move(now, partial(self._when, queue))
            if move is not None and (found is None or move.time < found[0].time):
                found = move, queue
        return found

    def dispatch(self, limit: int = MAX_BATCH) -> list[Sent]:
        """Send what is due, the most overdue first, up to the limit."""
        sent: list[Sent] = []
        for _ in range(limit):
            now = self._clock.now()
            if not self._clock.running:
                break
            waiting = [(self._when(queue, queue.items[0].beat), queue) for queue in self.outputs if queue.items]
            when, queue = min(waiting, key=lambda each: each[0], default=(math.inf, None))
            move = self._next_move(now) if self._pedalled else None
            if move is not None and move[0].time <= now and move[0].time < when:
                move[1].make_move(move[0], self._clock.timeline.beat_at(now))
                continue
            if queue is None or when > now:
                break
            item = heapq.heappop(queue.items)
            if item.interval:
                self._requeue(queue, item, now)
            if not item.overdue:
                self.lateness.add(now - when)
            done = queue.send(item.entry, now, when + queue.port.lead)
            queue.pedal.changed()
            if done is not None and not item.interval:
                sent.append(done)
        return sent

    def _requeue(self, queue: OutputQueue, item: QueueItem, now: float) -> None:
        beat = item.beat + item.interval
        # After a jump ahead, do not send all those in between.
        behind = (self._clock.timeline.beat_at(now) - beat) / item.interval
        beat += item.interval * max(0, math.floor(behind) - 1)
        heapq.heappush(queue.items, QueueItem(beat, next(self._numbers), item.entry, item.interval))

    def end_notes(self, port: int | None = None) -> Iterator[Sent]:
        """End all sounding notes (of that port) now."""
        now = self._clock.now()
        beat = self._clock.timeline.beat_at(now)
        for queue in self.outputs if port is None else [self.outputs[port]]:
            yield from queue.end_notes(now, beat)

    def repeat_note_offs(self, *, at_once: bool = False) -> float:
        """`OutputQueue.repeat_note_offs` for all outputs."""
        now = self._clock.now()
        return min(queue.repeat_note_offs(now, at_once=at_once) for queue in self.outputs)
