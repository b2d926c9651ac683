"""Event: the unit the model reads and writes, and what a live keyboard sends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Kind(IntEnum):
    """What happens. The numbers are an order: at one tick note-offs come before note-ons."""

    OFF = 0
    ON = 1
    WAIT = 2


@dataclass(frozen=True)
class Event:
    """One step of the stream.

    delta: ticks since the previous event (a tick is 1/`Vocabulary.resolution` of a beat or of a second).
    kind: a note ends (OFF), a note starts (ON), or nothing happens for `delta` ticks (WAIT, used where a pause is too
        long for one delta).
    pitch: MIDI note number 0..127. velocity: 1..127 for ON, else 0. part: index into `Vocabulary.parts`.
    A WAIT has pitch, velocity and part 0.
    """

    delta: int
    kind: Kind
    pitch: int = 0
    velocity: int = 0
    part: int = 0

    def __reduce__(self) -> tuple[type[Event], tuple[int, Kind, int, int, int]]:
        # Short, and the same whether or not this is compiled.
        return Event, (self.delta, self.kind, self.pitch, self.velocity, self.part)
