"""Heads: what predicts each field of the next event from the LSTM's output and from what is known already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from musiclstm.model import linear
from musiclstm.model.arrays import ByteArray, FloatArray, between, padded
from musiclstm.model.features.echoes import ExpectedEvent
from musiclstm.model.features.pitches import MOST_ROWS, PitchFeatures
from musiclstm.music.vocabulary import Vocabulary


class Head:
    """The head of one field, V·relu(P·h + rows) + b. The last outputs say how far each expectation is to be believed.

    The twin of `model.net.heads.Head`, which explains it. index, name: of the field in `FIELDS`. It computes in arrays
    of its own, so it is not for two threads at once.
    """

    def __init__(self, tables: Mapping[str, FloatArray], index: int, name: str) -> None:
        self.index = index
        self.table, self.bias = tables[f"{name}.table"], tables[f"{name}.bias"]
        self.out = padded(np.ascontiguousarray(tables[f"{name}.out"].T))
        self.echo, self.near = tables[f"{name}.echo"], tables[f"{name}.near"]
        self.reach = self.near.shape[1] // 2
        self.choices = len(self.bias) - self.near.shape[0]
        self.hidden_layer = np.zeros(self.out.shape[0], dtype=np.float32)
        self.values = np.zeros(self.out.shape[1], dtype=np.float32)
        self.bias = padded(self.bias)

    def mix(self, before: Head, after: Head, learnt: float) -> None:
        """Sets the weights between those of `before` (`learnt` 0) and `after` (1)."""
        between(before.table, after.table, learnt, self.table)
        between(before.out, after.out, learnt, self.out)
        between(before.bias, after.bias, learnt, self.bias)
        between(before.echo, after.echo, learnt, self.echo)
        between(before.near, after.near, learnt, self.near)

    def hidden(self, projection: FloatArray, rows: list[int]) -> FloatArray:
        """The hidden layer (width,), valid until the next call. projection: P·h (width,). rows: the input features."""
        z = self.hidden_layer
        linear.sum_rows(self.table, rows, z)
        linear.add(projection, z)
        linear.rectify(z)
        return z

    def logits(
        self,
        hidden: FloatArray,
        echoes: Sequence[ExpectedEvent],
        chosen: Sequence[int],
        expected: Sequence[int] = (),
    ) -> FloatArray:
        """The logits (choices,), not masked; valid until the next call.

        echoes: `EchoFeatures.expected`. chosen: the event's fields before this one. expected: the values of the field's
        groups in `Layout.expectation_groups`.
        """
        values = self.values
        values[:] = self.bias
        linear.product(hidden, self.out, values)
        used = self.echo.shape[0]
        for number in range(used):
            echo = echoes[number]
            agreed = 0
            for field in range(self.index):
                if echo[field] == chosen[field]:
                    agreed |= 1 << field
            strength = echo[4]
            values[self.choices + number] += self.echo[number, strength, agreed]
        for number in range(self.near.shape[0]):
            value = echoes[number][self.index] if number < used else expected[number - used]
            if value < self.choices:
                self.believe(number, value)
        return values[: self.choices]

    def believe(self, number: int, value: int) -> None:
        """Adds the belief in the expectation `number` to the logits of the expected value and its neighbours."""
        values, belief = self.values, self.values[self.choices + number]
        for choice in range(max(0, value - self.reach), min(self.choices, value + self.reach + 1)):
            values[choice] += belief * self.near[number, choice - value + self.reach]


class TiedHead:
    """Scores of pitches. The twin of `model.net.tied.TiedHead`, which explains it.

    It computes in arrays of its own, so it is not for two threads at once.
    """

    def __init__(self, tables: Mapping[str, FloatArray], vocabulary: Vocabulary, config: Mapping[str, Any]) -> None:
        own = tables["tied.own"] + tables["tied.given.bias"]
        self.features = PitchFeatures(
            vocabulary,
            window="tied.window" in tables,
            past="tied.past" in tables,
            recent=int(config.get("recent", 3)) if "tied.leaps" in tables else 0,
        )
        names = ("tied.age", "tied.window", "tied.past", "tied.leaps")
        self.table = np.concatenate([own, *(tables[name] for name in names if name in tables)])
        (self.pitches, width), self.low = own.shape, vocabulary.low
        self.given = np.ascontiguousarray(tables["tied.given.weight"].T)
        self.middle, self.bias = np.ascontiguousarray(tables["tied.middle.weight"].T), tables["tied.middle.bias"]
        self.weights = np.ascontiguousarray(tables["tied.out.weight"][0])
        self.has_classes = "tied.classes" in tables
        # First the rows of the pitch classes, then those of chords: the order of `PitchFeatures.classes`.
        classes = [tables[name] for name in ("tied.classes", "tied.chords") if name in tables]
        self.classes = np.concatenate(classes) if classes else np.zeros((1, width), dtype=np.float32)
        # Room to compute in: `PitchFeatures.classes` counted from one pitch class instead of C, what follows from them
        # and from the hidden layer, and the rows of each wanted pitch.
        self.turned = np.zeros(len(self.classes), dtype=np.float32)
        self.given_sum, self.vectors = np.zeros(width, dtype=np.float32), np.zeros((12, width), dtype=np.float32)
        self.rows = np.zeros(self.pitches * MOST_ROWS, dtype=np.int32)
        self.starts, self.which = np.zeros(self.pitches + 1, dtype=np.int32), np.zeros(self.pitches, dtype=np.int32)
        self.z, self.y = (np.zeros((self.pitches + 3, width), dtype=np.float32) for _ in range(2))
        self.found = np.zeros(self.pitches, dtype=np.float32)

    def mix(self, before: TiedHead, after: TiedHead, learnt: float) -> None:
        """Sets the weights between those of `before` (`learnt` 0) and `after` (1)."""
        between(before.table, after.table, learnt, self.table)
        between(before.given, after.given, learnt, self.given)
        between(before.middle, after.middle, learnt, self.middle)
        between(before.bias, after.bias, learnt, self.bias)
        between(before.weights, after.weights, learnt, self.weights)
        between(before.classes, after.classes, learnt, self.classes)

    def add_scores(self, hidden: FloatArray, wanted: ByteArray, logits: FloatArray) -> None:
        """Adds to the logit of each wanted pitch its score, for the event that `features` describe.

        hidden: the hidden layer of the ordinary pitch head. wanted: (pitches,), 1 or 0. logits: (pitches,).
        """
        features, count, end, known = self.features, 0, 0, 0
        self.given_sum[:] = 0.0
        linear.product(hidden, self.given, self.given_sum)
        for pitch in range(self.pitches):
            if wanted[pitch]:
                pitch_class = (self.low + pitch) % 12 if self.has_classes else 0
                if not known >> pitch_class & 1:
                    known |= 1 << pitch_class
                    self.describe_class(pitch_class)
                self.starts[count], self.which[count] = end, pitch_class
                end = features.rows(pitch, self.rows, end)
                count += 1
        self.starts[count] = end
        linear.scores(
            self.table, self.rows, self.starts, self.vectors, self.which, self.middle, self.bias, self.weights,
            self.z, self.y, self.found, count,
        )  # fmt: skip
        count = 0
        for pitch in range(self.pitches):
            if wanted[pitch]:
                logits[pitch] += self.found[count]
                count += 1

    def describe_class(self, first: int) -> None:
        """Computes what all pitches of a class share: what follows from the hidden layer and `features.classes`."""
        vector, turned = self.vectors[first], self.turned
        vector[:] = self.given_sum
        if self.has_classes:
            for span in range(len(turned) // 12):
                for index in range(12):
                    turned[12 * span + index] = self.features.classes[12 * span + (first + index) % 12]
            linear.product(turned, self.classes, vector)
