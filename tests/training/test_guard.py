"""Training that is thrown off its way goes back to it, or stops with the best that it had."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.errors import TrainingError
from musiclstm.model.net.network import MusicLSTM
from tests.training.tiny_training import ARRAYS, RECIPE, folder, run
from training import train
from training.budget import Budget
from training.guard import MOST, Guard, Verdict
from training.trainer import Trainer

STEPS = 160
FAULTS = 20

pytestmark = pytest.mark.usefixtures("one_thread")


def trained(fault: str, seed: int) -> tuple[Trainer, list[str]]:
    """A run of `STEPS` steps with so many faults in it."""
    said: list[str] = []
    recipe = replace(RECIPE, rate=0.005)
    trainer = Trainer(recipe, ARRAYS, ARRAYS, Budget(steps=STEPS), seed=seed, bf16=False, say=said.append)
    at = set(random.Random(seed).sample(range(1, STEPS), FAULTS)) if fault else set[int]()
    while not trainer.done:
        if trainer.step in at:
            spoil(trainer, fault)
        run(trainer, 1)
    trainer.validate()
    return trainer, said


def spoil(trainer: Trainer, fault: str) -> None:
    with torch.no_grad():
        if fault == "no number":
            next(trainer.network.parameters()).view(-1)[0] = math.nan
        elif fault == "state":
            trainer.state.h.fill_(math.nan)
        else:
            for each in trainer.network.parameters():
                each.mul_(8.0)


@pytest.mark.parametrize("fault", ["no number", "state", "runaway"])
@pytest.mark.parametrize("seed", [1, 2])
def test_it_recovers_or_stops_and_keeps_the_best(fault: str, seed: int) -> None:
    sound, nothing = trained("", seed)
    assert nothing == []
    assert sound.guard.backs == 0
    trainer, said = trained(fault, seed)
    assert len(said) == trainer.guard.backs > 0
    assert all("ran away" in line and "\n" not in line for line in said)
    for network in (trainer.best_network, trainer.average, trainer.network):
        assert all(bool(each.isfinite().all()) for each in network.parameters())
    assert math.isfinite(trainer.best_figures.per_note)
    untrained = Trainer(RECIPE, ARRAYS, ARRAYS, Budget(steps=1), seed=seed).validate()["valid_nats_per_note"]
    assert trainer.best_figures.per_note < untrained
    assert trainer.step == STEPS or trainer.guard.given_up


def test_a_run_that_goes_on_running_away_stops_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The best model until then is written."""
    really = MusicLSTM.forward
    calls = [0]

    def spoilt(self: MusicLSTM, *arguments: object) -> object:
        cost, state = really(self, *arguments)  # type: ignore[arg-type]
        calls[0] += self.training
        return (cost * math.nan if self.training and calls[0] > 150 else cost), state

    monkeypatch.setattr(MusicLSTM, "forward", spoilt)
    output = tmp_path / "mine.onnx"
    arguments = [str(folder(tmp_path)), "-o", str(output), "--run", str(tmp_path / "run"), "--units", "16"]
    with pytest.raises(TrainingError, match="best model until then is kept") as caught:
        train.main([*arguments, "--steps", "1000", "--lanes", "4", "--window", "24"])
    assert "\n" not in str(caught.value)
    assert output.is_file()
    lines = [line for line in capsys.readouterr().err.splitlines() if "ran away" in line]
    assert len(lines) == MOST


def test_nothing_learnt_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no model is written."""
    really = MusicLSTM.forward

    def spoilt(self: MusicLSTM, *arguments: object) -> object:
        cost, state = really(self, *arguments)  # type: ignore[arg-type]
        return cost * math.nan, state

    monkeypatch.setattr(MusicLSTM, "forward", spoilt)
    output = tmp_path / "mine.onnx"
    arguments = [str(folder(tmp_path)), "-o", str(output), "--run", str(tmp_path / "run"), "--units", "16"]
    for steps, why in (("50", "ran away [1-9]"), ("1", "not a finite number")):
        with pytest.raises(TrainingError, match=f"{why}.*lower --rate"):
            train.main([*arguments, "--steps", steps])
    assert not output.exists()


@given(st.floats(0.01, 10), st.lists(st.floats(0.5, 1.5), min_size=300, max_size=300))
def test_a_loss_that_varies_is_left_alone(usual: float, factors: list[float]) -> None:
    """Falling to a quarter, it varies by half."""
    guard = Guard()
    for step, factor in enumerate(factors):
        loss = usual * factor * (0.25 + 0.75 * math.exp(-step / 50))
        assert guard.judge(loss, 1.0) is Verdict.GOOD


@given(st.floats(0.5, 10), st.floats(1.01, 1.1))
def test_a_loss_that_rises_is_stopped(usual: float, growth: float) -> None:
    """However slowly: before it is four times and some nats worse than at its best."""
    guard = Guard()
    for _ in range(100):
        assert guard.judge(usual, 1.0) is Verdict.GOOD
    loss = usual
    while guard.judge(loss, 1.0) is Verdict.GOOD:
        loss *= growth
        assert loss < 4 * usual + 5
    assert guard.factor == 0.5


def test_one_bad_step_is_left_out_and_two_go_back() -> None:
    guard = Guard()
    assert guard.judge(math.nan, 1.0) is Verdict.LEAVE_OUT
    assert guard.judge(1.0, 1.0) is Verdict.GOOD
    assert guard.judge(1.0, math.inf) is Verdict.LEAVE_OUT
    assert guard.judge(math.inf, 1.0) is Verdict.GO_BACK


def test_what_it_knows_is_in_the_checkpoint(tmp_path: Path) -> None:
    trainer, _ = trained("runaway", 1)
    trainer.save(tmp_path / "checkpoint.pt")
    other = Trainer(RECIPE, ARRAYS, ARRAYS, Budget(steps=STEPS))
    other.load(tmp_path / "checkpoint.pt")
    assert other.guard.state() == trainer.guard.state()
    assert other.learning_rate() == pytest.approx(trainer.learning_rate() * RECIPE.rate / 0.005)
