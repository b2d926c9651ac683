"""What concerns all notes of a line: what ends them, the sustain pedal, programs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter

from musiclstm.music.smf import File, Message, Messages

_SUSTAIN, _ALL_SOUND_OFF, _RESET_CONTROLLERS = 64, 120, 121
_TICK = itemgetter(0)

# Ticks in order, and the program from each of them on.
Programs = tuple[list[int], list[int]]


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
    programs: dict[int, Programs]
    own_programs: dict[tuple[int, int], Programs]

    def programs_of(self, track: int, line: int) -> Programs:
        """Programs with which notes are struck: the track's own, before them another track's for the same line."""
        ticks, values = self.own_programs.get((track, line), ([], []))
        others = zip(*self.programs.get(line, ([], [])), strict=True)
        before = [(tick, value) for tick, value in others if not ticks or tick < ticks[0]]
        return [tick for tick, _ in before] + ticks, [value for _, value in before] + values


def controls_of(file: File) -> Controls:
    ends: dict[int, list[int]] = defaultdict(list)
    silences: dict[int, list[int]] = defaultdict(list)
    pedal: dict[int, list[tuple[int, int]]] = defaultdict(list)
    programs: dict[int, list[tuple[int, int]]] = defaultdict(list)
    own_programs: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for index, track in enumerate(file.tracks):
        for tick, status, first, second in _without_notes(track.messages):
            kind, line = status >> 4 & 0xF, status & ~0xF0
            if kind == 0xB:
                if first == _SUSTAIN:
                    pedal[line].append((tick, second))
                elif first == _RESET_CONTROLLERS:
                    pedal[line].append((tick, 0))
                else:
                    ends[line].append(tick)
                    if first == _ALL_SOUND_OFF:
                        silences[line].append(tick)
            elif kind == 0xC:
                programs[line].append((tick, first))
                own_programs[index, line].append((tick, first))
    for ticks in chain(ends.values(), silences.values()):
        ticks.sort()
    for moves in pedal.values():
        moves.sort(key=_TICK)
    of_lines = {line: _in_order(changes) for line, changes in programs.items()}
    of_tracks = {player: _in_order(changes) for player, changes in own_programs.items()}
    return Controls(ends, silences, pedal, of_lines, of_tracks)


def _without_notes(messages: Messages) -> list[Message]:
    found: list[Message] = []
    # Typed where this is compiled.
    rows = messages
    for index in range(len(messages)):
        if rows[index, 1] & 0xF0 <= 0x90:
            continue
        found.append((int(rows[index, 0]), int(rows[index, 1]), int(rows[index, 2]), int(rows[index, 3])))
    return found


def _in_order(changes: list[tuple[int, int]]) -> Programs:
    changes.sort(key=_TICK)
    return [tick for tick, _ in changes], [value for _, value in changes]
