"""Sums and products of single-precision numbers: what the core computes besides whole numbers.

Where there is a compiler, `linear.pyx` takes this module's place, with the same functions in C. There each sum is in a
fixed order, so that a piece comes out alike alone and among others, and on every machine; here numpy sums as it likes,
which differs in the last digit. All arrays are float32 and contiguous unless said otherwise, and none may be empty.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musiclstm.model.arrays import ByteArray, FloatArray


def sum_rows(table: FloatArray, rows: list[int], out: FloatArray) -> None:
    """out: the sum of some rows of a table."""
    np.add.reduce(table.take(rows, axis=0), axis=0, out=out)


def add(x: FloatArray, out: FloatArray) -> None:
    """Adds x to out."""
    out += x


def product(x: FloatArray, matrix: FloatArray, out: FloatArray) -> None:
    """Adds x @ matrix to out."""
    out += x @ matrix


def rectify(x: FloatArray) -> None:
    """Sets what is negative to 0."""
    np.maximum(x, 0.0, out=x)


def scores(
    table: FloatArray,
    rows: NDArray[np.int32],
    starts: NDArray[np.int32],
    vectors: FloatArray,
    which: NDArray[np.int32],
    matrix: FloatArray,
    bias: FloatArray,
    weights: FloatArray,
    z: FloatArray,
    y: FloatArray,
    out: FloatArray,
    count: int,
) -> None:
    """Applies a small network to `count` items: out[n] = weights · relu(relu(z) @ matrix + bias).

    The z of item n is vectors[which[n]] plus the sum of the table's rows whose numbers are in `rows` from starts[n] to
    before starts[n + 1]; each item has at least one. z, y: room to compute in, (items + 3, width).
    """
    if not count:
        return
    summed = np.add.reduceat(table[rows[: starts[count]]], starts[:count]) + vectors[which[:count]]
    np.maximum(summed, 0.0, out=z[:count])
    np.maximum(z[:count] @ matrix + bias, 0.0, out=y[:count])
    out[:count] = y[:count] @ weights


def quantise(x: FloatArray, out: ByteArray) -> tuple[float, int]:
    """Rounds x to 8 bits as ONNX's DynamicQuantizeLinear does: x ≈ scale · (out - zero). Returns (scale, zero)."""
    low, high = min(0.0, float(x.min())), max(0.0, float(x.max()))
    scale = (np.float32(high) - np.float32(low)) / np.float32(255) or np.float32(1)
    zero = int(np.clip(np.rint(np.float32(-low) / scale), 0, 255))
    out[:] = np.clip(np.rint(x / scale) + zero, 0, 255)
    return float(scale), zero


def move_back(rounded: ByteArray, sums: NDArray[np.int32]) -> None:
    """Turns the sums of a product with weights that are 128 too large into those of the weights themselves."""
    sums -= 128 * rounded.sum(dtype=np.int32)


def rescale(
    sums: NDArray[np.int32],
    scale: float,
    zero: int,
    totals: NDArray[np.int32],
    scales: FloatArray,
    bias: FloatArray,
    out: FloatArray,
) -> None:
    """out: what the sums of a product of whole numbers stand for, plus a bias; (outputs,) as all arrays here.

    scale, zero: those of the input, from `quantise`. totals, scales: the sum of each column of the matrix, its scale.
    """
    out[:] = (sums - zero * totals).astype(np.float32) * (np.float32(scale) * scales) + bias


def gates(z: FloatArray, c: FloatArray, h_after: FloatArray, c_after: FloatArray, out: FloatArray) -> None:
    """The gate equations of an LSTM. z: input, forget, new value, output, one after another. out: (3, units)."""
    units = len(c)
    # exp(88) is nearly the largest float32; there the sigmoid is as good as 0.
    input_, forget, output = (1 / (1 + np.exp(np.minimum(-z[n * units : (n + 1) * units], 88.0))) for n in (0, 1, 3))
    out[0], out[1], out[2] = forget, input_, output
    c_after[:] = forget * c + input_ * np.tanh(z[2 * units : 3 * units])
    h_after[:] = output * np.tanh(c_after)


def highest(logits: FloatArray, mask: ByteArray) -> float:
    """The highest logit that the mask leaves, which must leave one."""
    return float(logits[mask != 0].max())


def weigh(logits: FloatArray, mask: ByteArray, temperature: float, out: NDArray[np.float64]) -> float:
    """out: exp(logit / temperature) of what the mask leaves, scaled to a highest of 1; 0 elsewhere. Returns the sum."""
    scaled = (logits.astype(np.float64) - highest(logits, mask)) / temperature
    out[:] = np.where(mask, np.exp(np.minimum(scaled, 0.0)), 0.0)
    return float(out.sum())


def keep_likeliest(weights: NDArray[np.float64], top_p: float) -> None:
    """Sets all weights to 0 but the largest ones, which together hold `top_p` of the sum (Holtzman et al. 2020)."""
    order = np.argsort(-weights, kind="stable")
    cumulative = np.cumsum(weights[order])
    weights[order[int(np.searchsorted(cumulative, top_p * cumulative[-1])) + 1 :]] = 0.0


def chosen(weights: NDArray[np.float64], uniform: float) -> int:
    """The index where the cumulative distribution passes a random number, 0 <= uniform < 1."""
    cumulative = np.cumsum(weights)
    return int(cumulative.searchsorted(uniform * cumulative[-1], side="right"))
