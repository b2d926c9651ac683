"""The array types of the model, and the width of its matrices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int32]
ByteArray = NDArray[np.uint8]


def padded(matrix: FloatArray) -> FloatArray:
    """The matrix with zeros at the end of its rows, up to a multiple of 64: compiled products work in such blocks."""
    missing = -matrix.shape[-1] % 64
    return np.pad(matrix, [(0, 0)] * (matrix.ndim - 1) + [(0, missing)])


def between(one: FloatArray, other: FloatArray, share: float, out: FloatArray) -> None:
    """out: (1 - share) · one + share · other, exact at 0 and 1."""
    result = np.asarray(out)  # compiled code passes a memory view
    np.multiply(other, np.float32(share), out=result)
    result += np.float32(1 - share) * np.asarray(one)
