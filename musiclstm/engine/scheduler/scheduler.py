"""The scheduler: holds messages in beats and sends each at its time."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

from musiclstm.engine.clock.base import CORRECTION, Change, Clock, ClockChange, ManualClock
from musiclstm.engine.ports.base import OutputPort
from musiclstm.engine.ports.ledger import PORTS, NoteLedger
from musiclstm.engine.scheduler.dispatch_thread import DispatchThread
from musiclstm.engine.scheduler.entry import ASIDE, PEDALLING, Entry, Sent
from musiclstm.engine.scheduler.lateness import Lateness
from musiclstm.engine.scheduler.queues import Queues
from musiclstm.music import midi_message

__all__ = ["ASIDE", "COMMIT", "PEDALLING", "Entry", "Lateness", "Scheduler", "Sent"]

log = logging.getLogger(__name__)

T = TypeVar("T")

COMMIT = 0.002
"""Seconds before its time from which on a message is committed: `cancel_from` leaves it."""
JUMP = 0.2
"""Seconds that whoever queues messages may need to follow a clock that starts elsewhere."""

_LAST_REPEAT = 0.03
"""Seconds between the last note-offs and their repeats in `close`."""


class Scheduler:
    """Holds messages in beats and sends each at its time.

    Every public method may be called from any thread; none blocks for longer than one port's `send`. Beats become
    seconds only at dispatch, so a timeline that changes its tempo moves the whole queue; what is overdue then is sent
    at once, but after a jump ahead only once there was time to move it (`follow_jump`). While the clock is stopped,
    nothing queued is sent and no note ends: whoever stops it calls `stop`.

    Notes: a note-on is sent and counted in the ledger; a note-off is sent only if the note with its id sounds on that
    port and channel, so each note-on has exactly one note-off, after it. A note-on with velocity 0 is a note-off.
    Whoever cancels a note-off must put another; `stop`, `panic`, `set_output` and `close` end all sounding notes.

    Re-assertion: a real connection may lose a note-off (JACK does at an XRUN). So on `lossy` outputs the note-off is
    repeated a quarter of a second and a second later, if the pitch is still silent, and by `close`: all would have to
    get lost for the note to hang. These repeats appear neither in the ledger nor in on_sent.

    Pedal: where an output is played with it (`set_pedal`), keys come up before their notes end, which the sustain pedal
    holds meanwhile. To callers, ledger and on_sent the notes stay as they are put; what is sent beside them has the id
    `PEDALLING` in on_sent. See `pedal`.

    clock: with a `ManualClock` there is no thread, `run_until` dispatches. outputs: by number, as `Entry.port`; the
    rest of the 8 are null. ledger: counts the sounding notes; None for one of its own. on_sent, on_fault (a
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
        self._pedalling: deque[Sent] = deque()
        self._queues = Queues(
            clock, self._ledger, commit, on_fault=self._faults.append, on_pedalling=self._pedalling.append
        )
        self._thread: DispatchThread | None = None
        for port, output in enumerate(outputs):
            self.set_output(port, output)
        self._timeline = clock.timeline  # as of the last change
        clock.subscribe(self._clock_changed)

    # ---- outputs ---------------------------------------------------------------------------------------------------

    def set_output(self, port: int, output: OutputPort, latency: float = 0.0) -> OutputPort:
        """Send `port` to this output from now on; the old one's notes end. Returns the old one, not closed.

        latency: seconds that messages are sent ahead of their time (negative: after it).
        """
        with self._changed:
            sent = list(self._queues.end_notes(port))
            old = self._queues.outputs[port].connect(output, latency, self._clock.now())
            self._changed.notify()
        self._emit(sent)
        return old

    def set_pedal(self, port: int, *, on: bool) -> None:
        """Let the sustain pedal hold notes on that output, those that may be (`Entry.pedal`), or every key."""
        with self._changed:
            self._queues.set_pedal(port, on=on)
            self._changed.notify()

    def note_names(self) -> None:
        """A port has reconnected, perhaps under another name: the ledger must have the present ones."""
        with self._changed:
            for output in self._queues.outputs:
                output.note_name()

    def note_input(self, place: int, name: str) -> None:
        """Keep the name of an input in the ledger; "" for none. place: the ledger's."""
        self._ledger.set_port(place, name)

    def set_nudge(self, seconds: float) -> None:
        """Send everything queued this much later (negative: earlier)."""
        with self._changed:
            self._queues.nudge = seconds
            self._changed.notify()

    # ---- the queue ---------------------------------------------------------------------------------------------------

    def put(self, beat: float, message: bytes, *, port: int = 0, id: int = 0, part: int = 0) -> None:  # noqa: A002 - as the field
        """Send `message` at `beat`, or at once if that has passed. Messages of the same beat keep their order.

        Raises ValueError for a port number above 7, and for what is not one whole message.
        """
        self.put_all((Entry(beat, message, port, id, part),))

    def put_all(self, entries: Iterable[Entry]) -> None:
        """`put` for several entries, under one lock."""
        entries = tuple(entries)
        for entry in entries:
            _check(entry)
        self._put(entries)

    def put_repeating(self, beat: float, interval: float, message: bytes, *, port: int = 0) -> None:
        """Send `message` at `beat` and then every `interval` beats, until `cancel_repeating`."""
        entry = Entry(beat, message, port)
        _check(entry)
        self._put((entry,), interval)

    def cancel_repeating(self, port: int) -> None:
        """Cancel everything that was queued with `put_repeating` on that output."""
        with self._changed:
            self._queues.remove(lambda item: item.interval > 0 and item.entry.port == port)

    def lead(self) -> float:
        """Seconds before the time of its beat that a message is given to the output that needs it the earliest."""
        with self._changed:
            return max(0.0, self._queues.lead)

    def commit_beat(self) -> float:
        """The beat up to which, inclusively, everything is committed; -inf while the clock is stopped."""
        with self._changed:
            return self._queues.commit_beat()

    def commit_to(self, beat: float) -> None:
        """Commit everything up to `beat`, inclusively, before its time; -inf: nothing more than what is due."""
        with self._changed:
            self._queues.decreed = beat

    def cancel_all(self) -> list[Entry]:
        """As `cancel_from`, of everything that has not been sent: the clock has started elsewhere."""
        with self._changed:
            return self._queues.remove(lambda item: not item.interval)

    def follow_jump(self) -> None:
        """What is queued lies where the clock is now. Until then, or for `JUMP`, what it has jumped over waits."""
        with self._changed:
            self._queues.jumped_to = -math.inf
            self._changed.notify()

    def cancel_from(self, beat: float) -> list[Entry]:
        """Cancel everything from `beat` on that is beyond the commit point. Returns it in the order of sending.

        Entries of the same beat are cancelled all or none.
        """
        with self._changed:
            commit = self._queues.commit_beat()
            return self._queues.remove(lambda item: not item.interval and item.beat >= beat and item.beat > commit)

    def pending(self) -> list[Entry]:
        """Entries queued to be sent once, in order."""
        with self._changed:
            return self._queues.pending()

    # ---- now ---------------------------------------------------------------------------------------------------------

    def send_now(self, message: bytes, *, port: int = 0, id: int = 0, part: int = 0) -> Sent | None:  # noqa: A002 - as the field
        """Send at once from the calling thread (thru, answers, program changes). None if a note-off had no note.

        on_sent is called too. Raises ValueError as `put` does.
        """
        _check(Entry(0.0, message, port))
        with self._changed:
            now = self._clock.now()
            entry = Entry(self._clock.timeline.beat_at(now), message, port, id, part)
            sent = self._queues.outputs[port].send(entry, now)
        self._emit(() if sent is None else (sent,))
        return sent

    def sounding(self, port: int | None = None) -> list[tuple[int, int, int, int]]:
        """(port, channel, pitch, count) of the sounding notes, of one port or all."""
        with self._changed:
            return list(self._ledger.sounding(port))

    def stop(self) -> list[Entry]:
        """Empty the queue and end all sounding notes; on_sent gets their own ids. Returns what was queued."""
        with self._changed:
            cancelled = self._queues.remove(lambda item: not item.interval)
            sent = list(self._queues.end_notes())
        self._emit(sent)
        return cancelled

    def panic(self) -> None:
        """`stop`, and on every channel of every port: sustain off, all sound off (120), all notes off (123)."""
        self.stop()
        with self._changed:
            for output in self._queues.outputs:
                output.silence(self._clock.now())
        self._emit(())

    # ---- running -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the dispatch thread (not with a `ManualClock`)."""
        if self._thread is None and not isinstance(self._clock, ManualClock):
            self._thread = DispatchThread(
                self._clock, self._queues, self._changed, emit=self._emit, waiting=lambda: bool(self._pedalling)
            )

    def run_until(self, time: float) -> None:
        """Only with a `ManualClock`: send everything due until `time`, moving the clock from message to message."""
        clock = self._clock
        if not isinstance(clock, ManualClock):
            raise TypeError("run_until is for a manual clock")
        while True:
            with self._changed:
                when = self._queues.next()
                clock.set(max(clock.now(), min(when, time)))
                self._queues.repeat_note_offs()
                sent = self._queues.dispatch(limit=1)
            self._emit(sent)
            if when > time:
                return

    def lateness(self) -> Lateness:
        """Of queued messages; those sent at once (`send_now`, or overdue when put) do not count."""
        with self._changed:
            return self._queues.lateness.summary()

    def close(self) -> None:
        """End all sounding notes and the dispatch thread. The outputs stay open. Idempotent."""
        if self._thread is not None:
            self._thread.end()
        with self._changed:
            self._queues.remove(lambda _: True)
            sent = list(self._queues.end_notes())
            repeat = self._thread is not None and self._queues.repeat_note_offs() < math.inf
        self._emit(sent)
        if repeat:
            time.sleep(_LAST_REPEAT)
            with self._changed:
                self._queues.repeat_note_offs(at_once=True)

    # ---- inside ------------------------------------------------------------------------------------------------------

    def _put(self, entries: Iterable[Entry], interval: float = 0.0) -> None:
        with self._changed:
            if self._queues.put(entries, interval):
                self._changed.notify()

    def _clock_changed(self, change: ClockChange) -> None:
        with self._changed:
            before, self._timeline = self._timeline, self._clock.timeline
            ahead = change.ahead_of(before)
            jumps = change.change is Change.START or abs(ahead) > CORRECTION
            self._queues.note_change(before, change.beat, jumps=jumps)
            if change.change in (Change.START, Change.TEMPO) and ahead > CORRECTION:
                self._queues.jumped_to, self._queues.waits_until = change.beat, self._clock.now() + JUMP
            self._changed.notify()

    def _emit(self, sent: Iterable[Sent]) -> None:
        if self._pedalling:
            sent = (*_drained(self._pedalling), *sent)
        if self._on_sent is not None:
            for each in sent:
                self._on_sent(each)
        for fault in _drained(self._faults) if self._faults else ():
            log.warning("%s", fault)
            if self._on_fault is not None:
                self._on_fault(fault)


def _drained(queue: deque[T]) -> Iterator[T]:
    """Take everything out, and return it. Any thread."""
    with suppress(IndexError):
        while True:
            yield queue.popleft()


def _check(entry: Entry) -> None:
    if not 0 <= entry.port < PORTS:
        raise ValueError(f"port numbers go from 0 to {PORTS - 1}, not {entry.port}")
    if not midi_message.is_whole(entry.message):
        raise ValueError(f"not a complete MIDI message: {entry.message.hex(' ')}")
