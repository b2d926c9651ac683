"""Notes of pitches that are not ended as often as struck, or by messages that end all notes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from musiclstm.music.columns import Ints
from musiclstm.music.midi_notes.controls import Controls
from musiclstm.music.midi_notes.spans import PERCUSSION_CHANNEL, bound_of, channel_of, track_and_line
from musiclstm.music.smf import File, Messages

# (tick, velocity) of a note-on, or (tick, 0) of a note-off
Move = tuple[int, int]


def unended(file: File, controls: Controls, moves: Mapping[int, Sequence[Move]], last_end: int) -> Ints:
    """Columns of start, end, pitch, velocity and player of the notes of these pitches.

    moves: by player and pitch as one number, those of one pitch in order of time. last_end: of all other notes.
    """
    found: list[tuple[int, int, int, int, int]] = []
    unknown: list[tuple[int, int, int, int]] = []
    guessed = 0
    for key, each in moves.items():
        player, pitch = key >> 7, key & 0x7F
        track, line = track_and_line(player)
        for start, end, velocity, certain in _paired(each, controls.ends.get(line, ())):
            guessed += not certain and channel_of(line) != PERCUSSION_CHANNEL
            if end is None:
                unknown.append((start, pitch, velocity, player))
            else:
                found.append((start, end, pitch, velocity, player))
                last_end = max(last_end, end)
    last, bound = max(_last_tick(file), last_end), bound_of(file)
    for start, pitch, velocity, player in unknown:
        track, _ = track_and_line(player)
        until = last if last_end > start else file.tracks[track].end
        found.append((start, max(start, min(until, start + bound)), pitch, velocity, player))
    if guessed:
        file.warn(
            f"{_notes(guessed)} never ended; cut off at the next of that pitch, at the end or after a few seconds"
        )
    notes: Ints = np.array(found, dtype=np.int64).reshape(-1, 5).T
    return notes


def _last_tick(file: File) -> int:
    """The last tick of all messages of notes."""
    return max(int(track.messages[:, 0].max(initial=0, where=_are_notes(track.messages))) for track in file.tracks)


def _are_notes(messages: Messages) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = messages[:, 1] & 0xF0 <= 0x90
    return found


def _notes(count: int) -> str:
    return "1 note is" if count == 1 else f"{count:,} notes are"


# Start, end or None, velocity, and whether that is what the file says.
_Paired = tuple[int, "int | None", int, bool]


def _paired(moves: Sequence[Move], ends: Sequence[int]) -> Iterator[_Paired]:
    """The notes of one pitch. ends: ticks at which all of the line's notes end."""
    period: list[Move] = []  # since the pitch was last silent
    sounding = 0
    at = 0
    for tick, velocity in moves:
        if sounding:
            at = bisect_right(ends, period[0][0], at)
            # At one tick a note-off comes before, a note-on after what ends all notes.
            while sounding and at < len(ends) and ends[at] < tick + bool(velocity):
                yield from _closed(period, ends[at])
                period, sounding = [], 0
                at += 1
        if velocity:
            period.append((tick, velocity))
            sounding += 1
        elif sounding:
            period.append((tick, 0))
            sounding -= 1
            if not sounding:
                yield from _in_order(period)
                period = []
    if sounding:
        at = bisect_right(ends, period[0][0], at)
        yield from _closed(period, ends[at] if at < len(ends) else None)


def _in_order(period: Sequence[Move]) -> Iterator[_Paired]:
    """The notes of a period with as many note-offs as note-ons: each ends the earliest note."""
    offs = (tick for tick, velocity in period if not velocity)
    for start, velocity in period:
        if velocity:
            yield start, next(offs), velocity, True


def _closed(period: Sequence[Move], end: int | None) -> Iterator[_Paired]:
    """Fewer note-offs than note-ons: a strike ends the note before it. end: of what still sounds, if it is known."""
    since = loudness = 0  # of the note that sounds, if the loudness is above 0
    for tick, velocity in period:
        if velocity and loudness and tick == since:
            loudness = max(loudness, velocity)
            continue
        if loudness:
            yield since, tick, loudness, not velocity
        since, loudness = tick, velocity
    if loudness:
        yield since, end, loudness, end is not None
