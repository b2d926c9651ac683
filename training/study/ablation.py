"""Ablation: what each part of the model brings, on the validation parts of the piano-roll benchmarks.

    python -m training.study.ablation --data bl-jsb-chorales.npz --minutes 6 plain: wide:units=512 small:lanes=8

Each trial becomes a row of a table, which is also drawn. Minutes are CPU time of one thread, so that trials can be
compared whatever else the machine does.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import torch

from musiclstm.errors import UsageError
from musiclstm.model.features.layout import FIELDS
from training.budget import Budget
from training.command import run_command
from training.recipes import Recipe
from training.study.picture import COLOURS
from training.study.polyphony import Split, read, recipe_for, train

TABLE = Path("resources/ablation.csv")


def main(argv: Sequence[str]) -> int:
    p = argparse.ArgumentParser("python -m training.study.ablation", description="Compare variants of the model.")
    p.add_argument("--data", type=Path, required=True)
    p.add_argument("--minutes", type=float, default=6.0)
    p.add_argument("--steps", type=int, help="a budget of steps instead: what a machine's noise cannot touch")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--table", type=Path, default=TABLE)
    p.add_argument("trial", nargs="+", help="NAME:field=value,... with fields of Recipe or ModelConfig")
    options = p.parse_args(argv)
    torch.set_num_threads(1)
    splits = read(options.data)
    for trial in options.trial:
        name, _, changes = trial.partition(":")
        recipe = variant(recipe_for(splits["train"]), changes)
        print(f"{options.data.stem} {trial}", file=sys.stderr, flush=True)
        budget = Budget(steps=options.steps) if options.steps else Budget(minutes=options.minutes)
        row = {"data": options.data.stem, "seed": options.seed, "trial": name}
        add_row(options.table, {**row, **run(splits, recipe, budget, options.seed), "changes": changes})
        draw(options.table)
    return 0


def variant(recipe: Recipe, changes: str) -> Recipe:
    """The recipe with `field=value,...` changed. Raises UsageError for what it does not have."""
    config = recipe.config
    for change in filter(None, changes.split(",")):
        name, _, text = change.partition("=")
        owner: Any = config if name in {f.name for f in fields(config)} else recipe
        changed: dict[str, Any] = {name: like(getattr(owner, name, None), name, text)}
        if owner is config:
            config = replace(config, **changed)
        else:
            recipe = replace(recipe, **changed)
    return replace(recipe, config=config)


def like(old: object, name: str, text: str) -> object:
    """The text as a value of the type of the old one; a pair is written low/high. Raises UsageError."""
    try:
        if isinstance(old, bool):
            return {"True": True, "False": False}[text]
        if isinstance(old, int | float | str):
            return type(old)(text)
        if isinstance(old, tuple):
            low, high = map(int, text.split("/"))
            return low, high
    except (KeyError, ValueError) as error:
        raise UsageError(f"{name} cannot be {text!r}: it is {old!r} now.") from error
    raise UsageError(f"{name} is no number or word of a recipe.")


def run(splits: dict[str, Split], recipe: Recipe, budget: Budget, seed: int) -> dict[str, Any]:
    """Trains, and scores the validation part: nats per step in all, and of each field."""
    trainer = train(splits, recipe, budget, seed, validations=4, clock=time.process_time)
    by_field = [nats / splits["valid"].steps for nats in trainer.best_figures.by_field]
    found = {"valid": round(sum(by_field), 4)}
    found.update({name: round(nats, 4) for name, nats in zip(FIELDS, by_field, strict=True)})
    sizes = {"parameters": trainer.parameters, "updates": trainer.step, "epochs": trainer.lanes.epochs}
    return {"minutes": round(trainer.elapsed / 60, 1), **found, **sizes}


def add_row(table: Path, row: dict[str, Any]) -> None:
    new = not table.is_file()
    with table.open("a", newline="") as file:
        writer = csv.DictWriter(file, row.keys(), lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)


def draw(table: Path) -> None:
    """The table's picture, a panel for each set: nats, stacked by field, trials from first to last."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    sets: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        sets.setdefault(row["data"], []).append(row)
    # The first in one column, the rest in another.
    first, *rest = sets
    columns = [[first], rest] if rest else [[first]]
    tallest = max(sum(2 + len(sets[name]) for name in column) for column in columns)
    figure = plt.figure(figsize=(8 * len(columns), 0.8 + 0.3 * tallest), layout="constrained")
    for column, part in zip(columns, figure.subfigures(1, len(columns), squeeze=False)[0], strict=True):
        heights = [2 + len(sets[name]) for name in column]
        panels = part.subplots(len(column), 1, squeeze=False, height_ratios=heights)[:, 0]
        for panel, name in zip(panels, column, strict=True):
            draw_set(panel, name, sets[name])
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(FIELDS))
    figure.savefig(table.with_suffix(".png"), dpi=100)
    plt.close(figure)


def draw_set(panel: Any, name: str, rows: Sequence[dict[str, str]]) -> None:
    left = [0.0] * len(rows)
    for field, colour in zip(FIELDS, COLOURS, strict=False):
        widths = [float(row[field]) for row in rows]
        panel.barh(range(len(rows)), widths, left=left, color=colour, label=field)
        left = [a + b for a, b in zip(left, widths, strict=True)]
    for index, total in enumerate(left):
        panel.text(total, index, f" {total:.3f}", va="center")
    labels = [f"{row['trial']}, {int(row['updates']):,} updates" for row in rows]
    panel.set(title=name, yticks=range(len(rows)), yticklabels=labels, xlim=(0, 1.12 * max(left)))
    panel.set(xlabel="nats per time step, valid" if name.startswith("bl-") else "nats a note, valid")
    panel.set(ylim=(len(rows) - 0.4, -0.6))
    panel.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    run_command(main)
