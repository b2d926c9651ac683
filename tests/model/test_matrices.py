"""Products of several rows: exact in whole numbers, and the same alone and among others."""

from __future__ import annotations

import numpy as np
import pytest

from musiclstm.model.arrays import FloatArray
from musiclstm.model.matrices import Matrix, PlainMatrix, QuantisedMatrix

INPUTS, OUTPUTS = 70, 24
RNG = np.random.default_rng(1)
X = np.maximum(RNG.standard_normal((19, INPUTS)), -0.5).astype(np.float32)
BIAS, SCALES = (RNG.random(OUTPUTS).astype(np.float32) for _ in range(2))
WEIGHTS = RNG.integers(-127, 128, (INPUTS, OUTPUTS)).astype(np.int8)


def product(matrix: Matrix, rows: FloatArray) -> FloatArray:
    room = matrix.room(len(rows))
    room.inputs[: len(rows)] = rows
    matrix.multiply(room, len(rows))
    results: FloatArray = room.outputs[: len(rows)].copy()
    return results


def matrices() -> dict[str, Matrix]:
    return {
        "plain": PlainMatrix(WEIGHTS.astype(np.float32), BIAS),
        "signed": QuantisedMatrix(WEIGHTS, SCALES, BIAS, moved=False),
        "moved": QuantisedMatrix(WEIGHTS, SCALES, BIAS, moved=True),
    }


@pytest.mark.parametrize("name", ["plain", "signed", "moved"])
def test_a_row_is_the_same_alone_and_among_others(name: str) -> None:
    matrix = matrices()[name]
    together = product(matrix, X)
    for row in range(len(X)):
        alone = product(matrix, X[row : row + 1])[0]
        if name == "plain":  # uncompiled, numpy sums in another order
            np.testing.assert_allclose(alone, together[row], rtol=1e-4, atol=1e-4)
        else:
            np.testing.assert_array_equal(alone, together[row])


def test_whole_numbers_are_exact_whatever_their_signs() -> None:
    """By the definition: x is about scale · (rounded - zero), with 8 bits from lowest to highest, 0 included."""
    low, high = np.minimum(X.min(1), 0), np.maximum(X.max(1), 0)
    scale = ((high - low) / np.float32(255)).astype(np.float32)[:, None]
    zero = np.rint(-low[:, None] / scale)
    rounded = np.clip(np.rint(X / scale) + zero, 0, 255)
    sums = (rounded - zero).astype(np.int64) @ WEIGHTS.astype(np.int64)
    for name in ("signed", "moved"):
        np.testing.assert_allclose(product(matrices()[name], X), sums * (scale * SCALES) + BIAS, rtol=1e-5, atol=1e-4)
    np.testing.assert_array_equal(product(matrices()["signed"], X), product(matrices()["moved"], X))


def test_rooms_serve_several_counts() -> None:
    matrix = matrices()["signed"]
    assert matrix.room(9) is matrix.room(16) is not matrix.room(8)
    assert matrix.room(1) is matrix.room(1) is not matrix.room(2)
