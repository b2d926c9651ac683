"""Snapshot: the whole of a session as a value; and the interpolation between two."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from musiclstm.model.arrays import FloatArray
from musiclstm.model.context import Context
from musiclstm.model.features.echoes import ExpectedEvent
from musiclstm.model.stepper import State
from musiclstm.music.event import Event


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole of a session; restoring it is exact. Holds references only, nothing is copied.

    timing, expected: `timing_features` and `EchoFeatures.expected` as of the last event. pending: ticks that have
    passed since then. rng: state of the random number generator.
    """

    state: State
    context: Context
    timing: list[int]
    expected: tuple[ExpectedEvent, ...]
    pending: int
    rng: dict[str, Any]

    @property
    def tick(self) -> int:
        return self.context.tick + self.pending


@dataclass(frozen=True, slots=True)
class GeneratedEvent:
    """An event that the model chose. surprise: nats of the whole event, as if nothing had been constrained.

    before: the session as it was before the event.
    """

    event: Event
    surprise: float
    before: Snapshot


def morph(a: Snapshot, b: Snapshot, x: float) -> Snapshot:
    """Interpolates two LSTM states: x = 0 is a, 1 is b. Everything else (held notes, beat, rng) is the nearer one's."""
    x = min(1.0, max(0.0, x))
    nearer = a if x < 0.5 else b

    def between(one: FloatArray, other: FloatArray) -> FloatArray:
        return np.asarray((1 - x) * one + x * other, dtype=np.float32)

    names = ("hidden", "cell", "gates", "projections")
    arrays = {name: between(getattr(a.state, name), getattr(b.state, name)) for name in names}
    return replace(nearer, state=replace(nearer.state, **arrays))
