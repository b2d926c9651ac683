"""The notes of a MIDI file: note-ons paired with note-offs, programs, the sustain pedal."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict

from musiclstm.music.smf import File

PERCUSSION_CHANNEL = 9

# (start tick, end tick, pitch, velocity)
Span = tuple[int, int, int, int]


def spans_of(file: File) -> dict[tuple[int, int], list[Span]]:
    """Notes of each (track, channel), in order of their ends.

    A note-off ends the earliest of several equal notes that sound. A note without one lasts until its track ends.
    """
    spans: dict[tuple[int, int], list[Span]] = {}
    for index, track in enumerate(file.tracks):
        sounding: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        for tick, status, pitch, velocity in track.messages:
            kind, channel = status >> 4, status & 0xF
            if kind == 0x9 and velocity:
                sounding[channel, pitch].append((tick, velocity))
            elif kind <= 0x9 and sounding[channel, pitch]:
                start, on_velocity = sounding[channel, pitch].pop(0)
                spans.setdefault((index, channel), []).append((start, tick, pitch, on_velocity))
        for (channel, pitch), left in sounding.items():
            for start, velocity in left:
                spans.setdefault((index, channel), []).append((start, track.end, pitch, velocity))
    return dict(sorted(spans.items()))


def programs_of(file: File) -> dict[tuple[int, int], int]:
    """First program of each (track, channel), and under track -1 the first of each channel in any track."""
    programs: dict[tuple[int, int], int] = {}
    for index, track in enumerate(file.tracks):
        for _, status, program, _ in track.messages:
            if status >> 4 == 0xC:
                programs.setdefault((index, status & 0xF), program)
                programs.setdefault((-1, status & 0xF), program)
    return programs


def sustain(spans: dict[tuple[int, int], list[Span]], file: File) -> None:
    """Prolong, in `spans`, the notes that end while the pedal of their channel is down.

    They sound until the pedal is lifted, the same key is struck again, or the file ends.
    """
    pedals = _pedals(file)
    if not pedals:
        return
    strikes: dict[tuple[int, int], list[int]] = defaultdict(list)
    for (_, channel), notes in spans.items():
        if channel in pedals:
            for start, _, pitch, _ in notes:
                strikes[channel, pitch].append(start)
    for line in strikes.values():
        line.sort()
    end = max(track.end for track in file.tracks)
    for (index, channel), notes in spans.items():
        if moves := pedals.get(channel):
            spans[index, channel] = [_sustained(span, moves, strikes[channel, span[2]], end) for span in notes]


def _pedals(file: File) -> dict[int, list[tuple[int, bool]]]:
    """For each channel whose sustain pedal is used, (tick, down) of each change, from whichever track."""
    values: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for track in file.tracks:
        for tick, status, _, value in track.messages:
            if status >> 4 == 0xB and status & 0xF != PERCUSSION_CHANNEL:
                values[status & 0xF].append((tick, value))
    pedals: dict[int, list[tuple[int, bool]]] = {}
    for channel, line in values.items():
        moves = pedals[channel] = []
        for tick, value in sorted(line, key=lambda move: move[0]):
            down = value >= 64
            if down != (moves[-1][1] if moves else False):
                moves.append((tick, down))
    return pedals


def _sustained(span: Span, moves: list[tuple[int, bool]], strikes: list[int], end: int) -> Span:
    """One note prolonged. moves: of the pedal; strikes: when its key is struck; end: of the file."""
    start, stop, pitch, velocity = span
    following = bisect_right(moves, (stop, True))
    if following == 0 or not moves[following - 1][1]:
        return span
    until = moves[following][0] if following < len(moves) else end
    again = bisect_right(strikes, start)
    if again < len(strikes):
        until = min(until, strikes[again])
    return start, max(stop, until), pitch, velocity
