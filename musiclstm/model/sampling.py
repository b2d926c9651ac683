"""Sampling: one choice from a head's logits; its surprise."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from musiclstm.model.arrays import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class FieldSampling:
    """How a field is sampled. temperature: above 0; 1 is the model's own distribution. top_p: 1 keeps every choice."""

    temperature: float = 1.0
    top_p: float = 1.0


DEFAULT_SAMPLING = FieldSampling()


def sample(
    logits: FloatArray,
    possible: BoolArray,
    allowed: BoolArray,
    settings: FieldSampling,
    uniform: float,
    *,
    bias: FloatArray | None = None,
) -> tuple[int, float]:
    """Samples among `allowed`. Returns (index, surprise in nats among all that is `possible`, at temperature 1).

    allowed: a subset of possible, not empty. uniform: a random number, 0 <= uniform < 1. bias: added to the logits.
    """
    z = np.where(possible, logits, -np.inf)
    z -= z.max()
    weights = np.exp(z)
    total = float(weights.sum())
    sampled = weights
    if allowed is not possible or settings.temperature != 1.0 or bias is not None:
        tempered = np.where(allowed, logits if bias is None else logits + bias, -np.inf)
        tempered -= tempered.max()
        sampled = np.exp(tempered / max(settings.temperature, 1e-3))
    if settings.top_p < 1.0:
        sampled = top_p_filter(sampled, settings.top_p)
    cumulative = sampled.cumsum(dtype=np.float64)
    index = int(cumulative.searchsorted(uniform * cumulative[-1], side="right"))
    return index, log(total) - float(z[index])


def top_p_filter(weights: FloatArray, top_p: float) -> FloatArray:
    """The likeliest choices that hold `top_p` of all weight together, the others zero (Holtzman et al. 2020)."""
    order = np.argsort(-weights, kind="stable")
    cumulative = np.cumsum(weights[order])
    kept = order[: int(np.searchsorted(cumulative, top_p * cumulative[-1])) + 1]
    filtered = np.zeros_like(weights)
    filtered[kept] = weights[kept]
    return filtered


def surprise(logits: FloatArray, possible: BoolArray, index: int) -> float:
    """Nats of a choice. An impossible one counts as if everything were possible: a person may play anything."""
    z = np.where(possible, logits, -np.inf) if possible[index] else logits
    peak = float(z.max())
    return log(float(np.exp(z - peak).sum())) + peak - float(z[index])


def masked_softmax(logits: FloatArray, mask: BoolArray) -> FloatArray:
    """Softmax over what the mask leaves; zeros where it leaves nothing."""
    z = np.where(mask, logits, -np.inf)
    peak = z.max()
    if peak == -np.inf:
        return np.zeros_like(logits)
    weights = np.exp(z - peak)
    return np.asarray(weights / weights.sum(), dtype=np.float32)
