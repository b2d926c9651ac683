"""Echo: a match model, as in data compression (Mahoney's PAQ), over the events of the music.

It finds the longest earlier run of events that equals the run ending now, and expects whatever followed it then. Only
kind, part and pitch must agree, not times and velocities, so that it also works for human playing. One that compares
intervals instead of pitches also finds transposed runs (a sequence); one fed with the note-ons of a single part also
finds runs whose notes end in another order (a melody).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

SEARCH_REACH = 8192  # events back that are searched: an exposition is repeated after some thousands
SEARCH_LENGTH = 32  # events compared in a search; a match that continues may become longer
CHUNK = 512  # events kept together; branches share all chunks but the last
WIDTH = 256  # room for a pitch, or for an interval up or down
COLUMNS = {"key": 2, "step": 2, "tick": 4, "symbol": 1, "pitch": 1, "velocity": 1}  # bytes of an event in each


class Chunk:
    """Consecutive events in a buffer of fixed size; only ever appended to, so that several logs may share it.

    key: symbol and pitch as one number. step: symbol, and interval from the event before. These two are searched; the
    others are read one at a time. columns: all of them, as bytes. filled: events so far.
    """

    __slots__ = (*COLUMNS, "columns", "filled")

    def __init__(self) -> None:
        self.columns = columns_of(bytearray(sum(COLUMNS.values()) * CHUNK))
        key, step, tick, self.symbol, self.pitch, self.velocity = self.columns
        self.key, self.step = np.frombuffer(key, dtype=np.uint16), np.frombuffer(step, dtype=np.uint16)
        self.tick = tick.cast("i")
        self.filled = 0

    def first(self, count: int) -> list[memoryview]:
        """The columns of the first `count` events."""
        return [column[: count * size] for column, size in zip(self.columns, COLUMNS.values(), strict=True)]

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled without the unused room, and in one piece: the events of every beat are kept."""
        return unpickled, (b"".join(self.first(self.filled)),)


def columns_of(buffer: bytes | bytearray) -> list[memoryview]:
    """A buffer of events, cut into columns."""
    count = len(buffer) // sum(COLUMNS.values())
    ends = [count * end for end in accumulate(COLUMNS.values())]
    return [memoryview(buffer)[a:b] for a, b in pairwise([0, *ends])]


def chunk_of(columns: list[memoryview]) -> Chunk:
    """A new chunk with a copy of some events."""
    chunk = Chunk()
    for column, content in zip(chunk.columns, columns, strict=True):
        column[: len(content)] = content
    chunk.filled = len(columns[-1])
    return chunk


def unpickled(content: bytes) -> Chunk:
    return chunk_of(columns_of(content))


@dataclass(frozen=True, slots=True)
class EventLog:
    """The last events, at least SEARCH_REACH of them where there are; numbered from the first event ever. A value.

    chunks: the events, all chunks full but the last. count: events ever.
    """

    chunks: tuple[Chunk, ...] = ()
    count: int = 0

    def after(self, symbol: int, pitch: int, tick: int, velocity: int) -> EventLog:
        """The log with one more event. symbol: below 256, whatever tells kinds of events apart."""
        chunks = self.chunks
        before = self.pitch(self.count - 1) if chunks else pitch
        index = self.count % CHUNK
        if index == 0:
            chunks = (*chunks[-(SEARCH_REACH // CHUNK) :], Chunk())
        elif index < chunks[-1].filled:  # another branch has already appended to it
            chunks = (*chunks[:-1], chunk_of(chunks[-1].first(index)))
        chunk = chunks[-1]
        chunk.key[index] = symbol * WIDTH + pitch
        chunk.step[index] = symbol * WIDTH + pitch - before + WIDTH // 2
        chunk.symbol[index], chunk.pitch[index] = symbol, pitch
        chunk.tick[index], chunk.velocity[index] = tick, velocity
        chunk.filled = index + 1
        return EventLog(chunks, self.count + 1)

    @staticmethod
    def of(events: Sequence[tuple[int, int, int, int]]) -> EventLog:
        """The log after these and no others, each as the arguments of `after`; only those that are kept take time."""
        # One chunk more than is kept: its first step, an interval from an event that is not there, is dropped with it.
        first = max(0, (len(events) - 1) // CHUNK - SEARCH_REACH // CHUNK - 1) * CHUNK
        log = EventLog((), first)
        for event in events[first:]:
            log = log.after(*event)
        return log

    @property
    def dropped(self) -> int:
        """How many of the first events are no longer kept."""
        return (-(-self.count // CHUNK) - len(self.chunks)) * CHUNK

    def locate(self, number: int) -> tuple[Chunk, int]:
        """The chunk that holds an event, and the event's index in it."""
        chunk, index = divmod(number - self.dropped, CHUNK)
        return self.chunks[chunk], index

    def pitch(self, number: int) -> int:
        chunk, index = self.locate(number)
        return chunk.pitch[index]

    def tick(self, number: int) -> int:
        chunk, index = self.locate(number)
        return chunk.tick[index]

    def first_from(self, tick: int) -> int:
        """The number of the first event at a tick or later, `count` if there is none."""
        chunk, first = len(self.chunks) - 1, self.dropped
        if chunk < 0:
            return 0
        while chunk and self.chunks[chunk].tick[0] >= tick:
            chunk -= 1
        first += chunk * CHUNK
        return first + bisect_left(self.chunks[chunk].tick, tick, 0, min(CHUNK, self.count - first))

    def following(self, tick: int) -> Iterator[tuple[Chunk, int]]:
        """The location of every event at a tick or later, as `locate` gives it."""
        dropped = self.dropped
        for number in range(self.first_from(tick) - dropped, self.count - dropped):
            yield self.chunks[number // CHUNK], number % CHUNK

    def between(self, first: int, last: int) -> Iterator[tuple[int, int, int]]:
        """(tick, pitch, velocity) of every event from tick `first` to tick `last`, both included."""
        for chunk, index in self.following(first):
            tick = chunk.tick[index]
            if tick > last:
                break
            yield tick, chunk.pitch[index], chunk.velocity[index]

    def recent(self, column: str) -> NDArray[np.uint16]:
        """`key` or `step` of the last events, at most SEARCH_REACH of them."""
        kept = np.concatenate([getattr(chunk, column) for chunk in self.chunks])
        count = self.count - self.dropped
        return kept[max(0, count - SEARCH_REACH) : count]


@dataclass(frozen=True, slots=True)
class Echo:
    """The match model's state. A value: keeping one is a snapshot.

    intervals: whether pitches are compared by their intervals from the event before. pointer: the number of the event
    that is expected next. length: how many events up to now agree with those before the pointer, 0 without a match.
    """

    log: EventLog = EventLog()
    intervals: bool = False
    pointer: int = 0
    length: int = 0

    def after(self, log: EventLog) -> Echo:
        """The state after another event; log: `self.log` after that event."""
        column = self._column
        if self.length:
            (chunk, index), (then, there) = log.locate(log.count - 1), log.locate(self.pointer)
            if getattr(chunk, column)[index] == getattr(then, column)[there]:
                return Echo(log, self.intervals, self.pointer + 1, self.length + 1)
        return self.found(log)

    def found(self, log: EventLog) -> Echo:
        """The state after a log, whatever was expected before."""
        if not log.count:
            return Echo(log, self.intervals)
        offset, length = find_longest_match(log.recent(self._column))
        return Echo(log, self.intervals, log.count + offset, length)

    @property
    def _column(self) -> str:
        return "step" if self.intervals else "key"

    @property
    def expected(self) -> tuple[int, int, int, int]:
        """(symbol, pitch, tick, velocity) of the event expected next. Only valid where there is a match."""
        log = self.log
        chunk, index = log.locate(self.pointer)
        pitch = chunk.pitch[index]
        if self.intervals:
            pitch += log.pitch(log.count - 1) - log.pitch(self.pointer - 1)
        return chunk.symbol[index], pitch, chunk.tick[index] + self.distance, chunk.velocity[index]

    @property
    def distance(self) -> int:
        """Ticks between the matching moment and now. Only valid where there is a match."""
        return self.log.tick(self.log.count - 1) - self.log.tick(self.pointer - 1)


def find_longest_match(keys: NDArray[np.uint16]) -> tuple[int, int]:
    """Of the longest earlier runs equal to the end of `keys`, the latest.

    Returns (index of what followed it, counted from the end, so negative; length), or (0, 0) where there is none.
    """
    ends = np.flatnonzero(keys[:-1] == keys[-1])
    if not ends.size:
        return 0, 0
    length = 1
    while length < SEARCH_LENGTH:
        longer = ends[ends >= length]
        longer = longer[keys[longer - length] == keys[-1 - length]]
        if not longer.size:
            break
        ends, length = longer, length + 1
    return int(ends[-1]) + 1 - len(keys), length
