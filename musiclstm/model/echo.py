"""Echo: where the music went on from, the last time it went as it goes now.

Of the events so far, the longest run that ends now is looked for further back; what followed it there is what an echo
expects. Compressors call this a match model (Mahoney's PAQ). Times and velocities need not agree, so that what people
play is found again, too. Counted by intervals, a run is also found at another height (a sequence); of beginnings alone,
also where notes end in another order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

REACH = 8192  # events back that are searched: an exposition comes again after some thousands
LONGEST = 32  # events compared when a run is looked for; one that goes on may become longer
CHUNK = 512  # events kept together; branches share all chunks but the last
WIDTH = 256  # room for a pitch, or for an interval up or down
COLUMNS = {"what": 2, "step": 2, "tick": 4, "symbol": 1, "pitch": 1, "velocity": 1}  # bytes of an event in each


class Chunk:
    """Events one after another, in fixed room; only ever added to, so that lines may share it.

    what: symbol and pitch as one number. step: symbol, and interval from the event before. These are searched, the
    others read one at a time. columns: the same, as bytes.
    """

    __slots__ = (*COLUMNS, "columns", "filled")

    def __init__(self) -> None:
        self.columns = columns(bytearray(sum(COLUMNS.values()) * CHUNK))
        what, step, tick, self.symbol, self.pitch, self.velocity = self.columns
        self.what, self.step = np.frombuffer(what, dtype=np.uint16), np.frombuffer(step, dtype=np.uint16)
        self.tick = tick.cast("i")
        self.filled = 0

    def first(self, count: int) -> list[memoryview]:
        """The columns of the first `count` events."""
        return [column[: count * size] for column, size in zip(self.columns, COLUMNS.values(), strict=True)]

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled without the room that is left, and in one piece: what is played is kept at each beat."""
        return unpacked, (b"".join(self.first(self.filled)),)


def columns(room: bytes | bytearray) -> list[memoryview]:
    """Room for events, cut into columns."""
    count = len(room) // sum(COLUMNS.values())
    ends = [count * end for end in accumulate(COLUMNS.values())]
    return [memoryview(room)[a:b] for a, b in pairwise([0, *ends])]


def chunk_of(events: list[memoryview]) -> Chunk:
    """A chunk of its own with the same events, given as columns."""
    chunk = Chunk()
    for column, content in zip(chunk.columns, events, strict=True):
        column[: len(content)] = content
    chunk.filled = len(events[-1])
    return chunk


def unpacked(content: bytes) -> Chunk:
    return chunk_of(columns(content))


@dataclass(frozen=True, slots=True)
class Line:
    """A value: the last events, at least REACH of them where there are, numbered from the first there ever was.

    chunks: what is known of them, all full but the last. count: events in all.
    """

    chunks: tuple[Chunk, ...] = ()
    count: int = 0

    def after(self, symbol: int, pitch: int, tick: int, velocity: int) -> Line:
        """What happens now, at this tick, is `symbol` (below 256, whatever tells events apart) of a pitch."""
        chunks = self.chunks
        before = self.pitch(self.count - 1) if self.count else pitch
        index = self.count % CHUNK
        if index == 0:
            chunks = (*chunks[-(REACH // CHUNK) :], Chunk())
        elif index < chunks[-1].filled:  # another branch went on from here
            chunks = (*chunks[:-1], chunk_of(chunks[-1].first(index)))
        chunk = chunks[-1]
        chunk.what[index] = symbol * WIDTH + pitch
        chunk.step[index] = symbol * WIDTH + pitch - before + WIDTH // 2
        chunk.symbol[index], chunk.pitch[index] = symbol, pitch
        chunk.tick[index], chunk.velocity[index] = tick, velocity
        chunk.filled = index + 1
        return Line(chunks, self.count + 1)

    @property
    def dropped(self) -> int:
        """How many events are known no more."""
        return (-(-self.count // CHUNK) - len(self.chunks)) * CHUNK

    def at(self, number: int) -> tuple[Chunk, int]:
        """The chunk in which an event is, and where in it."""
        chunk, index = divmod(number - self.dropped, CHUNK)
        return self.chunks[chunk], index

    def pitch(self, number: int) -> int:
        chunk, index = self.at(number)
        return chunk.pitch[index]

    def tick(self, number: int) -> int:
        chunk, index = self.at(number)
        return chunk.tick[index]

    def since(self, tick: int) -> int:
        """The number of the first event at a tick or later, `count` if there is none."""
        chunk, first = len(self.chunks) - 1, self.dropped
        if chunk < 0:
            return 0
        while chunk and self.chunks[chunk].tick[0] >= tick:
            chunk -= 1
        first += chunk * CHUNK
        return first + bisect_left(self.chunks[chunk].tick, tick, 0, min(CHUNK, self.count - first))

    def following(self, tick: int) -> Iterator[tuple[Chunk, int]]:
        """Where every event at a tick or later is, as `at` has it."""
        dropped = self.dropped
        for number in range(self.since(tick) - dropped, self.count - dropped):
            yield self.chunks[number // CHUNK], number % CHUNK

    def between(self, first: int, last: int) -> Iterator[tuple[int, int, int]]:
        """(tick, pitch, velocity) of every event from a tick to another, both included."""
        for chunk, index in self.following(first):
            tick = chunk.tick[index]
            if tick > last:
                break
            yield tick, chunk.pitch[index], chunk.velocity[index]

    def recent(self, column: str) -> NDArray[np.uint16]:
        """`what` or `step` of the last events, REACH of them at most."""
        known = np.concatenate([getattr(chunk, column) for chunk in self.chunks])
        count = self.count - self.dropped
        return known[max(0, count - REACH) : count]


@dataclass(frozen=True, slots=True)
class Echo:
    """A value: keeping one is a snapshot.

    intervals: pitches agree where they are as far from the pitch of the event before. at: the event of the line that is
    expected next. length: how many events up to now agree with those before it, 0 if there is none.
    """

    line: Line = Line()
    intervals: bool = False
    at: int = 0
    length: int = 0

    def after(self, line: Line) -> Echo:
        """line: that of before, after another event."""
        column = "step" if self.intervals else "what"
        if self.length:
            (chunk, index), (then, there) = line.at(line.count - 1), line.at(self.at)
            if getattr(chunk, column)[index] == getattr(then, column)[there]:
                return Echo(line, self.intervals, self.at + 1, self.length + 1)
        at, length = find(line.recent(column))
        return Echo(line, self.intervals, line.count + at, length)

    @property
    def expected(self) -> tuple[int, int, int, int]:
        """(symbol, pitch, tick, velocity) of the event expected next; only where there is one."""
        line = self.line
        chunk, index = line.at(self.at)
        pitch = chunk.pitch[index]
        if self.intervals:
            pitch += line.pitch(line.count - 1) - line.pitch(self.at - 1)
        return chunk.symbol[index], pitch, chunk.tick[index] + self.distance, chunk.velocity[index]

    @property
    def distance(self) -> int:
        """Ticks since the moment that was like now; only where there was one."""
        return self.line.tick(self.line.count - 1) - self.line.tick(self.at - 1)


def find(what: NDArray[np.uint16]) -> tuple[int, int]:
    """Of the longest run that ended before as `what` ends, the latest: (what followed it, counted from now; length)."""
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
    return int(ends[-1]) + 1 - len(what), length
