"""Beat tracker: from the moments at which a person begins notes, the beat and tempo that they play in.

Several hypotheses of (beat, tempo) are followed at the same time, each by a Kalman filter. An onset can be on the beat,
a half, a quarter or a third of it, or anywhere: each filter weighs all of these by how well it foresaw them and takes
their mean, which is probabilistic data association (Bar-Shalom and Tse, "Tracking in a cluttered environment with
probabilistic data association", Automatica 11, 1975). An onset just after another one, as in a trill, tells less: with
such a one always near to it, every beat would seem to stand still. New hypotheses come from the intervals between
onsets. The one that has foreseen the onsets best is believed; another must have done clearly better to take its place.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

from musiclstm.music.timeline import Timeline
from musiclstm.protocol.limits import MAX_BPM, MIN_BPM

_HYPOTHESES = 16
_CHORD = 0.04  # seconds within which onsets are one chord, of which the first counts
_INTERVALS = 4  # latest onsets whose distances suggest tempos
_RANGE = (45.0, 200.0)  # BPM of new hypotheses
_POSITIONS = np.array((0.0, 1 / 2, 1 / 4, 3 / 4, 1 / 3, 2 / 3))
_LOUD = np.array((0.6, 0.25, 0.05, 0.05, 0.025, 0.025))
_SOFT = np.array((0.15, 0.2, 0.25, 0.25, 0.075, 0.075))
"""Where in a beat an onset is, and how often."""
_CLUTTER = 0.08  # density of onsets that are anywhere
_ORNAMENT = 0.15  # beats between two onsets: the nearer they are, the less the second tells
_ANYWHERE = 1.0  # density of onsets that tell nothing
_JITTER = 0.02  # seconds, standard deviation of an onset about its place
_DRIFT = 0.02  # by how much of itself the tempo changes in the square root of a second
_WANDER = 0.01  # beats by which the beat shifts by itself in the square root of a second
_LOST_BEAT, _LOST_TEMPO = 0.25, 0.15  # the most that a filter doubts its beat, and its tempo as a share of it
_MEMORY = 0.97  # of what counted for a hypothesis until the latest onset
_NEW = 9.0  # nats by which a new tempo begins behind the one that is believed
_SHIFTS = np.array((0.5, 0.25, 0.75))  # beats by which the one that is believed may be wrong
_SHIFTED = 8.0  # nats by which one that is shifted so begins behind it
_BETTER = 9.0  # nats by which another must be ahead to be believed
_TASTE = 0.3  # octaves, standard deviation of the person's tempo about the one that was set
_VELOCITY = 64  # of a loud note, until the person has played
_GETS_USED = 0.1  # to how loud they play, of the difference at each note
_SAME_BEAT, _SAME_TEMPO = 0.05, 0.03  # of a beat and of a tempo: nearer than this, two hypotheses are one

Floats = NDArray[np.float64]


class BeatTracker:
    """Pure: times are passed in. timeline: the beat that is believed now, to begin with the one that was set."""

    def __init__(self, timeline: Timeline) -> None:
        self.set(timeline)

    def set(self, timeline: Timeline) -> None:
        """Believe this, and forget everything else."""
        self.timeline = timeline
        self._set_tempo = timeline.tempo
        self._onsets: deque[float] = deque(maxlen=_INTERVALS + 1)
        self._time = timeline.time_origin
        self._beat = np.array([timeline.beat_origin])
        self._rate = np.array([timeline.tempo / 60])  # beats a second
        # Covariance of beat and rate, as its three different entries: (beat, beat), (beat, rate), (rate, rate).
        self._covariance = np.array([[0.01], [0.0], [(0.04 * timeline.tempo / 60) ** 2]])
        self._score = np.zeros(1)
        self._believed = 0
        self._loud = float(_VELOCITY)
        self._velocity = 0
        self._before = self._state()

    def heard(self, time: float, velocity: int) -> bool:
        """A note of this velocity begins at `time` seconds. Returns whether the timeline has changed."""
        if self._onsets and time - self._onsets[-1] < _CHORD:
            if velocity <= self._velocity:
                return False
            time = self._onsets.pop()  # again, with the chord's loudest note
            self._beat, self._rate, self._covariance, self._score, self._believed, self._loud, self._time = self._before
        self._velocity = velocity
        self._before = self._state()
        passed = self._predict(time)
        self._correct(self._strength(velocity), np.minimum(1.0, passed * self._rate / _ORNAMENT))
        self._onsets.append(time)
        self._suggest()
        self._choose()
        return True

    def _state(self) -> tuple[Floats, Floats, Floats, Floats, int, float, float]:
        return self._beat, self._rate, self._covariance, self._score, self._believed, self._loud, self._time

    def _strength(self, velocity: int) -> float:
        strength = min(1.0, velocity / self._loud)
        self._loud += _GETS_USED * (max(velocity, 1) - self._loud)
        return strength

    def _predict(self, time: float) -> float:
        """Returns the seconds that have passed since the onset before."""
        passed = max(0.0, time - self._time)
        self._time = time
        self._beat = self._beat + self._rate * passed
        beat, both, rate = self._covariance
        most = np.sqrt(
            (
                np.minimum(beat + 2 * passed * both + passed * passed * rate + _WANDER**2 * passed, _LOST_BEAT**2),
                np.minimum(rate + (_DRIFT * self._rate) ** 2 * passed, (_LOST_TEMPO * self._rate) ** 2),
            )
        )
        both = np.clip(both + passed * rate, -0.99 * most[0] * most[1], 0.99 * most[0] * most[1])
        self._covariance = np.array((most[0] ** 2, both, most[1] ** 2))
        return passed

    def _correct(self, strength: float, told: Floats) -> None:
        """told: how much the onset tells each hypothesis, 0 to 1."""
        beat, both, rate = self._covariance
        spread = beat + (_JITTER * self._rate) ** 2
        off = _POSITIONS - (self._beat % 1.0)[:, None]
        off -= np.round(off)  # hypotheses x positions: how far each is away, in beats
        density = (
            (strength * _LOUD + (1 - strength) * _SOFT)
            * np.exp(-0.5 * off**2 / spread[:, None])
            / np.sqrt(2 * math.pi * spread)[:, None]
        )
        density *= told[:, None]
        total = density.sum(1) + _CLUTTER + (1 - told) * _ANYWHERE
        share = density / total[:, None]
        mean = (share * off).sum(1)
        on_beat, on_rate = beat / spread, both / spread
        seen = share.sum(1)
        around = (share * off**2).sum(1) - mean**2 - seen * spread
        self._beat = self._beat + on_beat * mean
        self._rate = np.clip(self._rate + on_rate * mean, MIN_BPM / 60, MAX_BPM / 60)
        self._covariance = np.array(
            (beat + on_beat**2 * around, both + on_beat * on_rate * around, rate + on_rate**2 * around)
        )
        self._score = _MEMORY * self._score + np.log(total)

    def _suggest(self) -> None:
        """Add tempos that the latest intervals suggest, with a beat at this onset, and shifts of what is believed."""
        believed = self._believed
        intervals = [self._onsets[-1] - each for each in list(self._onsets)[:-1]]
        tempos = {60 * beats / interval for interval in intervals for beats in (0.5, 1.0, 2.0) if interval > 0}
        rates = np.array([tempo / 60 for tempo in sorted(tempos) if _RANGE[0] <= tempo <= _RANGE[1]])
        here = np.full_like(rates, round(self._beat[believed]))
        doubt = (0.02**2 + (_JITTER * rates) ** 2, np.zeros_like(rates), (0.05 * rates) ** 2)
        self._add(here, rates, np.array(doubt), _NEW)
        self._add(
            self._beat[believed] + _SHIFTS,
            np.full_like(_SHIFTS, self._rate[believed]),
            np.repeat(self._covariance[:, [believed]], len(_SHIFTS), 1),
            _SHIFTED,
        )

    def _add(self, beat: Floats, rate: Floats, covariance: Floats, behind: float) -> None:
        """Add hypotheses, so many nats behind the one that is believed."""
        score = np.full(len(beat), self._score[self._believed] - behind)
        self._beat, self._rate = np.append(self._beat, beat), np.append(self._rate, rate)
        self._covariance = np.append(self._covariance, covariance, 1)
        self._score = np.append(self._score, score)

    def _choose(self) -> None:
        kept: list[int] = []
        order = [self._believed, *(int(each) for each in np.argsort(-self._score, kind="stable"))]
        for index in order:
            if len(kept) < _HYPOTHESES and not any(self._same(index, other) for other in kept):
                kept.append(index)
        self._beat, self._rate = self._beat[kept], self._rate[kept]
        self._covariance, self._score = self._covariance[:, kept], self._score[kept]
        liked = self._score - 0.5 * (np.log2(60 * self._rate / self._set_tempo) / _TASTE) ** 2
        best = int(np.argmax(liked))
        self._believed = best if liked[best] > liked[0] + _BETTER else 0
        self._score = self._score - self._score[self._believed]
        if self._believed:  # beats are counted on from those that were believed
            self._beat[best] = self._beat[best] + round(self._beat[0] - self._beat[best])
        self.timeline = Timeline(60 * float(self._rate[self._believed]), float(self._beat[self._believed]), self._time)

    def _same(self, one: int, other: int) -> bool:
        apart = (self._beat[one] - self._beat[other] + 0.5) % 1.0 - 0.5
        return bool(
            abs(apart) < _SAME_BEAT and abs(self._rate[one] - self._rate[other]) < _SAME_TEMPO * self._rate[other]
        )
