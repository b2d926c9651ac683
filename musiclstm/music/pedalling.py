"""Pedalling: the sustain pedal for notes that last as long as they sound, as those of the `piano` model do.

A pianist lets go of keys and leaves the sound to the pedal. From the end of one note to the end of the next nothing
ends, so the pedal can be down meanwhile, and the keys of the notes that it ends with may come up early. What sounds
is the same: `midifile.read` in seconds, which minds the pedal, gives the very notes back.

`Foot` is the rule. A file (`pedalled`) knows every end; the stream (`engine.scheduler.pedal`) knows an end once it is
planned, so there the pedal goes down and keys come up later, and what sounds is still the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

Span = tuple[int, int, int, int]
"""Start, end, pitch, velocity; times in ticks."""


class Timing(NamedTuple):
    """What a pianist needs, in seconds, or in whatever unit the foot's times are."""

    change: float = 0.04  # that a foot takes to change
    shortest: float = 0.25  # from one end to the next, for which it is worth it
    key: float = 0.12  # that a key is held down at least


SECONDS = Timing()


@dataclass(slots=True)
class Foot:
    """The foot on the pedal of one channel. ended: when the last note ended. down: since when it is down, if it is."""

    timing: Timing = SECONDS
    ended: float = -inf
    down: float | None = None

    def coming(self, now: float, end: float, starts: Sequence[float]) -> tuple[float, int | None] | None:
        """When it goes down, or (with its index) when the next key comes up; None: nothing before the next end.

        end: when the next notes end. starts: when those of them began whose keys are down. Nothing happens before now.
        """
        if not starts:
            return None
        change, shortest, key = self.timing
        down = self.down
        if down is None:
            if end - self.ended < shortest:
                return None
            down = max(now, self.ended + change)
        first = min(range(len(starts)), key=starts.__getitem__)
        up = max(now, starts[first] + key, down + change)
        if up >= end - change:
            return None
        return (down, None) if self.down is None else (up, first)

    def end(self, now: float) -> bool:
        """A note ends, and the pedal comes up with it. Returns whether it was down."""
        was_down = self.down is not None
        self.ended, self.down = now, None
        return was_down


def pedalled(line: Iterable[Span], second: float) -> tuple[list[Span], list[tuple[int, int]]]:
    """The line with its keys, and the values (0 or 127) of the pedal with their ticks, in order.

    second: how many ticks it has.
    """
    keys = list(line)
    ending: dict[int, list[int]] = {}
    for index, (_, end, _, _) in enumerate(keys):
        ending.setdefault(end, []).append(index)
    moves: list[tuple[int, int]] = []
    foot = Foot(Timing(*(round(seconds * second) for seconds in SECONDS)), ended=0)
    for end, held in sorted(ending.items()):
        now = foot.ended
        while (move := foot.coming(now, end, [keys[index][0] for index in held])) is not None:
            now, first = move
            if first is None:
                foot.down = now
                moves.append((int(now), 127))
            else:
                index = held.pop(first)
                start, _, *note = keys[index]
                keys[index] = (start, int(now), note[0], note[1])
        if foot.end(end):
            moves.append((end, 0))
    return keys, moves
