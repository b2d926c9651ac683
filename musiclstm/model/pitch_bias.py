"""Pitch bias: what somebody outside the model adds to the odds of the pitches, by pitch class and by the time.

A `PitchBias` is a small value that anybody may make: from a chord track, or from what other players are heard to play.
A `Guide` says which one holds at a tick, so that what is planned ahead already knows what is coming;
`Constraints.guide` takes it to the session.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from musiclstm.model.arrays import FloatArray
from musiclstm.music.vocabulary import Vocabulary

FORBIDDEN = -1000.0
"""The lowest weight: such a pitch is played only where there is no other."""

BELOW = 48
"""In music of one part, the bass weighs on pitches below this one."""


@dataclass(frozen=True, slots=True)
class PitchBias:
    """weights: added to the logit of the pitches of each pitch class as the model plays them, C first.

    bass: added to the pitches of this pitch class in the lowest part, `bass_weight`; None for no bass.
    """

    weights: tuple[float, ...]
    bass: int | None = None
    bass_weight: float = 0.0

    def with_weights(self, others: tuple[float, ...]) -> PitchBias:
        """The sum with another bias."""
        return replace(self, weights=tuple(map(sum, zip(self.weights, others, strict=True))))


class Guide(Protocol):
    """Says which bias applies at which time, given what was played up to now.

    What it says of a tick and a part changes with nothing else, except while the plan is rolled back.
    """

    def bias(self, tick: int, part: int, *, told: bool) -> PitchBias | None:
        """What is added to the pitches of a note that starts then; None for nothing. told: as well as `told`."""

    def told(self, tick: int, part: int) -> FloatArray | None:
        """The `chord_features` at a tick, for a network that knows chords; None for no chord."""

    def changes(self, begin: int, end: int) -> bool:
        """Whether any note may have to end from tick `begin` to `end`, inclusive. Quick: asked for every event."""

    def clash(self, begin: int, end: int, part: int, pitch: int) -> int | None:
        """The first tick, begin < tick <= end, at which a sounding note must end because of the harmony; or None."""


class Ear(Protocol):
    """What a player hears of others' rhythm and loudness, as nats for its own, given what was played up to now."""

    def times(self, begin: int) -> FloatArray | None:
        """For the times of the next event, shape (times,), counted from tick `begin`; None for nothing."""

    def starting(self, tick: int) -> FloatArray | None:
        """For each symbol (note-offs first, then note-ons) of an event at a tick; None for nothing."""

    def loudness(self) -> FloatArray | None:
        """For each velocity; None for nothing."""

    def velocity(self, velocity: int) -> int:
        """How loud a note of that velocity is played."""


class BiasTable:
    """The biases as logits for the pitches of a vocabulary, kept as long as few are in use."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._pitches = np.arange(vocabulary.low, vocabulary.high + 1)
        self._percussive = [part.percussive for part in vocabulary.parts]
        self._lowest, self._alone = vocabulary.lowest_part, self._percussive.count(False) == 1
        self._known: dict[tuple[PitchBias, bool], FloatArray] = {}

    def logits(self, guide: Guide, tick: int, told: bool, part: int) -> FloatArray | None:
        """Shape (pitches,); None for nothing to add. Drums have no harmony. told: as in `Guide.bias`."""
        if self._percussive[part]:
            return None
        bias = guide.bias(tick, part, told=told)
        if bias is None:
            return None
        key = bias, part == self._lowest
        found = self._known.get(key)
        if found is None:
            if len(self._known) > 500:
                self._known.clear()
            found = self._known[key] = self._made(*key)
        return found

    def _made(self, bias: PitchBias, lowest: bool) -> FloatArray:
        found = np.asarray(bias.weights, dtype=np.float32)[self._pitches % 12]
        if lowest and bias.bass is not None:
            low = self._pitches < BELOW if self._alone else True
            found = found + np.where((self._pitches % 12 == bias.bass) & low, bias.bass_weight, 0.0)
        return np.ascontiguousarray(found, dtype=np.float32)
