"""One output of the scheduler: what waits for it, what sounds on it, and exactly one note-off for every note-on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from musiclstm.engine.ports.base import NullPort, OutputPort
from musiclstm.engine.ports.ledger import CHANNELS, NoteLedger
from musiclstm.errors import PortError

REASSERT = (0.25, 1.0)
"""Seconds after which a note-off is repeated to a lossy output: a stumbling server may lose two in a row."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message due at `beat` on output number `port`. `id` and `part` are the caller's own."""

    beat: float
    message: bytes
    port: int = 0
    id: int = 0
    part: int = 0

    @property
    def identity(self) -> tuple[int, int]:
        """What it does to which note: (id, kind of message)."""
        return self.id, self.message[0] & 0xF0


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that left. due, time: seconds; `entry.beat` is the present beat if it was not queued."""

    entry: Entry
    due: float
    time: float


@dataclass(order=True, slots=True)
class Queued:
    """An entry in the queue."""

    beat: float
    number: int  # at the same beat: as they came
    entry: Entry = field(compare=False)
    every: float = field(compare=False, default=0.0)  # beats; 0: once
    overdue: bool = field(compare=False, default=False)  # was so when it came


class Lane:
    """An output with its queue and its notes. Not thread-safe: the scheduler's lock is held.

    on_fault: gets one line when the output begins to fail.
    """

    def __init__(self, port: int, ledger: NoteLedger, on_fault: Callable[[str], None]) -> None:
        self.queue: list[Queued] = []
        self._port = port
        self._ledger = ledger
        self._on_fault = on_fault
        self._notes: dict[tuple[int, int], list[Entry]] = {}  # (channel, pitch): the note-ons that sound
        self._repeats: dict[tuple[int, int], list[float]] = {}  # (channel, pitch) to end once more, and when
        self._failing = False
        self.output: OutputPort = NullPort()
        self.latency = 0.0

    def connect(self, output: OutputPort, latency: float) -> OutputPort:
        """Use this output from now on; gives the one before."""
        old, self.output = self.output, output
        self.latency = latency
        self._repeats.clear()
        self._failing = False
        self._ledger.set_port(self._port, output.name)
        return old

    @property
    def early(self) -> float:
        """Seconds before its beat's time that a message is given to the output."""
        return self.latency + self.output.lead

    def send(self, entry: Entry, now: float, due: float | None = None) -> Sent | None:
        """Send, and keep the ledger; None (and nothing sent) for a note-off without a note.

        due: the time it is for; None: now.
        """
        message = entry.message
        at = now if due is None else max(now, due)
        kind = message[0] & 0xF0
        if kind == 0x90 and message[2] > 0:
            if not self._ledger.begin(self._port, message[0] & 0x0F, message[1]):
                return None
            key = (message[0] & 0x0F, message[1])
            self._notes.setdefault(key, []).append(entry)
            self._repeats.pop(key, None)
            self._give(message, at)
        elif kind in (0x80, 0x90):
            key = (message[0] & 0x0F, message[1])
            sounding = self._notes.get(key)
            if not sounding:
                return None
            self._give(message, at)
            self._ledger.end(self._port, *key)
            sounding.remove(next((note for note in sounding if note.id == entry.id), sounding[0]))
            if not sounding:
                del self._notes[key]
                if self.output.lossy:
                    self._repeats[key] = [at + later for later in REASSERT]
        else:
            self._give(message, at)
        return Sent(entry, now if due is None else due, at)

    def end_notes(self, now: float, beat: float, channel: int | None = None) -> Iterator[Sent]:
        """End all that sounds (on that channel), with the notes' own id and part."""
        for key, sounding in list(self._notes.items()):
            if channel in (None, key[0]):
                off = bytes((0x80 | key[0], key[1], 0))
                for note in list(sounding):
                    sent = self.send(Entry(beat, off, self._port, note.id, note.part), now)
                    if sent is not None:
                        yield sent

    def repeat_ends(self, now: float, *, at_once: bool = False) -> float:
        """Repeat the note-offs whose time has come (or all, for good); gives when the next is to be, or inf."""
        then = math.inf
        for key, whens in list(self._repeats.items()):
            if at_once or whens[0] <= now:
                self._give(bytes((0x80 | key[0], key[1], 0)), now)
                whens[:] = [when for when in whens if when > now and not at_once]
            if whens:
                then = min(then, whens[0])
            else:
                del self._repeats[key]
        return then

    def silence(self, now: float) -> None:
        """On every channel: sustain off, all sound off, all notes off."""
        self._repeats.clear()
        for channel in range(CHANNELS):
            for controller in (64, 120, 123):
                self._give(bytes((0xB0 | channel, controller, 0)), now)

    def _give(self, message: bytes, at: float) -> None:
        try:
            self.output.send(message, at)
            self._failing = False
        except PortError as error:
            # Once, not for every note.
            if not self._failing:
                self._on_fault(str(error))
            self._failing = True
