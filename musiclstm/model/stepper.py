"""Stepper: one step of the exported LSTM, for one session or for many at once. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musiclstm.errors import ModelError
from musiclstm.model import linear
from musiclstm.model.arrays import FloatArray
from musiclstm.model.features.layout import FIELDS
from musiclstm.model.matrices import Matrix
from musiclstm.model.modelfile import ModelFile


@dataclass(frozen=True, slots=True)
class State:
    """The LSTM's state after an event. Never changed in place, so that keeping a reference is a snapshot.

    hidden, cell: (layers, units). gates: (layers, 3, units), those of the last step: forget, input, output, each 0..1.
    projections: (4, head width), what each head takes from the last layer's output: a linear map of it.
    """

    hidden: FloatArray
    cell: FloatArray
    gates: FloatArray
    projections: FloatArray


class Stepper:
    """Stateless: the states are passed in and returned. Not for two threads at once.

    Raises ModelError for a model that cannot be run.
    """

    def __init__(self, model: ModelFile) -> None:
        self.layers, self.units = model.layers, model.units
        self.embedding, self.width = int(model.config["embedding"]), int(model.config["head"])
        self.matrices = model.matrices
        try:
            (state,) = self.step([self.start()], np.ascontiguousarray(model.tables["input"][:1]))
        except Exception as error:  # ONNX Runtime's own exceptions have no common base
            raise ModelError(f"The model file {model.path} cannot be used: ONNX Runtime does not run it.") from error
        if not np.isfinite(state.projections).all():
            raise ModelError(f"The model file {model.path} cannot be used: its weights are too large.")

    def start(self) -> State:
        """The empty state."""
        zeros = np.zeros((self.layers, self.units), dtype=np.float32)
        gates = np.zeros((self.layers, 3, self.units), dtype=np.float32)
        return State(zeros, zeros, gates, np.zeros((len(FIELDS), self.width), dtype=np.float32))

    def step(self, states: Sequence[State], x: FloatArray) -> list[State]:
        """The state of each session after an event. x: (sessions, embedding), what the LSTM reads of the events."""
        count, layers, units = len(states), self.layers, self.units
        hidden = np.empty((count, layers, units), dtype=np.float32)
        cell, gates = np.empty_like(hidden), np.empty((count, layers, 3, units), dtype=np.float32)
        h, c, g, given = hidden, cell, gates, x
        for layer in range(layers):
            matrix: Matrix = self.matrices[layer]
            room = matrix.room(count)
            for row in range(count):
                before = states[row].hidden
                room.x[row, :units] = before[layer]
                room.x[row, units:] = h[row, layer - 1] if layer else given[row]
            matrix.multiply(room, count)
            for row in range(count):
                before = states[row].cell
                linear.gates(room.results[row], before[layer], h[row, layer], c[row, layer], g[row, layer])
        projections = self.project(hidden)
        return [State(hidden[row], cell[row], gates[row], projections[row]) for row in range(count)]

    def project(self, hidden: FloatArray) -> FloatArray:
        """What each head takes from the states (sessions, layers, units), as (sessions, 4, head width)."""
        h, count, last = hidden, len(hidden), self.layers - 1
        matrix: Matrix = self.matrices[self.layers]
        room = matrix.room(count)
        for row in range(count):
            room.x[row, :] = h[row, last]
        matrix.multiply(room, count)
        projections: FloatArray = room.outputs[:count].reshape(count, len(FIELDS), self.width).copy()
        return projections
