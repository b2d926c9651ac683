"""How far back a network remembers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from musiclstm.model.net.network import ModelConfig
from tests.model.random_music import random_piece
from tests.model.tiny import tiny_vocabulary
from tests.training.tiny_training import RECIPE
from training.budget import Budget
from training.prepare import prepare
from training.study import memory
from training.trainer import Trainer

pytestmark = pytest.mark.usefixtures("one_thread")


def test_memory_reaches_back_as_far_as_the_gates_let_it(tmp_path: Path) -> None:
    """With every forget gate open an LSTM's gradient stays; a plain RNN's is gone."""
    vocabulary = tiny_vocabulary()
    arrays = prepare([("a", random_piece(vocabulary, 120))], vocabulary)
    found = {}
    for cell in ("lstm", "rnn"):
        recipe = replace(RECIPE, vocabulary=vocabulary, config=ModelConfig(cell, 1, 16, 12, 8))
        trainer = Trainer(recipe, arrays, arrays, Budget(steps=1))
        if cell == "lstm":
            with torch.no_grad():
                dict(trainer.network.named_parameters())["cell.bias_hh_l0"][16:32] = 8.0
        found[cell] = memory.measure(trainer.network, arrays, distances=(1, 8, 64), count=16)
    lstm, rnn = (each.gradient[-1] / each.gradient[0] for each in found.values())
    assert lstm > 0.05
    assert rnn < 1e-4
    assert found["lstm"].prediction[-1] > 100 * found["rnn"].prediction[-1]
    lines = memory.table(found).splitlines()
    assert len(lines) == 4
    memory.draw(found, tmp_path / "memory.png")
    assert (tmp_path / "memory.png").stat().st_size > 1000
