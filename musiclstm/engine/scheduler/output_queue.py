"""One output of the scheduler: its queue, its sounding notes, and exactly one note-off for every note-on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from musiclstm.engine.clock.midi import CONTINUE, START, STOP
from musiclstm.engine.ports.base import NullPort, OutputPort
from musiclstm.engine.ports.ledger import CHANNELS, NoteLedger
from musiclstm.engine.scheduler.entry import PEDALLING, Entry, QueueItem, Sent
from musiclstm.engine.scheduler.pedal import Move, Note, Pedal
from musiclstm.errors import PortError
from musiclstm.music import midi_message

REASSERT = (0.25, 1.0)
"""Seconds after which a note-off is repeated to a lossy output: a server may lose two in a row at an XRUN. So is a
pedal that comes up."""


class OutputQueue:
    """A port with its queue and its sounding notes; the only writer of that port's part of the ledger.

    Not thread-safe: the scheduler's lock is held. on_fault: called with one line when the port begins to fail.
    on_pedalling: called with what is sent to work the pedal, in addition to what was put.
    """

    def __init__(
        self,
        number: int,
        ledger: NoteLedger,
        on_fault: Callable[[str], None],
        on_pedalling: Callable[[Sent], None],
    ) -> None:
        self.items: list[QueueItem] = []  # a heap
        self._number = number
        self._ledger = ledger
        self._on_fault = on_fault
        self._on_pedalling = on_pedalling
        self._notes: dict[tuple[int, int], list[Note]] = {}  # by (channel, pitch): the notes that sound
        self._repeats: dict[bytes, list[float]] = {}  # note-offs and pedals that come up, with the times to repeat them
        self._failing = False
        self._started = False  # whoever listens follows the MIDI clock that is sent
        self.port: OutputPort = NullPort()
        self.latency = 0.0
        self.pedal = Pedal()

    def connect(self, port: OutputPort, latency: float, now: float) -> OutputPort:
        """Use this port from now on. Returns the previous one, which is told that the clock stops if it was started."""
        if self._started and port is not self.port:
            self._give(bytes((STOP,)), now)
        old, self.port = self.port, port
        self.latency = latency
        self._repeats.clear()
        self.pedal.reset()
        self._failing = False
        self.note_name()
        self._ledger.forget_moved(self._number)  # the old port brings it to rest when it is closed
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
            if midi_message.is_pedal(message):
                self._pedal_moved(message, at, now)
            return Sent(entry, now if due is None else due, at)
        key = (midi_message.channel(message), message[1])
        if midi_message.is_note_on(message):
            if not self._ledger.begin(self._number, *key):
                return None
            self._notes.setdefault(key, []).append(Note(entry, now))
            self._give(message, at)
            self._repeats.pop(midi_message.note_off(*key), None)
            self.pedal.changed()
            return Sent(entry, now if due is None else due, at)
        sounding = self._notes.get(key, [])
        # Not another's: its own may have ended before its time, as that of a drum does when the output changes.
        note = next((note for note in sounding if note.entry.id == entry.id), None)
        if note is None:
            return None
        if note.key_down:
            self._give(message, at)
        sounding.remove(note)
        if not sounding:
            del self._notes[key]
            self._repeat(midi_message.note_off(*key), at)
        if self.pedal.note_ended(key[0], now):
            self._repeat(_pedal_up(key[0]), at)
            self._give_for_pedal(_pedal_up(key[0]), entry.beat, at)
        self._ledger.end(self._number, *key)
        return Sent(entry, now if due is None else due, at, by_pedal=not note.key_down)

    def _pedal_moved(self, message: bytes, at: float, now: float) -> None:
        """Somebody else has moved a pedal of a channel."""
        up = midi_message.control_change(midi_message.channel(message), message[1], 0)
        self._repeats.pop(up, None)
        if message == up:
            self._repeat(up, at)
        if message[1] == midi_message.SUSTAIN:
            self.pedal.moved(midi_message.channel(message), message[2], now)

    def next_move(self, now: float, when: Callable[[float], float]) -> Move | None:
        """What comes next because the output is played with the sustain pedal. when: as in `Pedal.next`."""
        return self.pedal.next(now, self.items, self._notes, when)

    def make_move(self, move: Move, beat: float) -> None:
        """Press the pedal, or let a key come up whose note it holds. beat: the present one."""
        message = self.pedal.make(move)
        self._repeats.pop(_pedal_up(move.channel), None)
        self._give_for_pedal(message, beat, move.time + self.port.lead)

    def _give_for_pedal(self, message: bytes, beat: float, at: float) -> None:
        self._give(message, at)
        self._on_pedalling(Sent(Entry(beat, message, self._number, PEDALLING), at, at))

    def _repeat(self, message: bytes, at: float) -> None:
        """On a lossy output, send this message twice more, later."""
        if self.port.lossy:
            self._repeats[message] = [at + later for later in REASSERT]

    def end_notes(self, now: float, beat: float) -> Iterator[Sent]:
        """End all sounding notes, with their own id and part."""
        for key, sounding in list(self._notes.items()):
            off = midi_message.note_off(*key)
            for entry in [note.entry for note in sounding]:
                sent = self.send(Entry(beat, off, self._number, entry.id, entry.part), now)
                if sent is not None:
                    yield sent

    def repeat_note_offs(self, now: float, *, at_once: bool = False) -> float:
        """Repeat what is due, or at once all that is left. Returns when the next is due, or inf."""
        following = math.inf
        for message, times in list(self._repeats.items()):
            if at_once or times[0] <= now:
                self._give(message, now)
                times[:] = [time for time in times if time > now and not at_once]
            if times:
                following = min(following, times[0])
            else:
                del self._repeats[message]
        return following

    def silence(self, now: float) -> None:
        """On every channel: sustain off, all sound off, all notes off."""
        self.pedal.reset()
        for channel in range(CHANNELS):
            self._repeat(_pedal_up(channel), now)
            for controller in (midi_message.SUSTAIN, midi_message.ALL_SOUND_OFF, midi_message.ALL_NOTES_OFF):
                self._give(midi_message.control_change(channel, controller, 0), now)

    def _give(self, message: bytes, at: float) -> None:
        if message[0] in (START, CONTINUE, STOP):
            self._started = message[0] != STOP
        rest = midi_message.at_rest(message)
        if rest is not None and rest != message:
            self._ledger.move(self._number, rest)
        try:
            self.port.send(message, at)
            self._failing = False
        except PortError as error:
            # Report it once, not for every note.
            if not self._failing:
                self._on_fault(str(error))
            self._failing = True


def _pedal_up(channel: int) -> bytes:
    return midi_message.control_change(channel, midi_message.SUSTAIN, 0)
