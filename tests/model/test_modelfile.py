"""Model files: found, opened, rejected."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from musiclstm import paths
from musiclstm.errors import ModelError
from musiclstm.model.modelfile import find, open_model
from musiclstm.model.net.export import export
from musiclstm.model.net.network import ModelConfig, MusicLSTM
from musiclstm.model.session import Session
from musiclstm.model.tables import pack, unpack
from tests.model.tiny import tiny_model, tiny_vocabulary


def test_a_model_file_is_the_whole_model(tmp_path: Path) -> None:
    model = open_model(tiny_model(tmp_path, velocities=8))
    assert (model.name, model.title) == ("tiny", "Tiny")
    assert model.vocabulary == tiny_vocabulary(velocities=8)
    assert (model.layers, model.units) == (2, 24)
    assert model.defaults == {"time.temperature": 0.9}
    assert model.card["licence"] == "public domain"
    assert len(model.fingerprint) == 12


def not_ours(path: Path) -> None:
    node = helper.make_node("Identity", ["x"], ["y"])
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, (1,)) for name in "xy"]
    model = helper.make_model(
        helper.make_graph([node], "g", values[:1], values[1:]), opset_imports=[helper.make_opsetid("", 18)]
    )
    model.ir_version = 9
    onnx.save(model, str(path))


def damaged(path: Path, what: str, value: str) -> None:
    model = onnx.load(str(tiny_model(path.parent, name="whole")))
    for each in model.metadata_props:
        if each.key == what:
            each.value = value
    onnx.save(model, str(path))


@pytest.mark.parametrize("bad", ["text", "empty", "cut", "other", "tables", "vocabulary", "config", "format", "folder"])
def test_the_error_for_another_file_is_one_line(tmp_path: Path, bad: str) -> None:
    path = tmp_path / "bad.onnx"
    if bad == "text":
        path.write_text("not a model")
    elif bad == "empty":
        path.write_bytes(b"")
    elif bad == "cut":
        content = tiny_model(tmp_path).read_bytes()
        path.write_bytes(content[: len(content) // 2])
    elif bad == "other":
        not_ours(path)
    elif bad == "folder":
        path.mkdir()
    else:
        damaged(path, bad, {"tables": "AAAA", "vocabulary": "{}", "config": "[", "format": "other"}[bad])
    with pytest.raises(ModelError) as error:
        open_model(path)
    assert "\n" not in str(error.value)
    assert "bad.onnx" in str(error.value)


def test_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "user_data", lambda: tmp_path / "mine")
    monkeypatch.setattr(paths, "resources", lambda: tmp_path / "shipped")
    assert paths.model_files() == []
    with pytest.raises(ModelError, match="none"):
        find("tiny")
    shipped = tiny_model(tmp_path / "shipped")
    tiny_model(tmp_path / "shipped", name="other")
    mine = tiny_model(tmp_path / "mine" / "models")
    assert find("tiny") == mine
    assert [path.stem for path in paths.model_files()] == ["other", "tiny"]
    assert find(shipped) == shipped
    with pytest.raises(ModelError, match="Models: other, tiny"):
        find("third")
    for empty in ("", "tiny+"):
        with pytest.raises(ModelError, match=r"There is no model called ''\. Models: other, tiny"):
            open_model(empty)
    with pytest.raises(ModelError, match="no model file"):
        find(tmp_path / "nowhere.onnx")


def test_a_model_whose_name_has_a_comma_is_no_band(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "user_data", lambda: tmp_path / "mine")
    monkeypatch.setattr(paths, "resources", lambda: tmp_path / "shipped")
    tiny_model(tmp_path / "shipped")
    learnt = tiny_model(tmp_path / "mine" / "models", name="tiny, tonight")
    assert open_model("tiny, tonight").path == learnt
    for band in ("tiny, tonight+tiny", f"{learnt}+tiny"):
        assert [name for name, _ in open_model(band).players] == ["tiny, tonight", "tiny"]
    assert len(open_model("tiny,tiny").members) == 2


def test_tables_survive_packing() -> None:
    table = np.random.default_rng(0).standard_normal((5, 7)).astype(np.float16)
    np.testing.assert_array_equal(unpack(pack({"a": table}), {"a": (5, 7)})["a"], table.astype(np.float32))


@pytest.mark.parametrize("cell", ["gru", "rnn"])
def test_only_an_lstm_can_be_exported(tmp_path: Path, cell: str) -> None:
    network = MusicLSTM(ModelConfig(cell, 1, 8, 8, 8), tiny_vocabulary())
    with pytest.raises(ModelError, match="LSTM"):
        export(network, tmp_path / "x.onnx", title="x")


def test_export_replaces_a_model_atomically(tmp_path: Path) -> None:
    path = tiny_model(tmp_path)
    before = open_model(path).fingerprint
    tiny_model(tmp_path, seed=1)
    assert open_model(path).fingerprint != before
    Session(open_model(path)).generate()
    assert [each.name for each in tmp_path.iterdir()] == ["tiny.onnx"]


def test_a_file_of_the_working_folder_does_not_hide_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "user_data", lambda: tmp_path / "mine")
    monkeypatch.setattr(paths, "resources", lambda: tmp_path / "shipped")
    shipped = tiny_model(tmp_path / "shipped")
    (tmp_path / "tiny").write_text("notes of mine")
    monkeypatch.chdir(tmp_path)
    assert find("tiny") == shipped
    assert find("./tiny") == Path("tiny")
