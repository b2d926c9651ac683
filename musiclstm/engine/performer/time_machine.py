"""The time machine: a snapshot of every beat of the last hour, and bookmarks.

A moment holds all that a session is, so going back is exact; its snapshot tells of which model. Between two moments
the events themselves are kept: any place in between is reached by feeding the session these events again, random
numbers included.

Cost: a moment holds hidden and cell state and the heads' projections (without the gates), 4 bytes a number, and about
3 KB of context, random state and names; an event about 200 bytes. So an hour at 120 BPM is 7,200 moments and, at 8
events a second, 28,800 events: some 92 MB for a model of 2 x 512, 77 MB for one of 1 x 384. There are never more than
`MOMENTS` moments, nor more than `EVENTS` events in one. Voices and events are kept as tuples of numbers, which the
garbage collector does not track: with the ring full of objects a collection would take a tenth of a second.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice, takewhile

import numpy as np

from musiclstm.engine.performer.voices import Voice
from musiclstm.model.arrays import FloatArray
from musiclstm.model.snapshot import Snapshot
from musiclstm.music.event import Event, Kind

SECONDS = 3600.0
MOMENTS = 18_000
"""An hour at 300 BPM. Slower music needs fewer, for moments older than an hour are dropped."""
EVENTS = 1_000


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event of the past. tick, rng: the session's, after it. given: as in `Session.read`; heard: as in `Voice`.

    bars: how the session counted them when it read it, as `BeatMap.counted`.
    """

    tick: int
    event: Event
    rng: tuple[int, int]
    given: bool
    heard: bool
    bars: tuple[int, int]


Packed = tuple[int, ...]


@dataclass(slots=True)
class Moment:
    """The session at a beat, between two events.

    beat, offset: of the clock, and of `BeatMap` then, both as the time machine counts (`TimeMachine.beat_of`,
    `offset_of`). time: when it was, in seconds. late: how the session still counts bars until its next event, as
    `BeatMap.counted`, where the bar has begun from which on it counts otherwise; None elsewhere.
    """

    beat: float
    offset: float
    time: float
    snapshot: Snapshot
    packed_voices: tuple[Packed, ...] = ()
    packed_log: list[Packed] = field(default_factory=list)
    late: tuple[int, int] | None = None

    def voices(self) -> list[Voice]:
        """The voices then, silent: where they sounded is not kept."""
        return [
            Voice(
                note, part, pitch, velocity, tick, None, bool(person), None, None if until < 0 else until, bool(heard)
            )
            for note, part, pitch, velocity, tick, person, until, heard in self.packed_voices
        ]

    def log(self) -> Iterator[LoggedEvent]:
        """The events from here to the next moment."""
        for tick, seed, count, given, heard, origin, meter, delta, kind, pitch, velocity, part in self.packed_log:
            event = Event(delta, Kind(kind), pitch, velocity, part)
            yield LoggedEvent(tick, event, (seed, count), bool(given), bool(heard), (origin, meter))


def pack(voices: Iterable[Voice]) -> tuple[Packed, ...]:
    return tuple(
        (v.id, v.part, v.pitch, v.velocity, v.tick, int(v.person), -1 if v.until is None else v.until, int(v.heard))
        for v in voices
    )


Made = tuple[int, int]
"""How many changes of section and how many moves of the chords that lead have been made."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A place to return to; it may lie between two of the model's ticks.

    moments: those of the bar that led to it, so that one can arrive on any beat of the bar; the last is the one at or
    before it. late: as in `Moment`. made: by then, for a jump may lie at the very beat; None where that is not known.
    """

    beat: float
    tick: float
    snapshot: Snapshot
    packed_voices: tuple[Packed, ...]
    moments: tuple[Moment, ...]
    late: tuple[int, int] | None = None
    made: Made | None = None


class TimeMachine:
    """A ring of moments, by the clock's beats, and bookmarks. No method takes longer as the ring fills.

    moments: how many it keeps at most. seconds: how old a moment gets at most.
    """

    def __init__(self, moments: int = MOMENTS, seconds: float = SECONDS) -> None:
        self.bookmarks: dict[str, Bookmark] = {}
        self._ring: deque[Moment] = deque(maxlen=moments)
        self._seconds = seconds
        self._shift = 0.0  # added to the time machine's beats gives the clock's
        self._gates: dict[tuple[int, ...], np.ndarray[tuple[int, ...], np.dtype[np.float32]]] = {}

    def __len__(self) -> int:
        return len(self._ring)

    # ---- for another process -------------------------------------------------------------------------------------

    def saved(self) -> tuple[dict[str, Bookmark], float]:
        """The bookmarks with the moments that led to them, and the shift, for `resume`. Not the ring."""
        return dict(self.bookmarks), self._shift

    def resume(self, bookmarks: dict[str, Bookmark], shift: float) -> None:
        """Take over what another process saved. The ring must be empty."""
        self.bookmarks, self._shift = dict(bookmarks), shift

    def add_bookmark(self, slot: str, bookmark: Bookmark, shift: float) -> None:
        """Take over one more, saved at the same time; one that was set since stays."""
        moved = replace(bookmark, beat=bookmark.beat + self._shift - shift)
        self.bookmarks.setdefault(slot, moved)

    # ---- as time goes by -----------------------------------------------------------------------------------------

    def add(
        self,
        beat: float,
        offset: float,
        time: float,
        snapshot: Snapshot,
        voices: Iterable[Voice],
        *,
        late: tuple[int, int] | None = None,
        branch: bool = False,
    ) -> None:
        """Keeps a moment. late: as in `Moment`. branch: the session became another at it."""
        ring = self._ring
        # Of two moments of one beat (a jump just there), or of many jumps with nothing between them (a morph), only
        # the last was heard.
        if ring and (ring[-1].beat >= beat - self._shift or (branch and not ring[-1].packed_log)):
            ring.pop()
        # One at a time: after a night's pause the hour before it does not go at once.
        if ring and ring[0].time < time - self._seconds:
            ring.popleft()
        lean = self.without_gates(snapshot)
        ring.append(Moment(beat - self._shift, offset - self._shift, time, lean, pack(voices), late=late))

    def log(self, logged: LoggedEvent) -> None:
        """Keeps an event that happened after the last moment."""
        if self._ring and len(self._ring[-1].packed_log) < EVENTS:
            # Plain ints: an enum in a tuple keeps the collector interested.
            event, flags = logged.event, (int(logged.given), int(logged.heard))
            note = (event.delta, int(event.kind), event.pitch, event.velocity, event.part)
            self._ring[-1].packed_log.append((logged.tick, *logged.rng, *flags, *logged.bars, *note))

    def without_gates(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with zeros for its gates, on which nothing that follows depends."""
        return snapshot.without_gates(self._zeros)

    def _zeros(self, shape: tuple[int, ...]) -> FloatArray:
        if shape not in self._gates:
            self._gates[shape] = np.zeros(shape, dtype=np.float32)
        return self._gates[shape]

    def relabel(self, beats: float) -> None:
        """The clock counts other beats: what was beat b is b + `beats` from now on."""
        self._shift += beats
        for slot, bookmark in list(self.bookmarks.items()):
            self.bookmarks[slot] = replace(bookmark, beat=bookmark.beat + beats)

    # ---- looking back --------------------------------------------------------------------------------------------

    @property
    def oldest(self) -> float | None:
        """The beat of the oldest moment, if there is one."""
        return self._ring[0].beat + self._shift if self._ring else None

    def at(self, beat: float) -> Moment | None:
        """The moment at or before a beat, or else the oldest. None only if there is no moment."""
        if not self._ring:
            return None
        return self._ring[max(0, self._index(beat))]

    def between(self, begin: float, end: float) -> list[Moment]:
        """The moment at or before a beat, and those after it up to before another beat."""
        found = islice(self._ring, max(0, self._index(begin)), None)
        return list(takewhile(lambda moment: moment.beat + self._shift < end - 1e-9, found))

    def leading_to(self, moment: Moment, beats: float) -> tuple[Moment, ...]:
        """The moment itself, last, after those in the `beats` before it that lead to it without a jump."""
        found = [moment]
        index = self._index(moment.beat + self._shift)
        while index > 0 and found[0].beat > moment.beat - beats:
            index -= 1
            if not self.leads_on(self._ring[index], moment):
                break
            found.insert(0, self._ring[index])
        return tuple(found)

    @staticmethod
    def leads_on(one: Moment, other: Moment) -> bool:
        """Whether one model led from a moment to a later one, without a jump to other beats."""
        before, after = one.snapshot, other.snapshot
        return one.offset == other.offset and before.is_of_model_of(after) and before.tick <= after.tick

    def beat_of(self, moment: Moment) -> float:
        """The moment's beat as the clock counts now."""
        return moment.beat + self._shift

    def offset_of(self, moment: Moment) -> float:
        """The moment's offset to the beats that the clock counts now."""
        return moment.offset + self._shift

    def _index(self, beat: float) -> int:
        return bisect_right(self._ring, beat - self._shift + 1e-9, key=lambda moment: moment.beat) - 1
