"""NoteLedger: what sounds on every output, and what was moved there, in memory that another process can read.

And the names of the ports.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from musiclstm.music import midi_message

PORTS = 8
INPUT, CLOCK = PORTS, PORTS + 1
"""The places of the inputs' names, behind those of the outputs."""
NAMES = PORTS + 2
CHANNELS = 16
PITCHES = 128

_NAME = 512  # bytes for the name of each port, and zeros; in JACK it has up to 320
_COUNTS = NAMES * _NAME
_ENDED = _COUNTS + PORTS * CHANNELS * PITCHES
_MANY_ENDED = 64
_MOVED = _ENDED + 1 + 3 * _MANY_ENDED
_FIRST_MOVED = midi_message.KEY_PRESSURE  # the first status byte of what can be moved
_MOVABLE = (midi_message.SYSTEM - _FIRST_MOVED) * PITCHES
SIZE = _MOVED + PORTS * _MOVABLE
_NOT_ZERO = re.compile(rb"[^\0]")


class NoteLedger:
    """Counts of sounding notes, (ports, channels, pitches), and the name of each port.

    The scheduler increments a count *before* it sends the note-on and decrements it *after* it sent the note-off, so a
    reader finds every note that may sound if the writer was killed. A note-off that was sent may still be on its way
    (a JACK port writes it in its next period) and die with the writer, so the last ones are stored too. For the same
    reason pedals and wheels that were moved stay noted when they come to rest. One writer; a count is one byte, so
    readers need no lock.

    memory: at least SIZE bytes, zero at first, such as a part of a file that host and engine map (`SharedMemory`); None
    for memory of its own.
    """

    def __init__(self, memory: memoryview | None = None) -> None:
        self._bytes: bytearray | memoryview = bytearray(SIZE) if memory is None else memory

    def set_port(self, port: int, name: str) -> None:
        """Store the port's name, so that another process can open it."""
        encoded = name.encode()[:_NAME].decode(errors="ignore").encode().ljust(_NAME, b"\0")
        start = port * _NAME
        self._bytes[start] = 0  # no name, until it is whole
        self._bytes[start + 1 : start + _NAME] = encoded[1:]
        self._bytes[start] = encoded[0]

    def port(self, port: int) -> str:
        """The name of that port, or '' if it has none."""
        start = port * _NAME
        return bytes(self._bytes[start : start + _NAME]).split(b"\0", 1)[0].decode(errors="replace")

    def begin(self, port: int, channel: int, pitch: int) -> bool:
        """Increment a count; False if it is 255 already."""
        place = _place(port, channel, pitch)
        if self._bytes[place] == 255:
            return False
        self._bytes[place] += 1
        return True

    def end(self, port: int, channel: int, pitch: int) -> bool:
        """Decrement a count; False if it is 0 already."""
        place = _place(port, channel, pitch)
        if self._bytes[place] == 0:
            return False
        self._bytes[place] -= 1
        last = self._bytes[_ENDED]
        start = _ENDED + 1 + 3 * last
        self._bytes[start : start + 3] = bytes((port + 1, channel, pitch))
        self._bytes[_ENDED] = (last + 1) % _MANY_ENDED
        return True

    def count(self, port: int, channel: int, pitch: int) -> int:
        return self._bytes[_place(port, channel, pitch)]

    def sounding(self, port: int | None = None) -> Iterator[tuple[int, int, int, int]]:
        """(port, channel, pitch, count) of every sounding note, of one port or all."""
        first, last = (0, PORTS) if port is None else (port, port + 1)
        start = _place(first, 0, 0)
        counts = bytes(self._bytes[start : _place(last, 0, 0)])
        # Nearly all are 0, so search for the others.
        for found in _NOT_ZERO.finditer(counts):
            rest, pitch = divmod(found.start(), PITCHES)
            above, channel = divmod(rest, CHANNELS)
            yield first + above, channel, pitch, counts[found.start()]

    def just_ended(self, port: int) -> set[tuple[int, int]]:
        """(channel, pitch) of that port's notes among the 64 that ended last."""
        ended = bytes(self._bytes[_ENDED + 1 : _MOVED])
        return {(ended[i + 1], ended[i + 2]) for i in range(0, len(ended), 3) if ended[i] == port + 1}

    def move(self, port: int, rest: bytes) -> None:
        """A pedal or wheel is moved there. rest: the message that brings it to rest (`midi_message.at_rest`)."""
        number = 0 if midi_message.kind(rest) == midi_message.PITCH_BEND else rest[1]
        self._bytes[_MOVED + port * _MOVABLE + (rest[0] - _FIRST_MOVED) * PITCHES + number] = 1

    def moved(self, port: int) -> list[bytes]:
        """The messages that bring to rest whatever was moved on that port, in order."""
        start = _MOVED + port * _MOVABLE
        found: list[bytes] = []
        for place in _NOT_ZERO.finditer(bytes(self._bytes[start : start + _MOVABLE])):
            status, number = divmod(place.start(), PITCHES)
            rest = midi_message.at_rest(bytes((_FIRST_MOVED + status, number, 0)))
            found += [] if rest is None else [rest]
        return found

    def forget_moved(self, port: int) -> None:
        """Another port has that number, on which nothing was moved yet."""
        start = _MOVED + port * _MOVABLE
        self._bytes[start : start + _MOVABLE] = bytes(_MOVABLE)

    def clear(self) -> None:
        """Set all counts to 0 and forget what ended or was moved, once all that a dead writer left is at rest."""
        self._bytes[_COUNTS:SIZE] = bytes(SIZE - _COUNTS)

    def close(self) -> None:
        """Release the memory; the counts are lost. Idempotent."""
        if isinstance(self._bytes, memoryview):
            self._bytes.release()
        self._bytes = bytearray(SIZE)


def _place(port: int, channel: int, pitch: int) -> int:
    return _COUNTS + (port * CHANNELS + channel) * PITCHES + pitch
