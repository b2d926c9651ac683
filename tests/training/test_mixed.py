"""A model between two, by their weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from musiclstm.errors import ModelError
from musiclstm.model.modelfile import open_model
from musiclstm.model.net.export import export
from tests.model.tiny import tiny_model, tiny_network, tiny_vocabulary
from training.further import card_of
from training.mixed import mix


@pytest.fixture
def family(tmp_path: Path) -> tuple[Path, Path]:
    """A model, and one that stands for what it has learnt: its child, with other weights and dropout."""
    before, learnt = tiny_model(tmp_path), tmp_path / "learnt.onnx"
    child = tiny_network(tiny_vocabulary(), seed=1, dropout=0.1)
    export(child, learnt, title="Learnt", card=card_of(open_model(before)))
    return before, learnt


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_weights_lie_between(family: tuple[Path, Path], tmp_path: Path, share: float) -> None:
    before, learnt = family
    mix(before, learnt, share, tmp_path / "mixed.onnx")
    one, other, mixed = (open_model(path).tables["pitch.out"] for path in (*family, tmp_path / "mixed.onnx"))
    assert np.allclose(mixed, (1 - share) * one + share * other, atol=1e-3)
    again = open_model(tmp_path / "mixed.onnx")
    assert again.is_related_to(open_model(before))
    assert again.is_related_to(open_model(learnt))


@pytest.mark.parametrize("stem", ["x" * 250, "caf\udce9", "a\n\x1bb", "\n"])
def test_a_file_of_any_name_can_be_opened_again(family: tuple[Path, Path], tmp_path: Path, stem: str) -> None:
    """Its title is made from its name, and has to be a line of text that is not too long."""
    mix(*family, 0.5, tmp_path / f"{stem}.onnx")
    assert open_model(tmp_path / f"{stem}.onnx").title


def test_a_model_is_not_mixed_with_itself(family: tuple[Path, Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(family[0].read_bytes())
    with pytest.raises(ModelError, match="are the same model"):
        mix(family[0], copy, 0.5, tmp_path / "mixed.onnx")


def test_strangers_cannot_be_mixed(tmp_path: Path) -> None:
    one, other = tiny_model(tmp_path), tiny_model(tmp_path, seed=1, name="other")
    with pytest.raises(ModelError, match=f"^{one} and {other} cannot be mixed"):  # their titles may be the same
        mix(one, other, 0.5, tmp_path / "mixed.onnx")
