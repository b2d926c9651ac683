"""The checksum of a model's weights."""

from __future__ import annotations

import random
from pathlib import Path

import onnx
import pytest

from musiclstm.errors import ModelError
from musiclstm.model.modelfile import open_model
from tests.model.damaged import changed, label
from training.card import relabel


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
