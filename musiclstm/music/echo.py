"""Echo: where the music went on from, the last time it went as it goes now.

Of the events so far, the longest run that ends now is looked for further back; what followed it there is what an echo
expects. Compressors call this a match model (Mahoney's PAQ). Times and velocities need not agree, so that what people
play is found again, too. Counted by intervals, a run is also found at another height (a sequence); of beginnings alone,
also where notes end in another order.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

REACH = 1024  # events back that are searched
LONGEST = 32  # events compared when a run is looked for; one that goes on may become longer
CAPACITY = REACH + 256  # each branch has a line of its own: they are kept small
WIDTH = 256  # room for a pitch, or for an interval up or down
ARRAYS = ("what", "symbol", "pitch", "tick", "velocity")


class Line:
    """Events one after another, in fixed room; only ever added to, so that echoes may share it."""

    __slots__ = (*ARRAYS, "filled")

    def __init__(self) -> None:
        self.what = np.zeros(CAPACITY, dtype=np.uint16)  # searched; the others are read one at a time
        self.symbol, self.pitch, self.velocity = bytearray(CAPACITY), bytearray(CAPACITY), bytearray(CAPACITY)
        self.tick = array("i", bytes(4 * CAPACITY))
        self.filled = 0

    def from_last(self, count: int) -> Line:
        """Another line, of the last REACH of the first `count` events."""
        line = Line()
        line._fill({name: getattr(self, name)[max(0, count - REACH) : count] for name in ARRAYS})
        return line

    def _fill(self, events: Mapping[str, Any]) -> None:
        self.filled = len(events["what"])
        for name in ARRAYS:
            getattr(self, name)[: self.filled] = events[name]

    def __getstate__(self) -> dict[str, Any]:
        """Pickled without the room that is left."""
        return {name: getattr(self, name)[: self.filled] for name in ARRAYS}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        Line.__init__(self)
        self._fill(state)


@dataclass(frozen=True, slots=True)
class Echo:
    """A value: keeping one is a snapshot. The first `count` events of `line` have happened.

    intervals: pitches agree where they are as far from the pitch of the event before. at: the event of the line that is
    expected next. length: how many events up to now agree with those before it, 0 if there is none.
    """

    line: Line
    intervals: bool = False
    count: int = 0
    at: int = 0
    length: int = 0

    def after(self, symbol: int, pitch: int, tick: int, velocity: int) -> Echo:
        """What happens now, at this tick, is `symbol` (below 256, whatever tells events apart) of a pitch."""
        line, count, at = self.line, self.count, self.at
        if count < line.filled or count == CAPACITY:  # another branch went on from here, or the room is full
            line = line.from_last(count)
            at -= count - line.filled
            count = line.filled
        what = symbol * WIDTH + pitch
        if self.intervals:
            what += 128 - line.pitch[count - 1] if count else 0
        line.what[count], line.symbol[count], line.pitch[count] = what, symbol, pitch
        line.tick[count], line.velocity[count] = tick, velocity
        line.filled = count = count + 1
        if self.length and line.what[at] == what:
            at, length = at + 1, self.length + 1
        else:
            at, length = find(line, count)
        return Echo(line, self.intervals, count, at, length)

    @property
    def expected(self) -> tuple[int, int, int, int]:
        """(symbol, pitch, tick, velocity) of the event expected next; only where there is one."""
        line, at, last = self.line, self.at, self.count - 1
        pitch = line.pitch[at]
        if self.intervals:
            pitch += line.pitch[last] - line.pitch[at - 1]
        return line.symbol[at], pitch, line.tick[at] + self.distance, line.velocity[at]

    @property
    def distance(self) -> int:
        """Ticks since the moment that was like now; only where there was one."""
        return self.line.tick[self.count - 1] - self.line.tick[self.at - 1]


def find(line: Line, count: int) -> tuple[int, int]:
    """(at, length) of the longest run that ended before as the first `count` events end; of several, the latest."""
    first = max(0, count - REACH)
    what = line.what[first:count]
    ends = np.flatnonzero(what[:-1] == what[-1])
    if not ends.size:
        return 0, 0
    length = 1
    while length < LONGEST:
        longer = ends[ends >= length]
        longer = longer[what[longer - length] == what[-1 - length]]
        if not longer.size:
            break
        ends, length = longer, length + 1
    return first + int(ends[-1]) + 1, length
