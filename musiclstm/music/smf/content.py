"""What a Standard MIDI File holds, and the numbers of its format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

# (tick, status, first data byte, second data byte or 0); ticks count from the start of the file. The status is that of
# the message, plus 256 times the port: channels of different ports are different channels.
Message = tuple[int, int, int, int]
# A row of those four for each message.
Messages = NDArray[np.int64]

DEVICE_NAME, PORT = 0x09, 0x21
TRACK_NAME, MARKER, END_OF_TRACK, TEMPO, TIME_SIGNATURE = 0x03, 0x06, 0x2F, 0x51, 0x58
# Length of the data that follows each kind of channel message, by the upper four bits of its status.
LENGTHS = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
# Frames per second of SMPTE time code, by the number in the header; 29 is 30 drop-frame.
FRAMES = {24: 24.0, 25: 25.0, 29: 30000 / 1001, 30: 30.0}


class DamagedError(Exception):
    """The bytes are not a Standard MIDI File; the message completes "It cannot be read: …"."""


def messages_of(rows: Sequence[Message]) -> Messages:
    return np.array(rows, dtype=np.int64).reshape(-1, 4)


@dataclass(slots=True, eq=False)
class Track:
    """One track: its name, its messages (notes, programs, pedal, channel mode) in order of time, the tick it ends."""

    name: str = ""
    messages: Messages = field(default_factory=lambda: messages_of([]))
    end: int = 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Track):
            return NotImplemented
        same = (self.name, self.end) == (other.name, other.end)
        return same and np.array_equal(self.messages, other.messages)

    __hash__ = None  # type: ignore[assignment]


@dataclass(slots=True)
class File:
    """What a file contains, whatever its format.

    division: ticks per quarter note, or ticks per second (SMPTE time code) if `seconds` is set.
    tempos: (tick, microseconds per quarter note); meters: (tick, numerator, denominator); both in order of time, from
        whichever track. markers: (tick, text), from other texts too. `serialise` writes all into the first track.
    warnings: what was guessed in reading it; each completes "The file is read, but …".
    """

    division: float
    seconds: bool = False
    tracks: list[Track] = field(default_factory=list)
    tempos: list[tuple[int, int]] = field(default_factory=list)
    meters: list[tuple[int, int, int]] = field(default_factory=list)
    markers: list[tuple[int, str]] = field(default_factory=list, compare=False)
    warnings: list[str] = field(default_factory=list, compare=False)

    def warn(self, text: str) -> None:
        """Add a warning, once."""
        if text not in self.warnings:
            self.warnings.append(text)
