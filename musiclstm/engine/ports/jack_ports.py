"""The ports of our JACK client: an output that writes each message at its frame, and an input that knows the frame."""

from __future__ import annotations

import heapq
import itertools
import logging
from collections import deque
from collections.abc import Callable
from time import perf_counter, sleep
from typing import Any, Protocol

from musiclstm.engine.ports.base import Receive
from musiclstm.engine.ports.jack_calls import Calls
from musiclstm.music import midi_message

log = logging.getLogger(__name__)

MARGIN = 0.0015
"""Seconds before the beginning of its period at which a message must be there."""

PATIENCE = 1.0
"""Seconds that a closing port waits for what it was given to be sent."""

_VIRTUAL = "virtual "

_Given = tuple[float, int, bytes, bool]
"""A message: its time, a number that orders those of the same time, and whether it was due when it was given."""


def virtual(own: str) -> str:
    """The name of a virtual port, by which the guard finds this very one of ours, or of another engine's."""
    return f"{_VIRTUAL}({own})"


def own_port(name: str) -> str | None:
    """What a virtual port is called in JACK; None if it is another port's name."""
    return name[len(_VIRTUAL) + 1 : -1] if name.startswith(_VIRTUAL) else None


class Owner(Protocol):
    """What the ports need of their client. rate: frames a second. period: seconds."""

    calls: Calls
    rate: int
    period: float

    def remove(self, port: JackOutput | JackInput) -> None: ...


class JackOutput:
    """An `OutputPort` that sends at the exact frame."""

    lossy = True

    def __init__(self, owner: Owner, port: Any, target: str | None) -> None:
        self.name = target or virtual(port.name)
        self.peer = target
        self.port = port
        self.alive = True
        self._owner = owner
        self._address = owner.calls.port(port)
        self._given: deque[_Given] = deque()
        self._waiting: list[_Given] = []  # a heap; used by the process callback alone
        self._numbers = itertools.count()
        self._last = 0.0
        self._last_of: dict[tuple[bool, int, int], float] = {}  # a pedal's, or a note's; channel; pitch or controller

    @property
    def lead(self) -> float:
        return float(self._owner.period + MARGIN)

    def send(self, message: bytes, time: float) -> None:
        if not self.alive:
            return
        # A note-off must not overtake a note that waits for its time, nor a pedal that comes up one that goes down.
        if midi_message.is_note(message) or midi_message.is_control_change(message, midi_message.SUSTAIN):
            key = (midi_message.kind(message) == midi_message.CONTROL_CHANGE, midi_message.channel(message), message[1])
            time = self._last_of[key] = max(time, self._last_of.get(key, 0.0))
        elif midi_message.kind(message) == midi_message.CONTROL_CHANGE and message[1] >= midi_message.ALL_SOUND_OFF:
            time = max(time, self._last)
        self._last = max(time, self._last)
        self._given.append((time, next(self._numbers), message, time <= perf_counter()))

    def fill(self, begin: float, frames: int, *, keep: bool) -> None:
        """Write what is due in the period that begins at `begin`; called by the process callback.

        keep: leave in the buffer what was written there in the previous period.
        """
        calls = self._owner.calls
        buffer = calls.buffer(self._address, frames)
        if not keep:
            calls.clear(buffer)
        while self._given:
            heapq.heappush(self._waiting, self._given.popleft())
        rate, last = self._owner.rate, 0
        while self._waiting:
            due, _, message, at_once = self._waiting[0]
            # For a while after a stall JACK's clock is some milliseconds late, so overdue messages ignore it.
            last = last if at_once else max(last, round((due - begin) * rate))
            if last >= frames:
                break
            if not calls.write(buffer, last, message):
                log.debug("the JACK buffer of %s is full", self.name)
                break  # next period
            heapq.heappop(self._waiting)

    def close(self) -> None:
        """Wait until everything given is sent, also while a server under load stands still; `PATIENCE` at most."""
        if self.alive:
            until = max(perf_counter(), self._last) + PATIENCE
            while self._has_more() and perf_counter() < until:
                sleep(0.001)
            # It is written; the receivers have the rest of the period to read it.
            sleep(self._owner.period)
        self.alive = False
        self._owner.remove(self)

    def _has_more(self) -> bool:
        return self.alive and bool(self._given or self._waiting)


class JackInput:
    """An `InputPort` whose times are the frames at which messages arrived."""

    def __init__(self, owner: Owner, port: Any, source: str | None, receive: Receive) -> None:
        self.name = source or virtual(port.name)
        self.peer = source
        self.port = port
        self.alive = True
        self._owner = owner
        self._address = owner.calls.port(port)
        self._receive: Callable[[bytes, float], None] = receive

    def drain(self, begin: float, frames: int) -> None:
        """Pass on what arrived in the period that begins at `begin`; called by the process callback."""
        calls = self._owner.calls
        for offset, message in calls.read(calls.buffer(self._address, frames)):
            self._receive(message, begin + offset / self._owner.rate)

    def close(self) -> None:
        self.alive = False
        self._owner.remove(self)
