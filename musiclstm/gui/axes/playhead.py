"""Playhead: the current beat, computed from the engine's statuses, without jitter."""

from __future__ import annotations

import math

from musiclstm.protocol.limits import PICKUP
from musiclstm.protocol.telemetry import Status

# A difference between two statuses is worked off over this time (seconds), so that the roll never stutters.
SLEW = 0.12
# A larger difference (beats) is a jump in the music and is shown at once.
JUMP = 0.75


class Playhead:
    """Times are `time.perf_counter` seconds, passed in. Not thread-safe."""

    def __init__(self) -> None:
        self.tempo = 120.0
        self.playing = False
        self._beat = 0.0
        self._time = 0.0
        self._slip = 0.0
        self._slip_time = 0.0
        self._stood = 0.0  # the beat at which it stood last

    def in_music(self, beat: float) -> bool:
        """Whether what a person plays at a beat is in the music, which neither stands nor is counted in there."""
        return self.playing and beat >= self._stood - PICKUP

    def beat(self, now: float) -> float:
        """The beat at `now`; it stops a moment after the last status if no other arrives."""
        return self._target(now) + self._slip * math.exp(-(now - self._slip_time) / SLEW)

    def _target(self, now: float) -> float:
        if not self.playing:
            return self._beat
        return self._beat + (now - self._time) * self.tempo / 60

    def follow(self, status: Status, now: float) -> None:
        """Follow a status, gliding to its beat."""
        shown = self.beat(now)
        started = status.playing and not self.playing
        self.tempo, self.playing = status.tempo, status.playing
        self._beat, self._time = status.beat, status.time
        if not status.playing:
            self._stood = status.beat
        slip = shown - self._target(now)
        self._slip = 0.0 if started or abs(slip) > JUMP else slip
        self._slip_time = now

    def jump(self, beat: float, now: float) -> None:
        """The music jumped: it is `beat` now."""
        self._beat, self._time, self._slip, self._slip_time = beat, now, 0.0, now
        self._stood = min(self._stood, beat)

    def halt(self, now: float) -> None:
        """The engine has ended: the beat stands still."""
        self.jump(self.beat(now), now)
        self.playing = False
