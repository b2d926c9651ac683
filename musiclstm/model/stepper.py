"""Stepper: one event through the exported LSTM, and the heads that say what comes next. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musiclstm.errors import ModelError
from musiclstm.model.features import FIELDS
from musiclstm.model.modelfile import ModelFile

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class State:
    """What the LSTM knows after an event. Never changed in place, so that keeping a reference is a snapshot.

    hidden, cell: (layers, units). gates: (layers, 3, units), forget, input, output, each 0..1, of the last step.
    projections: (4, head width), what each head takes from the last layer's output; a linear map of it.
    """

    hidden: Array
    cell: Array
    gates: Array
    projections: Array


class Stepper:
    """Stateless: the state is passed in and returned. One call is 0.1 ms or so; not for two threads at once."""

    def __init__(self, model: ModelFile) -> None:
        self._run = model.runtime.run
        self._table = model.tables["input"]
        self._heads = {name: Head(index, model, name) for index, name in enumerate(FIELDS)}
        self._shape = (model.layers, model.units)
        self._width = int(model.config["head"])
        try:
            self.step(self.start(), [0])
        except Exception as error:  # ONNX Runtime's own exceptions have no common base
            raise ModelError(f"The model file {model.path} is damaged.") from error

    def start(self) -> State:
        """The empty memory."""
        zeros = np.zeros(self._shape, dtype=np.float32)
        layers, units = self._shape
        gates = np.zeros((layers, 3, units), dtype=np.float32)
        return State(zeros, zeros, gates, np.zeros((len(FIELDS), self._width), dtype=np.float32))

    def step(self, state: State, rows: Sequence[int]) -> State:
        """The state after reading an event, given as row numbers of `Features`."""
        x = np.add.reduce(self._table.take(rows, axis=0), axis=0, keepdims=True)
        hidden, cell, gates, projections = self._run(OUTPUTS, {"x": x, "h": state.hidden, "c": state.cell})
        return State(hidden, cell, gates, projections.reshape(len(FIELDS), self._width))

    def logits(self, field: str, state: State, rows: Sequence[int]) -> Array:
        """Of each choice of a field, not yet masked, given the row numbers of what is known already."""
        return self._heads[field].logits(state, rows)


OUTPUTS = ["h_after", "c_after", "gates", "projections"]


class Head:
    """One field: V·relu(P·h + rows) + b."""

    def __init__(self, index: int, model: ModelFile, name: str) -> None:
        try:
            self._table, self._out, self._bias = (model.tables[f"{name}.{part}"] for part in ("table", "out", "bias"))
        except KeyError as error:
            raise ModelError(f"The model file {model.path} is damaged.") from error
        self._index = index

    def logits(self, state: State, rows: Sequence[int]) -> Array:
        z = np.add.reduce(self._table.take(rows, axis=0), axis=0)
        z += state.projections[self._index]
        logits: Array = self._out @ np.maximum(z, 0.0, out=z)
        logits += self._bias
        return logits
