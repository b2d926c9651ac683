"""The scheduler: what is due next, the dispatch thread, and exactly one note-off for every note-on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from musiclstm.engine.clock import Clock
from musiclstm.engine.ports import OutputPort
from musiclstm.engine.ports_ledger import NoteLedger

COMMIT = 0.003
"""Seconds before its time from which on a message is as good as sent: `cancel_from` leaves it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message due at `beat` on output number `port`. `id` and `part` are the caller's own."""

    beat: float
    message: bytes
    port: int = 0
    id: int = 0
    part: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that left: `due` and `time` are seconds, `beat` of the timeline then (entry.beat, if it was queued)."""

    entry: Entry
    due: float
    time: float


@dataclass(frozen=True, slots=True)
class Lateness:
    """Of the last 1,000 messages that had a time: milliseconds; `late` counts those over 5 ms since the start."""

    median: float
    p99: float
    late: int


class Scheduler:
    """Holds messages in beats and sends each at its time.

    Every public method may be called from any thread; none blocks for longer than one port's `send`. Beats become seconds only at
    dispatch, so a clock whose timeline jumps or bends reprices the whole queue; what is overdue then goes out at once.

    The rule of notes: a note-on is sent and counted in the ledger; a note-off is sent only if such a note sounds on that port and
    channel, so each note-on has exactly one note-off, after it. A note-on with velocity 0 is a note-off. Whoever
    cancels a note-off must put another; `all_notes_off`, `stop`, `panic`, `set_output` and `close` end what sounds.

    clock: with a `ManualClock` there is no thread, `run_until` dispatches. outputs: by number, as `Entry.port`.
    ledger: where the sounding notes are counted; None for one of its own. on_sent, on_fault (a line for a person):
    called from the dispatching thread outside the lock; must return at once and not raise.
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
        raise NotImplementedError

    # -- outputs

    def set_output(self, port: int, output: OutputPort, latency: float = 0.0) -> OutputPort | None:
        """Let number `port` be this output from now on, its notes ended first; the old one comes back, not closed.

        latency: seconds that messages are sent ahead of their time (negative: after it).
        """
        raise NotImplementedError

    def set_nudge(self, seconds: float) -> None:
        """Send all that is queued this much later (negative: earlier)."""

    # -- what is to come

    def put(self, beat: float, message: bytes, *, port: int = 0, id: int = 0, part: int = 0) -> None:  # noqa: A002
        """Send `message` at `beat`; at once if that is past. At the same beat: in the order they were put."""

    def put_all(self, entries: Iterable[Entry]) -> None:
        """The same for several, under one lock."""

    def commit_beat(self) -> float:
        """The beat up to which (it included) everything is as good as sent."""
        raise NotImplementedError

    def cancel_from(self, beat: float) -> list[Entry]:
        """Take back everything from `beat` on that is beyond the commit point; in the order it would have been sent.

        What shares a beat is taken back whole or not at all.
        """
        raise NotImplementedError

    def pending(self) -> list[Entry]:
        """What is queued, in order."""
        raise NotImplementedError

    # -- now

    def send_now(self, message: bytes, *, port: int = 0, id: int = 0, part: int = 0) -> Sent | None:  # noqa: A002
        """Send at once from the calling thread (thru, answers, program changes); None if a note-off had no note.

        on_sent is called too.
        """
        raise NotImplementedError

    def sounding(self, port: int | None = None) -> list[tuple[int, int, int, int]]:
        """(port, channel, pitch, count) of what sounds, of one port or all."""
        raise NotImplementedError

    def all_notes_off(self, port: int | None = None, channel: int | None = None) -> None:
        """End what sounds (there) now with note-offs; the queue stays."""

    def stop(self) -> list[Entry]:
        """Empty the queue, whole, and end what sounds."""
        raise NotImplementedError

    def panic(self) -> None:
        """`stop`, and on every channel of every port: sustain off, all sound off (120), all notes off (123)."""

    # -- running

    def start(self) -> None:
        """Start the dispatch thread (not with a `ManualClock`)."""

    def run_until(self, time: float) -> None:
        """Only with a `ManualClock`: send all that is due until `time`, moving the clock from one to the next."""

    def lateness(self) -> Lateness:
        """Of what was queued and sent; what goes out at once (`send_now`, overdue when put) does not count."""
        raise NotImplementedError

    def close(self) -> None:
        """End what sounds and the dispatch thread. The outputs stay open. Idempotent."""
