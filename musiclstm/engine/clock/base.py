"""Clocks: the protocol, its common part, and those that lead.

A clock gives the time (`now`, `perf_counter` seconds) and the present `Timeline`, a frozen value that is replaced as a
whole, so any thread may read it without a lock. It may jump and change its tempo at any moment; subscribers are
notified. A stopped clock has a timeline too, for its tempo, but no beat becomes due.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from musiclstm.music.timeline import Timeline

Now = Callable[[], float]

CORRECTION = 0.25
"""Beats by which a clock may correct itself without the music being somewhere else."""


class Change(Enum):
    """The kinds of change."""

    TEMPO = "tempo"  # the tempo changed (also each correction of a clock that follows)
    START = "start"  # the clock runs from `beat` on
    STOP = "stop"  # the clock stopped at `beat`
    LOCK = "lock"  # a clock that follows became steady, or lost its leader and continues alone


@dataclass(frozen=True, slots=True)
class ClockChange:
    """What changed, and the beat at `time`. A START may be slightly in the future: at the leader's next tick.

    music: the beat at which the music starts, where the beats before it are counted in.
    """

    change: Change
    time: float
    beat: float
    music: float | None = None

    def ahead_of(self, before: Timeline) -> float:
        """Beats by which the clock is ahead of `before`, its timeline until then; beyond `CORRECTION` it has jumped."""
        return self.beat - before.beat_at(self.time)


Subscriber = Callable[[ClockChange], None]
"""Called from the thread that changed the clock; must return at once and not raise."""


class Clock(Protocol):
    """Every method may be called from any thread."""

    @property
    def timeline(self) -> Timeline: ...

    @property
    def running(self) -> bool:
        """False: no beat becomes due."""

    @property
    def locked(self) -> bool:
        """Whether the followed clock is steady; always True for clocks that lead."""

    @property
    def leads(self) -> bool:
        """Whether it counts its own beats, and may start before the music does."""

    def now(self) -> float:
        """Monotonic seconds."""

    def start(self, beat: float = 0.0, lead: float = 0.0) -> None:
        """Run from `beat`, very soon (a clock that follows: at its leader's next tick).

        lead: seconds before its time that a message must be sent; what is due at `beat` can be on time.
        """

    def count_in(self, begin: float, beat: float, lead: float = 0.0) -> None:
        """`start` from `begin`, so that the music starts at `beat`. Only if it `leads`."""

    def stop(self) -> None:
        """Stop. The STOP's `ClockChange.beat` is the beat at which it stopped."""

    def leave(self) -> None:
        """Stop because another clock is to lead: peers that share the start and stop play on."""

    def set_tempo(self, tempo: float) -> None:
        """Set the tempo in BPM, from now on; without effect on a clock that follows another.

        Raises ValueError for a tempo that is not above 0.
        """

    def heard(self, moment: float, velocity: int) -> None:
        """A person began a note at `moment` seconds; without effect on clocks that do not follow them."""

    def settle(self) -> None:
        """Do what has become due; called several times a second."""

    def subscribe(self, subscriber: Subscriber) -> None: ...

    def close(self) -> None: ...


class BaseClock:
    """What all clocks share: the timeline, whether it runs, and the subscribers. Subclasses write under the lock."""

    def __init__(self, tempo: float, now: Now) -> None:
        self.now = now
        self._lock = threading.Lock()  # for those who replace the timeline; readers need none
        self._timeline = Timeline(tempo, 0.0, now())
        self._running = False
        self._subscribers: tuple[Subscriber, ...] = ()

    @property
    def timeline(self) -> Timeline:
        return self._timeline

    @property
    def running(self) -> bool:
        return self._running

    @property
    def locked(self) -> bool:
        return True

    @property
    def leads(self) -> bool:
        return False

    def subscribe(self, subscriber: Subscriber) -> None:
        with self._lock:
            self._subscribers += (subscriber,)

    def close(self) -> None:
        pass

    def count_in(self, begin: float, beat: float, lead: float = 0.0) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def leave(self) -> None:
        self.stop()

    def heard(self, moment: float, velocity: int) -> None:
        pass

    def settle(self) -> None:
        pass

    def _emit(self, change: Change, moment: float, beat: float, music: float | None = None) -> None:
        # Called without the lock: a subscriber may take another lock whose owner waits for ours.
        for subscriber in self._subscribers:
            subscriber(ClockChange(change, moment, beat, music))


class InternalClock(BaseClock):
    """Our own tempo on the machine's monotonic clock.

    now: returns the time. ahead: seconds from `start` to its beat, so that messages due at it can be on time (and the
    start message of MIDI clock comes well before the first tick, as it should).
    """

    def __init__(self, tempo: float = 120.0, now: Now = time.perf_counter, ahead: float = 0.01) -> None:
        super().__init__(tempo, now)
        self._ahead = ahead

    @property
    def leads(self) -> bool:
        return True

    def start(self, beat: float = 0.0, lead: float = 0.0) -> None:
        self._start(beat, None, lead)

    def count_in(self, begin: float, beat: float, lead: float = 0.0) -> None:
        self._start(begin, beat, lead)

    def _start(self, beat: float, music: float | None, lead: float) -> None:
        with self._lock:
            moment = self.now() + self._ahead + lead
            self._timeline = Timeline(self._timeline.tempo, beat, moment)
            self._running = True
        self._emit(Change.START, moment, beat, music)

    def stop(self) -> None:
        with self._lock:
            if not self._running:
                return
            moment = self.now()
            self._running = False
        self._emit(Change.STOP, moment, self._timeline.beat_at(moment))

    def set_tempo(self, tempo: float) -> None:
        with self._lock:
            moment = self.now()
            self._timeline = self._timeline.with_tempo(tempo, moment)
        self._emit(Change.TEMPO, moment, self._timeline.beat_at(moment))


class ManualClock(InternalClock):
    """Time moves only when it is set, by `Scheduler.run_until` or a test."""

    def __init__(self, tempo: float = 120.0, time: float = 0.0) -> None:
        self._time = time
        super().__init__(tempo, lambda: self._time, 0.0)

    def set(self, time: float) -> None:
        """Move to `time`. Raises ValueError for a time in the past."""
        if time < self._time:
            raise ValueError(f"time cannot go back from {self._time} to {time}")
        self._time = time

    def advance(self, seconds: float) -> None:
        self.set(self._time + seconds)
