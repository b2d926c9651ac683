"""Learning curves, from the metrics that `musiclstm train` writes.

    python -m training.study.curves RUN… -o curves.png

A panel for each run: nats per note on the validation pieces against minutes; horizontal lines for the first-order
Markov model, and for the token recipe where `training.study.tokens` was run with the same --run.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from pathlib import Path

from musiclstm.errors import UsageError
from training.command import run_command
from training.study.picture import COLOURS

LEVELS = {"order 1": "first-order Markov", "tokens": "token recipe"}


def read(run: Path) -> tuple[list[float], list[float], dict[str, float]]:
    """(minutes, nats per note, levels to compare with) of a run's folder. Raises UsageError where it is none."""
    try:
        with (run / "metrics.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        figures = json.loads((run / "figures.json").read_text())
        tokens = run / "tokens.json"
        if tokens.is_file():
            figures["tokens"] = json.loads(tokens.read_text())["nats_per_note"]
        points = [(float(row["minutes"]), float(row["valid_nats_per_note"])) for row in rows]
    except (OSError, KeyError, ValueError) as error:
        raise UsageError(f"{run} is not the folder of a finished training run: {error}.") from error
    return [x for x, _ in points], [y for _, y in points], {n: figures[n] for n in LEVELS if n in figures}


def draw(runs: Sequence[Path], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(1, len(runs), figsize=(1 + 2.6 * len(runs), 3), squeeze=False, layout="constrained")
    for panel, run in zip(panels[0], runs, strict=True):
        minutes, nats, levels = read(run)
        panel.plot(minutes, nats, "o-", color=COLOURS[0], label="this model", markersize=3)
        for (name, level), colour, style in zip(levels.items(), COLOURS[1:], ("--", ":"), strict=False):
            panel.axhline(level, color=colour, linestyle=style, label=LEVELS[name])
        panel.set(title=run.name, xlabel="minutes", ylim=(0, None), xlim=(0, None))
        panel.spines[["top", "right"]].set_visible(False)
    panels[0, 0].set_ylabel("nats per note, validation")
    handles = {label: h for p in panels[0] for h, label in zip(*p.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3)
    figure.savefig(path, dpi=100)
    plt.close(figure)


def main(argv: Sequence[str]) -> int:
    p = argparse.ArgumentParser("python -m training.study.curves", description="Draw learning curves.")
    p.add_argument("run", nargs="+", type=Path, help="folder of a training run")
    p.add_argument("-o", "--output", type=Path, default=Path("curves.png"))
    options = p.parse_args(argv)
    draw(options.run, options.output)
    return 0


if __name__ == "__main__":
    run_command(main)
