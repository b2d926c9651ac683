"""Lanes: pieces in parallel, cut into windows. The LSTM's state is carried along each lane."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from musiclstm.model.sizes import LAGS, NO_PITCH, RECENT_PITCHES, SPANS
from musiclstm.model.features.layout import ECHO_GROUPS, Layout
from musiclstm.model.features.pitches import AGES
from musiclstm.model.net.batch import Batch
from musiclstm.model.net.network import ModelConfig
from musiclstm.music.vocabulary import Vocabulary
from training.pitch_features import PitchFeatureArrays
from training.prepare import Arrays


class Lanes:
    """Endless windows of `lanes` pieces in parallel.

    Each piece begins at the start of a window, where its lane's `begins` is set; its last window is padded. Pieces come
    in random order, each once per epoch, and each is transposed as a whole by a random number of semitones that keeps
    it in the range of the instruments. The same seed gives the same windows.
    """

    def __init__(
        self,
        arrays: Arrays,
        vocabulary: Vocabulary,
        *,
        lanes: int = 16,
        window: int = 96,
        transpose: tuple[int, int] = (0, 0),
        seed: int = 0,
        config: ModelConfig | None = None,
    ) -> None:
        if not arrays.pieces:
            raise ValueError("there are no pieces")
        self.arrays, self.window, self.transpose = arrays, window, transpose
        self.cutter = Cutter(arrays, vocabulary, config)
        tuned = [part for part in vocabulary.parts if not part.percussive] or vocabulary.parts
        self._low = max(vocabulary.low, min(part.low for part in tuned))
        self._high = min(vocabulary.high, max(part.high for part in tuned))
        self._rng = np.random.Generator(np.random.PCG64(seed))
        self._order: list[int] = []
        self.epochs = -1
        # Of each lane: piece, position within it, transposition.
        self._lanes = [self._take() for _ in range(lanes)]

    def _take(self) -> tuple[int, int, int]:
        """(index, 0, transposition) of the next piece."""
        if not self._order:
            self._order = self._rng.permutation(self.arrays.pieces).tolist()
            self.epochs += 1
        piece = self._order.pop()
        lowest, highest = (int(pitch) for pitch in self.arrays.span[piece])
        down = max(self.transpose[0], self._low - lowest) if lowest <= highest else 0
        up = min(self.transpose[1], self._high - highest) if lowest <= highest else 0
        shift = int(self._rng.integers(min(down, 0), max(up, 0) + 1))
        return piece, 0, shift

    def next(self) -> Batch:
        """The next window of every lane."""
        batch = self.cutter.cut(self._lanes, self.window)
        for lane, (piece, position, shift) in enumerate(self._lanes):
            position += self.window  # noqa: PLW2901 (the lane moves on)
            ended = self.arrays.starts[piece] + position >= self.arrays.starts[piece + 1]
            self._lanes[lane] = self._take() if ended else (piece, position, shift)
        return batch

    def state(self) -> dict[str, Any]:
        """Plain values from which `restore` continues exactly."""
        return {
            "rng": self._rng.bit_generator.state,
            "order": list(self._order),
            "epochs": self.epochs,
            "lanes": [list(lane) for lane in self._lanes],
        }

    def restore(self, state: dict[str, Any]) -> None:
        self._rng.bit_generator.state = state["rng"]
        self._order = list(state["order"])
        self.epochs = state["epochs"]
        self._lanes = [(piece, position, shift) for piece, position, shift in state["lanes"]]


class Cutter:
    """Windows of pieces, transposed, as tensors; with the inputs of `config`'s tied head, if it has one."""

    def __init__(self, arrays: Arrays, vocabulary: Vocabulary, config: ModelConfig | None = None) -> None:
        self.arrays, self.vocabulary = arrays, vocabulary
        self._no_event = Layout(vocabulary).no_event
        # Kits are not transposed.
        moves = [not part.percussive for part in vocabulary.parts]
        self._moves = np.array([*moves, *moves, False])
        self._past = config is not None and config.past
        self._pitches = PitchFeatureArrays(arrays, vocabulary, past=self._past) if config and config.tied else None

    def cut(self, lanes: list[tuple[int, int, int]], window: int) -> Batch:
        """lanes: (piece, first event, transposition) of each. window: events."""
        count, v = len(lanes), self.vocabulary
        shape = (count, window)
        event = np.empty((*shape, 4), dtype=np.int64)
        event[:] = self._no_event
        previous = event.copy()
        timing = np.zeros((*shape, self.arrays.timing.shape[1]), dtype=np.int64)
        timing_before = timing.copy()
        held = np.zeros((*shape, len(v.parts), v.pitches), dtype=np.bool_)
        real = np.zeros(shape, dtype=np.bool_)
        echoes = np.zeros((*shape, len(ECHO_GROUPS), 5), dtype=np.int64)
        echoes[..., :4] = self._no_event
        melody = echoes[..., 0, :].copy()
        velocities = np.zeros((*shape, self.arrays.velocities.shape[1]), dtype=np.int64)
        pitch_classes = np.zeros((*shape, len(SPANS), 12), dtype=np.float32)
        recent = np.full((*shape, len(v.parts), RECENT_PITCHES), NO_PITCH, dtype=np.int64)
        age = np.full((*shape, v.pitches), AGES - 1, dtype=np.uint8)
        past = np.zeros((*shape, 2 * len(LAGS) * self._past, v.pitches), dtype=np.bool_)
        for lane, (piece, position, shift) in enumerate(lanes):
            a = int(self.arrays.starts[piece]) + position
            n = min(window, int(self.arrays.starts[piece + 1]) - a)
            if n <= 0:
                continue
            fields = self._shifted(self.arrays.fields[max(a - 1, 0) : a + n], shift)
            event[lane, :n] = fields[-n:]
            if position:
                previous[lane, :n] = fields[:-1]
            else:
                previous[lane, 1:n] = fields[-n:-1]
            timing[lane, :n] = self.arrays.timing[a : a + n]
            timing_before[lane, :n] = self.arrays.timing_before[a : a + n]
            held[lane, :n] = self._held(self.arrays.held[a : a + n], shift)
            real[lane, :n] = True
            echoes[lane, :n] = self._shifted(self.arrays.echoes[a : a + n], shift)
            melody[lane, :n] = self._shifted(self.arrays.melody[a : a + n], shift)
            velocities[lane, :n] = self.arrays.velocities[a : a + n]
            pitch_classes[lane, :n] = np.roll(self.arrays.pitch_classes[a : a + n], shift, -1)
            recent[lane, :n] = self.arrays.recent[a : a + n]
            recent[lane, (recent[lane] != NO_PITCH) & self._moves[: len(v.parts), None]] += shift
            if self._pitches:
                to = slice(max(shift, 0), v.pitches + min(shift, 0))
                age[lane, :n, to] = self._pitches.ages[a : a + n, to.start - shift : to.stop - shift]
                if self._past:
                    past[lane, :n] = self._held(self._pitches.past(a, n), shift)
        begins = np.array([position == 0 for _, position, _ in lanes])
        tensors = (
            torch.from_numpy(x)
            for x in (
                event, previous, timing, timing_before, held, echoes, melody, velocities, pitch_classes, real, begins,
                recent,
            )
        )  # fmt: skip
        batch = Batch(*tensors)
        return replace(batch, age=torch.from_numpy(age), past=torch.from_numpy(past)) if self._pitches else batch

    def _shifted(self, fields: NDArray[np.int16], shift: int) -> NDArray[np.int16]:
        if not shift:
            return fields
        fields = fields.copy()
        pitches = self.vocabulary.pitches
        moves = self._moves[fields[..., 1]] & (fields[..., 2] < pitches)
        fields[moves, 2] += shift
        # An echo may expect pitches outside the range of the piece.
        fields[moves & ((fields[..., 2] < 0) | (fields[..., 2] > pitches)), 2] = pitches
        return fields

    def _held(self, packed: NDArray[np.uint8], shift: int) -> NDArray[np.bool_]:
        """(n, parts, 16) bytes -> (n, parts, pitches), transposed by `shift`; drum kits hold nothing to be exempt."""
        full = np.unpackbits(packed, axis=-1, bitorder="little")
        low, high = self.vocabulary.low - shift, self.vocabulary.high - shift
        inside = full[..., max(low, 0) : high + 1]
        missing = [(0, 0), (0, 0), (max(-low, 0), max(high - 127, 0))]
        return (np.pad(inside, missing) if low < 0 or high > 127 else inside).astype(np.bool_)
