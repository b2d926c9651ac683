"""The notes of a MIDI file: note-ons paired with what ends them, programs, the sustain pedal.

A line is a channel of a port, as in the status of a message: what happens on one concerns all tracks that use it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from musiclstm.music.smf import File

PERCUSSION_CHANNEL = 9
_SUSTAIN, _ALL_SOUND_OFF, _RESET_CONTROLLERS = 64, 120, 121
# How long a note may last that nothing ends: 8 beats, which are 4 seconds at 120 BPM.
_BOUND_BEATS, _BOUND_SECONDS = 8, 4

# (start tick, end tick, pitch, velocity)
Span = tuple[int, int, int, int]
# Track, line, and the program that the notes were struck with: what becomes a part.
Voice = tuple[int, int, int]
# (tick, velocity) of a note-on, or (tick, 0) of a note-off
_Move = tuple[int, int]


def channel_of(line: int) -> int:
    """0..15."""
    return line & 0xF


def bound_of(file: File) -> int:
    """Ticks that a note may last which nothing ends."""
    return round(file.division * (_BOUND_SECONDS if file.seconds else _BOUND_BEATS))


# ---- what concerns a whole line --------------------------------------------------------------------------------------


@dataclass
class Controls:
    """By line, in order of time and from whichever track.

    ends, silences: ticks at which all its notes end; at which they end although the pedal is down.
    pedal: (tick, value) of the sustain pedal; a reset lifts it. programs: (tick, program).
    own_programs: the same by (track, line).
    """

    ends: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    silences: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    pedal: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    programs: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    own_programs: dict[tuple[int, int], list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))

    def program(self, track: int, line: int, tick: int) -> int:
        """The program with which a note is struck: the track's own, else another track's for the same line, else 0."""
        for changes in (self.own_programs.get((track, line)), self.programs.get(line)):
            if changes and (at := bisect_right(changes, (tick, 128))):
                return changes[at - 1][1]
        return 0


def controls_of(file: File) -> Controls:
    controls = Controls()
    for index, track in enumerate(file.tracks):
        for tick, status, first, second in track.messages:
            kind, line = status >> 4 & 0xF, status & ~0xF0
            if kind == 0xC:
                controls.programs[line].append((tick, first))
                controls.own_programs[index, line].append((tick, first))
            elif kind == 0xB:
                if first == _SUSTAIN:
                    controls.pedal[line].append((tick, second))
                elif first == _RESET_CONTROLLERS:
                    controls.pedal[line].append((tick, 0))
                else:
                    controls.ends[line].append(tick)
                    if first == _ALL_SOUND_OFF:
                        controls.silences[line].append(tick)
    for ticks in chain(controls.ends.values(), controls.silences.values()):
        ticks.sort()
    for moves in chain(controls.pedal.values(), controls.programs.values()):
        moves.sort(key=lambda move: move[0])
    for changes in controls.own_programs.values():
        changes.sort(key=lambda change: change[0])
    return controls


# ---- notes -----------------------------------------------------------------------------------------------------------


def spans_of(file: File, controls: Controls) -> dict[Voice, list[Span]]:
    """The notes of each voice, in no particular order; warns of those that are never ended.

    A note-off ends the earliest of several equal notes that sound. Where there are fewer note-offs than note-ons, a
    strike ends the note before it. What still sounds then ends with the last note of the file, or where the track ends
    if nothing ends after it; in any case after `bound_of` ticks.
    """
    spans: dict[Voice, list[Span]] = defaultdict(list)
    unended: list[tuple[int, int, Span]] = []  # with track and line; their end is that of the track
    guessed = last = last_end = 0
    for index, track in enumerate(file.tracks):
        moves: dict[tuple[int, int], list[_Move]] = defaultdict(list)
        for tick, status, pitch, velocity in track.messages:
            kind = status >> 4 & 0xF
            if kind <= 0x9:
                moves[status & ~0xF0, pitch].append((tick, velocity if kind == 0x9 else 0))
        for (line, pitch), each in moves.items():
            percussive = channel_of(line) == PERCUSSION_CHANNEL
            last = max(last, each[-1][0])
            changes = line in controls.programs
            for start, end, velocity, certain in _paired(each, controls.ends.get(line, ())):
                guessed += not certain and not percussive
                if end is None:
                    unended.append((index, line, (start, track.end, pitch, velocity)))
                    continue
                last_end = max(last_end, end)
                program = controls.program(index, line, start) if changes else 0
                spans[index, line, program].append((start, end, pitch, velocity))
    last = max(last, last_end)
    bound = bound_of(file)
    for index, line, (start, end, pitch, velocity) in unended:
        until = last if last_end > start else end
        span = (start, max(start, min(until, start + bound)), pitch, velocity)
        spans[index, line, controls.program(index, line, start)].append(span)
    if guessed:
        file.warn(
            f"{_notes(guessed)} never ended; cut off at the next of that pitch, at the end or after a few seconds"
        )
    return dict(sorted(spans.items()))


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
                if len(period) == 2:  # nearly always
                    yield period[0][0], tick, period[0][1], True
                else:
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


def sustain(spans: dict[Voice, list[Span]], controls: Controls, file: File) -> None:
    """Prolong, in `spans`, the notes that end while the pedal of their line is down.

    They sound until the pedal is lifted, the same key is struck again, or the file ends; under a pedal that is never
    lifted for `bound_of` ticks at most, which is warned of.
    """
    pedals = {line: _moves(values) for line, values in controls.pedal.items() if channel_of(line) != PERCUSSION_CHANNEL}
    strikes: dict[tuple[int, int], list[int]] = defaultdict(list)
    for (_, line, _), notes in spans.items():
        if line in pedals:
            for start, _, pitch, _ in notes:
                strikes[line, pitch].append(start)
    for starts in strikes.values():
        starts.sort()
    end, bound = max(track.end for track in file.tracks), bound_of(file)
    for voice, notes in spans.items():
        line = voice[1]
        if moves := pedals.get(line):
            silences = controls.silences.get(line, ())
            for index, (start, stop, pitch, velocity) in enumerate(notes):
                following = bisect_right(moves, (stop, True))
                if following == 0 or not moves[following - 1][1]:
                    continue
                lifted = following < len(moves)
                until = moves[following][0] if lifted else end
                for others in (strikes[line, pitch], silences):
                    if (at := bisect_right(others, start)) < len(others):
                        until = min(until, others[at])
                if not lifted and until > stop + bound:
                    until = stop + bound
                    file.warn("the pedal is down to the end; it holds notes for a few seconds only")
                notes[index] = (start, max(stop, until), pitch, velocity)


def _moves(values: Sequence[tuple[int, int]]) -> list[tuple[int, bool]]:
    """(tick, down) of each change of the pedal."""
    moves: list[tuple[int, bool]] = []
    for tick, value in values:
        down = value >= 64
        if down != (moves[-1][1] if moves else False):
            moves.append((tick, down))
    return moves
