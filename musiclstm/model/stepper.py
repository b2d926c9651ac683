"""Stepper: one event through the exported LSTM, and the heads that say what comes next. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from musiclstm.errors import ModelError
from musiclstm.model.arrays import Array
from musiclstm.model.context import NO_PITCH, Context
from musiclstm.model.features import FIELDS, Echoed
from musiclstm.model.modelfile import ModelFile
from musiclstm.model.pitch_features import LEAP, LEAPS, PLANES, REACH, WINDOW, Around


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
        self._tied = TiedHead(model) if model.config.get("tied") else None
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

    def logits(
        self,
        field: str,
        state: State,
        rows: Sequence[int],
        echo: Echoed,
        chosen: Sequence[int],
        *,
        also: Sequence[int] = (),
    ) -> Array:
        """Of each choice of a field, not yet masked.

        rows: numbers of what is known already. echo: `Features.echo`. chosen: the event's earlier fields. also: what
        else is expected, as `Features.also` has it.
        """
        head = self._heads[field]
        return head.logits(head.hidden(state, rows), echo, chosen, also)

    def pitch_logits(
        self, state: State, rows: Sequence[int], echo: Echoed, chosen: Sequence[int], context: Context
    ) -> Array:
        """As `logits` of the pitch, with what a tied head makes of the notes around each."""
        head = self._heads["pitch"]
        hidden = head.hidden(state, rows)
        logits = head.logits(hidden, echo, chosen)
        if self._tied is not None:
            logits += self._tied.scores(hidden, Around(context, *chosen))
        return logits


OUTPUTS = ["h_after", "c_after", "gates", "projections"]


class Head:
    """One field: V·relu(P·h + rows) + b, the last rows of which are how far each echo is to be believed."""

    def __init__(self, index: int, model: ModelFile, name: str) -> None:
        try:
            self._table, self._out, self._bias = (model.tables[f"{name}.{part}"] for part in ("table", "out", "bias"))
            self._echo, self._near = (model.tables[f"{name}.{part}"] for part in ("echo", "near"))
        except KeyError as error:
            raise ModelError(f"The model file {model.path} is damaged.") from error
        self._reach = self._near.shape[1] // 2
        self._index = index

    def hidden(self, state: State, rows: Sequence[int]) -> Array:
        z = np.add.reduce(self._table.take(rows, axis=0), axis=0)
        z += state.projections[self._index]
        hidden: Array = np.maximum(z, 0.0, out=z)
        return hidden

    def logits(self, hidden: Array, echo: Echoed, chosen: Sequence[int], also: Sequence[int] = ()) -> Array:
        logits: Array = self._out @ hidden
        logits += self._bias
        choices = len(logits) - len(self._near)
        beliefs = logits[choices:]
        expected = []
        for index, (one, table) in enumerate(zip(echo, self._echo, strict=False)):
            agreed = sum((one[n] == field) << n for n, field in enumerate(chosen))
            beliefs[index] += table[one[4], agreed]
            expected.append(one[self._index])
        for what, belief, near in zip((*expected, *also), beliefs, self._near, strict=True):
            if what < choices:
                first, end = max(0, what - self._reach), min(choices, what + self._reach + 1)
                logits[first:end] += belief * near[first - what + self._reach : end - what + self._reach]
        return logits[:choices]


class TiedHead:
    """What `model.tied` does, for every pitch of the vocabulary."""

    def __init__(self, model: ModelFile) -> None:
        names = ("age", "own", "given.weight", "given.bias", "middle.weight", "middle.bias", "out.weight")
        try:
            tables = [model.tables[f"tied.{name}"] for name in names]
        except KeyError as error:
            raise ModelError(f"The model file {model.path} is damaged.") from error
        self._age, self._own, self._given, given, middle, self._bias, out = tables
        self._window = model.tables.get("tied.window")
        self._past = model.tables.get("tied.past")
        self._recent = int(model.config.get("recent", 3))
        self._classes = model.tables.get("tied.classes")
        v = model.vocabulary
        self._pitch_class = np.arange(v.low, v.high + 1) % 12
        self._turned = (np.arange(12)[:, None] + np.arange(12)) % 12
        self._own = self._own + given
        self._middle, self._out = np.ascontiguousarray(middle.T), out[0]
        self._leaps = model.tables.get("tied.leaps")
        if self._leaps is not None:
            rows = self._leaps.reshape(-1, LEAPS, len(self._middle))
            self._leapless = rows[:, -1]
            # Of each table the row of every leap from any MIDI pitch to any of the vocabulary.
            self._leaps = rows[:, np.arange(v.low - 127, v.high + 1).clip(-LEAP, LEAP) + LEAP]
        self._padded = np.zeros((PLANES, len(self._own) + 2 * REACH), dtype=np.float32)
        # (pitches, PLANES, WINDOW), a view: around each pitch.
        self._near = sliding_window_view(self._padded, WINDOW, axis=1).transpose(1, 0, 2)

    def scores(self, hidden: Array, around: Around) -> Array:
        z: Array = self._age[around.age]
        if self._window is not None:
            self._padded[:, REACH:-REACH] = around.planes
            z += self._near.reshape(len(self._own), -1) @ self._window
        if self._past is not None:
            z += around.past.T.astype(np.float32) @ self._past
        if self._classes is not None:
            # (12, spans · 12): the classes counted from each class upwards.
            from_each = around.classes[:, self._turned].transpose(1, 0, 2).reshape(12, -1)
            z += (from_each @ self._classes)[self._pitch_class]
        if self._leaps is not None:
            for table, pitch in around.leaps(self._recent):
                if pitch == NO_PITCH:
                    z += self._leapless[table]
                else:
                    z += self._leaps[table, 127 - pitch : 127 - pitch + len(z)]
        z += self._own
        z += self._given @ hidden
        z = np.maximum(z, 0.0, out=z) @ self._middle
        z += self._bias
        scores: Array = np.maximum(z, 0.0, out=z) @ self._out
        return scores
