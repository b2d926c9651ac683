"""The floor: the products of a model's own matrices that a note-on needs, and nothing else.

    python -m tests.benchmarks.contestants.floor MODEL

In one run of ONNX Runtime, which was the fastest at them (the float ones took numpy twice as long), with its inputs and
outputs bound: those that are 8-bit in the file (the LSTM, the projections of the heads) by MatMulInteger, the others
(the heads' outputs, the tied head) by MatMul.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from musiclstm.model.features.layout import FIELDS
from musiclstm.model.modelfile import ModelFile, open_model
from tests.benchmarks.contestants.answer import answer

Matrix = NDArray[Any]


def main() -> None:
    model = open_model(sys.argv[1])
    products = [*((1, matrix) for matrix in eight_bit(model.path)), *in_float(model)]
    session, binding = bound(products)

    def measure(events: int) -> list[float]:
        seconds = []
        for _ in range(events):
            begin = time.perf_counter()
            session.run_with_iobinding(binding)
            seconds.append(time.perf_counter() - begin)
        return seconds

    answer("", measure)


def eight_bit(path: Path) -> list[Matrix]:
    """The 8-bit matrices of a model file, (inputs, outputs)."""
    weights = onnx.load(str(path)).graph.initializer
    return [
        numpy_helper.to_array(each) for each in weights if each.data_type == TensorProto.INT8 and len(each.dims) == 2
    ]


def in_float(model: ModelFile) -> Iterator[tuple[int, Matrix]]:
    """(rows of input, matrix (inputs, outputs)) of the heads, and of the tied head for all pitches at once."""
    tables, v = model.tables, model.vocabulary
    for field in FIELDS:
        if field != "velocity" or v.velocities > 1:
            yield 1, tables[f"{field}.out"].T
    if model.config["tied"]:
        yield 1, tables["tied.given.weight"].T
        for name, rows in (("window", v.pitches), ("past", v.pitches), ("classes", 12), ("middle.weight", v.pitches)):
            if f"tied.{name}" in tables:
                yield rows, tables[f"tied.{name}"]
        yield v.pitches, tables["tied.out.weight"].T


def bound(products: list[tuple[int, Matrix]]) -> tuple[Any, Any]:
    """An ONNX Runtime session that multiplies random numbers by each matrix, and its binding."""
    rng = np.random.default_rng(1)
    nodes, inputs, outputs, weights, values = [], [], [], [], {}
    for n, (rows, matrix) in enumerate(products):
        x, y, w, whole = f"x{n}", f"y{n}", f"w{n}", matrix.dtype == np.int8
        shape = (rows, len(matrix))
        values[x] = rng.integers(0, 256, shape, dtype=np.uint8) if whole else rng.random(shape, dtype=np.float32)
        nodes.append(helper.make_node("MatMulInteger" if whole else "MatMul", [x, w], [y]))
        kinds = (TensorProto.UINT8, TensorProto.INT32) if whole else (TensorProto.FLOAT, TensorProto.FLOAT)
        inputs.append(helper.make_tensor_value_info(x, kinds[0], shape))
        outputs.append(helper.make_tensor_value_info(y, kinds[1], (rows, matrix.shape[1])))
        weights.append(numpy_helper.from_array(np.ascontiguousarray(matrix), w))
    graph = helper.make_graph(nodes, "products", inputs, outputs, weights)
    whole_model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    whole_model.ir_version = 9
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(whole_model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    for name, value in values.items():
        binding.bind_cpu_input(name, value)
    for each in outputs:
        binding.bind_output(each.name, "cpu")
    return session, binding


if __name__ == "__main__":
    main()
