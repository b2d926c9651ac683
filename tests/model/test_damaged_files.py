"""Damaged and hostile model files: each is refused in one line, or plays. Never anything else, and never for long."""

from __future__ import annotations

import base64
import io
import json
import os
import random
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from musiclstm import paths
from musiclstm.cli.evaluate import _from_card, _row
from musiclstm.errors import ModelError
from musiclstm.model.modelfile import find, open_model
from musiclstm.model.session import Session
from tests.engine.fakes import BAND
from tests.model.tiny import tiny_model
from training.card import relabel

pytestmark = pytest.mark.timeout(120)

DEEP: Any = json.loads("[" * 500 + "]" * 500)
HOSTILE: tuple[Any, ...] = (
    None, "", "x", "\n", -1, 0, 1, 3, 129, 10**6, 10**12, 10**400, 0.5, float("nan"), float("inf"), -1e300, True,
    [], {}, [[]], ["x"], [[0, 4]], [[4, 0]], [None] * 3, {"name": None}, DEEP,
)  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The content of a sound file."""
    return tiny_model(tmp_path_factory.mktemp("whole"), parts=BAND, velocities=8).read_bytes()


def plays_or_is_refused(path: Path) -> bool:
    """Whether it plays; asserts that it is refused in one line that names it otherwise."""
    try:
        session = Session(open_model(path))
    except ModelError as error:
        line = str(error)
    else:
        for _ in range(20):
            session.generate()
        for figures in _from_card(session.model).values():
            _row("model", figures)
        return True
    assert "\n" not in line
    assert path.stem in line
    return False


def refused(path: Path) -> None:
    assert not plays_or_is_refused(path)


def changed(whole: bytes, path: Path, change: Callable[[onnx.ModelProto], object]) -> Path:
    """As a stranger would write it: without a checksum."""
    model = onnx.load_from_string(whole)
    without = [each for each in model.metadata_props if each.key != "checksum"]
    del model.metadata_props[:]
    model.metadata_props.extend(without)
    change(model)
    path.write_bytes(model.SerializeToString())
    return path


def relabelled(whole: bytes, path: Path, key: str, value: str | None) -> Path:
    def change(model: onnx.ModelProto) -> None:
        for each in list(model.metadata_props):
            if each.key == key:
                model.metadata_props.remove(each)
        if value is not None:
            model.metadata_props.add(key=key, value=value)

    return changed(whole, path, change)


def label(whole: bytes, key: str) -> str:
    return str({each.key: each.value for each in onnx.load_from_string(whole).metadata_props}[key])


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to everything in a JSON value."""
    if way:
        yield way
    if isinstance(value, dict):
        for key, each in value.items():
            yield from places(each, (*way, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from places(each, (*way, index))


# ---- checksum ----------------------------------------------------------------------------------------------------


def test_a_flipped_bit_of_any_weight_is_noticed(whole: bytes, tmp_path: Path) -> None:
    path, rng = tmp_path / "bad.onnx", random.Random(1)
    graph = onnx.load_from_string(whole).graph
    for each in graph.initializer:
        if each.raw_data:
            content, at = bytearray(whole), whole.index(each.raw_data)
            content[at + rng.randrange(len(each.raw_data))] ^= 1 << rng.randrange(8)
            path.write_bytes(content)
            with pytest.raises(ModelError, match=r"its weights are damaged\. Copy it again"):
                open_model(path)


def test_a_file_without_a_checksum_opens_and_is_given_one(whole: bytes, tmp_path: Path) -> None:
    path = changed(whole, tmp_path / "old.onnx", lambda _: None)
    assert open_model(path).name == "old"
    relabel(path, {}, {"licence": "free"})
    assert label(path.read_bytes(), "checksum") == label(whole, "checksum")
    assert open_model(path).card["licence"] == "free"


# ---- labels ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["config", "vocabulary", "defaults", "card"])
def test_no_value_of_a_label_does_more_than_be_refused(whole: bytes, tmp_path: Path, key: str) -> None:
    """Every value in it: left out, and replaced by each hostile one."""
    document = json.loads(label(whole, key))
    if key == "defaults":
        document |= {"polyphony": 4, "mode": "solo", "thru": True, "no such control": 1}
    if key == "card":
        figures = {"nats_per_note": 2.5, "by_field": dict.fromkeys(("time", "symbol", "pitch", "velocity"), 0.5)}
        baselines = {"order 0": figures, "tokens": {"nats_per_note": 2.0}}
        document |= {"tempo": 100, "valid": {"pieces": 3, **figures}, "baselines": baselines}
    path = tmp_path / "bad.onnx"

    for way in places(document):
        for hostile in (..., *HOSTILE):
            copy = json.loads(json.dumps(document))
            inner = copy
            for step in way[:-1]:
                inner = inner[step]
            if hostile is ...:
                del inner[way[-1]]
            else:
                inner[way[-1]] = hostile
            plays_or_is_refused(relabelled(whole, path, key, json.dumps(copy)))
    for text in ("", "[", "null", "[]", '"x"', "1", "{}", "[" * 100_000, "NaN", '{"a":' * 5000, "1" * 5000):
        plays_or_is_refused(relabelled(whole, path, key, text))


@pytest.mark.parametrize("key", ["format", "title", "config", "vocabulary", "tables", "defaults", "card"])
def test_each_label_is_needed(whole: bytes, tmp_path: Path, key: str) -> None:
    refused(relabelled(whole, tmp_path / "bad.onnx", key, None))
    refused(changed(whole, tmp_path / "two.onnx", lambda model: model.metadata_props.add(key=key, value="x")))


@pytest.mark.parametrize(
    ("key", "name", "value"),
    [
        ("vocabulary", "max_delta", 0),
        ("vocabulary", "resolution", 0),
        ("vocabulary", "meters", [[4, 0]]),
        ("vocabulary", "velocities", 128),
        ("config", "layers", 10**9),
        ("config", "units", 10**9),
        ("config", "echoes", 9),
        ("defaults", "time.temperature", 0),
        ("defaults", "time.temperature", float("nan")),
        ("defaults", "time.temperature", "hot"),
        ("defaults", "scale", "none such"),
        ("defaults", "mode", 3),
        ("defaults", "thru", 1),
        ("defaults", "polyphony", True),
        ("card", "tempo", 0),
        ("card", "tempo", "fast"),
        ("card", "tempo", float("nan")),
        ("card", "voices", 3),
        ("card", "voices", [1]),
        ("card", "voices", [0, 1, 1, 1]),
        ("card", "voices", [1, 1, 1, "two"]),
    ],
)
def test_a_wrong_value_is_refused(whole: bytes, tmp_path: Path, key: str, name: str, value: Any) -> None:
    document = json.loads(label(whole, key)) | {name: value}
    refused(relabelled(whole, tmp_path / "bad.onnx", key, json.dumps(document)))


@pytest.mark.parametrize("title", ["", "  ", "two\nlines", "\x1b[2J", "x" * 10_000])
def test_a_title_is_one_line(whole: bytes, tmp_path: Path, title: str) -> None:
    refused(relabelled(whole, tmp_path / "bad.onnx", "title", title))


# ---- tables ------------------------------------------------------------------------------------------------------


def arrays(whole: bytes) -> dict[str, np.ndarray[Any, Any]]:
    with np.load(io.BytesIO(base64.b64decode(label(whole, "tables")))) as archive:
        return {name: archive[name] for name in archive.files}


def with_tables(whole: bytes, path: Path, tables: dict[str, Any]) -> Path:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **tables)
    return relabelled(whole, path, "tables", base64.b64encode(buffer.getvalue()).decode())


def test_every_table_is_needed_in_its_own_size(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.onnx"
    tables = arrays(whole)
    assert plays_or_is_refused(with_tables(whole, path, tables))
    for name, table in tables.items():
        others: list[Any] = [
            None, table[:-1], table[..., None], table.astype(np.float64), table.astype(object), np.float16(0),
            np.full_like(table, np.nan), np.full_like(table, np.inf), table.astype(np.int16), table.astype("U4"),
        ]  # fmt: skip
        for other in others:
            if name.endswith(".echo") and other is not None and not other.size:
                continue
            changed_tables = {key: value for key, value in tables.items() if key != name}
            if other is not None:
                changed_tables[name] = other
            refused(with_tables(whole, path, changed_tables))
    refused(with_tables(whole, path, tables | {"more": np.zeros(1, np.float16)}))
    assert plays_or_is_refused(with_tables(whole, path, {key: np.asfortranarray(x) for key, x in tables.items()}))


def test_a_table_that_says_it_is_huge_takes_no_memory(whole: bytes, tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f2", "fortran_order": False, "shape": (1 << 40, 1 << 10)})
    path = tmp_path / "bad.onnx"
    for content in (header.getvalue(), bytes(300 << 20), header.getvalue() + bytes(300 << 20)):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in arrays(whole):
                archive.writestr(f"{name}.npy", content if name == "input" else b"")
        refused(relabelled(whole, path, "tables", base64.b64encode(buffer.getvalue()).decode()))


@pytest.mark.parametrize("text", ["", "AAAA", "!", "é", "A" * 50_000_000])
def test_tables_that_are_none(whole: bytes, tmp_path: Path, text: str) -> None:
    refused(relabelled(whole, tmp_path / "bad.onnx", "tables", text))


# ---- the graph ---------------------------------------------------------------------------------------------------


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


# ---- bytes -------------------------------------------------------------------------------------------------------


def test_no_damage_to_the_bytes_does_more(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.onnx"
    chance = random.Random(3)
    for _ in range(400):
        content = bytearray(whole)
        for _ in range(chance.choice((1, 1, 2, 30))):
            at = chance.randrange(len(content)) if chance.random() < 0.5 else chance.randrange(3000)
            content[at] = content[at] ^ (1 << chance.randrange(8)) if chance.random() < 0.7 else chance.randrange(256)
        if chance.random() < 0.2:
            del content[chance.randrange(len(content)) :]
        if chance.random() < 0.1:
            content += chance.randbytes(50)
        path.write_bytes(content)
        plays_or_is_refused(path)
    for length in (0, 1, 2, 10, 100, len(whole) - 1):
        path.write_bytes(whole[:length])
        refused(path)


def test_bytes_that_are_no_model(tmp_path: Path) -> None:
    path = tmp_path / "bad.onnx"
    chance = random.Random(4)
    for content in (b"\0" * 1000, b"\xff" * 1000, b"\x3a" * 100_000, b"\x08\x00" * 1_000_000, chance.randbytes(5000)):
        path.write_bytes(content)
        refused(path)


# ---- what is no file ---------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="its names and devices are others")
def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    folder, fifo, loop, huge = (tmp_path / f"{name}.onnx" for name in ("folder", "fifo", "loop", "huge"))
    folder.mkdir()
    os.mkfifo(fifo)
    loop.symlink_to(loop)
    with huge.open("wb") as file:
        file.truncate(1 << 40)
    for path in (folder, fifo, loop, huge, Path("/dev/zero"), tmp_path / ("long" * 1000), tmp_path / "nul\0.onnx"):
        with pytest.raises(ModelError) as error:
            open_model(path)
        assert "\n" not in str(error.value)
        assert path.stem[:3] in str(error.value)
    with pytest.raises(ModelError) as error:
        find("two\nlines")
    assert "\n" not in str(error.value)


@pytest.mark.skipif(sys.platform == "win32", reason="its names and devices are others")
def test_a_pipe_in_the_folder_of_models_does_not_hang_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "user_models", lambda: tmp_path)
    os.mkfifo(tmp_path / "pipe.onnx")
    with pytest.raises(ModelError, match="pipe"):
        open_model("pipe")


def test_the_shipped_models_are_sound() -> None:
    for path in paths.model_files():
        assert plays_or_is_refused(path)
