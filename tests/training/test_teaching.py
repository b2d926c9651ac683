"""Networks teach another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from musiclstm.model import net
from musiclstm.model.net.batch import Batch
from musiclstm.model.net.network import ModelConfig, MusicLSTM
from tests.model.random_music import random_piece
from tests.model.tiny import tiny_network, tiny_vocabulary
from training.budget import Budget
from training.lanes import Lanes
from training.prepare import prepare
from training.recipes import Recipe
from training.teaching import Teachers
from training.trainer import Trainer

VOCABULARY = tiny_vocabulary(velocities=4)
ARRAYS = prepare([(str(n), random_piece(VOCABULARY, n, n)) for n in (9, 20, 33)], VOCABULARY)


def windows(count: int, length: int, config: ModelConfig) -> list[Batch]:
    lanes = Lanes(ARRAYS, VOCABULARY, lanes=1, window=length, config=config)
    return [lanes.next() for _ in range(count)]


def test_they_expect_what_they_do_on_the_mean_and_remember() -> None:
    networks = [tiny_network(VOCABULARY, seed=seed).eval() for seed in (1, 2)]
    whole, (first, second) = windows(1, 16, networks[0].config)[0], windows(2, 8, networks[0].config)
    teachers = Teachers(networks, 1)
    parts = zip(teachers.targets(first), teachers.targets(second), strict=True)
    together = [torch.cat(part) for part in parts]
    for index, found in enumerate(together):
        alone = []
        for network in networks:
            logits = list(network.logits(network.hidden_states(whole, network.start(1))[0], whole))
            alone.append(logits[index][2].softmax(-1))
        torch.testing.assert_close(found, (alone[0] + alone[1]) / 2, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(found.sum(-1), torch.ones(len(found)))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_student_learns_from_both(share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the music alone it is the usual cost; nothing is to be learnt from a teacher who knows no more."""
    monkeypatch.setattr(net.network, "TEACHER_SHARE", share)
    student = tiny_network(VOCABULARY, seed=1).eval()
    batch = windows(1, 16, student.config)[0]
    cost, state = student(batch, student.start(1), Teachers([student], 1).targets(batch))
    usual, after = student(batch, student.start(1))
    torch.testing.assert_close(state.h, after.h)
    cost.sum().backward()
    slope = torch.cat([each.grad.flatten() for each in student.parameters() if each.grad is not None])
    if share:
        assert slope.abs().max() < 1e-4
    else:
        torch.testing.assert_close(cost, usual)
        assert slope.abs().max() > 1e-2


def test_a_network_comes_nearer_to_its_teachers() -> None:
    recipe = Recipe("Tiny", VOCABULARY, ModelConfig(units=16, embedding=12, head=8), lanes=3, window=16, rate=0.01)
    teacher = tiny_network(VOCABULARY, seed=7)

    def apart(student: MusicLSTM) -> float:
        batch = windows(1, 40, recipe.config)[0]
        found = zip(Teachers([student], 1).targets(batch), Teachers([teacher], 1).targets(batch), strict=True)
        return sum(float((mine - theirs).abs().sum(-1).mean()) for mine, theirs in found)

    trainer = Trainer(recipe, ARRAYS, ARRAYS, Budget(steps=60), teachers=[teacher])
    alone = Trainer(recipe, ARRAYS, ARRAYS, Budget(steps=60))
    for _ in range(60):
        trainer.train_step()
        alone.train_step()
    assert apart(trainer.average) < 0.9 * apart(alone.average)


BARE = ModelConfig(units=16, embedding=12, head=8)


@pytest.mark.parametrize(
    ("student", "teacher"),
    [
        (BARE, {"tied": 8, "past": True, "chords": True}),
        (replace(BARE, tied=4, past=True, chords=True, recent=8), {}),
        (replace(BARE, tied=4, chords=True), {"tied": 8, "past": True}),
        (replace(BARE, tied=4, past=True), {"tied": 8, "chords": True, "recent": 5, "echoes": 1}),
    ],
)
def test_a_teacher_receives_its_own_features_whatever_the_student_does(
    student: ModelConfig, teacher: dict[str, Any]
) -> None:
    network = tiny_network(VOCABULARY, seed=3, **teacher)
    teachers = Teachers([network], 1)
    (batch,) = windows(1, 40, teachers.features(student))
    (own,) = windows(1, 40, replace(network.config, chords=False))  # nothing is told
    assert torch.equal(batch.event, own.event)
    logits = [each.softmax(-1) for _, _, each in network.logits(network.hidden_states(own, network.start(1))[0], own)]
    torch.testing.assert_close(teachers.targets(batch), logits)
    recipe = Recipe("Tiny", VOCABULARY, student, lanes=3, window=16)
    trainer = Trainer(recipe, ARRAYS, ARRAYS, Budget(steps=2), teachers=[network])
    trainer.train_step()
    trainer.train_step()
    assert trainer.loss > 0
