"""How a player of a band is led by what it hears: its `Guide` to the pitches, its `Ear` for rhythm and loudness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from musiclstm.model.arrays import FloatArray
from musiclstm.model.hearing import Heard, Hearing, busier, class_bias, expected_onsets, loudness
from musiclstm.model.pitch_bias import Guide, PitchBias
from musiclstm.music.vocabulary import Vocabulary

_DENSER = 0.75  # of the control `density`, while the others are twice as busy as usual
_SPREAD = 25.0  # the standard deviation of velocities, roughly


@dataclass(frozen=True, slots=True)
class Around:
    """What is around a player now, in ticks of the band.

    origin: of the player's tick 0. sounding: in the other players' tuned parts. own: what the player was heard to play.
    """

    tick: int
    bar: int
    origin: int
    sounding: frozenset[int]
    others: Sequence[Heard]
    own: Heard


class PlayerGuide:
    """The band's guide (None: no chords lead) in a player's own ticks and parts, with the harmony that it hears.

    scale: ticks of the band in one of the player's. first: the number of the player's first part in the band.
    """

    def __init__(
        self, guide: Guide | None, around: Callable[[], Around], scale: int, first: int, harmony: float
    ) -> None:
        self._guide, self._around, self._scale, self._first, self._harmony = guide, around, scale, first, harmony

    def bias(self, tick: int, part: int, *, told: bool) -> PitchBias | None:
        around = self._around()
        led = None
        if self._guide is not None:
            led = self._guide.bias(around.origin + self._scale * tick, self._first + part, told=told)
        if not self._harmony:
            return led
        classes = (pitch % 12 for pitch in around.sounding)
        heard = class_bias(classes, around.others, around.tick - around.bar, self._harmony)
        if heard is None:
            return led
        return PitchBias(heard) if led is None else led.with_weights(heard)

    def told(self, tick: int, part: int) -> FloatArray | None:
        if self._guide is None:
            return None
        return self._guide.told(self._around().origin + self._scale * tick, self._first + part)

    def changes(self, begin: int, end: int) -> bool:
        if self._guide is None:
            return False
        origin = self._around().origin
        return self._guide.changes(origin + self._scale * begin, origin + self._scale * end)

    def clash(self, begin: int, end: int, part: int, pitch: int) -> int | None:
        if self._guide is None:
            return None
        origin = self._around().origin
        found = self._guide.clash(origin + self._scale * begin, origin + self._scale * end, self._first + part, pitch)
        return None if found is None else -((origin - found) // self._scale)


class PlayerEar:
    """An `Ear`. scale: as of `PlayerGuide`."""

    def __init__(self, around: Callable[[], Around], vocabulary: Vocabulary, scale: int, hearing: Hearing) -> None:
        self._around, self._vocabulary, self._scale, self._hearing = around, vocabulary, scale, hearing
        self._sparser = np.log1p(np.arange(vocabulary.times, dtype=np.float32) * (8 / vocabulary.resolution))
        self._velocities = np.array([vocabulary.velocity_of(n) for n in range(vocabulary.velocities)], dtype=np.float32)

    def times(self, begin: int) -> FloatArray | None:
        around, found = self._around(), None
        if self._hearing.density:
            denser = self._hearing.density * _DENSER * busier(around.others, around.tick, around.bar)
            found = -denser * self._sparser if denser else None
        if self._hearing.onsets:
            for tick, nats in expected_onsets(around.others, around.tick, around.bar).items():
                time, between = divmod(tick - around.origin, self._scale)
                if not between and 0 <= time - begin < self._vocabulary.max_delta:
                    found = np.zeros_like(self._sparser) if found is None else found
                    found[time - begin] += self._hearing.onsets * nats
        return None if found is None else np.asarray(found, dtype=np.float32)

    def starting(self, tick: int) -> FloatArray | None:
        around = self._around()
        if not self._hearing.onsets:
            return None
        onsets = expected_onsets(around.others, around.tick, around.bar)
        nats = onsets.get(around.origin + self._scale * tick)
        if nats is None:
            return None
        parts = len(self._vocabulary.parts)
        return np.repeat(np.array([0.0, self._hearing.onsets * nats], dtype=np.float32), parts)

    def loudness(self) -> FloatArray | None:
        """The logits move the mean of the velocities from the player's own towards the others', as of a bell curve."""
        around = self._around()
        others, own = (loudness(each, around.tick, around.bar) for each in (around.others, [around.own]))
        if not self._hearing.loudness or others is None or own is None:
            return None
        return np.asarray(self._hearing.loudness * (others - own) / _SPREAD**2 * self._velocities, dtype=np.float32)

    def velocity(self, velocity: int) -> int:
        """Of a model that knows one velocity: what is played instead."""
        if not self._hearing.loudness or self._vocabulary.velocities > 1:
            return velocity
        around = self._around()
        others = loudness(around.others, around.tick, around.bar)
        if others is None:
            return velocity
        return min(127, max(1, round(velocity + self._hearing.loudness * (others - velocity))))
