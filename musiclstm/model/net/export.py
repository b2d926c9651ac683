"""Export: checkpoint -> model file: the gate equations as an 8-bit ONNX graph, everything else in its metadata.

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
from musiclstm.model import onnx_file
from musiclstm.model.features.layout import FIELDS
from musiclstm.model.modelfile import FORMAT
from musiclstm.model.net.heads import Head
from musiclstm.model.net.network import WEIGHTS, MusicLSTM
from musiclstm.model.onnx_file import Node
from musiclstm.model.step_graph import INPUTS, OUTPUTS, Sizes, interface, nodes
from musiclstm.model.tables import pack


def export(
    network: MusicLSTM,
    path: Path,
    *,
    title: str,
    card: Mapping[str, Any] | None = None,
    defaults: Mapping[str, Any] | None = None,
    quantised: bool = True,
) -> None:
    """Writes `network` as a model file, atomically.

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
    metadata["checksum"] = onnx_file.checksum(onnx_file.read(model.SerializeToString())[0])
    helper.set_model_props(model, metadata)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, model.SerializeToString())
    except OSError as error:
        raise ModelError(f"The model file {path} cannot be written: {error.strerror}.") from error


def quantise(source: Path, target: Path) -> None:
    """Quantises the matrices of an ONNX file to 8 bits, with a scale for each column; activations dynamically."""
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
    weights: dict[str, NDArray[Any]] = {"axis0": np.array([0])}

    for n in range(config.layers):
        w_x, w_h, b_x, b_h = (array(getattr(network.cell, f"{name}_l{n}")) for name in WEIGHTS)
        weights[f"W{n}"] = np.ascontiguousarray(np.concatenate([w_h, w_x], axis=1).T)
        weights[f"b{n}"] = b_x + b_h
    projections = [head.projection for head in heads(network).values()]
    weights["P"] = np.ascontiguousarray(np.concatenate([array(each.weight) for each in projections]).T)
    weights["P_bias"] = np.concatenate([array(each.bias) for each in projections])

    shapes = interface(Sizes(config.layers, config.units, config.embedding, config.head))
    inputs, outputs = (
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shapes[name]) for name in names]
        for names in (INPUTS, OUTPUTS)
    )

    def made(node: Node) -> onnx.NodeProto:
        attributes: dict[str, Any] = dict(node.attributes)
        return helper.make_node(node.kind, node.inputs, node.outputs, name=node.outputs[0], **attributes)

    steps = [made(node) for node in nodes(config.layers)]
    initial = [numpy_helper.from_array(weight, name) for name, weight in weights.items()]
    body = helper.make_graph(steps, "musiclstm step", inputs, outputs, initial)
    # Supported by every ONNX Runtime of the last years.
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 18)], producer_name="musiclstm")
    model.ir_version = 9
    onnx.checker.check_model(model)
    return model
