"""The music of FakeHost: four voices that walk a scale, planned a beat ahead and withdrawn when something is steered.

State frames come from a small LSTM with random weights, so that their numbers are consistent.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np

from musiclstm.protocol import commands, telemetry

PARTS = (("Soprano", 52, 0), ("Alto", 52, 1), ("Tenor", 52, 2), ("Bass", 52, 3))
RANGES = ((60, 81), (53, 76), (45, 69), (36, 64))
SCALE = (0, 2, 4, 5, 7, 9, 11)
CENTRES = (72, 65, 58, 48)
HORIZON = 1.5
METERS = ((4, 4), (3, 4), (6, 4), (2, 4), (6, 8), (2, 2), (3, 2), (9, 8))  # of the chorales


class FakeMusic:
    """Notes are planned ahead in beats, played when they are due, and withdrawn when something is steered.

    now: seconds, of what is played.
    """

    def __init__(
        self, emit: Callable[[telemetry.Telemetry], None], layers: int = 2, units: int = 192, seed: int = 1
    ) -> None:
        self.now = 0.0
        self._beat = 0.0
        self.dense = 1.0
        self.watch = commands.Watch()
        self._emit = emit
        self._dice = random.Random(seed)
        self._layers, self._units = layers, units
        weights = np.random.default_rng(seed)
        self._weights = weights.normal(0, 2.4 / np.sqrt(units), (layers, 4, units, units)).astype(np.float32)
        self._inputs = weights.normal(0, 1.0, (layers, 4, units, 4)).astype(np.float32)
        self._cell = np.zeros((layers, units), np.float32)
        self._hidden = np.zeros((layers, units), np.float32)
        self._planned_to = [0.0] * len(PARTS)
        self._step = [0] * len(PARTS)
        self._next_id = 1
        self._queue: list[tuple[float, int, int, int, int]] = []  # beat, order (off 0, on 1), id, part, pitch
        self._sounding: dict[int, tuple[int, int]] = {}

    def _plan(self) -> None:
        for part in range(len(PARTS)):
            while self._planned_to[part] < self._beat + HORIZON:
                beat = self._planned_to[part]
                length = self._dice.choice((0.5, 1.0, 1.0, 1.0, 2.0)) / self.dense
                self._step[part] = max(-4, min(4, self._step[part] + self._dice.choice((-2, -1, -1, 1, 1, 2))))
                octave, degree = divmod(self._step[part], 7)
                pitch = CENTRES[part] + 12 * octave + SCALE[degree]
                number, self._next_id = self._next_id, self._next_id + 1
                velocity = self._dice.randrange(50, 110)
                surprise = self._dice.expovariate(0.5)
                self._emit(telemetry.Planned(number, beat, part, pitch, velocity, None, surprise))
                self._emit(telemetry.PlanEnded(number, beat + length))
                self._queue += [(beat, 1, number, part, pitch), (beat + length, 0, number, part, pitch)]
                self._planned_to[part] = beat + length
                self._frame(beat, part, pitch, surprise)
        self._queue.sort()

    def _play(self) -> None:
        while self._queue and self._queue[0][0] <= self._beat:
            beat, on, number, part, pitch = self._queue.pop(0)
            if on:
                self._sounding[number] = (part, pitch)
            elif self._sounding.pop(number, None) is None:
                continue
            velocity = 40 + pitch % 70 if on else 0
            self._emit(telemetry.Played(number, beat, part, pitch, velocity, self.now, self.now))

    def _end_sounding(self) -> None:
        for number, (part, pitch) in self._sounding.items():
            self._emit(telemetry.Played(number, self._beat, part, pitch, 0, self.now, self.now))
        self._queue = [entry for entry in self._queue if entry[2] not in self._sounding]
        self._sounding.clear()

    def _replan(self) -> None:
        """What is planned and has not begun is withdrawn and planned again."""
        self._emit(telemetry.Withdrawn(self._beat))
        self._queue = [entry for entry in self._queue if entry[2] in self._sounding]
        ends = {entry[3]: entry[0] for entry in self._queue}
        self._planned_to = [ends.get(part, self._beat) for part in range(len(PARTS))]

    def _frame(self, beat: float, part: int, pitch: int, surprise: float) -> None:
        if self.watch.memory:
            x = np.array([part / 2 - 1, (pitch - 60) / 12, np.sin(beat * np.pi / 2), np.cos(beat * np.pi)], np.float32)
            gates = np.zeros((self._layers, 3, self._units), np.float32)
            for layer in range(self._layers):
                sums = self._weights[layer] @ self._hidden[layer] + self._inputs[layer] @ x
                forget, into, out = 1 / (1 + np.exp(-(sums[:3] + np.array([[1.5], [-0.5], [0.0]]))))
                self._cell[layer] = forget * self._cell[layer] + into * np.tanh(sums[3])
                self._hidden[layer] = out * np.tanh(self._cell[layer])
                gates[layer] = forget, into, out
            half = np.float16
            self._emit(
                telemetry.StateFrame(
                    beat, self._cell.astype(half), self._hidden.astype(half), gates.astype(half), surprise
                )
            )
        if self.watch.expectation:
            chances = np.zeros(128, np.float32)
            for centre in CENTRES:
                for step in SCALE:
                    chances[centre + step - 5] = self._dice.random() ** 6
            self._emit(telemetry.Expectation(chances / chances.sum()))
