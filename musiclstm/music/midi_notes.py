"""The notes of a MIDI file: note-ons paired with what ends them, programs, the sustain pedal.

A line is a channel of a port, as in the status of a message: what happens on one concerns all tracks that use it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np

from musiclstm.music.columns import Ints, order_of
from musiclstm.music.smf import File, messages_of

PERCUSSION_CHANNEL = 9
_SUSTAIN, _ALL_SOUND_OFF, _RESET_CONTROLLERS = 64, 120, 121
# How long a note may last that nothing ends: 8 beats, which are 4 seconds at 120 BPM.
_BOUND_BEATS, _BOUND_SECONDS = 8, 4

# Track, line, and the program that the notes were struck with: what becomes a part.
Voice = tuple[int, int, int]
# (tick, velocity) of a note-on, or (tick, 0) of a note-off
_Move = tuple[int, int]
# A track, a line and a pitch as one number; a line has fewer than this many bits, as each port takes five bytes of a
# file.
_LINE_BITS, _PITCH_BITS, _PROGRAM_BITS = 36, 7, 7
# A tick has fewer, or the file had petabytes.
_TICK_BITS = 55
_NEVER = np.iinfo(np.int64).max


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


def bound_of(file: File) -> int:
    """Ticks that a note may last which nothing ends."""
    return round(file.division * (_BOUND_SECONDS if file.seconds else _BOUND_BEATS))


# ---- what concerns a whole line --------------------------------------------------------------------------------------


# Ticks in order, and a value from each of them on.
_Changes = tuple[Ints, Ints]


@dataclass
class Controls:
    """By line, in order of time and from whichever track.

    ends, silences: ticks at which all its notes end; at which they end although the pedal is down.
    pedal: (tick, value) of the sustain pedal; a reset lifts it. programs: of each line. own_programs: the same by
    (track, line).
    """

    ends: dict[int, list[int]]
    silences: dict[int, list[int]]
    pedal: dict[int, list[tuple[int, int]]]
    programs: dict[int, _Changes]
    own_programs: dict[tuple[int, int], _Changes]

    def program(self, track: int, line: int, ticks: Ints) -> Ints:
        """Programs with which notes are struck: the track's own, else another track's for the same line, else 0."""
        found = np.zeros_like(ticks)
        for changes in (self.programs.get(line), self.own_programs.get((track, line))):
            if changes:
                before = np.searchsorted(changes[0], ticks, side="right")
                found = np.where(before > 0, changes[1][before - 1], found)
        return found


def controls_of(file: File) -> Controls:
    ends: dict[int, list[int]] = defaultdict(list)
    silences: dict[int, list[int]] = defaultdict(list)
    pedal: dict[int, list[tuple[int, int]]] = defaultdict(list)
    programs: dict[int, list[tuple[int, int]]] = defaultdict(list)
    own_programs: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for index, track in enumerate(file.tracks):
        others = np.flatnonzero(track.messages[:, 1] & 0xF0 > 0x90)
        for tick, status, first, second in track.messages[others].tolist():
            kind, line = status >> 4 & 0xF, status & ~0xF0
            if kind == 0xC:
                programs[line].append((tick, first))
                own_programs[index, line].append((tick, first))
            elif kind == 0xB:
                if first == _SUSTAIN:
                    pedal[line].append((tick, second))
                elif first == _RESET_CONTROLLERS:
                    pedal[line].append((tick, 0))
                else:
                    ends[line].append(tick)
                    if first == _ALL_SOUND_OFF:
                        silences[line].append(tick)
    for ticks in chain(ends.values(), silences.values()):
        ticks.sort()
    for moves in pedal.values():
        moves.sort(key=lambda move: move[0])
    of_lines = {line: _changes(rows) for line, rows in programs.items()}
    of_tracks = {player: _changes(rows) for player, rows in own_programs.items()}
    return Controls(ends, silences, pedal, of_lines, of_tracks)


def _changes(rows: list[tuple[int, int]]) -> _Changes:
    ticks, values = np.array(sorted(rows, key=lambda row: row[0])).T
    return ticks, values


# ---- notes -----------------------------------------------------------------------------------------------------------


def spans_of(file: File, controls: Controls) -> Spans:
    """The notes of a file; warns of those that are never ended.

    A note-off ends the earliest of several equal notes that sound. Where there are fewer note-offs than note-ons, a
    strike ends the note before it. What still sounds then ends with the last note of the file, or where the track ends
    if nothing ends after it; in any case after `bound_of` ticks.
    """
    keys, ticks, velocities = _moves_of(file)
    starts = _starts(keys)
    sizes = np.diff(starts, append=len(keys))
    # Nearly all pitches are ended as often as they are struck, and not before: those are paired here, at once.
    strikes = velocities > 0
    sounding = np.cumsum(np.where(strikes, 1, -1))
    before, after = np.append(0, sounding)[starts], np.append(0, sounding)[starts + sizes]
    odd = (before != after) | (_least(sounding, starts) < before)
    if controls.ends:
        odd |= np.isin(keys[starts] >> _PITCH_BITS & (1 << _LINE_BITS) - 1, list(controls.ends))
    rest = np.repeat(odd, sizes) if odd.any() else np.zeros(len(keys), dtype=np.bool_)
    struck, ended = np.flatnonzero(strikes > rest), np.flatnonzero(~(strikes | rest))
    key, start, end, velocity = keys[struck], ticks[struck], ticks[ended], velocities[struck]
    if len(struck) + len(ended) < len(keys):
        moves = keys[rest], ticks[rest], velocities[rest]
        others = _others(file, controls, moves, int(ticks.max()), int(end.max(initial=0)))
        key, start, end, velocity = np.concatenate(((key, start, end, velocity), others), axis=1)
    voices, voice = _voices(key >> _PITCH_BITS, start, controls)
    return Spans(voices, voice, start, end, key & (1 << _PITCH_BITS) - 1, velocity)


def _moves_of(file: File) -> tuple[Ints, Ints, Ints]:
    """Keys (track, line and pitch), ticks and velocities (0 for a note-off) of all notes' messages.

    Sorted by key, and for each in order of time.
    """
    messages = np.concatenate([messages_of([]), *(track.messages for track in file.tracks)])
    lengths = np.array([len(track.messages) for track in file.tracks], dtype=np.int64)
    tracks = np.repeat(np.arange(len(file.tracks)), lengths)
    notes = np.flatnonzero(messages[:, 1] & 0xF0 <= 0x90)
    ticks, status, pitches, velocities = messages.take(notes, axis=0).T
    keys = (tracks[notes] << _LINE_BITS | status & ~0xF0) << _PITCH_BITS | pitches
    order = order_of(keys)
    return keys[order], ticks[order], np.where(status & 0x10, velocities, 0)[order]


def _least(values: Ints, starts: Ints) -> Ints:
    """The least of each run."""
    return np.minimum.reduceat(values, starts) if len(starts) else values


def _starts(keys: Ints) -> Ints:
    """Where each run of equal keys begins."""
    return np.flatnonzero(np.diff(keys, prepend=-1))


def _others(file: File, controls: Controls, moves: Sequence[Ints], last: int, last_end: int) -> Ints:
    """Columns of key, start, end and velocity of the notes that are ended less often than struck, or by other messages.

    moves: their keys, ticks and velocities. last, last_end: of the messages and the ends of all other notes.
    """
    found: list[tuple[int, int, int, int]] = []
    unended: list[tuple[int, int, int, int]] = []  # their end is that of the track
    guessed = 0
    bounds = [*_starts(moves[0]).tolist(), len(moves[0])]
    keys, ticks, velocities = (column.tolist() for column in moves)
    for first, after in pairwise(bounds):
        key = keys[first]
        track, line = _track_and_line(key >> _PITCH_BITS)
        each = list(zip(ticks[first:after], velocities[first:after], strict=True))
        for start, end, velocity, certain in _paired(each, controls.ends.get(line, ())):
            guessed += not certain and channel_of(line) != PERCUSSION_CHANNEL
            if end is None:
                unended.append((key, start, file.tracks[track].end, velocity))
            else:
                found.append((key, start, end, velocity))
                last_end = max(last_end, end)
    last, bound = max(last, last_end), bound_of(file)
    for key, start, end, velocity in unended:
        until = last if last_end > start else end
        found.append((key, start, max(start, min(until, start + bound)), velocity))
    if guessed:
        file.warn(
            f"{_notes(guessed)} never ended; cut off at the next of that pitch, at the end or after a few seconds"
        )
    return np.array(found, dtype=np.int64).reshape(-1, 4).T


def _voices(players: Ints, start: Ints, controls: Controls) -> tuple[list[Voice], Ints]:
    """The voices, sorted, and the index of each note's. players: track and line of each note, as one number."""
    order = np.argsort(players, kind="stable")
    starts = _starts(players[order]).tolist()
    voices: list[Voice] = []
    voice = np.zeros_like(players)
    for first, after in pairwise([*starts, len(players)]):
        each = order[first:after]
        track, line = _track_and_line(int(players[each[0]]))
        programs, numbers = np.unique(controls.program(track, line, start[each]), return_inverse=True)
        voice[each] = numbers + len(voices)
        voices += [(track, line, program) for program in programs.tolist()]
    return voices, voice


def _track_and_line(player: int) -> tuple[int, int]:
    return player >> _LINE_BITS, player & (1 << _LINE_BITS) - 1


def _notes(count: int) -> str:
    return "1 note is" if count == 1 else f"{count:,} notes are"


# Start, end or None, velocity, and whether that is what the file says.
_Paired = tuple[int, "int | None", int, bool]


def _paired(moves: Sequence[_Move], ends: Sequence[int]) -> Iterator[_Paired]:
    """The notes of one pitch. ends: ticks at which all of the line's notes end."""
    period: list[_Move] = []  # since the pitch was last silent
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


def _in_order(period: Sequence[_Move]) -> Iterator[_Paired]:
    """As many note-offs as note-ons: each ends the earliest note."""
    offs = (tick for tick, velocity in period if not velocity)
    for start, velocity in period:
        if velocity:
            yield start, next(offs), velocity, True


def _closed(period: Sequence[_Move], end: int | None) -> Iterator[_Paired]:
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


# ---- the sustain pedal -----------------------------------------------------------------------------------------------


def sustain(spans: Spans, controls: Controls, file: File) -> Spans:
    """Prolong the notes that end while the pedal of their line is down.

    They sound until the pedal is lifted, the same key is struck again, or the file ends; under a pedal that is never
    lifted for `bound_of` ticks at most, which is warned of.
    """
    ends = spans.end.copy()
    lines = np.array([line for _, line, _ in spans.voices])[spans.voice]
    last, bound = max(track.end for track in file.tracks), bound_of(file)
    order = np.argsort(lines, kind="stable")
    for each in np.split(order, _starts(lines[order])[1:]):
        line = int(lines[each[0]])
        moves = _moves(controls.pedal.get(line, ()))
        if not moves or channel_of(line) == PERCUSSION_CHANNEL:
            continue
        ticks, down = (np.array(column) for column in zip(*moves, strict=True))
        start, end = spans.start[each], ends[each]
        following = np.searchsorted(ticks, end, side="right")
        held = (following > 0) & down[following - 1]
        lifted = following < len(moves)
        until = np.append(ticks, last)[following]
        until = np.minimum(until, _next_strikes(spans.pitch[each], start))
        silences = np.array([*controls.silences.get(line, ()), _NEVER])
        until = np.minimum(until, silences[np.searchsorted(silences, start, side="right")])
        endless = held & ~lifted & (until > end + bound)
        if endless.any():
            file.warn("the pedal is down to the end; it holds notes for a few seconds only")
        until = np.where(endless, end + bound, until)
        ends[each] = np.where(held, np.maximum(end, until), end)
    return spans._replace(end=ends)


def _next_strikes(pitches: Ints, starts: Ints) -> Ints:
    """When the key of each note is struck again, later than it; `_NEVER` if it is not."""
    strikes = pitches << _TICK_BITS | starts
    others = np.append(np.sort(strikes), _NEVER)
    following = others[np.searchsorted(others, strikes, side="right")]
    return np.where(following >> _TICK_BITS == pitches, following & (1 << _TICK_BITS) - 1, _NEVER)


def _moves(values: Sequence[tuple[int, int]]) -> list[tuple[int, bool]]:
    """(tick, down) of each change of the pedal."""
    moves: list[tuple[int, bool]] = []
    for tick, value in values:
        down = value >= 64
        if down != (moves[-1][1] if moves else False):
            moves.append((tick, down))
    return moves
