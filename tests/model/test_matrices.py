"""Products of several rows: exact in whole numbers, and the same alone and among others."""

from __future__ import annotations

import numpy as np
import pytest

from musiclstm.model.arrays import FloatArray
from musiclstm.model.matrices import Matrix, PlainMatrix, QuantisedMatrix

SIZES = [(1, 1), (3, 5), (16, 64), (37, 65), (64, 128), (130, 193)]
COUNTS = (1, 2, 3, 4, 5, 17, 64)


def product(matrix: Matrix, rows: FloatArray) -> FloatArray:
    room = matrix.room(len(rows))
    room.inputs[: len(rows)] = rows
    matrix.multiply(room, len(rows))
    results: FloatArray = room.outputs[: len(rows)].copy()
    return results


def floats(rng: np.random.Generator, *shape: int) -> FloatArray:
    return rng.standard_normal(shape).astype(np.float32)


def matrices(inputs: int, outputs: int) -> list[Matrix]:
    rng = np.random.default_rng(inputs)
    weights, bias, scales = floats(rng, inputs, outputs), floats(rng, outputs), np.abs(floats(rng, outputs))
    small = rng.integers(-127, 128, (inputs, outputs)).astype(np.int8)
    quantised = [QuantisedMatrix(small, scales, bias, moved=moved) for moved in (False, True)]
    return [PlainMatrix(weights, bias), *quantised]


@pytest.mark.parametrize(("inputs", "outputs"), SIZES)
def test_a_row_is_the_same_alone_and_among_others(inputs: int, outputs: int) -> None:
    rng = np.random.default_rng(outputs)
    for matrix in matrices(inputs, outputs):
        for count in COUNTS:
            x = floats(rng, count, inputs)
            together = product(matrix, x)
            alone = [product(matrix, x[row : row + 1])[0] for row in range(count)]
            np.testing.assert_array_equal(together, alone)


def test_whole_numbers_are_exact_whatever_their_signs() -> None:
    """By the definition: x is about scale · (rounded - zero), with 8 bits from lowest to highest, 0 included."""
    rng = np.random.default_rng(1)
    x, weights = floats(rng, 19, 70), rng.integers(-127, 128, (70, 24)).astype(np.int8)
    scales, bias = np.abs(floats(rng, 24)), floats(rng, 24)
    low, high = np.minimum(x.min(1), 0), np.maximum(x.max(1), 0)
    scale = ((high - low) / np.float32(255)).astype(np.float32)[:, None]
    zero = np.rint(-low[:, None] / scale)
    rounded = np.clip(np.rint(x / scale) + zero, 0, 255)
    sums = (rounded - zero).astype(np.int64) @ weights.astype(np.int64)
    here, moved = (product(QuantisedMatrix(weights, scales, bias, moved=each), x) for each in (None, True))
    np.testing.assert_allclose(moved, sums * (scale * scales) + bias, rtol=1e-5, atol=1e-4)
    np.testing.assert_array_equal(here, moved)


def test_rooms_serve_several_counts() -> None:
    matrix = matrices(16, 8)[1]
    assert matrix.room(9) is matrix.room(16) is not matrix.room(8)
    assert matrix.room(1) is matrix.room(1) is not matrix.room(2)
