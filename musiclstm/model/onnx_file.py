"""Reads nodes, weights and metadata of an .onnx file, without trusting it, and writes a minimal one. No onnx, no torch.

An .onnx file is a message of Protocol Buffers (protobuf.dev/programming-guides/encoding; the field numbers are those of
onnx.proto). The package onnx is not part of an installation that only plays. Whatever our exporter does not write, such
as weights in other files, graphs inside of nodes, or functions, is refused here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

FLOAT, UINT8, INT8, INT32, INT64 = 1, 2, 3, 6, 7
"""TensorProto.DataType."""

_MOST_FIELDS = 10_000  # of a message
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class DamagedError(ValueError):
    """A model file that our exporter cannot have written. The message says what is wrong, to follow a colon."""


@dataclass(frozen=True)
class Node:
    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Weight:
    """kind: of its numbers (TensorProto.DataType). values: flat, row after row."""

    kind: int
    shape: tuple[int, ...]
    values: NDArray[Any] = field(repr=False)


@dataclass(frozen=True)
class Graph:
    nodes: tuple[Node, ...]
    weights: dict[str, Weight]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def read(content: bytes) -> tuple[Graph, dict[str, str]]:
    """The graph and the metadata, as views of `content`; takes a few milliseconds. Raises DamagedError."""
    # Of the model: its version and producer, the graph, the operator sets, the metadata.
    model = _message(memoryview(content), once={1, 2, 3, 4, 5, 6, 7}, many={8, 14})
    if len(model.get(7, ())) != 1:
        raise DamagedError("it holds no graph")
    metadata: dict[str, str] = {}
    for entry in model.get(14, ()):
        pair = _message(entry, once={1, 2})
        key = _text(pair, 1)
        if key in metadata:
            raise DamagedError(f"it has two {key}")
        metadata[key] = _text(pair, 2)
    return _graph(model[7][0]), metadata


def checksum(graph: Graph) -> str:
    """Of all weights, however a file stores them."""
    found = hashlib.sha256()
    for name, weight in sorted(graph.weights.items()):
        found.update(name.encode())
        found.update(np.ascontiguousarray(weight.values).data)
    return found.hexdigest()


def _graph(data: memoryview) -> Graph:
    # Its name and description; nodes, weights, inputs, outputs and shapes of what is in between.
    found = _message(data, once={2, 10}, many={1, 5, 11, 12, 13})
    weights: dict[str, Weight] = {}
    for each in found.get(5, ()):
        name, weight = _weight(each)
        if name in weights:
            raise DamagedError("two weights have one name")
        weights[name] = weight
    inputs, outputs = (tuple(_text(_value(each), 1) for each in found.get(number, ())) for number in (11, 12))
    return Graph(tuple(_node(each) for each in found.get(1, ())), weights, inputs, outputs)


def _value(data: memoryview) -> dict[int, list[Any]]:
    return _message(data, once={1, 2, 3})


def _node(data: memoryview) -> Node:
    # Its name, operator, description and domain; inputs, outputs and attributes.
    found = _message(data, once={3, 4, 6, 7}, many={1, 2, 5})
    if _text(found, 7):
        raise DamagedError("it uses operators that are not of ONNX itself")
    attributes = {}
    for each in found.get(5, ()):
        # Its name, the number that it is, and its type.
        attribute = _message(each, once={1, 3, 20})
        attributes[_text(attribute, 1)] = _number(attribute, 3)
    inputs, outputs = (tuple(_decoded(each) for each in found.get(number, ())) for number in (1, 2))
    return Node(_text(found, 4), inputs, outputs, attributes)


def _weight(data: memoryview) -> tuple[str, Weight]:
    # Its sizes, type and name, its numbers in one of four forms, its description, and where else they are.
    found = _message(data, once={2, 4, 5, 7, 8, 9, 12, 14}, many={1, 13})
    if _number(found, 14) or 13 in found:
        raise DamagedError("its weights are in another file")
    shape = tuple(each for each in found.get(1, ()) if isinstance(each, int))
    if len(shape) != len(found.get(1, ())):
        raise DamagedError("the sizes of its weights cannot be read")
    kind = _number(found, 2)
    stored = {number: found[number][0] for number in (4, 5, 7, 9) if number in found}
    if len(stored) != 1 or not all(isinstance(each, memoryview) for each in stored.values()):
        raise DamagedError("its weights cannot be read")
    ((number, numbers),) = stored.items()
    values: NDArray[Any]
    dtype = {FLOAT: "<f4", INT8: "<i1", INT64: "<i8"}.get(kind)
    if dtype is not None and (number == 9 or (number, kind) == (4, FLOAT)):
        if len(numbers) % np.dtype(dtype).itemsize:
            raise DamagedError("its weights cannot be read")
        values = np.frombuffer(numbers, dtype)
        count = len(values)
    elif (number, kind) == (5, INT8):
        values = _small_numbers(np.frombuffer(numbers, np.uint8))
        count = len(values)
    else:
        raise DamagedError("its weights are of another type")
    if prod(shape) != count:
        raise DamagedError("its weights have other sizes")
    return _text(found, 8), Weight(kind, shape, values)


def _small_numbers(data: NDArray[np.uint8]) -> NDArray[np.int8]:
    """8-bit integers, each stored as a varint: in one byte, or in ten if it is negative."""
    ends = np.flatnonzero(data < 0x80)
    starts = np.concatenate([[0], ends[:-1] + 1])[: len(ends)]
    if (len(ends) and ends[-1] != len(data) - 1) or not np.isin(ends - starts, (0, 9)).all():
        raise DamagedError("its weights cannot be read")
    sign = np.where(ends > starts, data[np.minimum(starts + 1, len(data) - 1)] & 1, 0)
    numbers: NDArray[np.uint8] = (data[starts] & 0x7F | sign << 7).astype(np.uint8)
    return numbers.view(np.int8)


def product_of_integers(weights: NDArray[np.int8] | NDArray[np.uint8]) -> bytes:
    """A model of one operator: x (rows, inputs), of unsigned bytes, times weights (inputs, outputs)."""

    def field(number: int, content: bytes | int) -> bytes:
        if isinstance(content, int):
            return _encoded(number << 3 | _VARINT) + _encoded(content)
        return _encoded(number << 3 | _BYTES) + _encoded(len(content)) + content

    def value(name: bytes, kind: int, width: int) -> bytes:
        shape = field(1, field(2, b"rows")) + field(1, field(1, width))
        return field(1, name) + field(2, field(1, field(1, kind) + field(2, shape)))

    inputs, outputs = weights.shape
    sizes = field(1, inputs) + field(1, outputs)
    kind = INT8 if weights.dtype == np.int8 else UINT8
    tensor = sizes + field(2, kind) + field(8, b"weights") + field(9, np.ascontiguousarray(weights).tobytes())
    node = field(1, b"x") + field(1, b"weights") + field(2, b"product") + field(4, b"MatMulInteger")
    graph = field(1, node) + field(2, b"product") + field(5, tensor)
    graph += field(11, value(b"x", UINT8, inputs)) + field(12, value(b"product", INT32, outputs))
    # Supported by every ONNX Runtime of the last years.
    return field(1, 9) + field(7, graph) + field(8, field(2, 18))


def _encoded(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*found, value))


# ---- Protocol Buffers --------------------------------------------------------------------------------------------


def _message(data: Any, *, once: set[int], many: set[int] = frozenset()) -> dict[int, list[Any]]:  # type: ignore[assignment]
    """The fields of a message by number. Raises DamagedError for any other, and for a second one of `once`."""
    if not isinstance(data, memoryview):
        raise DamagedError("it is no ONNX file")
    found: dict[int, list[Any]] = {}
    for count, (number, value) in enumerate(_fields(data)):
        if number not in once | many or (number in found and number in once) or count >= _MOST_FIELDS:
            raise DamagedError("it holds what no model of this instrument does")
        found.setdefault(number, []).append(value)
    return found


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == _VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        if wire == _BYTES:
            length, at = _varint(data, at)
        elif wire in (_FIXED32, _FIXED64):
            length = 4 if wire == _FIXED32 else 8
        else:
            raise DamagedError("it is no ONNX file")
        if length > len(data) - at:
            raise DamagedError("its end is missing")
        yield number, data[at : at + length]
        at += length


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for index in range(10):
        if at + index >= len(data):
            raise DamagedError("its end is missing")
        byte = data[at + index]
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, at + index + 1
    raise DamagedError("it is no ONNX file")


def _text(found: dict[int, list[Any]], number: int) -> str:
    return _decoded(found[number][0]) if number in found else ""


def _decoded(data: Any) -> str:
    try:
        return bytes(data).decode() if isinstance(data, memoryview) else ""
    except UnicodeDecodeError:
        raise DamagedError("a text in it cannot be read") from None


def _number(found: dict[int, list[Any]], number: int) -> int:
    value = found[number][0] if number in found else 0
    return value if isinstance(value, int) else -1
