"""Follows a person: the tempo and the beat of what they play."""

from __future__ import annotations

import math
import time

from musiclstm.engine.clock.base import Change, InternalClock, Now
from musiclstm.engine.clock.beat_tracker import BeatTracker
from musiclstm.music.timeline import Timeline
from musiclstm.protocol.limits import MAX_BPM, MIN_BPM

_LISTENS = 4.0
"""Seconds after their last note for which the person counts as followed."""
_NEAR = 0.1  # beats
_CATCH_UP = (1.0, 2.0)
"""Beats in which the music comes to where the person is: from near, from further away. It never jumps."""
_MOST = 0.25  # of the person's tempo, by which the music is faster or slower meanwhile
_MIN_CHANGE = 0.0003  # seconds by which the next beat must move before subscribers are notified


class PersonClock(InternalClock):
    """Our own clock, which a person's playing speeds up, slows down and moves.

    Begins with a tempo that is set (or tapped), and keeps on with the last one while the person is silent. A beat is
    followed, bars are not: which beat is the first of a bar is where the music started.
    """

    def __init__(self, tempo: float = 120.0, now: Now = time.perf_counter, ahead: float = 0.01) -> None:
        super().__init__(tempo, now, ahead)
        self._tracker = BeatTracker(self._timeline)
        self._heard_at = -math.inf
        self._settled = math.inf  # the time from which on the music is where the person is

    @property
    def locked(self) -> bool:
        return self.now() - self._heard_at < _LISTENS

    def heard(self, moment: float, velocity: int) -> None:
        """The person began a note at `moment`."""
        with self._lock:
            if not self._running or not self._tracker.heard(moment, velocity):
                return
            self._heard_at = moment
            believed, before = self._tracker.timeline, self._timeline
            beat = before.beat_at(moment)
            behind = believed.beat_at(moment) - beat
            beats = _CATCH_UP[0] if abs(behind) < _NEAR else max(_CATCH_UP[1], abs(behind) / _MOST)
            self._settled = moment + beats * 60 / believed.tempo
            self._timeline = Timeline(_possible(believed.tempo * (1 + behind / beats)), beat, moment)
            moved = abs(self._timeline.time_at(beat + 1) - before.time_at(beat + 1)) > _MIN_CHANGE
        if moved:
            self._emit(Change.TEMPO, moment, beat)

    def settle(self) -> None:
        """Once the music has come to where the person is, go on at their tempo; called again and again."""
        if self.now() < self._settled:
            return
        with self._lock:
            moment, self._settled = self._settled, math.inf
            if not self._running:
                return
            self._timeline = self._timeline.with_tempo(_possible(self._tracker.timeline.tempo), moment)
        self._emit(Change.TEMPO, moment, self._timeline.beat_at(moment))

    def set_tempo(self, tempo: float) -> None:
        super().set_tempo(tempo)
        self._begin_again()

    def _start(self, beat: float, music: float | None, lead: float) -> None:
        super()._start(beat, music, lead)
        self._begin_again()

    def _begin_again(self) -> None:
        with self._lock:
            self._settled = math.inf
            self._tracker.set(self._timeline)


def _possible(tempo: float) -> float:
    return min(MAX_BPM, max(MIN_BPM, tempo))
