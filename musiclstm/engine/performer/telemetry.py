"""Telemetry: what the performer reports, and when."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf

from musiclstm.engine.performer.history import History
from musiclstm.engine.scheduler.scheduler import ASIDE, PEDALLING, Sent
from musiclstm.model.constraints import Constraints
from musiclstm.model.session import Session
from musiclstm.music import midi_message
from musiclstm.protocol.commands import Watch
from musiclstm.protocol.telemetry import Expectation, Played, StateFrame, Telemetry

CLICK = 0
"""The id of the metronome's messages, between the person's (below 0) and the model's (above)."""
_EXPECTATION = 0.1
"""Seconds between two expectations."""


class TelemetryBuffer:
    """Holds telemetry back while a key is answered: whoever receives it wakes up and wants the interpreter."""

    def __init__(self, emit: Callable[[Telemetry], None]) -> None:
        self._out = emit
        self._deferring = False
        self._deferred: deque[Telemetry] = deque()

    def emit(self, message: Telemetry) -> None:
        """Any thread."""
        if self._deferring:
            self._deferred.append(message)
            self._flush_if_ended()
        else:
            self._out(message)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """What is emitted meanwhile is emitted at the end."""
        self._deferring = True
        try:
            yield
        finally:
            self._deferring = False
            self.flush()

    def _flush_if_ended(self) -> None:
        if not self._deferring:  # just now, and perhaps nobody would come for this message any more
            self.flush()

    def flush(self) -> None:
        """Emits what was held back. Any thread."""
        while self._deferred:
            try:
                message = self._deferred.popleft()
            except IndexError:  # another thread flushes as well
                return
            self._out(message)


class Monitor:
    """Emits what the window watches. watch: written by the command."""

    def __init__(self, emit: Callable[[Telemetry], None]) -> None:
        self.watch = Watch()
        self._emit = emit
        self._expected = -inf

    def state_frame(self, session: Session, beat: float, surprise: float) -> None:
        """Emits the LSTM's state after the last event, if it is watched."""
        if self.watch.memory:
            cell, hidden, gates = (array.astype("f2") for array in session.frame())
            self._emit(StateFrame(beat, cell, hidden, gates, surprise))

    def expectation(self, history: History, constraints: Constraints, now: float) -> None:
        """Emits what the model expects next, if it is watched and the last time was long enough ago."""
        if self.watch.expectation and now >= self._expected:
            self._expected = now + _EXPECTATION
            self._emit(Expectation(history.expectation(constraints)))


def played(sent: Sent) -> Played | None:
    """The telemetry of a message that left; None if it is no note of the music. Any thread.

    A person's notes have ids below 0.
    """
    entry = sent.entry
    if entry.id in {CLICK, ASIDE, PEDALLING} or not midi_message.is_note(entry.message):
        return None
    velocity = entry.message[2] if midi_message.kind(entry.message) == midi_message.NOTE_ON else 0
    return Played(
        entry.id, entry.beat, entry.part, entry.message[1], velocity, sent.time, sent.due, by_person=entry.id < 0
    )
