"""Echo: where the music went on from, the last time it went as it goes now.

Of the events so far, the longest run that ends now is looked for further back; what followed it there is what an echo
expects. Compressors call this a match model (Mahoney's PAQ). Times and velocities need not agree, so that what people
play is found again, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

REACH = 1024  # events back that are searched
LONGEST = 32  # events compared when a run is looked for; one that goes on may become longer
CAPACITY = REACH + 256  # each branch has a line of its own: they are kept small


class Line:
    """Events one after another, in fixed room; only ever added to, so that echoes may share it."""

    __slots__ = ("delta", "filled", "tick", "velocity", "what")

    def __init__(self) -> None:
        self.what = np.zeros(CAPACITY, dtype=np.int16)
        self.tick = np.zeros(CAPACITY, dtype=np.int32)
        self.delta = np.zeros(CAPACITY, dtype=np.int32)
        self.velocity = np.zeros(CAPACITY, dtype=np.uint8)
        self.filled = 0

    def from_last(self, count: int) -> Line:
        """Another line, of the last REACH of the first `count` events."""
        line = Line()
        line.filled = min(count, REACH)
        for name in ("what", "tick", "delta", "velocity"):
            getattr(line, name)[: line.filled] = getattr(self, name)[count - line.filled : count]
        return line


@dataclass(frozen=True, slots=True)
class Echo:
    """A value: keeping one is a snapshot. The first `count` events of `line` have happened.

    at: the event of the line that is expected next. length: how many events up to now agree with those before it, 0 if
    there is none.
    """

    line: Line
    count: int = 0
    at: int = 0
    length: int = 0

    def after(self, what: int, tick: int, delta: int, velocity: int) -> Echo:
        """What happens now is `what` (any number that tells events apart), `delta` ticks after the event before."""
        line, count, at = self.line, self.count, self.at
        if count < line.filled or count == CAPACITY:  # another branch went on from here, or the room is full
            line = line.from_last(count)
            at -= count - line.filled
            count = line.filled
        line.what[count], line.tick[count], line.delta[count], line.velocity[count] = what, tick, delta, velocity
        line.filled = count = count + 1
        if self.length and line.what[at] == what:
            return Echo(line, count, at + 1, self.length + 1)
        return Echo(line, count, *find(line, count))

    @property
    def expected(self) -> tuple[int, int, int]:
        """(what, delta, velocity) of the event expected next; only where there is one."""
        line, at = self.line, self.at
        return int(line.what[at]), int(line.delta[at]), int(line.velocity[at])

    @property
    def distance(self) -> int:
        """Ticks since the moment that was like now; only where there was one."""
        return int(self.line.tick[self.count - 1] - self.line.tick[self.at - 1])


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
