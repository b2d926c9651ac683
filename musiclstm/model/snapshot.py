"""Snapshot: everything a session is, as a value; and what lies between two."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from musiclstm.model.arrays import Array
from musiclstm.model.context import Context
from musiclstm.model.features import Echoed
from musiclstm.model.stepper import State
from musiclstm.music.event import Event


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a session is; restoring it is exact. Only references, nothing is copied.

    place, echo: `Features.place`, and what the echo expected, where the state was reached. pending: ticks
    that passed since the last event without one. rng: state of the random numbers.
    """

    state: State
    context: Context
    place: list[int]
    echo: Echoed
    pending: int
    rng: dict[str, Any]

    @property
    def tick(self) -> int:
        return self.context.tick + self.pending


@dataclass(frozen=True, slots=True)
class Generated:
    """An event the model chose. surprise: nats of the whole event, as if nothing had been constrained.

    before: the session as it was before the event.
    """

    event: Event
    surprise: float
    before: Snapshot


def morph(a: Snapshot, b: Snapshot, x: float) -> Snapshot:
    """A memory between two: x = 0 is a, 1 is b; what sounds, the beat and the dice are the nearer one's."""
    x = min(1.0, max(0.0, x))
    nearer = a if x < 0.5 else b

    def between(one: Array, other: Array) -> Array:
        return np.asarray((1 - x) * one + x * other, dtype=np.float32)

    names = ("hidden", "cell", "gates", "projections")
    arrays = {name: between(getattr(a.state, name), getattr(b.state, name)) for name in names}
    return replace(nearer, state=replace(nearer.state, **arrays))
