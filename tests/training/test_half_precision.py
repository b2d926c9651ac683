"""Training in half precision learns what training in single precision does."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from musiclstm.model.net.network import ModelConfig
from musiclstm.music.note import Note, Piece, TimeBase
from training.budget import Budget
from training.prepare import prepare
from training.recipes import RECIPES, Recipe
from training.trainer import Trainer

PIANO = RECIPES["piano"]
CONFIG = ModelConfig(units=32, embedding=16, head=32, tied=16, recent=8, dropout=0, input_dropout=0, head_dropout=0)
# So many lanes and this rate are what the figures below were measured with.
RECIPE = replace(PIANO, config=CONFIG, lanes=8, rate=3e-3)
DRUMS = replace(RECIPES["drums"], config=replace(CONFIG, past=True), lanes=8)
NUMBERS = random.Random(1)
NOTES = tuple(Note(n * 0.12, 0.4, NUMBERS.randint(40, 90), NUMBERS.randint(40, 100)) for n in range(600))
STORE = prepare([("piece", Piece(NOTES, TimeBase.SECONDS, parts=PIANO.vocabulary.parts))], PIANO.vocabulary)
HITS = tuple(Note(n / 4, 0.1, NUMBERS.randint(36, 50), NUMBERS.randint(40, 100)) for n in range(600))
HIT = prepare([("piece", Piece(HITS, parts=DRUMS.vocabulary.parts))], DRUMS.vocabulary)

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.skipif(
        not torch.ops.mkldnn._is_mkldnn_bf16_supported(), reason="needs a processor with AVX-512, for LSTMs in bfloat16"
    ),
]


def trained(*, bf16: bool, steps: int, recipe: Recipe = RECIPE) -> Trainer:
    store = HIT if recipe is DRUMS else STORE
    trainer = Trainer(recipe, store, None, Budget(steps=1000), seed=1, bf16=bf16)
    for _ in range(steps):
        trainer.train_step()
    return trainer


def gradients(trainer: Trainer, *, bf16: bool) -> dict[str, Tensor]:
    """Of the first window of a run that starts again."""
    network = trainer.network
    batch = trained(bf16=False, steps=0, recipe=trainer.recipe).lanes.next()
    network.zero_grad()
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        cost, _ = network(batch, network.start(trainer.recipe.lanes))
    cost.mean().backward()
    return {name: each.grad.clone() for name, each in network.named_parameters() if each.grad is not None}


def test_the_losses_are_alike() -> None:
    single, half = (trained(bf16=bf16, steps=30) for bf16 in (False, True))
    assert half.loss == pytest.approx(single.loss, rel=0.03)
    assert single.guard.backs == half.guard.backs == 0


@pytest.mark.parametrize(("recipe", "names"), [(RECIPE, ("leaps", "own")), (DRUMS, ("age", "past", "own"))])
def test_the_gradients_of_the_tables_of_the_tied_head_are_alike(recipe: Recipe, names: tuple[str, ...]) -> None:
    trainer = trained(bf16=False, steps=20, recipe=recipe)
    single, half = (gradients(trainer, bf16=bf16) for bf16 in (False, True))
    for name in (f"tied.{each}" for each in names):
        # Rounding of the products alone makes 0.08 here; summed in half precision, `leaps` has 0.3.
        error = (half[name] - single[name]).norm() / single[name].norm()
        assert error < 0.15, name


@pytest.mark.parametrize("factor", [1e2, 1e4])
def test_the_gradients_of_extreme_logits_are_finite(factor: float) -> None:
    trainer = trained(bf16=True, steps=5)
    with torch.no_grad():
        for name, each in trainer.network.named_parameters():
            if (name.startswith("heads.") and ".out." in name) or name == "tied.out.weight":
                each.mul_(factor)
    for name, gradient in gradients(trainer, bf16=True).items():
        assert gradient.isfinite().all(), name
