"""The matrices of a step, multiplied with several rows at once. A row's product is the same alone and among others."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from musiclstm.model import linear
from musiclstm.model.arrays import FloatArray
from musiclstm.model.onnx_file import product_of_integers

# Room for several rows is made for a multiple of so many.
_ROWS = 8


class Room:
    """Where a matrix finds its input, `x` (rows, inputs), and puts its `results` (rows, outputs).

    rounded, sums: input and results in whole numbers; ONNX Runtime reads and writes them in place. In compiled code
    these four are memory views; `inputs` and `outputs` are the same as NumPy arrays.
    """

    def __init__(self, rows: int, inputs: int, outputs: int, session: Any = None) -> None:
        self.inputs = np.zeros((rows, inputs), dtype=np.float32)
        self.x = self.inputs
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
    """A matrix of weights (inputs, outputs) with a bias (outputs,). Not for two threads at once."""

    def __init__(self, inputs: int, outputs: int, bias: FloatArray) -> None:
        self.inputs, self.outputs, self.bias = inputs, outputs, np.array(bias)
        self.rooms: dict[int, Room] = {}

    def room(self, count: int) -> Room:
        """Room for `count` rows. Its results stay until it is used again."""
        # Rounded up, one serves several counts.
        most = 1 if count == 1 else (count + _ROWS - 1) // _ROWS * _ROWS
        if most not in self.rooms:
            self.rooms[most] = self.new_room(most)
        return self.rooms[most]

    def new_room(self, rows: int) -> Room:
        return Room(rows, self.inputs, self.outputs)

    def multiply(self, room: Room, count: int) -> None:
        """Sets the first `count` rows of the room's results to x @ weights + bias."""
        raise NotImplementedError


class PlainMatrix(Matrix):
    """A matrix in single precision."""

    def __init__(self, weights: FloatArray, bias: FloatArray) -> None:
        inputs, outputs = weights.shape
        super().__init__(inputs, outputs, bias)
        self.weights = np.array(weights, order="C")

    def multiply(self, room: Room, count: int) -> None:
        for row in range(count):
            room.results[row, :] = self.bias
            linear.product(room.x[row], self.weights, room.results[row])


class QuantisedMatrix(Matrix):
    """A matrix in 8 bits, with a scale for each output.

    Each row of the input is also quantised to 8 bits, with a scale of its own, and ONNX Runtime multiplies the whole
    numbers. With signed weights its sums are not exact on some processors (`saturates`). There 128 is added to every
    weight, so that they are unsigned (`moved`), and subtracted from the sums again. Raises what ONNX Runtime raises.
    """

    def __init__(
        self, weights: NDArray[np.int8], scales: FloatArray, bias: FloatArray, *, moved: bool | None = None
    ) -> None:
        inputs, outputs = weights.shape
        super().__init__(inputs, outputs, bias)
        self.scales, self.totals = np.array(scales), weights.sum(0, dtype=np.int32)
        self.moved = saturates() if moved is None else moved
        stored = weights.view(np.uint8) ^ 0x80 if self.moved else weights
        self.session: Any = _session(product_of_integers(stored))

    def new_room(self, rows: int) -> Room:
        return Room(rows, self.inputs, self.outputs, self.session)

    def multiply(self, room: Room, count: int) -> None:
        steps = []
        for row in range(count):
            steps.append(linear.quantise(room.x[row], room.rounded[row]))  # noqa: PERF401 (compiled, a loop is faster)
        self.session.run_with_iobinding(room.binding)
        for row in range(count):
            if self.moved:
                linear.move_back(room.rounded[row], room.sums[row])
            scale, zero = steps[row]
            linear.rescale(room.sums[row], scale, zero, self.totals, self.scales, self.bias, room.results[row])


class MixedMatrix(Matrix):
    """A weighted mean of two matrices of one shape: the share `learnt`, 0..1, of `after`, the rest of `before`.

    The mean of their products is the same as the product of their mean, and no weights have to be rounded again.
    """

    def __init__(self, before: Matrix, after: Matrix) -> None:
        super().__init__(after.inputs, after.outputs, np.zeros(after.outputs, dtype=np.float32))
        self.before, self.after, self.learnt = before, after, 1.0

    def multiply(self, room: Room, count: int) -> None:
        room.outputs[:count] = 0.0
        for matrix, share in ((self.before, 1.0 - self.learnt), (self.after, self.learnt)):
            if share:
                inner = matrix.room(count)
                inner.inputs[:count] = room.inputs[:count]
                matrix.multiply(inner, count)
                room.outputs[:count] += np.float32(share) * inner.outputs[:count]


@lru_cache(maxsize=1)
def saturates() -> bool:
    """Whether ONNX Runtime cuts intermediate sums to 16 bits when it multiplies with signed weights.

    It does so on x86 processors that lack VNNI instructions.
    """
    largest = np.full((64, 16), 127, dtype=np.int8)
    (sums,) = _session(product_of_integers(largest)).run(None, {"x": np.full((1, 64), 255, dtype=np.uint8)})
    return bool((sums != 64 * 127 * 255).any())


def _session(model: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 4  # errors are raised, and reported by us
    # Threads that spin while they wait would occupy a core that the music needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
