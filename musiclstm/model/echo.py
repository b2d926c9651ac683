"""Echo: a match model, as in data compression (Mahoney's PAQ), over the events of the music.

It finds the longest earlier run of events that equals the run ending now, and expects whatever followed it then. Only
kind, part and pitch must agree, not times and velocities, so that it also works for human playing. One that compares
intervals instead of pitches also finds transposed runs (a sequence); one fed with the note-ons of a single part also
finds runs whose notes end in another order (a melody).

Earlier events that may end such a run are found by hash chains, as in LZ77 compressors: every event is linked to the
one before it in the same chunk that has the same hash.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Any

SEARCH_REACH = _REACH = 8192  # events back that are searched: an exposition is repeated after some thousands
SEARCH_LENGTH = _LENGTH = 32  # events compared in a search; a match that continues may become longer
CHUNK = _CHUNK = 512  # events kept together; branches share all chunks but the last
_WIDTH = 256  # room for a pitch, or for an interval up or down
_HASHES = 256
# Bytes of an event in each column of a chunk.
_COLUMNS = {"key": 2, "step": 2, "tick": 4, "velocity": 1}
_EVENT = sum(_COLUMNS.values())


class Chunk:
    """Consecutive events in a buffer of fixed size; only ever appended to, so that several logs may share it.

    key: symbol and pitch as one number. step: symbol, and interval from the event before. sounds: 16 bytes for each
    event, a bit for each MIDI pitch that sounds after it; the context fills it in, where it is needed.
    filled: how many events there are so far. key_link, step_link: for each event the index, in this chunk, of the one
    before whose key or step has the same hash; -1 if there is none. key_last, step_last: for each hash the index of its
    last event.
    """

    def __init__(self) -> None:
        self.columns = columns_of(bytearray(_EVENT * CHUNK))
        key, step, tick, self.velocity = self.columns
        self.key, self.step, self.tick = key.cast("H"), step.cast("H"), tick.cast("i")
        self.key_link, self.step_link = _shorts(CHUNK), _shorts(CHUNK)
        self.key_last, self.step_last = _shorts(_HASHES), _shorts(_HASHES)
        self.sounds = memoryview(bytearray())
        self.filled = 0

    def append(self, key: int, step: int, tick: int, velocity: int) -> None:
        index = self.filled
        self.key[index], self.step[index], self.tick[index], self.velocity[index] = key, step, tick, velocity
        self.link(index)
        self.filled = index + 1

    def link(self, index: int) -> None:
        """Appends an event to the chains of its key and its step."""
        hash_ = hash_of(self.key[index])
        self.key_link[index] = self.key_last[hash_]
        self.key_last[hash_] = index
        hash_ = hash_of(self.step[index])
        self.step_link[index] = self.step_last[hash_]
        self.step_last[hash_] = index

    def set_sounds(self, index: int, half: int, word: int) -> None:
        """Stores what sounds after an event, a bit for each pitch. half: 0 the lower 64 pitches, 1 the upper."""
        if not len(self.sounds):
            self.sounds = memoryview(bytearray(16 * CHUNK))
        for byte in range(8):
            self.sounds[16 * index + 8 * half + byte] = word >> (8 * byte) & 255

    def sounds_of(self, index: int, half: int) -> int:
        """What `set_sounds` has stored."""
        word = 0
        for byte in range(7, -1, -1):
            word = word << 8 | self.sounds[16 * index + 8 * half + byte]
        return word

    def first(self, count: int) -> tuple[bytes, bytes]:
        """The first `count` events, column after column; and their `sounds`."""
        columns = zip(self.columns, _COLUMNS.values(), strict=True)
        return b"".join(column[: count * size] for column, size in columns), bytes(self.sounds[: 16 * count])

    def __reduce__(self) -> tuple[Any, ...]:
        """Without the unused room, and each column as a whole: many snapshots are pickled."""
        return chunk_of, self.first(self.filled)


def hash_of(value: int) -> int:
    """The hash of a key or a step, below _HASHES. Rarely does music have so many of them that two share a hash."""
    return (value + (value >> 8) * 37) & 255


def _shorts(count: int) -> memoryview:
    """So many numbers of 16 bits, all -1."""
    return memoryview(bytearray(b"\xff\xff" * count)).cast("h")


def columns_of(buffer: bytes | bytearray) -> list[memoryview]:
    """A buffer of events, cut into columns."""
    count = len(buffer) // _EVENT
    ends = [count * end for end in accumulate(_COLUMNS.values())]
    return [memoryview(buffer)[a:b] for a, b in pairwise([0, *ends])]


def chunk_of(events: bytes, sounds: bytes) -> Chunk:
    """A chunk with the events that `Chunk.first` returned."""
    chunk = Chunk()
    for column, content in zip(chunk.columns, columns_of(events), strict=True):
        column[: len(content)] = content
    chunk.filled = len(events) // _EVENT
    for index in range(chunk.filled):
        chunk.link(index)
    if sounds:
        chunk.sounds = memoryview(bytearray(sounds.ljust(16 * CHUNK, b"\0")))
    return chunk


class EventLog:
    """The last events: at least SEARCH_REACH of them, once there are so many. A value.

    Events are numbered from the first one ever. chunks: the events; all chunks but the last are full. count: how many
    events there were. dropped: how many of the first ones are no longer kept.
    """

    def __init__(self, chunks: tuple[Chunk, ...] = (), count: int = 0) -> None:
        self.chunks, self.count = chunks, count
        self.dropped = ((count + _CHUNK - 1) // _CHUNK - len(chunks)) * _CHUNK

    def __reduce__(self) -> tuple[Any, ...]:
        return EventLog, (self.chunks, self.count)

    def after(self, symbol: int, pitch: int, tick: int, velocity: int) -> EventLog:
        """The log with one more event. symbol: a number below 256 for its kind and part."""
        chunks = self.chunks
        before = self.pitch(self.count - 1) if chunks else pitch
        index = self.count % _CHUNK
        if index == 0:
            chunks = (*chunks[max(0, len(chunks) - _REACH // _CHUNK) :], Chunk())
        elif index < self.last().filled:  # another branch has already appended to it
            chunks = (*chunks[: len(chunks) - 1], chunk_of(*self.last().first(index)))
        chunk: Chunk = chunks[len(chunks) - 1]
        key = symbol * _WIDTH + pitch
        chunk.append(key, key - before + _WIDTH // 2, tick, velocity)
        return EventLog(chunks, self.count + 1)

    def last(self) -> Chunk:
        """The chunk that is being filled; there must be one."""
        return self.chunks[len(self.chunks) - 1]

    def chunk(self, number: int) -> Chunk:
        """The chunk that holds an event; its index there is `number % CHUNK`."""
        return self.chunks[(number - self.dropped) // _CHUNK]

    # Each gives the chunk a name: without one, compiled code counts a reference to the column too, which takes time.
    def symbol(self, number: int) -> int:
        chunk = self.chunk(number)
        return chunk.key[number % _CHUNK] // _WIDTH

    def pitch(self, number: int) -> int:
        chunk = self.chunk(number)
        return chunk.key[number % _CHUNK] % _WIDTH

    def tick(self, number: int) -> int:
        chunk = self.chunk(number)
        return chunk.tick[number % _CHUNK]

    def velocity(self, number: int) -> int:
        chunk = self.chunk(number)
        return chunk.velocity[number % _CHUNK]

    def first_from(self, tick: int) -> int:
        """The number of the first event at a tick or later, `count` if there is none."""
        if not self.chunks:
            return self.count
        which, later = 0, len(self.chunks)
        while later - which > 1:  # the last chunk that begins before the tick
            half = (which + later) // 2
            chunk = self.chunks[half]
            if chunk.tick[0] < tick:
                which = half
            else:
                later = half
        chunk, start = self.chunks[which], self.dropped + which * _CHUNK
        ticks, first, end = chunk.tick, 0, min(_CHUNK, self.count - start)
        while first < end:
            middle = (first + end) // 2
            if ticks[middle] < tick:
                first = middle + 1
            else:
                end = middle
        return start + first

    def between(self, first: int, last: int) -> Iterator[tuple[int, int, int]]:
        """(tick, pitch, velocity) of every event from tick `first` to tick `last`, both included."""
        for number in range(self.first_from(first), self.first_from(last + 1)):
            yield self.tick(number), self.pitch(number), self.velocity(number)

    def longest_match(self, intervals: bool) -> tuple[int, int]:
        """The longest earlier run that equals the last events: (number of the event after it, length).

        Of several the latest; length 0 if there is none. intervals: whether steps are compared instead of keys. Only
        the last SEARCH_REACH events are searched, and no more than SEARCH_LENGTH are compared.
        """
        now = self.count - 1
        earliest = max(self.dropped, self.count - _REACH)
        hash_ = hash_of(self.compared(now, intervals))
        best, longest = 0, 0
        for which in range(len(self.chunks) - 1, -1, -1):
            chunk = self.chunks[which]
            start = self.dropped + which * _CHUNK
            index = chunk.step_last[hash_] if intervals else chunk.key_last[hash_]
            while index >= 0:
                number = start + index
                if number < earliest:
                    return best, longest
                # The chunk may go on with events of another branch; they are met first.
                if number < now:
                    length = self.agreeing(number, now, earliest, intervals)
                    if length > longest:
                        best, longest = number + 1, length
                        if longest >= _LENGTH:
                            return best, longest
                index = chunk.step_link[index] if intervals else chunk.key_link[index]
        return best, longest

    def continuations(self, length: int, intervals: bool) -> list[int]:
        """The step or key that followed each earlier run equal to the last `length` events; see `longest_match`."""
        found: list[int] = []
        now = self.count - 1
        if now < 0:
            return found
        earliest = max(self.dropped, self.count - _REACH)
        hash_ = hash_of(self.compared(now, intervals))
        for which in range(len(self.chunks) - 1, -1, -1):
            chunk = self.chunks[which]
            start = self.dropped + which * _CHUNK
            index = chunk.step_last[hash_] if intervals else chunk.key_last[hash_]
            while index >= 0:
                number = start + index
                if earliest <= number < now and self.agreeing(number, now, earliest, intervals) >= length:
                    found.append(self.compared(number + 1, intervals))
                index = chunk.step_link[index] if intervals else chunk.key_link[index]
        return found

    def compared(self, number: int, intervals: bool) -> int:
        """The step of an event if `intervals`, else its key."""
        chunk = self.chunk(number)
        return chunk.step[number % _CHUNK] if intervals else chunk.key[number % _CHUNK]

    def agreeing(self, number: int, now: int, earliest: int, intervals: bool) -> int:
        """How many events up to `number` equal those up to `now`, at most SEARCH_LENGTH."""
        length = 0
        most = min(_LENGTH, number - earliest + 1)
        while length < most:
            if self.compared(number - length, intervals) != self.compared(now - length, intervals):
                break
            length += 1
        return length


class Echo:
    """The match model's state. A value: keeping one is a snapshot.

    intervals: whether pitches are compared by their intervals from the event before. pointer: the number of the event
    that is expected next. length: how many events up to now agree with those before the pointer, 0 without a match.
    """

    def __init__(self, log: EventLog | None = None, intervals: bool = False, pointer: int = 0, length: int = 0) -> None:
        self.log = EventLog() if log is None else log
        self.intervals, self.pointer, self.length = intervals, pointer, length

    def __reduce__(self) -> tuple[Any, ...]:
        return Echo, (self.log, self.intervals, self.pointer, self.length)

    def after(self, log: EventLog) -> Echo:
        """The state after another event; log: `self.log` after that event."""
        if self.length:
            intervals = self.intervals
            if log.compared(log.count - 1, intervals) == log.compared(self.pointer, intervals):
                return Echo(log, intervals, self.pointer + 1, self.length + 1)
        return self.found(log)

    def found(self, log: EventLog) -> Echo:
        """The state after the events of a log, by a new search."""
        if not log.count:
            return Echo(log, self.intervals)
        pointer, length = log.longest_match(self.intervals)
        return Echo(log, self.intervals, pointer if length else log.count, length)

    @property
    def expected(self) -> tuple[int, int, int, int]:
        """(symbol, pitch, tick, velocity) of the event expected next. Only valid where there is a match."""
        log, pointer = self.log, self.pointer
        return log.symbol(pointer), self.pitch(), log.tick(pointer) + self.distance(), log.velocity(pointer)

    def pitch(self) -> int:
        """The pitch expected next. Only valid where there is a match."""
        log = self.log
        pitch = log.pitch(self.pointer)
        if self.intervals:
            pitch += log.pitch(log.count - 1) - log.pitch(self.pointer - 1)
        return pitch

    def distance(self) -> int:
        """Ticks between the matching moment and now. Only valid where there is a match."""
        return self.log.tick(self.log.count - 1) - self.log.tick(self.pointer - 1)
