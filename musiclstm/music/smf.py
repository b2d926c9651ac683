"""Standard MIDI Files: parse their bytes, and serialise them again.

Only what is music here survives: notes, programs, the sustain pedal, track names, tempos and time signatures.
Our own because mido takes a hundred times as long to read a corpus, and symusic does not report the channel of a note
or a pedal. Source: The Complete MIDI 1.0 Detailed Specification, Standard MIDI Files 1.0.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# (tick, status, first data byte, second data byte or 0); ticks count from the start of the file
Message = tuple[int, int, int, int]

_SUSTAIN = 64
_TRACK_NAME, _END_OF_TRACK, _TEMPO, _TIME_SIGNATURE = 0x03, 0x2F, 0x51, 0x58
# Length of the data that follows each kind of channel message, by the upper four bits of its status.
_LENGTHS = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
# Frames per second of SMPTE time code, by the number in the header; 29 is 30 drop-frame.
_FRAMES = {24: 24.0, 25: 25.0, 29: 30000 / 1001, 30: 30.0}
# The largest number that four bytes of seven bits hold.
_LARGEST = (1 << 28) - 1


class DamagedError(Exception):
    """The bytes are not a whole Standard MIDI File; the message completes "It cannot be read: …"."""


@dataclass(slots=True)
class Track:
    """One track: its name, its note, program and sustain pedal messages in order of time, and the tick it ends at."""

    name: str = ""
    messages: list[Message] = field(default_factory=list)
    end: int = 0


@dataclass(slots=True)
class File:
    """What a file contains, whatever its format.

    division: ticks per quarter note, or ticks per second (SMPTE time code) if `seconds` is set.
    tempos: (tick, microseconds per quarter note); meters: (tick, numerator, denominator); both in order of time, from
        whichever track. `serialise` writes them into the first track.
    """

    division: float
    seconds: bool = False
    tracks: list[Track] = field(default_factory=list)
    tempos: list[tuple[int, int]] = field(default_factory=list)
    meters: list[tuple[int, int, int]] = field(default_factory=list)


# ---- reading ---------------------------------------------------------------------------------------------------------


def parse(data: bytes) -> File:
    """Read a file of format 0 or 1. Raises DamagedError."""
    if data[:4] == b"RIFF" and data[8:16] == b"RMIDdata":  # a RIFF container (.rmi) around the same bytes
        data = data[20:]
    if data[:4] != b"MThd":
        raise DamagedError("it does not start with a MIDI header")
    if len(data) < 14:
        raise DamagedError("it is cut short")
    format_, count = int.from_bytes(data[8:10], "big"), int.from_bytes(data[10:12], "big")
    if format_ > 1:
        raise DamagedError(f"it is of format {format_}; save it as format 0 or 1")
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
    frames = _FRAMES.get(0x100 - first)
    if frames is None or second == 0:
        raise DamagedError("its time division is invalid")
    return File(frames * second, seconds=True)


def _track(data: bytes, file: File) -> Track:
    """One pass over a track's bytes: the hot loop of reading a corpus. Raises IndexError if they end too early."""
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
                raise DamagedError("a message contains a value over 127")
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
            raise DamagedError("a track contains an invalid MIDI message")
    track.end = tick
    return track


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A variable-length number (at most four bytes), and the index of the byte after it."""
    value = 0
    for offset in range(4):
        byte = data[at + offset]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + offset + 1
    raise DamagedError("a number in it is longer than four bytes")


def _meta(kind: int, content: bytes, tick: int, track: Track, file: File) -> None:
    if kind == _TRACK_NAME and not track.name:
        track.name = _text(content)
    elif kind == _TEMPO and len(content) == 3 and any(content):
        file.tempos.append((tick, int.from_bytes(content, "big")))
    elif kind == _TIME_SIGNATURE and len(content) >= 2 and content[0] and content[1] <= 6:
        file.meters.append((tick, content[0], 1 << content[1]))


def _text(content: bytes) -> str:
    """Decode a name. The standard leaves the encoding open; what is not UTF-8 is nearly always Latin-1."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


# ---- writing ---------------------------------------------------------------------------------------------------------


def serialise(file: File) -> bytes:
    """A file of format 1 that `parse` reads as `file`; the same file always gives the same bytes.

    Tempos and time signatures go into the first track, before its messages at the same tick. Running status is used.
    Raises ValueError if a value does not fit into its bytes, or the messages of a track are not in order of time.
    """
    header = (1).to_bytes(2, "big") + len(file.tracks).to_bytes(2, "big") + _division(file)
    content = _chunk(b"MThd", header)
    for index, track in enumerate(file.tracks):
        content += _chunk(b"MTrk", _track_content(track, _conductor(file) if index == 0 else []))
    return content


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + len(content).to_bytes(4, "big") + content


def _division(file: File) -> bytes:
    if not file.seconds:
        if not (file.division == int(file.division) and 0 < file.division < 0x8000):
            raise ValueError(f"{file.division:g} ticks per quarter note do not fit into a MIDI file")
        return int(file.division).to_bytes(2, "big")
    for number, frames in _FRAMES.items():
        ticks = round(file.division / frames)
        if 0 < ticks < 0x100 and frames * ticks == file.division:
            return bytes((0x100 - number, ticks))
    raise ValueError(f"{file.division:g} ticks per second do not fit into a MIDI file")


def _conductor(file: File) -> list[tuple[int, bytes]]:
    """Tempos and time signatures as (tick, meta event), in order of time; a tempo comes before a meter."""
    events = [(tick, _meta_event(_TEMPO, tempo.to_bytes(3, "big"))) for tick, tempo in file.tempos]
    for tick, numerator, denominator in file.meters:
        power = denominator.bit_length() - 1
        if denominator != 1 << power:
            raise ValueError(f"a time signature of {numerator}/{denominator} does not fit into a MIDI file")
        # A click of the metronome every 24 MIDI clocks, and eight 32nd notes per quarter note.
        events.append((tick, _meta_event(_TIME_SIGNATURE, bytes((numerator, power, 24, 8)))))
    return sorted(events, key=lambda event: event[0])


def _track_content(track: Track, meta: list[tuple[int, bytes]]) -> bytes:
    content = bytearray()
    if track.name:
        content += _variable_length(0) + _meta_event(_TRACK_NAME, track.name.encode("utf-8", "replace"))
    events = meta + [(tick, _channel_message(*message)) for tick, *message in track.messages]
    if meta:
        events.sort(key=lambda event: event[0])
    now = running = 0
    for tick, event in events:
        content += _variable_length(tick - now)
        now = tick
        status = event[0]
        content += event[1:] if status == running else event
        # A meta event ends running status.
        running = status if status < 0xF0 else 0
    return bytes(content + _variable_length(max(0, track.end - now)) + _meta_event(_END_OF_TRACK, b""))


def _channel_message(status: int, first: int, second: int) -> bytes:
    if not (0 <= first < 0x80 and 0 <= second < 0x80):
        raise ValueError("a MIDI message contains a value outside 0 to 127")
    return bytes((status, first, second)[: 1 + _LENGTHS[status >> 4]])


def _meta_event(kind: int, content: bytes) -> bytes:
    return bytes((0xFF, kind)) + _variable_length(len(content)) + content


def _variable_length(number: int) -> bytes:
    """Big-endian, seven bits per byte, the upper bit set in all but the last."""
    if not 0 <= number <= _LARGEST:
        raise ValueError("a pause in it is negative or too long for a MIDI file")
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | 0x80)
    return bytes(reversed(groups))
