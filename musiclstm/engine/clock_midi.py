"""MIDI clock: following a leader's 24 ticks a quarter, and being the leader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from musiclstm.engine.scheduler import Scheduler

TICKS = 24


class MidiClockFollower:
    """A `Clock` that follows the MIDI clock it is fed.

    Start makes the next tick beat 0, continue goes on from where it stopped or from the song position. `start(beat)`
    joins a leader that runs already. Ticks that get lost do not move the beat, late ones hardly; with no ticks at all
    it runs on at the last tempo, unlocked.
    """

    def __init__(self, tempo: float = 120.0, now: Callable[[], float] | None = None) -> None:
        raise NotImplementedError

    def feed(self, message: bytes, time: float) -> bool:
        """Take a message that arrived at `time`; False if it is none of the clock's. Call from one thread."""
        raise NotImplementedError


class MidiClockSender:
    """Sends MIDI clock on some outputs of a scheduler while its clock runs.

    start, continue, stop and song position follow the clock's own starts and stops.
    """

    def __init__(self, scheduler: Scheduler, ports: Sequence[int]) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Send stop if it runs, then no more."""
