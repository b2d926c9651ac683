"""Trials: what they change, and the table and picture they leave."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musiclstm.errors import UsageError
from training.recipes import RECIPES
from training.study import ablation


def test_a_trial_changes_recipe_and_config() -> None:
    recipe = RECIPES["folk"]
    changed = ablation.variant(recipe, "units=64,lanes=3,rate=0.001,cell=gru,past=True,transpose=-3/4")
    assert changed == replace(
        recipe, lanes=3, rate=0.001, transpose=(-3, 4), config=replace(recipe.config, units=64, cell="gru", past=True)
    )
    assert ablation.variant(recipe, "") == recipe
    for bad in ("colour=1", "vocabulary=x", "lanes=few", "past=yes", "transpose=3"):
        with pytest.raises(UsageError):
            ablation.variant(recipe, bad)


def test_table_and_picture(tmp_path: Path) -> None:
    data, table = tmp_path / "bl-tiny.npz", tmp_path / "table.csv"
    roll = np.random.default_rng(0).random((40, 88)) < 0.02
    both = ("train", "valid")
    np.savez(data, **{f"{name}_roll": roll for name in both}, **{f"{name}_len": np.array([40]) for name in both})  # type: ignore[arg-type]
    trials = ["small:units=16,tied=4", "smaller:units=8"]
    assert ablation.main(["--data", str(data), "--minutes", "0.005", "--table", str(table), *trials]) == 0
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["trial"] for row in rows] == ["small", "smaller"]
    for row in rows:
        assert float(row["valid"]) == pytest.approx(sum(float(row[n]) for n in ("time", "symbol", "pitch")), abs=1e-3)
    assert table.with_suffix(".png").stat().st_size > 1000
