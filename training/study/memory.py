"""Memory: how far back a network still depends on what it read, an LSTM beside a plain RNN.

`python -m training.study.memory CORPUS` trains both for the same time on the same pieces. Then it measures on held-out
pieces how an event depends on an input so many events before it:

gradient    the norm of the derivative of the event's nats by that input
prediction  how many nats the event's likelihood changes by when that input is another event's

An LSTM's cell is a sum, so its gradient fades as slowly as its forget gates let it; a plain RNN's state goes through a
matrix and a tanh at every step, and fades or bursts (Hochreiter 1991; Bengio, Simard and Frasconi 1994).
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from musiclstm.errors import CorpusError
from musiclstm.model.net.batch import Batch
from musiclstm.model.net.network import MusicLSTM
from training import gather
from training.budget import Budget
from training.command import run_command
from training.lanes import Cutter
from training.options import parser
from training.recipes import Recipe
from training.store import Store
from training.trainer import Trainer

DISTANCES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
COLOURS = {"lstm": "#3b7dd8", "gru": "#3a9d5d", "rnn": "#d8743b"}


@dataclass(frozen=True)
class Reach:
    """What is left at each distance: root mean square of the gradient's norm, mean change of the prediction (nats)."""

    distances: tuple[int, ...]
    gradient: NDArray[np.float64]
    prediction: NDArray[np.float64]


def windows(store: Store, network: MusicLSTM, length: int, count: int) -> Batch:
    """Windows of `length` events from pieces that are long enough. Raises CorpusError where none is."""
    rng = np.random.default_rng(0)
    room = np.diff(store.starts) - length
    long_enough = np.flatnonzero(room >= 0)
    if not len(long_enough):
        raise CorpusError(f"No held-out piece has {length} events.")
    pieces = rng.choice(long_enough, count)
    cutter = Cutter(store, network.vocabulary)
    cursors = [cutter.at(int(piece), int(rng.integers(room[piece] + 1))) for piece in pieces]
    return cutter.cut(cursors, length)


def measure(network: MusicLSTM, store: Store, *, distances: Sequence[int] = DISTANCES, count: int = 64) -> Reach:
    """Reach of a network, over `count` events of the pieces."""
    network.eval()
    far = max(distances)
    batch = windows(store, network, far + 1, count)
    start = network.start(count)
    of_events = {name: value for name, value in vars(batch).items() if name != "begins" and value is not None}
    last = replace(batch, **{name: value[:, -1:] for name, value in of_events.items()})

    def cost(x: torch.Tensor) -> torch.Tensor:
        """Nats of the last event of each window."""
        return network.nats(network.run(x, start)[0][:, -1:], last).sum((1, 2))

    with torch.no_grad():
        x = network.read(batch)
        expected = cost(x)
        changes = []
        for distance in distances:
            other = x.clone()
            # Another window's event at the same place.
            other[:, far - distance] = x.roll(1, 0)[:, far - distance]
            changes.append(float((cost(other) - expected).abs().mean()))
    x = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(cost(x).sum(), x)
    norms = gradient.double().square().sum(-1).mean(0).sqrt().numpy()
    return Reach(tuple(distances), norms[[far - d for d in distances]], np.array(changes))


def table(found: dict[str, Reach]) -> str:
    """One line for each distance; the gradient relative to that of the last event."""
    lines = ["events back" + "".join(f"{f'{name} gradient':>15}{f'{name} nats':>12}" for name in found)]
    distances = next(iter(found.values())).distances
    for index, distance in enumerate(distances):
        line = f"{distance:11d}"
        for reach in found.values():
            line += f"{reach.gradient[index] / reach.gradient[0]:15.2e}{reach.prediction[index]:12.2e}"
        lines.append(line)
    return "\n".join(lines)


def draw(found: dict[str, Reach], path: Path) -> None:
    """The same as a picture."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for name, reach in found.items():
        for axis, values in zip(axes, (reach.gradient / reach.gradient[0], reach.prediction), strict=True):
            axis.loglog(reach.distances, np.maximum(values, 1e-12), "o-", label=name.upper(), color=COLOURS[name])
    for axis, title in zip(axes, ("gradient, relative", "change of the prediction, nats"), strict=True):
        axis.set(title=title, xlabel="events back")
        axis.grid(visible=True, alpha=0.3)
        axis.legend()
    figure.savefig(path, dpi=130)
    plt.close(figure)


def compare(
    recipe: Recipe,
    train_store: Store,
    valid_store: Store,
    budget: Budget,
    cells: Sequence[str],
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[dict[str, Reach], dict[str, float]]:
    """Train each cell for the same budget; its reach and its nats per note on the held-out pieces."""
    found, nats = {}, {}
    for cell in cells:
        # A network need not remember what its input features say about the past.
        same = replace(recipe, config=replace(recipe.config, cell=cell, echoes=0, tied=0))
        trainer = Trainer(same, train_store, valid_store, budget, clock=clock)
        while not trainer.done:
            trainer.train_step()
        trainer.validate()
        longest = int(np.diff(valid_store.starts).max())
        distances = tuple(d for d in DISTANCES if d < longest)
        found[cell] = measure(trainer.average, valid_store, distances=distances)
        nats[cell] = trainer.best_figures.per_note
    return found, nats


def main(argv: Sequence[str]) -> int:
    options = argparse.ArgumentParser("python -m training.study.memory", description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--cells", nargs="+", default=["lstm", "rnn"], choices=("lstm", "gru", "rnn"))
    options.add_argument("--picture", type=Path, default=Path("memory.png"))
    own, rest = options.parse_known_args(argv)
    # Corpus, sizes and budget are given as to `musiclstm train`.
    common = parser().parse_args([*rest, "-o", "memory.onnx"])
    torch.set_num_threads(common.threads)
    recipe, learn, held_out = gather.held_out(common, openings=False)
    budget = Budget(steps=common.steps) if common.steps else Budget(minutes=common.minutes or 5.0)
    clock = time.process_time if common.cpu else time.perf_counter
    found, nats = compare(recipe, learn, held_out, budget, own.cells, clock=clock)
    print(table(found))
    print("nats per note: " + ", ".join(f"{cell} {value:.3f}" for cell, value in nats.items()))
    draw(found, own.picture)
    with own.picture.with_suffix(".csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["cell", "events_back", "gradient", "prediction_nats"])
        for cell, reach in found.items():
            writer.writerows(zip([cell] * len(reach.distances), reach.distances, reach.gradient.tolist(),
                                 reach.prediction.tolist(), strict=True))  # fmt: skip
    return 0


if __name__ == "__main__":
    run_command(main)
