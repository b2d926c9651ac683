"""One output of the scheduler: its queue, its sounding notes, and exactly one note-off for every note-on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from musiclstm.engine.ports.base import NullPort, OutputPort
from musiclstm.engine.ports.ledger import CHANNELS, NoteLedger
from musiclstm.errors import PortError
from musiclstm.music import midi_message

REASSERT = (0.25, 1.0)
"""Seconds after which a note-off is repeated to a lossy output: a server may lose two in a row at an XRUN."""

ASIDE = 1 << 62
"""The id of what is played only to be listened to: it is neither the model's nor the person's, and not recorded."""


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
        """Which end of which note it is: (id, kind of message)."""
        return self.id, midi_message.kind(self.message)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was sent. due, time: seconds; `entry.beat` is the present beat if it was not queued."""

    entry: Entry
    due: float
    time: float


@dataclass(order=True, slots=True)
class QueueItem:
    """An entry in a queue, in the order of sending."""

    beat: float
    number: int  # orders items of the same beat
    entry: Entry = field(compare=False)
    interval: float = field(compare=False, default=0.0)  # beats until it is sent again; 0: sent once
    overdue: bool = field(compare=False, default=False)  # when it was queued


class OutputQueue:
    """A port with its queue and its sounding notes; the only writer of that port's part of the ledger.

    Not thread-safe: the scheduler's lock is held. on_fault: called with one line when the port begins to fail.
    """

    def __init__(self, number: int, ledger: NoteLedger, on_fault: Callable[[str], None]) -> None:
        self.items: list[QueueItem] = []  # a heap
        self._number = number
        self._ledger = ledger
        self._on_fault = on_fault
        self._notes: dict[tuple[int, int], list[Entry]] = {}  # (channel, pitch): the sounding note-ons
        self._repeats: dict[tuple[int, int], list[float]] = {}  # (channel, pitch): times of repeated note-offs
        self._failing = False
        self.port: OutputPort = NullPort()
        self.latency = 0.0

    def connect(self, port: OutputPort, latency: float) -> OutputPort:
        """Use this port from now on. Returns the previous one."""
        old, self.port = self.port, port
        self.latency = latency
        self._repeats.clear()
        self._failing = False
        self.note_name()
        return old

    def note_name(self) -> None:
        """Keep the port's name in the ledger, for whoever ends its notes if this process dies."""
        self._ledger.set_port(self._number, self.port.name)

    @property
    def lead(self) -> float:
        """Seconds before its beat's time that a message is given to the port."""
        return self.latency + self.port.lead

    def send(self, entry: Entry, now: float, due: float | None = None) -> Sent | None:
        """Send, and update the ledger. None, and nothing sent, for a note-off without a note.

        due: the intended time; None: now.
        """
        message = entry.message
        at = now if due is None else max(now, due)
        if not midi_message.is_note(message):
            self._give(message, at)
            return Sent(entry, now if due is None else due, at)
        key = (midi_message.channel(message), message[1])
        if midi_message.is_note_on(message):
            if not self._ledger.begin(self._number, *key):
                return None
            self._notes.setdefault(key, []).append(entry)
            self._repeats.pop(key, None)
            self._give(message, at)
        else:
            sounding = self._notes.get(key)
            if not sounding:
                return None
            self._give(message, at)
            self._ledger.end(self._number, *key)
            sounding.remove(next((note for note in sounding if note.id == entry.id), sounding[0]))
            if not sounding:
                del self._notes[key]
                if self.port.lossy:
                    self._repeats[key] = [at + later for later in REASSERT]
        return Sent(entry, now if due is None else due, at)

    def end_notes(self, now: float, beat: float, channel: int | None = None) -> Iterator[Sent]:
        """End all sounding notes (of that channel), with their own id and part."""
        for key, sounding in list(self._notes.items()):
            if channel in (None, key[0]):
                off = midi_message.note_off(*key)
                for note in list(sounding):
                    sent = self.send(Entry(beat, off, self._number, note.id, note.part), now)
                    if sent is not None:
                        yield sent

    def repeat_note_offs(self, now: float, *, at_once: bool = False) -> float:
        """Repeat the note-offs that are due, or all of them once and for all. Returns when the next is due, or inf."""
        following = math.inf
        for key, times in list(self._repeats.items()):
            if at_once or times[0] <= now:
                self._give(midi_message.note_off(*key), now)
                times[:] = [time for time in times if time > now and not at_once]
            if times:
                following = min(following, times[0])
            else:
                del self._repeats[key]
        return following

    def silence(self, now: float) -> None:
        """On every channel: sustain off, all sound off, all notes off."""
        self._repeats.clear()
        for channel in range(CHANNELS):
            for controller in (midi_message.SUSTAIN, midi_message.ALL_SOUND_OFF, midi_message.ALL_NOTES_OFF):
                self._give(midi_message.control_change(channel, controller, 0), now)

    def _give(self, message: bytes, at: float) -> None:
        try:
            self.port.send(message, at)
            self._failing = False
        except PortError as error:
            # Report it once, not for every note.
            if not self._failing:
                self._on_fault(str(error))
            self._failing = True
