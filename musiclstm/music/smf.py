"""The bytes of a Standard MIDI File, as far as they are music.

Reading is our own: mido takes a hundred times as long for a corpus, and symusic does not say on which channel a note
or a pedal is. Source: The Complete MIDI 1.0 Detailed Specification, Standard MIDI Files 1.0.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# (tick, status, first data byte, second data byte or 0)
Message = tuple[int, int, int, int]

_SUSTAIN = 64
_TRACK_NAME, _END_OF_TRACK, _TEMPO, _TIME_SIGNATURE = 0x03, 0x2F, 0x51, 0x58
# Length of the data that follows each kind of channel message, by the upper four bits of its status.
_LENGTHS = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}


class DamagedError(Exception):
    """The bytes are not a whole Standard MIDI File; the message says what is wrong with them."""


@dataclass(slots=True)
class Track:
    """One track: its name, and its note, program and sustain pedal messages in order."""

    name: str = ""
    messages: list[Message] = field(default_factory=list)
    end: int = 0


@dataclass(slots=True)
class File:
    """A parsed file.

    division: ticks a quarter note, or if `seconds` is set ticks a second (SMPTE time code). tempos: (tick,
    microseconds a quarter); meters: (tick, numerator, denominator); both in order of time, from whichever track.
    """

    division: float
    seconds: bool = False
    tracks: list[Track] = field(default_factory=list)
    tempos: list[tuple[int, int]] = field(default_factory=list)
    meters: list[tuple[int, int, int]] = field(default_factory=list)


def parse(data: bytes) -> File:
    """The music in `data`. Raises DamagedError."""
    if data[:4] == b"RIFF" and data[8:16] == b"RMIDdata":  # Windows' wrapping of the same
        data = data[20:]
    if data[:4] != b"MThd":
        raise DamagedError("it does not begin like one")
    if len(data) < 14:
        raise DamagedError("it is cut short")
    form, count = int.from_bytes(data[8:10], "big"), int.from_bytes(data[10:12], "big")
    if form > 1:
        raise DamagedError("it holds separate patterns (format 2) or is of an unknown format")
    file = _header(data[12], data[13])
    at = 8 + int.from_bytes(data[4:8], "big")
    while len(file.tracks) < count:
        if at + 8 > len(data):
            raise DamagedError("it is cut short")
        start, end = at + 8, at + 8 + int.from_bytes(data[at + 4 : at + 8], "big")
        if end > len(data):
            raise DamagedError("it is cut short")
        if data[at : at + 4] == b"MTrk":
            try:
                file.tracks.append(_track(data[start:end], file))
            except IndexError:
                raise DamagedError("a track ends in the middle of a message") from None
        at = end
    file.tempos.sort(key=lambda tempo: tempo[0])
    file.meters.sort(key=lambda meter: meter[0])
    return file


def _header(first: int, second: int) -> File:
    if first < 0x80:
        if (division := first << 8 | second) == 0:
            raise DamagedError("its time division is 0")
        return File(division)
    # 30 drop-frame (29) is 29.97 frames a second.
    frames = {24: 24.0, 25: 25.0, 29: 30000 / 1001, 30: 30.0}.get(0x100 - first)
    if frames is None or second == 0:
        raise DamagedError("its time division makes no sense")
    return File(frames * second, seconds=True)


def _track(data: bytes, file: File) -> Track:
    """One pass over a track's bytes; the hot loop of reading a corpus. IndexError where they end too early."""
    track = Track()
    append = track.messages.append
    at, tick, running, end = 0, 0, 0, len(data)
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
            if _LENGTHS[kind] == 2:
                second = data[at + 1]
                at += 2
            else:
                second = 0
                at += 1
            if first > 0x7F or second > 0x7F:
                raise DamagedError("a message has a value over 127")
            if kind in (0x8, 0x9, 0xC) or (kind == 0xB and first == _SUSTAIN):
                append((tick, status, first, second))
        elif status == 0xFF:
            kind = data[at]
            length, at = _number(data, at + 1)
            if at + length > end:
                raise DamagedError("a track ends in the middle of a message")
            if kind == _END_OF_TRACK:
                break
            _meta(kind, data[at : at + length], tick, track, file)
            at += length
        elif status in (0xF0, 0xF7):
            length, at = _number(data, at)
            at += length
            if at > end:
                raise DamagedError("a track ends in the middle of a message")
        else:
            raise DamagedError("a track holds something that is no MIDI message")
    track.end = tick
    return track


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A variable-length number (at most four bytes) and where what follows it begins."""
    value = 0
    for offset in range(4):
        byte = data[at + offset]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + offset + 1
    raise DamagedError("a number in it is too long")


def _meta(kind: int, content: bytes, tick: int, track: Track, file: File) -> None:
    if kind == _TRACK_NAME and not track.name:
        track.name = _text(content)
    elif kind == _TEMPO and len(content) == 3 and any(content):
        file.tempos.append((tick, int.from_bytes(content, "big")))
    elif kind == _TIME_SIGNATURE and len(content) >= 2 and content[0] and content[1] <= 6:
        file.meters.append((tick, content[0], 1 << content[1]))


def _text(content: bytes) -> str:
    """The standard leaves the encoding open; what is not UTF-8 is nearly always Latin-1."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
