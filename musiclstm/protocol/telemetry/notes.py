"""Notes, planned and played, and what the LSTM does and expects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Planned:
    """A note will start at `beat` unless plans change; `end` is None until the model has decided it.

    surprise: nats.
    """

    id: int
    beat: float
    part: int
    pitch: int
    velocity: int
    end: float | None = None
    surprise: float = 0.0


@dataclass(frozen=True, slots=True)
class PlanEnded:
    """The planned or sounding note `id` will end at `end`."""

    id: int
    end: float


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The plan from `beat` on was rolled back: notes planned there will not play, and note-offs are open again."""

    beat: float


@dataclass(frozen=True, slots=True)
class Played:
    """A note-on (velocity > 0) or note-off was sent, or received from the person (`by_person`).

    id: of the planned note, or a new one for the person's. time: when it was sent. intended: when it was due.
    """

    id: int
    beat: float
    part: int
    pitch: int
    velocity: int
    time: float
    intended: float
    by_person: bool = False


@dataclass(frozen=True, slots=True)
class StateFrame:
    """*May drop.* The LSTM's activity at one event, float16, sent while it is watched.

    cell, hidden: (layers, units). gates: (layers, 3, units), forget, input, output, each 0..1. surprise: nats.
    """

    beat: float
    cell: NDArray[np.float16]
    hidden: NDArray[np.float16]
    gates: NDArray[np.float16]
    surprise: float


@dataclass(frozen=True, slots=True)
class Expectation:
    """*May drop.* The probability of each MIDI pitch to be the next note; shape (128,), sums to 1 or is all 0."""

    probabilities: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Traffic:
    """*May drop.* Something arrived at the input; `text` describes it for the log."""

    text: str
