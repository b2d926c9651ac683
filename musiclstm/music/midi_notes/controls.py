"""What concerns all notes of a line: what ends them, the sustain pedal, programs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter

from musiclstm.music.smf import File, Messages

_SUSTAIN, _ALL_SOUND_OFF, _RESET_CONTROLLERS = 64, 120, 121
_TICK = itemgetter(0)

# Ticks in order, and the program from each of them on.
Programs = tuple[list[int], list[int]]
_Changes = defaultdict[int, list[tuple[int, int]]]


@dataclass
class Controls:
    """All by line, from whichever track, in order of time.

    ends, silences: ticks at which all notes of the line end; at which they end even if the pedal is down.
    pedal: (tick, value) of the sustain pedal; a reset lifts it. programs: the changes of program. own_programs: the
    same by (track, line).
    """

    ends: dict[int, list[int]]
    silences: dict[int, list[int]]
    pedal: dict[int, list[tuple[int, int]]]
    programs: dict[int, Programs]
    own_programs: dict[tuple[int, int], Programs]

    def programs_of(self, track: int, line: int) -> Programs:
        """The programs with which notes are struck: the track's own; before its first, other tracks' for the line."""
        ticks, values = self.own_programs.get((track, line), ([], []))
        others = zip(*self.programs.get(line, ([], [])), strict=True)
        before = [(tick, value) for tick, value in others if not ticks or tick < ticks[0]]
        return [tick for tick, _ in before] + ticks, [value for _, value in before] + values


def controls_of(file: File, *, pedal: bool = True) -> Controls:
    """The controls of a file. pedal: whether to look for the sustain pedal, which takes time: it moves often."""
    found = Controls(defaultdict(list), defaultdict(list), defaultdict(list), {}, {})
    programs: _Changes = defaultdict(list)
    for index, track in enumerate(file.tracks):
        own: _Changes = defaultdict(list)
        _gather(track.messages, found, own, pedal)
        for line, changes in own.items():
            found.own_programs[index, line] = _columns(changes)
            programs[line] += changes
    for ticks in chain(found.ends.values(), found.silences.values()):
        ticks.sort()
    for changes in chain(found.pedal.values(), programs.values()):
        changes.sort(key=_TICK)
    found.programs.update((line, _columns(changes)) for line, changes in programs.items())
    return found


def _gather(messages: Messages, found: Controls, programs: _Changes, pedal: bool) -> None:
    """Adds what a track has to `found` and `programs`; without its pedal, unless `pedal`."""
    # Typed where this is compiled.
    rows = messages
    last = -1
    moves: list[tuple[int, int]] = []  # of the pedal of the last line
    for index in range(len(messages)):
        kind, first = rows[index, 1] & 0xF0, rows[index, 2]
        if kind not in (0xB0, 0xC0):
            continue
        line, tick = rows[index, 1] & ~0xF0, int(rows[index, 0])
        if kind == 0xC0:
            programs[int(line)].append((tick, int(first)))
        elif first in (_SUSTAIN, _RESET_CONTROLLERS):
            if not pedal:
                continue
            if line != last:
                last = line
                moves = found.pedal[int(line)]
            moves.append((tick, int(rows[index, 3]) if first == _SUSTAIN else 0))
        else:
            found.ends[int(line)].append(tick)
            if first == _ALL_SOUND_OFF:
                found.silences[int(line)].append(tick)


def _columns(changes: list[tuple[int, int]]) -> Programs:
    return [tick for tick, _ in changes], [value for _, value in changes]
