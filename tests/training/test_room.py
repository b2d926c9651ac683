"""A training that no memory holds is refused before it begins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from musiclstm.cli.main import main
from musiclstm.music import midifile
from tests.model.random_music import random_piece
from tests.model.tiny import tiny_vocabulary
from training import room
from training.processes import Share
from training.recipes import RECIPES


@pytest.mark.parametrize(
    "sizes", [["--lanes", "65000", "--window", "65000"], ["--layers", "64", "--units", "16384"]], ids=str
)
def test_sizes_that_no_memory_holds_are_refused_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sizes: list[str]
) -> None:
    for seed in range(3):
        midifile.write(tmp_path / f"{seed}.mid", random_piece(tiny_vocabulary(velocities=4), 60, seed))
    line = ["train", str(tmp_path), "-o", str(tmp_path / "a.onnx"), "--run", str(tmp_path / "run"), *sizes]
    assert main(line) == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith("choose less of --lanes, --window, --units or --layers.")


def test_the_shipped_recipes_fit() -> None:
    for recipe in RECIPES.values():
        assert room.needed(recipe) < 1 << 30
        room.check(recipe, torch.device("cpu"), Share())
    many = replace(RECIPES["piano"], lanes=3072, window=64)
    assert room.needed(many, 48) < 1 << 30 < room.needed(many)


@pytest.mark.parametrize("checkpoint", [False, True])
def test_memory_that_runs_out_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], checkpoint: bool
) -> None:
    """Another program may take it, or a limit be lower than what the machine has."""
    for seed in range(3):
        midifile.write(tmp_path / f"{seed}.mid", random_piece(tiny_vocabulary(velocities=4), 60, seed))
    monkeypatch.setattr("training.train.Trainer", lambda *_args, **_more: torch.empty(1 << 50))
    (tmp_path / "run").mkdir()
    if checkpoint:
        (tmp_path / "run" / "checkpoint.pt").touch()
    assert main(["train", str(tmp_path), "-o", str(tmp_path / "a.onnx"), "--run", str(tmp_path / "run")]) == 1
    then = "go on from the last checkpoint (the same command with --resume)" if checkpoint else "begin again"
    (line,) = (each for each in capsys.readouterr().err.splitlines() if each.startswith("musiclstm: "))
    assert line.startswith(f"musiclstm: Memory ran out. Close other programs and {then}, or train a smaller model")
