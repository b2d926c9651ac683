"""Export: checkpoint -> model file, the gate equations as an 8-bit ONNX graph with everything else in its metadata.

The graph is written by hand, equation by equation, because the instrument needs outputs that an exporter hides: the
gates, and the projections of the heads, from one call per event.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from musiclstm.errors import ModelError
from musiclstm.files import write_atomic
from musiclstm.model.features.layout import FIELDS
from musiclstm.model.modelfile import FORMAT, pack
from musiclstm.model.net.heads import Head
from musiclstm.model.net.network import WEIGHTS, MusicLSTM


def export(
    network: MusicLSTM,
    path: Path,
    *,
    title: str,
    card: Mapping[str, Any] | None = None,
    defaults: Mapping[str, Any] | None = None,
    quantised: bool = True,
) -> None:
    """Write `network` as a model file, atomically.

    card: corpus, licence, attribution, figures. defaults: control values. Raises ModelError for a cell that is not
    an LSTM, and where the file cannot be written.
    """
    if network.config.cell != "lstm":
        raise ModelError(f"Only an LSTM can be played; a {network.config.cell} is for comparison.")
    model = graph(network)
    metadata = {
        "format": FORMAT,
        "title": title,
        "config": json.dumps(network.config.to_dict()),
        "vocabulary": json.dumps(network.vocabulary.to_dict()),
        "tables": pack(tables(network)),
        "card": json.dumps(dict(card or {})),
        "defaults": json.dumps(dict(defaults or {})),
    }
    # The quantiser reads and writes files.
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "model.onnx"
        # Without this the quantiser warns that the graph was not simplified; nothing is left to simplify.
        helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
        onnx.save(model, str(whole))
        if quantised:
            quantise(whole, whole)
            model = onnx.load(str(whole))
    helper.set_model_props(model, metadata)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, model.SerializeToString())
    except OSError as error:
        raise ModelError(f"The model file {path} cannot be written: {error.strerror}.") from error


def quantise(source: Path, target: Path) -> None:
    """Matrices to 8 bits, with a scale for each column; activations are quantised dynamically."""
    quantize_dynamic(
        str(source), str(target), weight_type=QuantType.QInt8, per_channel=True,
        extra_options={"DefaultTensorType": TensorProto.FLOAT},
    )  # fmt: skip


def tables(network: MusicLSTM) -> dict[str, NDArray[Any]]:
    """The arrays that the instrument's numpy part needs, by their names in the model file."""
    found = {"input": array(network.input.weight)}
    for name, head in heads(network).items():
        found[f"{name}.table"] = array(head.table.weight)
        found[f"{name}.out"] = array(head.out.weight)
        found[f"{name}.bias"] = array(head.out.bias)
        found[f"{name}.echo"] = array(head.echo)
        found[f"{name}.near"] = array(head.near)
    if network.tied:
        found.update({f"tied.{name}": array(weight) for name, weight in network.tied.named_parameters()})
    return found


def heads(network: MusicLSTM) -> dict[str, Head]:
    return {name: cast(Head, network.heads[name]) for name in FIELDS}


def array(tensor: Any) -> NDArray[np.float32]:
    return np.asarray(tensor.detach().float().cpu().numpy())


def graph(network: MusicLSTM) -> onnx.ModelProto:
    """The step in float: x (1, embedding), h and c (layers, units) -> h, c, gates (layers, 3, units), projections.

    projections: (1, 4 · head), the inputs of the four heads from h, in the order of `FIELDS`.
    """
    config = network.config
    nodes: list[onnx.NodeProto] = []
    weights: dict[str, NDArray[Any]] = {"axis0": np.array([0])}

    def node(kind: str, inputs: list[str], outputs: list[str], **attributes: Any) -> None:
        nodes.append(helper.make_node(kind, inputs, outputs, name=outputs[0], **attributes))

    layers = range(config.layers)
    for state in ("h", "c"):
        node("Split", [state], [f"{state}{n}" for n in layers], axis=0, num_outputs=config.layers)
    x = "x"
    for n in layers:
        w_x, w_h, b_x, b_h = (array(getattr(network.cell, f"{name}_l{n}")) for name in WEIGHTS)
        weights[f"W{n}"] = np.ascontiguousarray(np.concatenate([w_h, w_x], axis=1).T)
        weights[f"b{n}"] = b_x + b_h
        node("Concat", [f"h{n}", x], [f"hx{n}"], axis=1)
        node("MatMul", [f"hx{n}", f"W{n}"], [f"Whx{n}"])
        node("Add", [f"Whx{n}", f"b{n}"], [f"z{n}"])
        node("Split", [f"z{n}"], [f"z_{gate}{n}" for gate in "ifco"], axis=1, num_outputs=4)
        for gate in "ifo":
            node("Sigmoid", [f"z_{gate}{n}"], [f"{gate}{n}"])
        node("Tanh", [f"z_c{n}"], [f"new{n}"])
        node("Mul", [f"f{n}", f"c{n}"], [f"kept{n}"])
        node("Mul", [f"i{n}", f"new{n}"], [f"added{n}"])
        node("Add", [f"kept{n}", f"added{n}"], [f"c{n}_after"])
        node("Tanh", [f"c{n}_after"], [f"tanh_c{n}"])
        node("Mul", [f"o{n}", f"tanh_c{n}"], [f"h{n}_after"])
        node("Concat", [f"f{n}", f"i{n}", f"o{n}"], [f"gates{n}"], axis=0)
        node("Unsqueeze", [f"gates{n}", "axis0"], [f"gates{n}_row"])
        x = f"h{n}_after"
    for state in ("h", "c"):
        node("Concat", [f"{state}{n}_after" for n in layers], [f"{state}_after"], axis=0)
    node("Concat", [f"gates{n}_row" for n in layers], ["gates"], axis=0)
    projections = [head.projection for head in heads(network).values()]
    weights["P"] = np.ascontiguousarray(np.concatenate([array(each.weight) for each in projections]).T)
    weights["P_bias"] = np.concatenate([array(each.bias) for each in projections])
    node("MatMul", [x, "P"], ["Ph"])
    node("Add", ["Ph", "P_bias"], ["projections"])

    def value(name: str, *shape: int) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    states = (config.layers, config.units)
    body = helper.make_graph(
        nodes, "musiclstm step",
        [value("x", 1, config.embedding), value("h", *states), value("c", *states)],
        [value("h_after", *states), value("c_after", *states), value("gates", config.layers, 3, config.units),
         value("projections", 1, len(FIELDS) * config.head)],
        [numpy_helper.from_array(weight, name) for name, weight in weights.items()],
    )  # fmt: skip
    # Supported by every ONNX Runtime of the last years.
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 18)], producer_name="musiclstm")
    model.ir_version = 9
    onnx.checker.check_model(model)
    return model
