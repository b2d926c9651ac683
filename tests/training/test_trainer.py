"""The training loop: it resumes exactly, ends in time, and starts and clips as it should."""

from __future__ import annotations

import itertools
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from musiclstm.model.net.network import ModelConfig, MusicLSTM
from tests.model.tiny import tiny_network
from tests.training.tiny_training import ARRAYS, RECIPE, VOCABULARY, run
from training.budget import Budget
from training.evaluate import Figures, evaluate
from training.loop import train_until_done
from training.progress import Quiet
from training.trainer import Trainer

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize(
    ("changes", "taught_by"),
    [
        ({"cell": "lstm"}, ()),
        ({"cell": "gru"}, ()),
        ({"cell": "rnn"}, ()),
        ({"tied": 4, "chords": True}, ()),
        ({}, (5, 6)),
    ],
    ids=["lstm", "gru", "rnn", "told chords", "taught"],
)
def test_resumed_is_the_run_that_was_never_stopped(
    tmp_path: Path, changes: dict[str, Any], taught_by: tuple[int, ...]
) -> None:
    recipe = replace(RECIPE, config=replace(RECIPE.config, **changes))

    def trainer(seed: int) -> Trainer:
        teachers = [tiny_network(VOCABULARY, seed=each) for each in taught_by]
        return Trainer(recipe, ARRAYS, ARRAYS, Budget(steps=24), seed=seed, teachers=teachers)

    whole = trainer(1)
    run(whole, 24)
    first = trainer(1)
    run(first, 11)
    first.save(tmp_path / "checkpoint.pt")
    run(first, 2)  # lost: it was killed after the checkpoint
    second = trainer(2)
    second.load(tmp_path / "checkpoint.pt")
    run(second, 13)
    assert second.done
    for name in ("network", "average", "best_network"):
        wanted, found = (getattr(trainer, name).state_dict() for trainer in (whole, second))
        for key, value in wanted.items():
            assert torch.equal(value, found[key]), f"{name}.{key}"
    assert second.best_figures == whole.best_figures
    assert second.best_told == whole.best_told


def test_a_run_that_is_interrupted_while_it_validates_answers_at_once_and_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in the last validation: what was not measured is measured when it goes on."""

    def trainer() -> Trainer:
        return Trainer(RECIPE, ARRAYS, ARRAYS, Budget(steps=24), seed=1)

    whole, measured = trainer(), []
    assert train_until_done(whole, tmp_path / "whole.pt", None, Quiet())
    for interrupted in (4, 8):
        seen = itertools.count(1)

        def interrupts(*args: Any, interrupted: int = interrupted, seen: Any = seen, **options: Any) -> Figures:
            if next(seen) == interrupted:
                signal.raise_signal(signal.SIGINT)
            figures = evaluate(*args, **options)
            measured.append(figures)
            return figures

        with monkeypatch.context() as patch:
            patch.setattr("training.trainer.evaluate", interrupts)
            measured.clear()
            assert not train_until_done(trainer(), tmp_path / "checkpoint.pt", None, Quiet())
            assert len(measured) == interrupted - 1
        second = trainer()
        second.load(tmp_path / "checkpoint.pt")
        assert train_until_done(second, tmp_path / "checkpoint.pt", None, Quiet())
        assert second.best_figures == whole.best_figures
        for key, value in whole.best_network.state_dict().items():
            assert torch.equal(value, second.best_network.state_dict()[key]), key


def test_with_more_time_it_is_measured_as_often(tmp_path: Path) -> None:
    """After the end, too: what comes later may be worse."""
    first = Trainer(RECIPE, ARRAYS, ARRAYS, Budget(steps=10))
    run(first, 10)
    first.validate()
    first.save(tmp_path / "checkpoint.pt")
    second = Trainer(RECIPE, ARRAYS, ARRAYS, Budget(steps=40))
    second.load(tmp_path / "checkpoint.pt")
    assert second.progress == 0.25
    run(second, 5)
    assert second.metrics["step"] > 10


def test_what_has_been_read_often_enough_is_not_read_again() -> None:
    trainer = Trainer(RECIPE, ARRAYS, ARRAYS, Budget(minutes=1000, passes=2.5), seed=1)
    while not trainer.done:
        assert not trainer.has_read_enough
        run(trainer, 1)
    # Of several lanes some are ahead, and read their next piece already.
    assert trainer.passes == pytest.approx(2.5, abs=0.2)
    assert trainer.lanes.epochs in (2, 3)
    assert trainer.learning_rate() < RECIPE.rate / 50
    assert trainer.spent == 60_000
    assert not Trainer(RECIPE, ARRAYS, ARRAYS, Budget(minutes=1000)).has_read_enough


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    Trainer(RECIPE, ARRAYS, ARRAYS, Budget(steps=1)).save(tmp_path / "checkpoint.pt")
    other = replace(RECIPE, config=replace(RECIPE.config, units=8))
    with pytest.raises(ValueError, match="another"):
        Trainer(other, ARRAYS, ARRAYS, Budget(steps=1)).load(tmp_path / "checkpoint.pt")


def test_the_forget_gate_starts_open() -> None:
    """Jozefowicz et al. 2015: its two biases together are 1, those of the other gates as the layer makes them."""
    network = MusicLSTM(ModelConfig("lstm", 2, 16, 12, 8), VOCABULARY)
    for layer in range(2):
        biases = network.cell.get_parameter(f"bias_ih_l{layer}") + network.cell.get_parameter(f"bias_hh_l{layer}")
        gates = dict(zip(("input", "forget", "cell", "output"), biases.detach().split(16), strict=True))
        assert gates["forget"].mean() > 0.7
        assert all(abs(float(gates[name].mean())) < 0.3 for name in ("input", "cell", "output"))


def test_gradients_are_clipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the norm of 1 before the step: a piece that surprises must not throw the weights away."""
    trainer = Trainer(RECIPE, ARRAYS, ARRAYS, Budget(steps=10))
    norms = []
    step = trainer.optimiser.step

    def watched() -> None:
        gradients = [each.grad for each in trainer.network.parameters() if each.grad is not None]
        norms.append(float(torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g) for g in gradients]))))
        step()

    monkeypatch.setattr(trainer.optimiser, "step", watched)
    with torch.no_grad():
        for each in trainer.network.parameters():
            each.mul_(20)  # a network that is far off
    run(trainer, 3)
    assert all(norm <= 1.0001 for norm in norms)
    assert max(norms) > 0.99  # there was something to clip
