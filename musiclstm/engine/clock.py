"""Clocks: who says what beat it is.

A clock gives the time (`now`, `perf_counter` seconds) and the `Timeline` in force. The timeline is a frozen value that
is replaced whole, so any thread may read it without a lock; it may jump and change its tempo at any moment, and
subscribers are told. A stopped clock has a timeline too, for tempo, but its beats do not come due.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from musiclstm.music.timeline import Timeline


class Change(Enum):
    """What became different."""

    TEMPO = "tempo"  # the timeline bends (also each correction of a clock that follows)
    START = "start"  # the beats run from `beat` on
    STOP = "stop"  # the beats stand at `beat`
    LOCK = "lock"  # a clock that follows became steady, or lost its leader and runs on by itself


@dataclass(frozen=True, slots=True)
class ClockChange:
    """What changed, when, and the beat at that time by the new timeline."""

    change: Change
    time: float
    beat: float


Subscriber = Callable[[ClockChange], None]
"""Called from whatever thread changed the clock; must return at once and not raise."""


class Clock(Protocol):
    """Every method may be called from any thread."""

    @property
    def timeline(self) -> Timeline: ...

    @property
    def running(self) -> bool:
        """False: nothing that is due at a beat comes due."""

    @property
    def locked(self) -> bool:
        """The clock that is followed is steady; always True for clocks that lead."""

    def now(self) -> float:
        """Monotonic seconds."""

    def start(self, beat: float = 0.0) -> None:
        """Let the beats run, from `beat` at this moment (one that follows: at the next tick of its leader)."""

    def stop(self) -> None:
        """Stand still. The beat it stood at is `ClockChange.beat` of the STOP."""

    def set_tempo(self, tempo: float) -> None:
        """Quarter notes a minute, from now on; without effect on a clock that follows another."""

    def subscribe(self, subscriber: Subscriber) -> None: ...

    def close(self) -> None: ...


class InternalClock:
    """Our own tempo on the machine's monotonic clock.

    now: what gives the time; tests pass their own.
    """

    def __init__(self, tempo: float = 120.0, now: Callable[[], float] | None = None) -> None:
        raise NotImplementedError


class ManualClock(InternalClock):
    """Time stands until it is moved: tests and offline render. `Scheduler.run_until` moves it."""

    def set(self, time: float) -> None:
        """Move to `time`, never back (ValueError)."""

    def advance(self, seconds: float) -> None: ...
