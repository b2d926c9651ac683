"""Damaged and hostile graphs of model files: each is refused in one line; only what nobody reads may differ."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.model.damaged import changed, plays_or_is_refused, refused
from tests.model.tiny import tiny_model

pytestmark = pytest.mark.timeout(120)


def _dimension(model: onnx.ModelProto) -> None:
    model.graph.initializer[1].dims[0] = 1 << 40


def _external(model: onnx.ModelProto) -> None:
    weight = model.graph.initializer[1]
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="/etc/passwd")


def _not_numbers(model: onnx.ModelProto) -> None:
    weight = next(each for each in model.graph.initializer if each.data_type == TensorProto.FLOAT)
    weight.CopyFrom(numpy_helper.from_array(np.full(tuple(weight.dims), np.nan, np.float32), weight.name))


def _too_large(model: onnx.ModelProto) -> None:
    weight = next(each for each in model.graph.initializer if each.data_type == TensorProto.FLOAT)
    weight.CopyFrom(numpy_helper.from_array(np.full(tuple(weight.dims), 1e38, np.float32), weight.name))


def _bomb(model: onnx.ModelProto) -> None:
    """Each node doubles what it is given."""
    name = "x"
    for n in range(40):
        model.graph.node.append(helper.make_node("Concat", [name, name], [f"bomb{n}"], axis=0))
        name = f"bomb{n}"


def _loop(model: onnx.ModelProto) -> None:
    body = helper.make_graph(
        [helper.make_node("Identity", ["on"], ["on_out"])],
        "body",
        [
            helper.make_tensor_value_info("n", TensorProto.INT64, ()),
            helper.make_tensor_value_info("on", TensorProto.BOOL, ()),
        ],
        [helper.make_tensor_value_info("on_out", TensorProto.BOOL, ())],
    )
    model.graph.initializer.append(numpy_helper.from_array(np.array(1 << 62), "trips"))
    model.graph.initializer.append(numpy_helper.from_array(np.array(True), "go"))
    model.graph.node.append(helper.make_node("Loop", ["trips", "go"], [], body=body))


def _function(model: onnx.ModelProto) -> None:
    model.functions.append(
        helper.make_function(
            "d", "f", ["a"], ["b"], [helper.make_node("Relu", ["a"], ["b"])], [helper.make_opsetid("", 18)]
        )
    )


def _domain(model: onnx.ModelProto) -> None:
    model.graph.node[0].domain = "com.microsoft"


def _kind(model: onnx.ModelProto) -> None:
    next(node for node in model.graph.node if node.op_type == "Tanh").op_type = "Exp"


def _crossed(model: onnx.ModelProto) -> None:
    node = next(node for node in model.graph.node if node.op_type == "Split")
    outputs = list(node.output)
    node.output[:] = outputs[::-1]


def _axis(model: onnx.ModelProto) -> None:
    next(node for node in model.graph.node if node.op_type == "Concat").attribute[0].i = 7


def _cycle(model: onnx.ModelProto) -> None:
    next(node for node in model.graph.node if node.op_type == "Tanh").input[0] = "h_after"


def _sparse(model: onnx.ModelProto) -> None:
    model.graph.sparse_initializer.add()


def _input(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_param = "anything"


def _type(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.DOUBLE


def _more_inputs(model: onnx.ModelProto) -> None:
    model.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, (1,)))


def _no_output(model: onnx.ModelProto) -> None:
    del model.graph.output[2]


def _no_weights(model: onnx.ModelProto) -> None:
    del model.graph.initializer[:]


def _no_nodes(model: onnx.ModelProto) -> None:
    del model.graph.node[:]


def _no_graph(model: onnx.ModelProto) -> None:
    model.ClearField("graph")


def _shape(model: onnx.ModelProto) -> None:
    model.graph.value_info.append(helper.make_tensor_value_info("z0", TensorProto.FLOAT, (1 << 40, 1 << 20)))


def _operators(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 1 << 40


@pytest.mark.parametrize(
    "change",
    [
        _dimension, _external, _not_numbers, _too_large, _bomb, _loop, _function, _domain, _kind, _crossed, _axis,
        _cycle, _sparse, _more_inputs, _no_output, _no_weights, _no_nodes, _no_graph,
    ],
)  # fmt: skip
@pytest.mark.parametrize("quantised", [True, False])
def test_another_graph_is_refused(tmp_path: Path, change: Callable[[onnx.ModelProto], object], quantised: bool) -> None:
    whole = tiny_model(tmp_path, quantised=quantised).read_bytes()
    refused(changed(whole, tmp_path / "bad.onnx", change))


@pytest.mark.parametrize("change", [_shape, _input, _type, _operators])
def test_what_nobody_reads_does_no_harm(
    whole: bytes, tmp_path: Path, change: Callable[[onnx.ModelProto], object]
) -> None:
    """Of the file's graph, whose nodes are the exporter's, only the weights are used; it is not run."""
    assert plays_or_is_refused(changed(whole, tmp_path / "odd.onnx", change))


def test_every_node_and_weight_is_needed(whole: bytes, tmp_path: Path) -> None:
    model = onnx.load_from_string(whole)
    path = tmp_path / "bad.onnx"
    for n in range(len(model.graph.node)):
        refused(changed(whole, path, lambda model, n=n: model.graph.node.pop(n)))  # type: ignore[misc]
    for n in range(len(model.graph.initializer)):
        refused(changed(whole, path, lambda model, n=n: model.graph.initializer.pop(n)))  # type: ignore[misc]
