"""A model between two, and the memory that a related model goes on with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from musiclstm.errors import ModelError
from musiclstm.model.modelfile import open_model
from musiclstm.model.net.export import export
from musiclstm.model.session import Session
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
    mix(before, learnt, share, tmp_path / "mixed.onnx", title="Mixed")
    one, other, mixed = (open_model(path).tables["pitch.out"] for path in (*family, tmp_path / "mixed.onnx"))
    assert np.allclose(mixed, (1 - share) * one + share * other, atol=1e-3)
    again = open_model(tmp_path / "mixed.onnx")
    assert again.is_related_to(open_model(before))
    assert again.is_related_to(open_model(learnt))


def test_strangers_cannot_be_mixed(tmp_path: Path) -> None:
    one, other = tiny_model(tmp_path), tiny_model(tmp_path, seed=1, name="other")
    with pytest.raises(ModelError, match="cannot be mixed"):
        mix(one, other, 0.5, tmp_path / "mixed.onnx", title="Mixed")


def test_a_related_model_goes_on_with_the_memory(family: tuple[Path, Path]) -> None:
    before, learnt = (Session(open_model(path), seed=3) for path in family)
    for _ in range(40):
        before.generate()
    memory = before.snapshot()
    assert learnt.continue_from(before)
    assert learnt.tick == before.tick
    assert learnt.context.sounding == before.context.sounding
    assert np.array_equal(learnt.snapshot().state.cell, memory.state.cell)
    assert learnt.fits(learnt.snapshot())
    assert not learnt.fits(memory)
    for _ in range(40):
        learnt.generate()
    before.restore(memory)


def test_a_stranger_begins_from_nothing(tmp_path: Path) -> None:
    one, other = tiny_model(tmp_path), tiny_model(tmp_path, seed=1, name="other")
    playing, next_one = Session(open_model(one), seed=3), Session(open_model(other), seed=3)
    for _ in range(40):
        playing.generate()
    assert not next_one.continue_from(playing)
    assert next_one.tick == 0
