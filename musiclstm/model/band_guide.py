"""How a player of a band is led by what it hears: its `Guide` to the pitches, its `Ear` for rhythm and loudness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from musiclstm.model.arrays import FloatArray
from musiclstm.model.chord_bias import Follows, bias_of, bias_strength
from musiclstm.model.features.chords import chord_features
from musiclstm.model.hearing import Heard, Hearing, busier, class_bias, expected_onsets, loudness
from musiclstm.model.pitch_bias import Guide, PitchBias
from musiclstm.model.played_chords import PlayedNotes
from musiclstm.music.chord_symbol import ChordSymbol
from musiclstm.music.chord_track import Place
from musiclstm.music.vocabulary import Vocabulary

_DENSER = 0.75  # of the control `density`, while the others are twice as busy as usual
_SPREAD = 25.0  # the standard deviation of velocities, roughly


@dataclass(frozen=True, slots=True)
class Around:
    """What is around a player now. All times are in the band's ticks.

    tick: now. bar, beat: their lengths. line: a bar line. origin: where the player's tick 0 lies. sounding: the pitches
    in the other players' tuned parts. others, own: what is remembered of each other player and of a person; and of the
    player itself.
    """

    tick: int
    bar: int
    origin: int
    sounding: frozenset[int]
    others: Sequence[Heard]
    own: Heard
    line: int
    beat: int


class PlayerGuide:
    """The band's guide (None: no chords lead) in a player's own ticks and parts, with the harmony that it hears.

    scale: ticks of the band in one of the player's. first: the number of the player's first part in the band. harmony:
    how much of it the player hears, 0..2. follows: whose chords lead (None: nobody's); played() is what that player has
    played.
    """

    def __init__(
        self,
        guide: Guide | None,
        around: Callable[[], Around],
        scale: int,
        first: int,
        harmony: float,
        follows: Follows | None,
        played: Callable[[], PlayedNotes],
    ) -> None:
        self._guide, self._around, self._scale, self._first, self._harmony = guide, around, scale, first, harmony
        self._follows, self._played = follows, played
        # The last chord, and from which notes and for when it was found.
        self._known: tuple[PlayedNotes, object, ChordSymbol | None] | None = None

    def bias(self, tick: int, part: int, *, told: bool) -> PitchBias | None:
        around = self._around()
        at, led = around.origin + self._scale * tick, None
        if self._guide is not None:
            led = self._guide.bias(at, self._first + part, told=told)
        elif self._follows is not None:
            led = self._led_by(self._follows, around, at, self._first + part, told=told)
        if not self._harmony:
            return led
        classes = (pitch % 12 for pitch in around.sounding)
        heard = class_bias(classes, around.others, around.tick - around.bar, self._harmony)
        if heard is None:
            return led
        return PitchBias(heard) if led is None else led.with_weights(heard)

    def told(self, tick: int, part: int) -> FloatArray | None:
        around, part = self._around(), self._first + part
        at, follows = around.origin + self._scale * tick, self._follows
        if self._guide is not None:
            return self._guide.told(at, part)
        if follows is None:
            return None
        place = Place(self._heard_chord(follows, around, at), at, inf, None)
        return chord_features(place, at, follows.transposed[part], follows.strength)

    def _led_by(self, follows: Follows, around: Around, tick: int, part: int, *, told: bool) -> PitchBias | None:
        """What the chord of another player adds."""
        chord, strength = self._heard_chord(follows, around, tick), bias_strength(follows.strength, told=told)
        if chord is None or not strength:
            return None
        on_beat = (tick - around.line) % around.beat == 0
        return bias_of(chord, None, strength, on_beat, follows.transposed[part] % 12)

    def _heard_chord(self, follows: Follows, around: Around, tick: int) -> ChordSymbol | None:
        """The chord of another player. Nothing that it plays can come before `tick`, for the earliest plays next."""
        played, when = self._played(), (tick, around.beat, around.bar, around.line)
        if self._known is None or self._known[0] is not played or self._known[1] != when:
            self._known = played, when, played.chord(*when, follows.transposed)
        return self._known[2]

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
    """An `Ear`. scale: ticks of the band in one of the player's."""

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
        """Logits that move the mean of the velocities, taken as a bell curve, from the player's towards the others'."""
        around = self._around()
        others, own = (loudness(each, around.tick, around.bar) for each in (around.others, [around.own]))
        if not self._hearing.loudness or others is None or own is None:
            return None
        return np.asarray(self._hearing.loudness * (others - own) / _SPREAD**2 * self._velocities, dtype=np.float32)

    def velocity(self, velocity: int) -> int:
        """Another velocity if the model knows only one; else the logits of `loudness` do it."""
        if not self._hearing.loudness or self._vocabulary.velocities > 1:
            return velocity
        around = self._around()
        others = loudness(around.others, around.tick, around.bar)
        if others is None:
            return velocity
        return min(127, max(1, round(velocity + self._hearing.loudness * (others - velocity))))
