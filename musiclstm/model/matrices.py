"""Matrices of a step, and their products with several rows at once; a row's is the same alone and among others."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from musiclstm.model import linear
from musiclstm.model.arrays import FloatArray
from musiclstm.model.onnx_file import product_of_integers

_OUTPUTS = ["product"]


class PlainMatrix:
    """weights (inputs, outputs) and bias (outputs,), single precision."""

    def __init__(self, weights: FloatArray, bias: FloatArray) -> None:
        self.weights, self.bias = np.array(weights, order="C"), np.array(bias)

    def times(self, x: FloatArray) -> FloatArray:
        """X @ weights + bias; x (rows, inputs)."""
        out = np.tile(self.bias, (len(x), 1))
        rows, results, weights = x, out, self.weights
        for row in range(len(x)):
            linear.product(rows[row], weights, results[row])
        return out


class QuantisedMatrix:
    """weights (inputs, outputs) in 8 bits with a scale for each output; bias (outputs,).

    Each row of the input is quantised to 8 bits, too, with a scale of its own. ONNX Runtime multiplies whole numbers,
    which is exact. Not for two threads at once. Raises what ONNX Runtime raises.
    """

    def __init__(self, weights: NDArray[np.int8], scales: FloatArray, bias: FloatArray) -> None:
        self.scales, self.bias = np.array(scales), np.array(bias)
        self.totals = weights.sum(0, dtype=np.int32)
        self.run: Any = _session(product_of_integers(weights)).run

    def times(self, x: FloatArray) -> FloatArray:
        """X @ weights + bias, nearly; x (rows, inputs)."""
        rounded = np.empty(x.shape, dtype=np.uint8)
        rows, bytes_, steps = x, rounded, []
        for row in range(len(x)):
            steps.append(linear.quantise(rows[row], bytes_[row]))  # noqa: PERF401 (compiled, a loop is faster)
        sums = self.run(_OUTPUTS, {"x": rounded})[0]
        out = np.empty((len(x), len(self.bias)), dtype=np.float32)
        results = out
        for row in range(len(x)):
            scale, zero = steps[row]
            linear.rescale(sums[row], scale, zero, self.totals, self.scales, self.bias, results[row])
        return out


Matrix = PlainMatrix | QuantisedMatrix


def _session(model: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 4  # errors are raised, and reported by us
    # Threads that spin while they wait would occupy a core that the music needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
