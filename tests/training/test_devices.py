"""Training on whatever device there is; what needs a graphics card is skipped where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from musiclstm.errors import UsageError
from tests.training.tiny_training import ARRAYS, RECIPE, folder, run
from training import train
from training.budget import Budget
from training.devices import CPU, NAMES, device_of
from training.trainer import Trainer

THERE = [
    name for name, there in (("cuda", torch.cuda.is_available()), ("mps", torch.backends.mps.is_available())) if there
]


def test_the_device_is_one_that_is_there() -> None:
    assert device_of("cpu") == CPU
    assert device_of("auto").type == (THERE or ["cpu"])[0]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("auto", "cpu", *THERE)])
def test_one_that_is_not_is_said_in_one_line(tmp_path: Path, name: str) -> None:
    arguments = [str(folder(tmp_path)), "-o", str(tmp_path / "x.onnx"), "--run", str(tmp_path / "run")]
    with pytest.raises(UsageError, match=f"no device {name}") as caught:
        train.main([*arguments, "--device", name])
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_batch_that_is_there_already_stays() -> None:
    batch = Trainer(RECIPE, ARRAYS, ARRAYS, Budget(steps=1)).lanes.next()
    assert batch.to(CPU) is batch


@pytest.mark.skipif(not THERE, reason="needs a graphics card")
def test_a_graphics_card_learns_what_the_processor_does(tmp_path: Path) -> None:
    found = []
    for name in ("cpu", *THERE):
        trainer = Trainer(RECIPE, ARRAYS, ARRAYS, Budget(steps=60), seed=1, bf16=False, device=device_of(name))
        run(trainer, 60)
        trainer.save(tmp_path / "checkpoint.pt")
        # Begun on one device, it goes on on another.
        other = Trainer(RECIPE, ARRAYS, ARRAYS, Budget(steps=60), device=CPU)
        other.load(tmp_path / "checkpoint.pt")
        assert other.validate()["valid_nats_per_note"] == pytest.approx(
            trainer.validate()["valid_nats_per_note"], rel=1e-3
        )
        found.append(trainer.best_figures.per_note)
    assert found[1:] == [pytest.approx(found[0], rel=0.1)] * len(THERE)
