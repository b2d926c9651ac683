"""Serialise a MIDI file."""

from __future__ import annotations

from musiclstm.music.smf.content import (
    END_OF_TRACK,
    FRAMES,
    LENGTHS,
    MARKER,
    TEMPO,
    TIME_SIGNATURE,
    TRACK_NAME,
    File,
    Track,
)

# The largest number that four bytes of seven bits hold.
_LARGEST = (1 << 28) - 1


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
    for number, frames in FRAMES.items():
        ticks = round(file.division / frames)
        if 0 < ticks < 0x100 and frames * ticks == file.division:
            return bytes((0x100 - number, ticks))
    raise ValueError(f"{file.division:g} ticks per second do not fit into a MIDI file")


def _conductor(file: File) -> list[tuple[int, bytes]]:
    """Tempos and time signatures as (tick, meta event), in order of time; a tempo comes before a meter."""
    events = [(tick, _meta_event(TEMPO, tempo.to_bytes(3, "big"))) for tick, tempo in file.tempos]
    for tick, numerator, denominator in file.meters:
        power = denominator.bit_length() - 1
        if denominator != 1 << power:
            raise ValueError(f"a time signature of {numerator}/{denominator} does not fit into a MIDI file")
        # A click of the metronome every 24 MIDI clocks, and eight 32nd notes per quarter note.
        events.append((tick, _meta_event(TIME_SIGNATURE, bytes((numerator, power, 24, 8)))))
    events += [(tick, _meta_event(MARKER, text.encode("utf-8", "replace"))) for tick, text in file.markers]
    return sorted(events, key=lambda event: event[0])


def _track_content(track: Track, meta: list[tuple[int, bytes]]) -> bytes:
    content = bytearray()
    if track.name:
        content += _variable_length(0) + _meta_event(TRACK_NAME, track.name.encode("utf-8", "replace"))
    events = meta + [(tick, _channel_message(*message)) for tick, *message in track.messages.tolist()]
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
    return bytes(content + _variable_length(max(0, track.end - now)) + _meta_event(END_OF_TRACK, b""))


def _channel_message(status: int, first: int, second: int) -> bytes:
    if not (0 <= first < 0x80 and 0 <= second < 0x80):
        raise ValueError("a MIDI message contains a value outside 0 to 127")
    return bytes((status, first, second)[: 1 + LENGTHS[status >> 4]])


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
