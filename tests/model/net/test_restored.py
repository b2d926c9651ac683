"""A model file becomes the network that it was exported from, as it is played."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from musiclstm import paths
from musiclstm.errors import ModelError
from musiclstm.model.modelfile import open_model
from musiclstm.model.net.export import export
from musiclstm.model.net.network import ModelConfig, MusicLSTM
from musiclstm.model.net.restored import network_of
from musiclstm.model.score import score_pieces
from tests.model.random_music import random_piece
from tests.model.tiny import tiny_model, tiny_vocabulary
from training.evaluate import evaluate
from training.prepare import prepare

CONFIGS = [
    ModelConfig("lstm", 1, 16, 12, 8),
    ModelConfig("lstm", 2, 16, 12, 8, tied=4, past=True),
    ModelConfig("lstm", 3, 8, 20, 4, tied=4, recent=5, echoes=1, classes=False, lines=False),
]


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("quantised", [True, False])
def test_it_plays_as_before(tmp_path: Path, config: ModelConfig, quantised: bool) -> None:
    torch.manual_seed(1)
    vocabulary = tiny_vocabulary(velocities=4)
    network = MusicLSTM(config, vocabulary).eval()
    one, other = tmp_path / "one.onnx", tmp_path / "other.onnx"
    export(network, one, title="One", quantised=quantised)
    again = network_of(open_model(one)).eval()
    assert again.config == config
    for (name, weight), (same, restored) in zip(network.named_parameters(), again.named_parameters(), strict=True):
        assert name == same
        if "bias" not in name:  # of two biases only the sum counts
            # 8 bits for each column, or half precision.
            assert float((weight - restored).detach().abs().max()) <= float(weight.detach().abs().max()) / 100
    export(again, other, title="One", quantised=quantised)
    piece = random_piece(vocabulary, 60)
    costs = [score_pieces(open_model(path), [piece]).nats_per_note for path in (one, other)]
    assert costs[0] == pytest.approx(costs[1], rel=1e-5)
    store = prepare([("a", piece)], vocabulary)
    assert evaluate(again, store).per_note == pytest.approx(costs[0], rel=1e-2)


def test_a_network_that_learns_chords_begins_by_not_heeding_them(tmp_path: Path) -> None:
    vocabulary = tiny_vocabulary(velocities=4)
    path = tmp_path / "one.onnx"
    export(MusicLSTM(CONFIGS[1], vocabulary).eval(), path, title="One")
    store = prepare([("a", random_piece(vocabulary, 60))], vocabulary)
    network = network_of(open_model(path), chords=True).eval()
    before = evaluate(network_of(open_model(path)).eval(), store).per_note
    assert evaluate(network, store, told=True).per_note == pytest.approx(before)
    assert network.tied is not None
    assert network.tied.chords is not None
    torch.nn.init.normal_(network.tied.chords)
    assert evaluate(network, store, told=True).per_note != pytest.approx(evaluate(network, store).per_note)


@pytest.mark.parametrize("path", paths.model_files(), ids=lambda path: path.stem)
def test_every_shipped_model_can_be_trained_further(path: Path) -> None:
    network = network_of(open_model(path.stem))
    assert all(np.isfinite(weight.detach().numpy()).all() for weight in network.parameters())
    assert network.vocabulary == open_model(path).vocabulary


def test_a_file_that_was_replaced_since_is_refused(tmp_path: Path) -> None:
    """Its tables were read before, and do not go with other weights."""
    path = tiny_model(tmp_path)
    model = open_model(path)
    tiny_model(tmp_path, seed=1)
    with pytest.raises(ModelError, match="was replaced after it had been opened"):
        network_of(model)
    path.unlink()
    with pytest.raises(ModelError, match="cannot be read: No such file"):
        network_of(model)
