"""Spans: the notes of a MIDI file in ticks."""

from __future__ import annotations

from typing import NamedTuple

from musiclstm.music.columns import Ints
from musiclstm.music.smf import File

PERCUSSION_CHANNEL = 9
# How long a note may last that nothing ends: 8 beats, which are 4 seconds at 120 BPM.
_BOUND_BEATS, _BOUND_SECONDS = 8, 4
# A line has fewer bits, as each port takes five bytes of a file.
_LINE_BITS = 36

# Track, line, and the program that the notes were struck with: what becomes a part.
Voice = tuple[int, int, int]


class Spans(NamedTuple):
    """The notes of a file, a column for each of their values; in no particular order.

    voice: index into `voices`, which are sorted and have notes each. start, end: ticks.
    """

    voices: list[Voice]
    voice: Ints
    start: Ints
    end: Ints
    pitch: Ints
    velocity: Ints


def channel_of(line: int) -> int:
    """0..15."""
    return line & 0xF


def player_of(track: int, line: int) -> int:
    """Both as one number, which sorts as they do."""
    return track << _LINE_BITS | line


def track_and_line(player: int) -> tuple[int, int]:
    return player >> _LINE_BITS, player & (1 << _LINE_BITS) - 1


def bound_of(file: File) -> int:
    """Ticks that a note may last which nothing ends."""
    return round(file.division * (_BOUND_SECONDS if file.seconds else _BOUND_BEATS))
