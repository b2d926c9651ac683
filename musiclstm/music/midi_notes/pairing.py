"""Pairs note-ons with note-offs."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from musiclstm.music.columns import Ints
from musiclstm.music.midi_notes.controls import Controls
from musiclstm.music.midi_notes.spans import Spans, Voice, player_of, track_and_line
from musiclstm.music.midi_notes.unended import Move, unended
from musiclstm.music.smf import File, Messages

# The pitches of so many ports have a place in a table; those of further ports are paired one by one.
_PORTS = 4
_PITCHES = 16 << 7  # pitches of a port's 16 channels

# Track, line and pitch as one number, and the messages of its notes.
_Moves = dict[int, list[Move]]


def spans_of(file: File, controls: Controls) -> Spans:
    """The notes of a file; warns of those that are never ended.

    A note-off ends the earliest of several equal notes that sound. Where there are fewer note-offs than note-ons, a
    strike ends the note before it. What still sounds then ends with the last note of the file, or where the track ends
    if nothing ends after it; in any case after `bound_of` ticks.
    """
    # Start, end, pitch, velocity, player, and the next note of its pitch while it sounds.
    notes = np.empty((6, sum(len(track.messages) for track in file.tracks)), dtype=np.int64)
    # The first and the last note that sound of each pitch.
    sounding = np.full((2, _PORTS * _PITCHES), -1, dtype=np.int32)
    rest: _Moves = {}
    count = 0
    for index, track in enumerate(file.tracks):
        first, odd = count, set[int]()
        player = player_of(index, 0)
        count = _paired(track.messages, player, notes, first, sounding, odd)
        if controls.ends:
            _find_ended(notes, first, count, controls, odd)
        if odd:
            count = _without(odd, notes, first, count)
            _gather(rest, odd, track.messages, player)
    found = notes[:5, :count]
    if rest:
        found = np.concatenate((found, unended(file, controls, rest, int(found[1].max(initial=0)))), axis=1)
    start, end, pitch, velocity, players = found
    return Spans(*_voices(players, start, controls), start, end, pitch, velocity)


def _paired(
    messages: Messages, player: int, notes: Ints, first: int, sounding: NDArray[np.int32], odd: set[int]
) -> int:
    """Pairs a track's messages into notes, the first with number `first`; returns the number after the last.

    player: the number of the track's line 0. odd: gets the pitches that end before they are struck, or more or less
    often.
    """
    # Typed where this is compiled.
    given, rows, table = messages, notes, sounding
    count, left = first, 0
    for index in range(len(messages)):
        status = given[index, 1]
        if status & 0xF0 > 0x90:
            continue
        line, port, pitch = status & ~0xF0, status >> 8, given[index, 2] & 0x7F
        if port >= _PORTS:
            odd.add(int((player | line) << 7 | pitch))
            continue
        place = port * _PITCHES | (status & 0xF) << 7 | pitch
        at = table[0, place]
        if status & 0x10 and given[index, 3] > 0:
            rows[0, count], rows[2, count], rows[3, count] = given[index, 0], pitch, given[index, 3]
            rows[4, count], rows[5, count] = player | line, -1
            if at < 0:
                table[0, place] = count
            else:
                rows[5, table[1, place]] = count
            table[1, place] = count
            count += 1
            left += 1
        elif at < 0:
            odd.add(int((player | line) << 7 | pitch))
        else:
            rows[1, at] = given[index, 0]
            table[0, place] = rows[5, at]
            left -= 1
    if left:
        for index in range(first, count):
            status, pitch = rows[4, index] - player, rows[2, index]
            place = (status >> 8) * _PITCHES | (status & 0xF) << 7 | pitch
            if table[0, place] >= 0:
                odd.add(int(rows[4, index] << 7 | pitch))
                table[0, place] = -1
    return count


def _find_ended(notes: Ints, first: int, count: int, controls: Controls, odd: set[int]) -> None:
    """Adds to `odd` the pitches of notes that a message for all notes of a line ends, or may end."""
    # Typed where this is compiled.
    rows, last = notes, -1
    ends: list[int] = []
    for index in range(first, count):
        player = rows[4, index]
        if player != last:
            last = player
            ends = controls.ends.get(track_and_line(int(player))[1], [])
        if ends:
            at = bisect_right(ends, rows[0, index])
            if at < len(ends) and ends[at] <= rows[1, index]:
                odd.add(int(player << 7 | rows[2, index]))


def _without(odd: set[int], notes: Ints, first: int, count: int) -> int:
    """Removes the notes of these pitches; returns the number after the last that is left."""
    keys = (notes[4, first:count] << 7 | notes[2, first:count]).tolist()
    kept = first + np.array([index for index, key in enumerate(keys) if key not in odd], dtype=np.int64)
    notes[:, first : first + len(kept)] = notes[:, kept]
    return first + len(kept)


def _gather(moves: _Moves, odd: set[int], messages: Messages, player: int) -> None:
    """Adds the messages of these pitches of a track to `moves`."""
    for tick, status, pitch, velocity in messages[messages[:, 1] & 0xF0 <= 0x90].tolist():
        key = (player | status & ~0xF0) << 7 | pitch
        if key in odd:
            moves.setdefault(key, []).append((tick, velocity if status & 0x10 else 0))


def _voices(players: Ints, starts: Ints, controls: Controls) -> tuple[list[Voice], Ints]:
    """The voices, sorted; and for each note the index of its voice."""
    voice = np.empty_like(players)
    # Typed where this is compiled.
    owners, ticks, numbers = players, starts, voice
    known: dict[int, tuple[list[int], list[int]]] = {}
    found: dict[int, int] = {}
    last, last_key, number, changes = -1, -1, 0, 0
    since, then = 0, 0  # the first change of program
    for index in range(len(players)):
        player = owners[index]
        if player != last:
            last = player
            if player not in known:
                known[player] = controls.programs_of(*track_and_line(int(player)))
            when, programs = known[player]
            changes = len(when)
            if changes:
                since, then = when[0], programs[0]
        program = 0
        if changes and ticks[index] >= since:
            program = then if changes == 1 else programs[bisect_right(when, ticks[index]) - 1]
        key = player << 7 | program
        if key != last_key:
            last_key = key
            number = found.setdefault(int(key), len(found))
        numbers[index] = number
    ordered = sorted(found)
    places = np.empty(len(ordered), dtype=np.int64)
    for place, each in enumerate(ordered):
        places[found[each]] = place
    return [(*track_and_line(each >> 7), each & 0x7F) for each in ordered], places[voice]
