"""Pedalling: the sustain pedal for notes that last as long as they sound, as those of the `piano` model do.

A pianist lets go of keys and leaves the sound to the pedal. From the end of one note to the end of the next nothing
ends, so the pedal can be down meanwhile, and the keys of the notes that it ends with may come up early. What sounds
is the same: `midifile.read` in seconds, which minds the pedal, gives the very notes back.
"""

from __future__ import annotations

from collections.abc import Iterable

_CHANGE = 0.04  # seconds that a foot takes to change
_SHORTEST = 0.25  # seconds for which it is worth it
_KEY = 0.12  # seconds that a key is held down at least

Span = tuple[int, int, int, int]
"""Start, end, pitch, velocity; times in ticks."""


def pedalled(line: Iterable[Span], second: float) -> tuple[list[Span], list[tuple[int, int]]]:
    """The line with its keys, and the values (0 or 127) of the pedal with their ticks, in order.

    second: how many ticks it has.
    """
    line = list(line)
    change, shortest, key = round(_CHANGE * second), round(_SHORTEST * second), round(_KEY * second)
    down_from: dict[int, int] = {}  # by the tick at which the pedal comes up: where it goes down
    before = 0
    for end in sorted({end for _, end, _, _ in line}):
        if end - before >= shortest:
            down_from[end] = before + change
        before = end
    moves: list[tuple[int, int]] = []
    keys: list[Span] = []
    used: set[int] = set()
    for start, end, pitch, velocity in line:
        up = max(start + key, down_from.get(end, end) + change)
        if up < end - change:
            used.add(end)
            keys.append((start, up, pitch, velocity))
        else:
            keys.append((start, end, pitch, velocity))
    for end in sorted(used):
        moves += [(down_from[end], 127), (end, 0)]
    return keys, moves
