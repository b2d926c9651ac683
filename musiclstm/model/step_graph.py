"""The step's graph: its nodes as the exporter writes them, and whether a file's graph is that one and no other.

Our graph comes to an end, takes memory only for its own weights, and reads no other file; what another graph does,
nobody knows before it has run. The names inside may differ, and a product of matrices may have been quantised.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from musiclstm.model.features.layout import FIELDS
from musiclstm.model.matrices import Matrix, PlainMatrix, QuantisedMatrix
from musiclstm.model.onnx_file import FLOAT, INT8, INT64, DamagedError, Graph, Node, Weight

INPUTS = ("x", "h", "c")
OUTPUTS = ("h_after", "c_after", "gates", "projections")
_OTHER = "its graph is another one"
_LARGEST = 1e6  # of a weight; with larger ones sums could overflow


class Sizes(NamedTuple):
    """The sizes of a `ModelConfig` on which the graph depends."""

    layers: int
    units: int
    embedding: int
    head: int


def nodes(layers: int) -> Iterator[Node]:
    """The step in float, node by node; `net.export.graph` explains its inputs and outputs."""

    def node(kind: str, inputs: list[str], outputs: list[str], **attributes: int) -> Node:
        return Node(kind, tuple(inputs), tuple(outputs), attributes)

    every = range(layers)
    for state in ("h", "c"):
        yield node("Split", [state], [f"{state}{n}" for n in every], axis=0, num_outputs=layers)
    x = "x"
    for n in every:
        yield node("Concat", [f"h{n}", x], [f"hx{n}"], axis=1)
        yield node("MatMul", [f"hx{n}", f"W{n}"], [f"Whx{n}"])
        yield node("Add", [f"Whx{n}", f"b{n}"], [f"z{n}"])
        yield node("Split", [f"z{n}"], [f"z_{gate}{n}" for gate in "ifco"], axis=1, num_outputs=4)
        for gate in "ifo":
            yield node("Sigmoid", [f"z_{gate}{n}"], [f"{gate}{n}"])
        yield node("Tanh", [f"z_c{n}"], [f"new{n}"])
        yield node("Mul", [f"f{n}", f"c{n}"], [f"kept{n}"])
        yield node("Mul", [f"i{n}", f"new{n}"], [f"added{n}"])
        yield node("Add", [f"kept{n}", f"added{n}"], [f"c{n}_after"])
        yield node("Tanh", [f"c{n}_after"], [f"tanh_c{n}"])
        yield node("Mul", [f"o{n}", f"tanh_c{n}"], [f"h{n}_after"])
        yield node("Concat", [f"f{n}", f"i{n}", f"o{n}"], [f"gates{n}"], axis=0)
        yield node("Unsqueeze", [f"gates{n}", "axis0"], [f"gates{n}_row"])
        x = f"h{n}_after"
    for state in ("h", "c"):
        yield node("Concat", [f"{state}{n}_after" for n in every], [f"{state}_after"], axis=0)
    yield node("Concat", [f"gates{n}_row" for n in every], ["gates"], axis=0)
    yield node("MatMul", [x, "P"], ["Ph"])
    yield node("Add", ["Ph", "P_bias"], ["projections"])


def interface(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """The shapes of the inputs and outputs; all are float32."""
    layers, units, embedding, head = sizes
    states = (layers, units)
    return {
        "x": (1, embedding),
        "h": states,
        "c": states,
        "h_after": states,
        "c_after": states,
        "gates": (layers, 3, units),
        "projections": (1, len(FIELDS) * head),
    }


def matrices(graph: Graph, sizes: Sizes) -> list[Matrix]:
    """The matrices of the layers, from the first, and that of the projections.

    Raises DamagedError for any graph but the one that is exported for these sizes, quantised or not.
    """
    found = _Check(graph, sizes).run()
    names = [(f"W{layer}", f"b{layer}") for layer in range(sizes.layers)] + [("P", "P_bias")]
    return [_matrix(found[weights], found[bias]) for weights, bias in names]


def weights(graph: Graph, sizes: Sizes) -> dict[str, NDArray[np.float32]]:
    """The matrices and biases by name, those in 8 bits as they are played. Raises DamagedError as `matrices` does."""
    found = _Check(graph, sizes).run()
    return {name: np.float32(each[0]) * each[1] if isinstance(each, tuple) else each for name, each in found.items()}


def _matrix(weights: NDArray[Any] | tuple[NDArray[Any], NDArray[Any]], bias: Any) -> Matrix:
    return QuantisedMatrix(*weights, bias) if isinstance(weights, tuple) else PlainMatrix(weights, bias)


@dataclass(frozen=True)
class _Expected:
    kind: int
    shape: tuple[int, ...]


def _weights(sizes: Sizes) -> dict[str, _Expected]:
    layers, units, embedding, head = sizes
    found = {"axis0": _Expected(INT64, (1,))}
    for n in range(layers):
        found[f"W{n}"] = _Expected(FLOAT, (units + (units if n else embedding), 4 * units))
        found[f"b{n}"] = _Expected(FLOAT, (4 * units,))
    found["P"] = _Expected(FLOAT, (units, len(FIELDS) * head))
    found["P_bias"] = _Expected(FLOAT, (len(FIELDS) * head,))
    return found


class _Check:
    """Walks both graphs from their outputs to their inputs, together."""

    def __init__(self, graph: Graph, sizes: Sizes) -> None:
        self._graph = graph
        self._ours = {output: node for node in nodes(sizes.layers) for output in node.outputs}
        self._theirs = {output: node for node in graph.nodes for output in node.outputs}
        self._expected = _weights(sizes)
        self._names: dict[str, str] = {}  # ours -> theirs
        self._used: set[int] = set()
        self._weights: set[str] = set()
        # By our names; of a quantised matrix, its numbers and the scales of its columns.
        self._found: dict[str, Any] = {}

    def run(self) -> dict[str, Any]:
        graph = self._graph
        _require(set(graph.inputs) == set(INPUTS) and len(graph.inputs) == len(INPUTS), "its inputs are others")
        _require(graph.outputs == OUTPUTS, "its outputs are others")
        _require(len(self._theirs) == sum(len(node.outputs) for node in graph.nodes), "two nodes have one name")
        _require(not self._theirs.keys() & {*INPUTS, *graph.weights}, "two values have one name")
        for output in OUTPUTS:
            self._same(output, output)
        _require(len(self._used) == len(graph.nodes), "its graph has other nodes")
        _require(self._weights == graph.weights.keys(), "it has other weights")
        return self._found

    def _same(self, ours: str, theirs: str) -> None:
        if ours in self._names:
            _require(self._names[ours] == theirs, _OTHER)
            return
        self._names[ours] = theirs
        if ours in INPUTS:
            _require(ours == theirs, _OTHER)
        elif ours in self._expected:
            self._found[ours] = self._weight(theirs, self._expected[ours])
        else:
            expected, found = self._ours[ours], self._node(theirs)
            if expected.kind == "MatMul" and found.kind == "Mul":
                self._quantised(expected, found)
                return
            place = expected.outputs.index(ours)
            _require(_alike(expected, found) and found.outputs.index(theirs) == place, _OTHER)
            for one, other in zip(expected.inputs, found.inputs, strict=True):
                self._same(one, other)

    def _node(self, output: str) -> Node:
        found = self._theirs.get(output)
        if found is None:
            raise DamagedError(_OTHER)
        self._used.add(id(found))
        return found

    def _quantised(self, expected: Node, found: Node) -> None:
        """x·W as (round(x / a) · round(W / b)) · (a · b); b, and W rounded, are in the file."""
        x, weight = expected.inputs
        cast, scales = self._inputs_of(found, "Mul", 2)
        (rounded,) = self._inputs_of(self._node(cast), "Cast", 1, to=FLOAT)
        whole, matrix, zero, zeros = self._inputs_of(self._node(rounded), "MatMulInteger", 4)
        scale, column_scales = self._inputs_of(self._node(scales), "Mul", 2)
        quantiser = self._node(whole)
        (input_,) = self._inputs_of(quantiser, "DynamicQuantizeLinear", 1)
        _require(quantiser.outputs == (whole, scale, zero), _OTHER)
        shape = self._expected[weight].shape
        _require(not self._weight(zeros, _Expected(INT8, shape[1:])).any(), "its weights are not symmetric")
        numbers = self._weight(matrix, _Expected(INT8, shape))
        self._found[weight] = numbers, self._weight(column_scales, _Expected(FLOAT, shape[1:]))
        self._same(x, input_)

    def _inputs_of(self, node: Node, kind: str, count: int, **attributes: int) -> tuple[str, ...]:
        _require((node.kind, node.attributes, len(node.inputs)) == (kind, attributes, count), _OTHER)
        return node.inputs

    def _weight(self, name: str, expected: _Expected) -> NDArray[Any]:
        weight: Weight | None = self._graph.weights.get(name)
        if weight is None:
            raise DamagedError(_OTHER)
        _require((weight.kind, weight.shape) == (expected.kind, expected.shape), "its weights have other sizes")
        self._weights.add(name)
        if expected.kind == FLOAT:
            _require(bool(np.all(np.abs(weight.values) <= _LARGEST)), "its weights are no numbers, or too large")
        elif expected.kind == INT64:
            _require(not weight.values.any(), _OTHER)
        return weight.values.reshape(weight.shape)


def _alike(one: Node, other: Node) -> bool:
    return (one.kind, one.attributes, len(one.inputs), len(one.outputs)) == (
        other.kind,
        other.attributes,
        len(other.inputs),
        len(other.outputs),
    )


def _require(condition: bool, reason: str) -> None:
    if not condition:
        raise DamagedError(reason)
