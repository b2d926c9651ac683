"""Snapshot: the whole of a session as a value; and the interpolation between two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from musiclstm.errors import ModelError
from musiclstm.model.arrays import FloatArray
from musiclstm.model.context import Context
from musiclstm.model.features.echoes import ExpectedEvent
from musiclstm.model.stepper import State
from musiclstm.music.event import Event

_ARRAYS = ("hidden", "cell", "gates", "projections")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole of a session; restoring it is exact. Holds references only, nothing is copied.

    timing, expected: `timing_features` and `EchoFeatures.expected` after the last event. pending: ticks that have
    passed since then. rng: the position in the random numbers, (seed, events so far). model: its fingerprint; to other
    weights the state means nothing. learnt: `Session.learnt`.
    """

    state: State
    context: Context
    timing: list[int]
    expected: tuple[ExpectedEvent, ...]
    pending: int
    rng: tuple[int, int]
    model: str = ""
    learnt: float = 1.0

    @property
    def tick(self) -> int:
        return self.context.tick + self.pending

    def without_gates(self, zeros: Callable[[tuple[int, ...]], FloatArray]) -> Snapshot:
        """The same with zeros for gates, which nothing that follows depends on. zeros: makes an array of a shape."""
        return replace(self, state=replace(self.state, gates=zeros(self.state.gates.shape)))

    def morphed(self, other: Snapshot, x: float) -> Snapshot:
        """`morph` towards another, for 0 <= x <= 1."""

        def between(one: FloatArray, two: FloatArray) -> FloatArray:
            return np.asarray((1 - x) * one + x * two, dtype=np.float32)

        nearer = self if x < 0.5 else other
        arrays = {name: between(getattr(self.state, name), getattr(other.state, name)) for name in _ARRAYS}
        return replace(nearer, state=replace(nearer.state, **arrays))

    def is_of_model_of(self, other: Snapshot) -> bool:
        """Whether both are snapshots of one model."""
        return self.model == other.model and self.context.vocabulary == other.context.vocabulary


@dataclass(frozen=True, slots=True)
class GeneratedEvent:
    """An event that the model chose. surprise: nats of the whole event, as if nothing had been constrained.

    before: the session as it was before the event.
    """

    event: Event
    surprise: float
    before: Snapshot


def morph(a: Snapshot, b: Snapshot, x: float) -> Snapshot:
    """Interpolates two LSTM states: x = 0 is a, 1 is b. Everything else (held notes, beat, rng) is the nearer one's.

    Raises ModelError if they are of two models.
    """
    if a.model != b.model:
        raise ModelError("These memories belong to two models.")
    return a.morphed(b, min(1.0, max(0.0, x)))
