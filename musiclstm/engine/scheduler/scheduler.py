"""The scheduler: what is due next, and the thread that sends it."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from musiclstm.engine.clock.base import Clock, ClockChange, ManualClock
from musiclstm.engine.ports.base import OutputPort
from musiclstm.engine.ports.ledger import PORTS, NoteLedger
from musiclstm.engine.scheduler.lane import Entry, Sent
from musiclstm.engine.scheduler.lateness import Lateness
from musiclstm.engine.scheduler.queues import Queues
from musiclstm.engine.system.priority import Collector, punctual_thread

__all__ = ["COMMIT", "Entry", "Lateness", "Scheduler", "Sent"]

log = logging.getLogger(__name__)

COMMIT = 0.002
"""Seconds before its time from which on a message is as good as sent: `cancel_from` leaves it."""

_SPIN = 0.0002
"""Seconds before a deadline that are spent awake."""

_LAST = 0.03
"""Seconds that `close` leaves between the last note-offs and their repeats."""

_FINE = 0.0015
"""Seconds before a deadline from which on the dispatch thread only sleeps, and no longer listens for changes."""


class Scheduler:
    """Holds messages in beats and sends each at its time.

    Every public method may be called from any thread; none blocks for longer than one port's `send`. Beats become
    seconds only at dispatch, so a clock whose timeline jumps or bends reprices the whole queue; what is overdue then
    goes out at once. While the clock stands, nothing queued is sent and nothing ends: who stops the clock calls `stop`.

    The rule of notes: a note-on is sent and counted in the ledger; a note-off is sent only if such a note sounds on
    that port and channel, so each note-on has exactly one note-off, after it. A note-on with velocity 0 is a note-off.
    Whoever cancels a note-off must put another; `all_notes_off`, `stop`, `panic`, `set_output` and `close` end what
    sounds.

    Re-assertion: a real connection may lose a note-off (JACK does at an XRUN). So on outputs that say they are `lossy`
    the note-off is repeated a quarter of a second and a second later, if the pitch is silent still, and by `close`: all
    would have to get lost for the note to hang. These repeats are between the scheduler and the output; neither the
    ledger nor on_sent knows of them.

    clock: with a `ManualClock` there is no thread, `run_until` dispatches. outputs: by number, as `Entry.port`; the
    rest of the 8 are null. ledger: where the sounding notes are counted; None for one of its own. on_sent, on_fault (a
    line for a person): called from the dispatching (or for `send_now` and note ends the calling) thread outside the
    lock; must return at once and not raise.
    """

    def __init__(
        self,
        clock: Clock,
        outputs: Sequence[OutputPort] = (),
        *,
        ledger: NoteLedger | None = None,
        on_sent: Callable[[Sent], None] | None = None,
        on_fault: Callable[[str], None] | None = None,
        commit: float = COMMIT,
    ) -> None:
        self._clock = clock
        self._ledger = NoteLedger() if ledger is None else ledger
        self._on_sent = on_sent
        self._on_fault = on_fault
        self._changed = threading.Condition(threading.Lock())
        self._faults: deque[str] = deque()
        self._queues = Queues(clock, self._ledger, commit, self._faults.append)
        self._thread: threading.Thread | None = None
        self._closed = False
        for port, output in enumerate(outputs):
            self.set_output(port, output)
        clock.subscribe(self._clock_changed)

    # -- outputs

    def set_output(self, port: int, output: OutputPort, latency: float = 0.0) -> OutputPort:
        """Let number `port` be this output from now on, its notes ended first; the old one comes back, not closed.

        latency: seconds that messages are sent ahead of their time (negative: after it).
        """
        with self._changed:
            sent = list(self._queues.end_notes(port))
            old = self._queues.lanes[port].connect(output, latency)
            self._changed.notify()
        self._emit(sent)
        return old

    def set_nudge(self, seconds: float) -> None:
        """Send all that is queued this much later (negative: earlier)."""
        with self._changed:
            self._queues.nudge = seconds
            self._changed.notify()

    # -- what is to come

    def put(self, beat: float, message: bytes, *, port: int = 0, id: int = 0, part: int = 0) -> None:  # noqa: A002 - as the field
        """Send `message` at `beat`; at once if that is past. At the same beat: in the order they were put.

        Raises ValueError for a port number above 7, and for a note message that is cut short.
        """
        self.put_all((Entry(beat, message, port, id, part),))

    def put_all(self, entries: Iterable[Entry]) -> None:
        """The same for several, under one lock."""
        entries = tuple(entries)
        for entry in entries:
            _check(entry)
        self._put(entries)

    def put_every(self, beat: float, every: float, message: bytes, *, port: int = 0) -> None:
        """Send `message` at `beat` and then each `every` beats, until `end_every`; nothing else takes it back."""
        entry = Entry(beat, message, port)
        _check(entry)
        self._put((entry,), every)

    def end_every(self, port: int) -> None:
        """End what `put_every` began on that output."""
        with self._changed:
            self._queues.take(lambda queued: queued.every > 0 and queued.entry.port == port)

    def commit_beat(self) -> float:
        """The beat up to which (it included) everything is as good as sent; -inf while the clock stands."""
        with self._changed:
            return self._queues.commit_beat()

    def cancel_from(self, beat: float) -> list[Entry]:
        """Take back everything from `beat` on that is beyond the commit point; in the order it would have been sent.

        What shares a beat is taken back whole or not at all.
        """
        with self._changed:
            commit = self._queues.commit_beat()
            return self._queues.take(lambda queued: not queued.every and queued.beat >= beat and queued.beat > commit)

    def pending(self) -> list[Entry]:
        """What is queued, in order."""
        with self._changed:
            return self._queues.pending()

    # -- now

    def send_now(self, message: bytes, *, port: int = 0, id: int = 0, part: int = 0) -> Sent | None:  # noqa: A002 - as the field
        """Send at once from the calling thread (thru, answers, program changes); None if a note-off had no note.

        on_sent is called too. Raises ValueError as `put` does.
        """
        _check(Entry(0.0, message, port))
        with self._changed:
            now = self._clock.now()
            entry = Entry(self._clock.timeline.beat_at(now), message, port, id, part)
            sent = self._queues.lanes[port].send(entry, now)
        self._emit(() if sent is None else (sent,))
        return sent

    def sounding(self, port: int | None = None) -> list[tuple[int, int, int, int]]:
        """(port, channel, pitch, count) of what sounds, of one port or all."""
        with self._changed:
            return list(self._ledger.sounding(port))

    def all_notes_off(self, port: int | None = None, channel: int | None = None) -> None:
        """End what sounds (there) now with note-offs; the queue stays. on_sent gets them with their notes' id."""
        with self._changed:
            sent = list(self._queues.end_notes(port, channel))
        self._emit(sent)

    def stop(self) -> list[Entry]:
        """Empty the queue, whole, and end what sounds. Gives what was queued."""
        with self._changed:
            taken = self._queues.take(lambda queued: not queued.every)
            sent = list(self._queues.end_notes())
        self._emit(sent)
        return taken

    def panic(self) -> None:
        """`stop`, and on every channel of every port: sustain off, all sound off (120), all notes off (123)."""
        self.stop()
        with self._changed:
            for lane in self._queues.lanes:
                lane.silence(self._clock.now())
        self._emit(())

    # -- running

    def start(self) -> None:
        """Start the dispatch thread (not with a `ManualClock`)."""
        if self._thread is None and not isinstance(self._clock, ManualClock):
            self._thread = threading.Thread(target=self._run, name="dispatch", daemon=True)
            self._thread.start()

    def run_until(self, time: float) -> None:
        """Only with a `ManualClock`: send all that is due until `time`, moving the clock from one to the next."""
        clock = self._clock
        if not isinstance(clock, ManualClock):
            raise TypeError("run_until is for a manual clock")
        while True:
            with self._changed:
                when = self._queues.next()
                clock.set(max(clock.now(), min(when, time)))
                self._queues.repeat_ends()
                sent = self._queues.dispatch(most=1)
            self._emit(sent)
            if when > time:
                return

    def lateness(self) -> Lateness:
        """Of what was queued and sent; what goes out at once (`send_now`, overdue when put) does not count."""
        with self._changed:
            return self._queues.lateness.sum_up()

    def close(self) -> None:
        """End what sounds and the dispatch thread. The outputs stay open. Idempotent."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        with self._changed:
            self._queues.take(lambda _: True)
            sent = list(self._queues.end_notes())
            repeat = self._thread is not None and self._queues.repeat_ends() < math.inf
        self._emit(sent)
        if repeat:
            time.sleep(_LAST)
            with self._changed:
                self._queues.repeat_ends(at_once=True)

    # -- inside

    def _put(self, entries: Iterable[Entry], every: float = 0.0) -> None:
        with self._changed:
            if self._queues.put(entries, every):
                self._changed.notify()

    def _clock_changed(self, _: ClockChange) -> None:
        with self._changed:
            self._changed.notify()

    def _emit(self, sent: Iterable[Sent]) -> None:
        if self._on_sent is not None:
            for each in sent:
                self._on_sent(each)
        while self._faults:
            fault = self._faults.popleft()
            log.warning("%s", fault)
            if self._on_fault is not None:
                self._on_fault(fault)

    def _run(self) -> None:
        punctual_thread()
        collector = Collector()
        while not self._closed:
            self._turns(collector)

    def _turns(self, collector: Collector) -> None:
        try:
            while not self._closed:
                self._turn(collector)
        except Exception:
            # A listener's fault must not silence the instrument; the log has what happened.
            log.exception("In the dispatch thread")
            time.sleep(0.01)

    def _turn(self, collector: Collector) -> None:
        """Send what is due, or else wait: coarsely until shortly before the next deadline, then asleep right to it."""
        with self._changed:
            sent = self._queues.dispatch()
            wait = self._queues.next() - self._clock.now()
        if sent:
            self._emit(sent)
        elif wait > _FINE:
            collector.rest(wait)
            with self._changed:
                then = min(self._queues.next(), self._queues.repeat_ends())
                wait = then - self._clock.now() - _FINE
                if wait > 0 and not self._closed:
                    self._changed.wait(min(wait, threading.TIMEOUT_MAX))
        else:
            # Asleep until just before it: a sleeper wakes a tenth of a millisecond late.
            until = self._clock.now() + wait
            if wait > _SPIN:
                time.sleep(wait - _SPIN)
            while self._clock.now() < until:
                pass


def _check(entry: Entry) -> None:
    if not 0 <= entry.port < PORTS:
        raise ValueError(f"port numbers go from 0 to {PORTS - 1}, not {entry.port}")
    if not entry.message or (entry.message[0] & 0xE0 == 0x80 and len(entry.message) != 3):
        raise ValueError(f"not a whole MIDI message: {entry.message.hex(' ')}")
