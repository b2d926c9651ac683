"""The token recipe: the same music, said in other words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from musiclstm.model.features.layout import FIELDS
from musiclstm.model.modelfile import open_model
from musiclstm.model.net.network import ModelConfig
from musiclstm.music import midifile
from musiclstm.music.event import Kind
from musiclstm.music.note import Part
from musiclstm.music.vocabulary import Vocabulary
from tests.model.random_music import random_piece
from tests.model.tiny import tiny_model, tiny_vocabulary
from training import card
from training.prepare import prepare
from training.recipes import Recipe
from training.study import token_lanes, tokens

VOCABULARIES = [
    tiny_vocabulary(),
    tiny_vocabulary(velocities=8),
    tiny_vocabulary(parts=(Part("Bass"), Part("Kit", percussive=True)), velocities=4),
]


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_tokens_say_it_all(vocabulary: Vocabulary) -> None:
    """From the tokens alone come the events again."""
    piece = random_piece(vocabulary, 60)
    arrays = prepare([("a", piece)], vocabulary)
    alphabet = token_lanes.Alphabet(vocabulary)
    found, tick, velocity = [], 0, 0
    for each in alphabet.tokens(arrays).ids.tolist():
        if each < alphabet.off:
            tick += each + 1
        elif each >= alphabet.velocity:
            velocity = each - alphabet.velocity
        else:
            begins, key = divmod(each - alphabet.off, len(vocabulary.parts) * vocabulary.pitches)
            part, pitch = divmod(key, vocabulary.pitches)
            found.append((tick, begins, part, pitch + vocabulary.low, velocity if begins else None))
    wanted, tick = [], 0
    for event in vocabulary.encode(piece):
        tick += event.delta
        if event.kind is not Kind.WAIT:
            loudness = vocabulary.velocity_bin(event.velocity) if event.kind is Kind.ON else None
            wanted.append((tick, int(event.kind), event.part, event.pitch, loudness))
    assert found == wanted


def test_windows_do_not_matter() -> None:
    vocabulary = VOCABULARIES[1]
    alphabet = token_lanes.Alphabet(vocabulary)
    torch.manual_seed(0)
    network = tokens.TokenLSTM(alphabet.size, 16, ModelConfig())
    pieces = [(str(n), random_piece(vocabulary, n, n)) for n in (1, 9, 40)]
    found = [
        tokens.nats_per_note(network, alphabet.tokens(prepare(pieces, vocabulary)), alphabet, lanes, window)
        for lanes, window in ((1, 1000), (3, 7))
    ]
    assert found[0] == pytest.approx(found[1], rel=1e-4)


@pytest.mark.parametrize("wanted", [300_000, 2_000_000])
def test_parameters_are_as_many(wanted: int) -> None:
    units = tokens.units_for(wanted, 500)
    count = sum(each.numel() for each in tokens.TokenLSTM(500, units, ModelConfig()).parameters())
    assert count == pytest.approx(wanted, rel=0.01)


def test_it_learns() -> None:
    torch.set_num_threads(1)
    vocabulary = VOCABULARIES[1]
    arrays = prepare([(str(n), random_piece(vocabulary, 30, n % 2)) for n in range(4)], vocabulary)
    recipe = Recipe(
        "x", vocabulary, ModelConfig(dropout=0.0, input_dropout=0.0), lanes=2, window=16, transpose=(0, 0), rate=0.01
    )
    short, long = (tokens.run(recipe, arrays, arrays, minutes=minutes, parameters=200_000) for minutes in (0.002, 0.05))
    assert long["nats_per_note"] < 0.9 * short["nats_per_note"]


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vocabulary = VOCABULARIES[0]
    folder = tmp_path / "corpus"
    folder.mkdir()
    for seed in range(22):
        midifile.write(folder / f"{seed}.mid", random_piece(vocabulary, 20, seed))
    path = tiny_model(tmp_path)
    figures = {"nats_per_note": 9.0, "by_field": dict.fromkeys(FIELDS, 1.0), "pieces": 1}
    card.relabel(
        path,
        {},
        {
            "split": "by piece", "pieces": 25, "notes": 750, "parameters": 300_000, "training_minutes": 0.002,
            "threads": 1, "config": ModelConfig().to_dict(), "valid": figures,
        },
    )  # fmt: skip
    arguments = [str(folder), "--like", "chorales", "--cpu", "--lanes", "2", "--window", "16", "--beside", str(path)]
    assert tokens.main(arguments) == 0
    printed = capsys.readouterr().out
    assert "model:  9.000" in printed
    found = open_model(path).card["baselines"]["tokens"]
    assert found["parameters"] == pytest.approx(300_000, rel=0.01)
    assert f"tokens: {found['nats_per_note']:.3f}" in printed
    assert f"| {found['nats_per_note']:.3f} |" in path.with_suffix(".md").read_text()


def test_kits_are_not_transposed() -> None:
    vocabulary = VOCABULARIES[2]
    arrays = prepare([("a", random_piece(vocabulary, 60))], vocabulary)
    alphabet = token_lanes.Alphabet(vocabulary)
    said = alphabet.tokens(replace(arrays))
    _, plain = token_lanes.cut(said, alphabet, [(0, 0, 0)], len(said.ids))
    _, moved = token_lanes.cut(said, alphabet, [(0, 0, 3)], len(said.ids))
    change = (moved - plain)[0].numpy()
    assert set(np.unique(change).tolist()) == {0, 3}
    keys = (plain[0].numpy() - alphabet.off) % (2 * vocabulary.pitches)
    notes = (plain[0].numpy() >= alphabet.off) & (plain[0].numpy() < alphabet.velocity)
    assert ((change == 3) == (notes & (keys < vocabulary.pitches))).all()
