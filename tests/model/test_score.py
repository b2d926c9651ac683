"""Scores of the instrument's step against torch; the cost of quantisation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from musiclstm.model.features.echoes import MAX_MATCH
from musiclstm.model.features.layout import FIELDS
from musiclstm.model.modelfile import open_model
from musiclstm.model.net.export import export
from musiclstm.model.score import Score, score_pieces
from musiclstm.model.session import Session
from musiclstm.music import parts as voices
from musiclstm.music.note import Note, Part, Piece, TimeBase
from tests.model.random_music import random_piece
from tests.model.tiny import SATB, tiny_network, tiny_vocabulary
from training.budget import Budget
from training.evaluate import evaluate
from training.prepare import prepare
from training.recipes import Recipe
from training.trainer import Trainer


@pytest.mark.parametrize(
    ("base", "parts", "velocities"),
    [(TimeBase.BEATS, SATB, 1), (TimeBase.SECONDS, SATB[:1], 32), (TimeBase.BEATS, (Part("Kit", percussive=True),), 8)],
)
def test_the_score_agrees_with_torch(tmp_path: Path, base: TimeBase, parts: tuple[Part, ...], velocities: int) -> None:
    vocabulary = tiny_vocabulary(base, parts, velocities)
    network = tiny_network(vocabulary)
    pieces = [voices.assign(random_piece(vocabulary, 50, seed), vocabulary) for seed in range(3)]
    exact = evaluate(network, prepare([(str(i), p) for i, p in enumerate(pieces)], vocabulary))
    path = tmp_path / "x.onnx"
    export(network, path, title="x", quantised=False)
    score = score_pieces(open_model(path), pieces)
    assert (score.notes, score.events, score.pieces) == (exact.notes, exact.events, 3)
    for name, nats in zip(FIELDS, exact.by_field, strict=True):
        # The tables are kept in half precision.
        assert score.by_field[name] == pytest.approx(nats, rel=2e-3, abs=1e-2)


def test_scoring_does_not_limit_matches(tmp_path: Path) -> None:
    """Beyond the match length from which on a playing session would ignore the echo."""
    vocabulary = tiny_vocabulary()
    once = scales(vocabulary.parts, 0).notes
    # Transposed, so that it repeats only once.
    notes = [replace(note, pitch=note.pitch + n % 3, onset=note.onset + 24 * n) for n in range(5) for note in once]
    piece = Piece(tuple(notes), parts=vocabulary.parts)
    path = tmp_path / "x.onnx"
    network = tiny_network(vocabulary)
    export(network, path, title="x", quantised=False)
    model = open_model(path)
    exact = evaluate(network, prepare([("x", piece)], vocabulary))
    played = Session(model)
    nats = sum(played.feed(event) for event in vocabulary.encode(piece))
    assert score_pieces(model, [piece]).nats == pytest.approx(sum(exact.by_field), rel=1e-4)
    assert nats != pytest.approx(sum(exact.by_field), rel=1e-4)
    assert played.context.echoes[0].length > MAX_MATCH


@pytest.mark.parametrize("tied", [0, 8])
def test_quantisation_costs_less_than_half_a_per_cent(tmp_path: Path, tied: int) -> None:
    """On a trained network."""
    torch.set_num_threads(1)
    vocabulary = tiny_vocabulary()
    pieces = [(str(seed), scales(vocabulary.parts, seed)) for seed in range(12)]
    arrays = prepare(pieces, vocabulary)
    network = tiny_network(vocabulary, layers=1, units=48, embedding=32, head=24, tied=tied, past=tied > 0)
    recipe = Recipe("x", vocabulary, network.config, lanes=4, window=32, rate=5e-3)
    trainer = Trainer(recipe, arrays, arrays, Budget(steps=100), seed=1, bf16=False)
    while not trainer.done:
        trainer.train_step()
    trainer.validate()
    exact = evaluate(trainer.best_network, arrays).per_note
    assert exact < evaluate(network, arrays).per_note / 2
    path = tmp_path / "x.onnx"
    export(trainer.best_network, path, title="x")
    played = score_pieces(open_model(path), [piece for _, piece in pieces]).nats_per_note
    assert played == pytest.approx(exact, rel=0.005)


def scales(parts: tuple[Part, ...], seed: int) -> Piece:
    """Four voices running up and down in thirds and octaves."""
    notes = []
    for beat in range(24):
        degree = abs((beat + seed) % 14 - 7)
        for part, base in enumerate((64, 60, 52, 40)):
            notes.append(Note(float(beat), 1.0, base + (0, 2, 4, 5, 7, 9, 11, 12)[degree], 80, part))
    return Piece(tuple(sorted(notes)), parts=parts)


def test_what_a_score_says() -> None:
    """The whole of it, by its names; a piece of one note and one event divides by one."""
    fields = dict(zip(FIELDS, (0.5, 0.25, 1.0, 0.0), strict=True))
    score = Score(1, 1, 1, 1.23456, dict(fields), [("a.mid", "damaged")], {"b.mid": ("guessed",)}, ["c: 1 .txt"])
    assert score.to_dict() == {
        "pieces": 1,
        "notes": 1,
        "events": 1,
        "seconds": 1.235,
        "nats_per_note": 1.75,
        "nats_per_event": 1.75,
        "by_field": fields,
        "skipped": [{"file": "a.mid", "why": "damaged"}],
        "warnings": [{"file": "b.mid", "guessed": ["guessed"]}],
        "others": ["c: 1 .txt"],
    }
    assert Score().to_dict()["nats_per_note"] == Score().to_dict()["nats_per_event"] == 0


def test_no_gradient_is_kept() -> None:
    vocabulary = tiny_vocabulary()
    network = tiny_network(vocabulary)
    evaluate(network, prepare([("a", random_piece(vocabulary, 10))], vocabulary))
    assert all(each.grad is None for each in network.parameters())
    assert torch.is_grad_enabled()
