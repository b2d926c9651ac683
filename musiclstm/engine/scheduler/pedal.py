"""The sustain pedal of one output: when it goes down, and when a key comes up before its note ends.

It follows from what sounds and from the note-offs that are queued, at the moment of sending, and is queued nowhere
itself. So whatever rolls the plan back, stops or mutes needs to know nothing of it. The pedal comes up with every end
of a note on its channel, and goes down only under a note: where no note hangs, no pedal does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from musiclstm.engine.scheduler.entry import Entry, QueueItem
from musiclstm.music import midi_message
from musiclstm.music.pedalling import Foot

Notes = Mapping[tuple[int, int], list["Note"]]
"""By (channel, pitch)."""


@dataclass(slots=True, eq=False)
class Note:
    """A note that sounds. start: seconds. key_down: or else the pedal alone holds it."""

    entry: Entry
    start: float
    key_down: bool = True


class Move(NamedTuple):
    """What is done at `time` (seconds): the key of this note comes up, or (None) the channel's pedal goes down."""

    time: float
    channel: int
    note: Note | None


class Pedal:
    """Decides and remembers; the output queue sends. All times are those at which the port is given a message.

    on: whether this output is played with the pedal. Not thread-safe: the scheduler's lock is held.
    """

    def __init__(self) -> None:
        self.on = False
        self._feet: dict[int, Foot] = {}  # by channel
        self._taken: set[int] = set()  # channels whose pedal somebody else holds down
        # By channel: the beat of the next end, and the notes that end then with their keys down. None: to be found.
        self._ending: dict[int, tuple[float, list[Note]]] | None = None

    def changed(self) -> None:
        """What sounds, or is queued, is something else."""
        self._ending = None

    def reset(self) -> None:
        """No pedal is down, for all of them were lifted or the port is another."""
        self._feet.clear()
        self._taken.clear()
        self._ending = None

    def next(self, now: float, items: Iterable[QueueItem], notes: Notes, when: Callable[[float], float]) -> Move | None:
        """The next move, not before now; None as long as there is none. when: the time of a beat."""
        if not self.on:
            return None
        if self._ending is None:
            self._ending = self._find(items, notes)
        found: Move | None = None
        for channel, (beat, ending) in self._ending.items():
            foot = self._feet.setdefault(channel, Foot())
            move = foot.coming(now, when(beat), [note.start for note in ending])
            if move is not None and (found is None or move[0] < found.time):
                time, first = move
                found = Move(time, channel, None if first is None else ending[first])
        return found

    def _find(self, items: Iterable[QueueItem], notes: Notes) -> dict[int, tuple[float, list[Note]]]:
        """As `_ending`. A channel is left alone where something sounds whose end nobody knows, as a person's note."""
        ends: dict[int, tuple[float, set[tuple[int, int]]]] = {}
        for item in items:
            message = item.entry.message
            if midi_message.is_note_off(message):
                channel, end = midi_message.channel(message), (message[1], item.entry.id)
                known = ends.get(channel)
                if known is None or item.beat < known[0]:
                    ends[channel] = (item.beat, {end})
                elif item.beat == known[0]:
                    known[1].add(end)
        sounding: dict[int, list[Note]] = {}
        for (channel, _), here in notes.items():
            sounding.setdefault(channel, []).extend(here)
        found: dict[int, tuple[float, list[Note]]] = {}
        for channel, here in sounding.items():
            if channel in ends and channel not in self._taken and all(note.entry.pedal for note in here):
                beat, which = ends[channel]
                ending = [x for x in here if x.key_down and (x.entry.message[1], x.entry.id) in which]
                found[channel] = (beat, ending)
        return found

    def make(self, move: Move) -> bytes:
        """The move is made. Returns its message."""
        self._ending = None
        if move.note is None:
            self._feet[move.channel].down = move.time
            return midi_message.control_change(move.channel, midi_message.SUSTAIN, 127)
        move.note.key_down = False
        return midi_message.note_off(move.channel, move.note.entry.message[1])

    def note_ended(self, channel: int, now: float) -> bool:
        """A note has ended. Returns whether the pedal must come up."""
        self._ending = None
        foot = self._feet.get(channel)
        return foot is not None and foot.end(now)

    def moved(self, channel: int, value: int, now: float) -> None:
        """Somebody else has moved the pedal of a channel; the notes that it alone held end, or go on, with that."""
        self._ending = None
        (self._taken.add if value >= 64 else self._taken.discard)(channel)
        self._feet[channel] = Foot(ended=now)
