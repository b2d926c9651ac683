"""Pitch bias: what chords, or other players, add to the logits of the pitches at a time, by pitch class.

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
"""In music of one part, the bass counts for pitches below this one only."""


@dataclass(frozen=True, slots=True)
class PitchBias:
    """weights: for each pitch class, as the model plays it, C first, what is added to the logits of its pitches.

    bass: the pitch class to which `bass_weight` is added in the lowest part; None for no bass.
    """

    weights: tuple[float, ...]
    bass: int | None = None
    bass_weight: float = 0.0

    def with_weights(self, others: tuple[float, ...]) -> PitchBias:
        """The sum with another bias."""
        return replace(self, weights=tuple(map(sum, zip(self.weights, others, strict=True))))


class Guide(Protocol):
    """Says which bias applies at which time, given what was played up to now.

    For the same tick and part it always says the same, except after the plan was rolled back.
    """

    def bias(self, tick: int, part: int, *, told: bool) -> PitchBias | None:
        """The bias of a note that starts at a tick; None for none. told: whether the network is told the chord, too."""

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
    """Biases as arrays of logits over the pitches of a vocabulary. Keeps the arrays of up to 500 biases."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._pitches = np.arange(vocabulary.low, vocabulary.high + 1)
        self._percussive = [part.percussive for part in vocabulary.parts]
        self._lowest, self._alone = vocabulary.lowest_part, self._percussive.count(False) == 1
        self._known: dict[tuple[PitchBias, bool], FloatArray] = {}

    def logits(self, guide: Guide, tick: int, told: bool, part: int) -> FloatArray | None:
        """What is added to the logits, (pitches,); None for nothing, as always for drums. told: see `Guide.bias`."""
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
