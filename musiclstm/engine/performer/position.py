"""Position: where in time the performance stands."""

from __future__ import annotations

from math import inf

from musiclstm.engine.clock.base import Clock
from musiclstm.engine.performer.steering import Steering
from musiclstm.engine.scheduler.scheduler import Scheduler


class Position:
    """Written by `Transport`, except `now`: `Performer` sets it to the time it is called with.

    now: seconds. beat: where it stands while the clock stands. playing: play was pressed (a clock that is followed may
    not run yet). running: the beats run, so notes are planned and the model hears the person.
    """

    def __init__(self, clock: Clock, scheduler: Scheduler, steering: Steering) -> None:
        self.now = clock.now()
        self.beat = 0.0
        self.playing = False
        self.running = False
        self._clock = clock
        self._scheduler = scheduler
        self._steering = steering
        self._edge = -inf

    def edge(self) -> float:
        """The beat from which anything can still be changed; while the music stands, the beat at which it stands.

        It never goes back (as the commit point does when the tempo falls): what was put before it is still to be sent,
        and nothing may overtake it.
        """
        beat = self._scheduler.commit_beat()
        if beat == -inf:
            return self.beat
        self._edge = max(self._edge, beat)
        return self._edge

    def renumber(self) -> float:
        """The clock counts other beats from now on. Returns the edge in the beats before, -inf if there was none."""
        before, self._edge = self._edge, -inf
        self._scheduler.commit_to(-inf)
        return before

    def wait_for(self, beat: float) -> None:
        """Nothing is played before `beat`, though the clock runs: it is counted in, or waits for the others' bar."""
        self.renumber()
        self._edge = beat

    def heard(self) -> float:
        """The beat that a person hears now."""
        if not self._clock.running:
            return self.beat
        return self._clock.timeline.beat_at(self.now - self._steering.number("nudge") / 1000)
