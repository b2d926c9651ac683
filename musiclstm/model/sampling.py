"""Sampling: one choice from a head's logits; its surprise. Masks are bytes, 0 or 1."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from musiclstm.model import linear
from musiclstm.model.arrays import ByteArray, FloatArray


@dataclass(frozen=True, slots=True)
class FieldSampling:
    """How a field is sampled. temperature: above 0; 1 is the model's own distribution. top_p: 1 keeps every choice."""

    temperature: float = 1.0
    top_p: float = 1.0


DEFAULT_SAMPLING = FieldSampling()


class Sampler:
    """Draws from up to `choices` choices. Keeps room for their weights: not for two threads at once.

    After each call `index` is the choice, and `surprise` its nats among all that is possible, at temperature 1.
    """

    def __init__(self, choices: int) -> None:
        self.weights = np.zeros(choices)
        self.index, self.surprise = 0, 0.0

    def draw(
        self,
        logits: FloatArray,
        tempered: FloatArray,
        possible: ByteArray,
        allowed: ByteArray,
        temperature: float,
        top_p: float,
        uniform: float,
    ) -> None:
        """Draws one of `allowed`, a subset of `possible` that is not empty. tempered: the logits, perhaps with a bias.

        uniform: a random number, 0 <= uniform < 1.
        """
        weights = self.weights[: len(logits)]
        temperature = max(temperature, 1e-3)
        linear.weigh(tempered, allowed, temperature, weights)
        if top_p < 1.0:
            linear.keep_likeliest(weights, top_p)
        self.index = linear.chosen(weights, uniform)
        self.rate(logits, possible, self.index)

    def rate(self, logits: FloatArray, possible: ByteArray, index: int) -> None:
        """The surprise of a choice. An impossible one counts as if everything were possible: people play anything."""
        weights = self.weights[: len(logits)]
        if not possible[index]:
            possible = np.ones(len(logits), dtype=np.uint8)
        total = linear.weigh(logits, possible, 1.0, weights)
        # Not from its weight, which may be too small for a float.
        self.index, self.surprise = index, log(total) + linear.highest(logits, possible) - float(logits[index])


def masked_softmax(logits: FloatArray, mask: ByteArray) -> FloatArray:
    """Softmax over what the mask leaves; zeros where it leaves nothing."""
    z = np.where(mask, logits, -np.inf)
    peak = z.max()
    if peak == -np.inf:
        return np.zeros_like(logits)
    weights = np.exp(z - peak)
    return np.asarray(weights / weights.sum(), dtype=np.float32)
