"""What is queued and what was sent."""

from __future__ import annotations

from dataclasses import dataclass, field

from musiclstm.music import midi_message

ASIDE = 1 << 62
"""The id of messages that are only listened to: neither the model's nor the person's, and not recorded."""

PEDALLING = ASIDE + 1
"""The id of messages that work the sustain pedal: they change neither the notes nor what is recorded."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message due at `beat` on output number `port`. `id` and `part` are the caller's own.

    pedal: of a note-on, whether the sustain pedal may hold the note, where the output is played with it.
    """

    beat: float
    message: bytes
    port: int = 0
    id: int = 0
    part: int = 0
    pedal: bool = False

    @property
    def identity(self) -> tuple[int, int]:
        """Identifies the beginning or end of a note: (id, kind of message)."""
        return self.id, midi_message.kind(self.message)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was sent. due, time: seconds; `entry.beat` is the present beat if it was not queued.

    by_pedal: the note has ended, and no note-off was sent: its key was up already, and the pedal came up.
    """

    entry: Entry
    due: float
    time: float
    by_pedal: bool = False


@dataclass(order=True, slots=True)
class QueueItem:
    """An entry in a queue, in the order of sending."""

    beat: float
    number: int  # orders items of the same beat
    entry: Entry = field(compare=False)
    interval: float = field(compare=False, default=0.0)  # beats until it is sent again; 0: sent once
    overdue: bool = field(compare=False, default=False)  # when it was queued
