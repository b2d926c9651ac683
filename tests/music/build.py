"""MIDI files made of bytes: `song(track((0, ON), (480, OFF)))`."""

from __future__ import annotations


def number(value: int) -> bytes:
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))


def chunk(kind: bytes, content: bytes, length: int | None = None) -> bytes:
    """length: what the chunk says, if that is a lie."""
    return kind + (len(content) if length is None else length).to_bytes(4, "big") + content


def meta(kind: int, content: bytes) -> bytes:
    return bytes((0xFF, kind)) + number(len(content)) + content


def on(pitch: int, velocity: int = 80, channel: int = 0) -> bytes:
    return bytes((0x90 | channel, pitch, velocity))


def off(pitch: int, channel: int = 0) -> bytes:
    return bytes((0x80 | channel, pitch, 0))


def cc(controller: int, value: int = 0, channel: int = 0) -> bytes:
    return bytes((0xB0 | channel, controller, value))


def program(value: int, channel: int = 0) -> bytes:
    return bytes((0xC0 | channel, value))


def tempo(bpm: float) -> bytes:
    return meta(0x51, round(60e6 / bpm).to_bytes(3, "big"))


def meter(numerator: int, power: int) -> bytes:
    return meta(0x58, bytes((numerator, power, 24, 8)))


END = meta(0x2F, b"")


def content(*events: tuple[float, bytes], end: float | None = 0) -> bytes:
    """(beat, message) in any order, 480 ticks to a beat; end: beats after the last one, None: no end of track."""
    data, now = b"", 0
    for beat, message in sorted(events, key=lambda event: event[0]):
        data += number(round(beat * 480) - now) + message
        now = round(beat * 480)
    return data if end is None else data + number(round(end * 480)) + END


def track(*events: tuple[float, bytes], end: float | None = 0) -> bytes:
    return chunk(b"MTrk", content(*events, end=end))


def song(*tracks: bytes, form: int = 1, count: int | None = None, division: int = 480) -> bytes:
    count = len(tracks) if count is None else count
    head = b"".join(each.to_bytes(2, "big") for each in (form, count, division))
    return chunk(b"MThd", head) + b"".join(tracks)


def scale(count: int = 8, channel: int = 0, start: float = 0.0) -> list[tuple[float, bytes]]:
    """A note on each beat."""
    rows = [(start + i, on(60 + i % 12, channel=channel)) for i in range(count)]
    return rows + [(start + i + 0.9, off(60 + i % 12, channel)) for i in range(count)]
