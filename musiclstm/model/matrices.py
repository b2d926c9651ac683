"""Matrices of a step, and their products with several rows at once; a row's is the same alone and among others."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from musiclstm.model import linear
from musiclstm.model.arrays import FloatArray
from musiclstm.model.onnx_file import product_of_integers

# Several rows are multiplied in multiples of so many.
_ROWS = 8


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
        self.inputs, self.outputs = weights.shape
        self.scales, self.bias = np.array(scales), np.array(bias)
        self.totals = weights.sum(0, dtype=np.int32)
        self.session: Any = _session(product_of_integers(weights))
        self.rooms: dict[int, _Room] = {}  # by the number of rows that fit

    def times(self, x: FloatArray) -> FloatArray:
        """X @ weights + bias, nearly; x (rows, inputs)."""
        count = len(x)
        # As many rows as fit, so that there is not another room for each number.
        most = 1 if count == 1 else -(-count // _ROWS) * _ROWS
        if most not in self.rooms:
            self.rooms[most] = _Room(self.session, most, self.inputs, self.outputs)
        room = self.rooms[most]
        rows, rounded, steps = x, room.rounded, []
        for row in range(count):
            steps.append(linear.quantise(rows[row], rounded[row]))  # noqa: PERF401 (compiled, a loop is faster)
        self.session.run_with_iobinding(room.binding)
        out = np.empty((count, self.outputs), dtype=np.float32)
        results, sums = out, room.sums
        for row in range(count):
            scale, zero = steps[row]
            linear.rescale(sums[row], scale, zero, self.totals, self.scales, self.bias, results[row])
        return out


class _Room:
    """Where ONNX Runtime finds so many rows of input, and where it puts the sums. Binding both saves a copy."""

    def __init__(self, session: Any, rows: int, inputs: int, outputs: int) -> None:
        self.rounded, self.sums = np.zeros((rows, inputs), dtype=np.uint8), np.zeros((rows, outputs), dtype=np.int32)
        self.binding = session.io_binding()
        for bind, name, array in (
            (self.binding.bind_input, "x", self.rounded),
            (self.binding.bind_output, "product", self.sums),
        ):
            bind(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)


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
