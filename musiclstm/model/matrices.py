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


class Room:
    """Where a matrix finds rows of input, `x` (rows, inputs), and puts `results` (rows, outputs).

    rounded, sums: the same in whole numbers, bound to ONNX Runtime, which saves a copy.
    """

    def __init__(self, rows: int, inputs: int, outputs: int, session: Any = None) -> None:
        self.x = np.zeros((rows, inputs), dtype=np.float32)
        self.outputs = np.zeros((rows, outputs), dtype=np.float32)
        self.results = self.outputs
        rounded, sums = np.zeros((rows, inputs), dtype=np.uint8), np.zeros((rows, outputs), dtype=np.int32)
        self.rounded, self.sums, self.binding = rounded, sums, None
        if session is not None:
            self.binding = session.io_binding()
            for bind, name, array in (
                (self.binding.bind_input, "x", rounded),
                (self.binding.bind_output, "product", sums),
            ):
                bind(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)


class Matrix:
    """weights (inputs, outputs) and bias (outputs,). Not for two threads at once."""

    def __init__(self, inputs: int, outputs: int, bias: FloatArray) -> None:
        self.inputs, self.outputs, self.bias = inputs, outputs, np.array(bias)
        self.rooms: dict[int, Room] = {}

    def room(self, count: int) -> Room:
        """Where to put so many rows. It keeps its results until others are multiplied there."""
        # One with room for a few rows more serves several counts.
        most = 1 if count == 1 else (count + _ROWS - 1) // _ROWS * _ROWS
        if most not in self.rooms:
            self.rooms[most] = self.new_room(most)
        return self.rooms[most]

    def new_room(self, rows: int) -> Room:
        return Room(rows, self.inputs, self.outputs)

    def multiply(self, room: Room, count: int) -> None:
        """Results = x @ weights + bias, of the first `count` rows."""
        raise NotImplementedError


class PlainMatrix(Matrix):
    """In single precision."""

    def __init__(self, weights: FloatArray, bias: FloatArray) -> None:
        inputs, outputs = weights.shape
        super().__init__(inputs, outputs, bias)
        self.weights = np.array(weights, order="C")

    def multiply(self, room: Room, count: int) -> None:
        for row in range(count):
            room.results[row, :] = self.bias
            linear.product(room.x[row], self.weights, room.results[row])


class QuantisedMatrix(Matrix):
    """In 8 bits, with a scale for each output.

    Each row of the input is quantised to 8 bits, too, with a scale of its own. ONNX Runtime multiplies whole numbers,
    which is exact. Raises what ONNX Runtime raises.
    """

    def __init__(self, weights: NDArray[np.int8], scales: FloatArray, bias: FloatArray) -> None:
        inputs, outputs = weights.shape
        super().__init__(inputs, outputs, bias)
        self.scales, self.totals = np.array(scales), weights.sum(0, dtype=np.int32)
        self.session: Any = _session(product_of_integers(weights))

    def new_room(self, rows: int) -> Room:
        return Room(rows, self.inputs, self.outputs, self.session)

    def multiply(self, room: Room, count: int) -> None:
        steps = []
        for row in range(count):
            steps.append(linear.quantise(room.x[row], room.rounded[row]))  # noqa: PERF401 (compiled, a loop is faster)
        self.session.run_with_iobinding(room.binding)
        for row in range(count):
            scale, zero = steps[row]
            linear.rescale(room.sums[row], scale, zero, self.totals, self.scales, self.bias, room.results[row])


def _session(model: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 4  # errors are raised, and reported by us
    # Threads that spin while they wait would occupy a core that the music needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
