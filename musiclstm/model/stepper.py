"""Stepper: one event through the exported LSTM, and the heads that predict what comes next. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from musiclstm.errors import ModelError
from musiclstm.model.arrays import FloatArray
from musiclstm.model.context import NO_PITCH, Context
from musiclstm.model.features.echoes import ExpectedEvent
from musiclstm.model.features.layout import FIELDS
from musiclstm.model.features.pitches import INTERVALS, MAX_INTERVAL, PLANES, REACH, WINDOW, PitchFeatures
from musiclstm.model.modelfile import ModelFile

OUTPUTS = ["h_after", "c_after", "gates", "projections"]


@dataclass(frozen=True, slots=True)
class State:
    """The LSTM's state after an event. Never changed in place, so that keeping a reference is a snapshot.

    hidden, cell: (layers, units). gates: (layers, 3, units), forget, input, output, each 0..1, of the last step.
    projections: (4, head width), what each head takes from the last layer's output; a linear map of it.
    """

    hidden: FloatArray
    cell: FloatArray
    gates: FloatArray
    projections: FloatArray


class Stepper:
    """Stateless: the state is passed in and returned. One call takes about 0.1 ms; not for two threads at once.

    Raises ModelError for a model that ONNX Runtime does not run.
    """

    def __init__(self, model: ModelFile) -> None:
        self._run = model.runtime.run
        self._table = model.tables["input"]
        self._heads = {name: Head(index, model, name) for index, name in enumerate(FIELDS)}
        self._tied = TiedHead(model) if model.config.get("tied") else None
        self._shape = (model.layers, model.units)
        self._width = int(model.config["head"])
        try:
            projections = self.step(self.start(), [0]).projections
        except Exception as error:  # ONNX Runtime's own exceptions have no common base
            raise ModelError(f"The model file {model.path} cannot be used: ONNX Runtime does not run it.") from error
        if not np.isfinite(projections).all():
            raise ModelError(f"The model file {model.path} cannot be used: its weights are too large.")

    def start(self) -> State:
        """The empty state."""
        zeros = np.zeros(self._shape, dtype=np.float32)
        layers, units = self._shape
        gates = np.zeros((layers, 3, units), dtype=np.float32)
        return State(zeros, zeros, gates, np.zeros((len(FIELDS), self._width), dtype=np.float32))

    def step(self, state: State, rows: Sequence[int]) -> State:
        """The state after reading an event, given as row numbers of `Layout`."""
        x = np.add.reduce(self._table.take(rows, axis=0), axis=0, keepdims=True)
        hidden, cell, gates, projections = self._run(OUTPUTS, {"x": x, "h": state.hidden, "c": state.cell})
        return State(hidden, cell, gates, projections.reshape(len(FIELDS), self._width))

    def logits(
        self,
        field: str,
        state: State,
        rows: Sequence[int],
        echoes: Sequence[ExpectedEvent],
        chosen: Sequence[int],
        *,
        expected: Sequence[int] = (),
    ) -> FloatArray:
        """The logit of each choice of a field, not masked.

        rows: input features of the head. echoes: `EchoFeatures.expected`. chosen: the event's earlier fields. expected:
        the field's values in `Layout.expectation_groups`.
        """
        head = self._heads[field]
        return head.logits(head.hidden(state, rows), echoes, chosen, expected)

    def pitch_logits(
        self,
        state: State,
        rows: Sequence[int],
        echoes: Sequence[ExpectedEvent],
        chosen: Sequence[int],
        context: Context,
    ) -> FloatArray:
        """As `logits` of the pitch, plus the scores of a tied head if the model has one."""
        head = self._heads["pitch"]
        hidden = head.hidden(state, rows)
        logits = head.logits(hidden, echoes, chosen)
        if self._tied is not None:
            logits += self._tied.scores(hidden, PitchFeatures(context, *chosen))
        return logits


class Head:
    """One field: V·relu(P·h + rows) + b, whose last rows are how far each expectation is to be believed.

    The numpy twin of `model.net.heads.Head`, which explains it.
    """

    def __init__(self, index: int, model: ModelFile, name: str) -> None:
        self._table, self._out, self._bias = (model.tables[f"{name}.{part}"] for part in ("table", "out", "bias"))
        self._echo, self._near = (model.tables[f"{name}.{part}"] for part in ("echo", "near"))
        self._reach = self._near.shape[1] // 2
        self._index = index

    def hidden(self, state: State, rows: Sequence[int]) -> FloatArray:
        z = np.add.reduce(self._table.take(rows, axis=0), axis=0)
        z += state.projections[self._index]
        hidden: FloatArray = np.maximum(z, 0.0, out=z)
        return hidden

    def logits(
        self,
        hidden: FloatArray,
        echoes: Sequence[ExpectedEvent],
        chosen: Sequence[int],
        expected: Sequence[int] = (),
    ) -> FloatArray:
        logits: FloatArray = self._out @ hidden
        logits += self._bias
        choices = len(logits) - len(self._near)
        beliefs = logits[choices:]
        by_echoes = []
        for index, (echo, table) in enumerate(zip(echoes, self._echo, strict=False)):
            agreed = sum((echo[n] == field) << n for n, field in enumerate(chosen))
            beliefs[index] += table[echo[4], agreed]
            by_echoes.append(echo[self._index])
        for value, belief, near in zip((*by_echoes, *expected), beliefs, self._near, strict=True):
            if value < choices:
                first, end = max(0, value - self._reach), min(choices, value + self._reach + 1)
                logits[first:end] += belief * near[first - value + self._reach : end - value + self._reach]
        return logits[:choices]


class TiedHead:
    """Scores of every pitch of the vocabulary. The numpy twin of `model.net.tied.TiedHead`, which explains it."""

    def __init__(self, model: ModelFile) -> None:
        names = ("age", "own", "given.weight", "given.bias", "middle.weight", "middle.bias", "out.weight")
        tables = [model.tables[f"tied.{name}"] for name in names]
        self._age, self._own, self._given, given, middle, self._bias, out = tables
        self._window = model.tables.get("tied.window")
        self._past = model.tables.get("tied.past")
        self._recent = int(model.config.get("recent", 3))
        self._classes = model.tables.get("tied.classes")
        v = model.vocabulary
        self._pitch_class = np.arange(v.low, v.high + 1) % 12
        # Row c: the pitch classes from c upwards.
        self._rotations = (np.arange(12)[:, None] + np.arange(12)) % 12
        self._own = self._own + given
        self._middle, self._out = np.ascontiguousarray(middle.T), out[0]
        self._intervals = model.tables.get("tied.leaps")
        if self._intervals is not None:
            rows = self._intervals.reshape(-1, INTERVALS, len(self._middle))
            self._no_interval = rows[:, -1]
            # Of each table the row of every interval from any MIDI pitch to any of the vocabulary.
            to_pitch = np.arange(v.low - 127, v.high + 1)
            self._intervals = rows[:, to_pitch.clip(-MAX_INTERVAL, MAX_INTERVAL) + MAX_INTERVAL]
        self._padded = np.zeros((PLANES, len(self._own) + 2 * REACH), dtype=np.float32)
        # (pitches, PLANES, WINDOW), a view: the neighbours of each pitch.
        self._neighbours = sliding_window_view(self._padded, WINDOW, axis=1).transpose(1, 0, 2)

    def scores(self, hidden: FloatArray, features: PitchFeatures) -> FloatArray:
        z: FloatArray = self._age[features.age]
        if self._window is not None:
            self._padded[:, REACH:-REACH] = features.planes
            z += self._neighbours.reshape(len(self._own), -1) @ self._window
        if self._past is not None:
            z += features.past.T.astype(np.float32) @ self._past
        if self._classes is not None:
            # (12, spans · 12): the pitch classes counted from each class upwards.
            from_each = features.pitch_classes[:, self._rotations].transpose(1, 0, 2).reshape(12, -1)
            z += (from_each @ self._classes)[self._pitch_class]
        if self._intervals is not None:
            for table, pitch in features.references(self._recent):
                if pitch == NO_PITCH:
                    z += self._no_interval[table]
                else:
                    z += self._intervals[table, 127 - pitch : 127 - pitch + len(z)]
        z += self._own
        z += self._given @ hidden
        z = np.maximum(z, 0.0, out=z) @ self._middle
        z += self._bias
        scores: FloatArray = np.maximum(z, 0.0, out=z) @ self._out
        return scores
