# cython: boundscheck=True
# ruff: noqa: ERA001 (the line above)
"""The messages of one track of a MIDI file.

Where this is compiled, boundaries are checked all the same: an IndexError is how a track ends that is cut short.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from musiclstm.music.smf.content import (
    DEVICE_NAME,
    END_OF_TRACK,
    MARKER,
    PORT,
    TEMPO,
    TIME_SIGNATURE,
    TRACK_NAME,
    DamagedError,
    Track,
)

# From 120 on, all but local control concern all notes or controllers of the channel.
_SUSTAIN, _ALL_SOUND_OFF, _LOCAL_CONTROL = 64, 120, 122
# Data bytes of system common messages, which do not belong into a file.
_SYSTEM_COMMON = {0xF1: 1, 0xF2: 2, 0xF3: 1}
_TEXT, _TEXTS = 1, range(1, 10)
_MOST_MARKERS = 5000
MOST = 1_000_000
"""The most messages of a file: each takes some hundred bytes of memory. A long symphony has a tenth of them."""
_MOST_TEXT = 1 << 14  # bytes


@dataclass(slots=True)
class Found:
    """What one pass over a track found.

    name, texts: its name (or nothing) and all its texts, as bytes. tempos: (tick, microseconds a beat). meters: (tick,
    numerator, denominator). at: the index of the byte after the last one read. ended: whether an end-of-track event
    ended it. cut: whether it breaks off in the middle of a message.
    """

    track: Track = field(default_factory=Track)
    name: bytes = b""
    texts: list[bytes] = field(default_factory=list)
    tempos: list[tuple[int, int]] = field(default_factory=list)
    meters: list[tuple[int, int, int]] = field(default_factory=list)
    markers: list[tuple[int, bytes]] = field(default_factory=list)
    at: int = 0
    ended: bool = False
    cut: bool = False


class TooManyError(DamagedError):
    """It has more messages than there is memory for."""


Ports = dict[tuple[int, bytes], int]


def read_track(data: bytes, ports: Ports, most: int = MOST) -> Found:
    """Reads a track from the first byte to its end-of-track event, or to the end of the data.

    ports: the number that each port (its own number, its name) has here; new ones are added. Raises DamagedError.
    """
    found = Found()
    try:
        _read(data, found, ports, most)
    except IndexError:
        found.cut = True
        found.at = len(data)
    return found


def _read(data: bytes, found: Found, ports: Ports, most: int) -> None:
    """One pass over a track's bytes: the hot loop of reading a corpus. Raises IndexError if they end too early."""
    at, tick, running, end, count = 0, 0, 0, len(data), 0
    # A message takes two bytes or more.
    most_here = max(0, min(most, end // 2))
    rows = np.empty((most_here + 1, 4), dtype=np.int64)
    # Typed where this is compiled.
    messages = rows
    port, place = 0, (0, b"")
    try:
        while at < end:
            byte = data[at]
            at += 1
            if byte < 0x80:
                tick += byte
            else:
                delta, at = _number(data, at - 1)
                tick += delta
            status = data[at]
            if status < 0x80:
                status = running
            else:
                at += 1
            if 0x80 <= status < 0xF0:
                running = status
                kind = status >> 4
                first = data[at]
                at += 1
                if first > 0x7F:
                    first, at = _data_byte(data, at - 1)
                second = 0
                if kind not in (0xC, 0xD):
                    second = data[at]
                    at += 1
                    if second > 0x7F:
                        second, at = _data_byte(data, at - 1)
                if kind <= 0x9 or kind == 0xC or (kind == 0xB and _is_kept(first)):
                    messages[count, 0] = tick
                    messages[count, 1] = status | port
                    messages[count, 2] = first
                    messages[count, 3] = second
                    count += 1
                    if count > most:
                        raise TooManyError(f"it has more than {MOST:,} messages")
            elif status == 0xFF:
                kind = data[at]
                length, at = _number(data, at + 1)
                if kind == END_OF_TRACK:
                    found.at, found.ended = min(at + length, end), True
                    return
                if at + length > end:
                    raise IndexError
                content = data[at : at + length]
                at += length
                if kind in (PORT, DEVICE_NAME) and content:
                    place = (content[0], place[1]) if kind == PORT else (place[0], content)
                    port = ports.setdefault(place, len(ports)) << 8
                else:
                    _meta(kind, content, tick, found)
                    if len(found.tempos) + len(found.meters) > most:
                        raise TooManyError(f"it has more than {MOST:,} messages")
            elif status in (0xF0, 0xF7):
                length, at = _number(data, at)
                at += length
                if at > end:
                    raise IndexError
            elif status:
                # These belong on a cable, not in a file: real time (F8 to FE), and system common with its data.
                at += _SYSTEM_COMMON.get(status, 0)
            else:
                raise DamagedError("a track contains an invalid MIDI message")
    finally:
        found.track.end = tick
        found.track.messages = rows[:count].copy()
    found.at = at


def _is_kept(controller: int) -> bool:
    return controller == _SUSTAIN or (controller >= _ALL_SOUND_OFF and controller != _LOCAL_CONTROL)


def _data_byte(data: bytes, at: int) -> tuple[int, int]:
    """The next data byte, past real-time bytes in the middle of a message, and the index of the byte after it."""
    while 0xF8 <= data[at] < 0xFF:
        at += 1
    if data[at] > 0x7F:
        raise DamagedError("a message contains a value over 127")
    return data[at], at + 1


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A variable-length number (at most four bytes), and the index of the byte after it."""
    value = 0
    for offset in range(4):
        byte = data[at + offset]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + offset + 1
    raise DamagedError("a number in it is longer than four bytes")


def _meta(kind: int, content: bytes, tick: int, found: Found) -> None:
    if kind in _TEXTS:
        if kind == TRACK_NAME and not found.name:
            found.name = content[:_MOST_TEXT]
        if len(found.texts) < 1000:
            found.texts.append(content[:1000])
        if kind in (_TEXT, MARKER) and len(found.markers) < _MOST_MARKERS:
            found.markers.append((tick, content[:100]))
    elif kind == TEMPO and len(content) == 3 and any(content):
        found.tempos.append((tick, int.from_bytes(content, "big")))
    elif kind == TIME_SIGNATURE and len(content) >= 2 and content[0] and content[1] <= 6:
        found.meters.append((tick, content[0], 1 << content[1]))
