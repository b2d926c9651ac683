"""A whole event: network, context, heads and sampling, of a model that plays freely; beside its peers and the floor.

    python -m tests.benchmarks.event [--events 3000] [--models chorales piano]

Ours: the shipped models, and two layers of 512 units with random weights (no file; its music is noise, with more notes
at once than music has). Notochord and IMPSY with random weights, each event fed back (`contestants`). The floor is the
time of the products of a model's own matrices, alone.

Each contestant is a process with one thread, of real-time priority where the machine grants it; the others wait
meanwhile. They take turns of some hundred events, so that whatever disturbs the machine disturbs all of them.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.benchmarks.contestants.process import Contestant, peer
from tests.benchmarks.figures import machine, median, p99
from tests.benchmarks.material import MODELS

LARGE = "2×512"
PEERS = ("notochord", "impsy")
WARM_UP = 300
ROUNDS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=3_000, help="of each contestant")
    parser.add_argument("--models", nargs="+", default=[*MODELS, LARGE])
    options = parser.parse_args()
    print(machine("numpy", "onnxruntime"))
    contestants: dict[str, Contestant] = {}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ended:
        for name in PEERS:
            if (other := peer(name)) is not None:
                contestants[name] = other
        for name in options.models:
            file = str(two_layers_of_512(Path(folder))) if name == LARGE else name
            contestants[name] = Contestant("ours_event", file)
            contestants[f"{name} floor"] = Contestant("floor", file)
        for each in contestants.values():
            ended.callback(each.close)
            each.hurry()
        found = take_turns(contestants, options.events)
    print("; ".join(contestants[name].ready for name in PEERS if name in contestants))
    show(found, options.models)


def two_layers_of_512(folder: Path) -> Path:
    """A model file in the vocabulary of the chorales, with random weights in 8 bits."""
    import torch

    from musiclstm.model.net.export import export
    from musiclstm.model.net.network import MusicLSTM
    from training.recipes import RECIPES

    recipe = RECIPES["chorales"]
    torch.manual_seed(1)
    network = MusicLSTM(replace(recipe.config, layers=2, units=512, tied=64), recipe.vocabulary).eval()
    path = folder / "large.onnx"
    export(network, path, title="Two layers of 512")
    return path


def take_turns(contestants: dict[str, Contestant], events: int) -> dict[str, list[float]]:
    """Seconds of each event of each."""
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for each in contestants.values():
        each.ask(WARM_UP)
    for _ in range(ROUNDS):
        for name, each in contestants.items():
            found[name] += each.ask(events // ROUNDS)
    return found


def show(found: dict[str, list[float]], models: list[str]) -> None:
    print(f"{'':14}{'an event, ms':^20}{'as fast as':^24}{'the products alone':^22}")
    print(f"{'':14}{'median':>10}{'p99':>10}{'Notochord':>12}{'IMPSY':>10}{'ms':>12}{'times':>10}")
    for name in PEERS:
        if name in found:
            print(f"{name:14}{median(found[name]) * 1e3:10.3f}{p99(found[name]) * 1e3:10.3f}")
    reached: dict[str, list[str]] = {}
    for name in models:
        ours, floor = median(found[name]), median(found[f"{name} floor"])
        faster = {other: median(found[other]) / ours for other in PEERS if other in found}
        ratios = "".join(f"{faster[other]:9.1f} ×" if other in faster else f"{'–':>11}" for other in PEERS)
        print(
            f"{name:14}{ours * 1e3:10.3f}{p99(found[name]) * 1e3:10.3f}{ratios}{floor * 1e3:12.4f}{ours / floor:9.1f} ×"
        )
        goals = {
            "50 times as fast as Notochord": faster.get("notochord", 0) >= 50,
            "twice as fast as IMPSY": faster.get("impsy", 0) >= 2,
            "p99 at most 0.2 ms": p99(found[name]) <= 0.2e-3,
            "at most 2.5 times the products alone": ours <= 2.5 * floor,
        }
        for goal, met in goals.items():
            reached.setdefault(goal, []).extend([name] if met else [])
    for goal, names in reached.items():
        print(f"{goal}: {', '.join(names) or 'none'}")


if __name__ == "__main__":
    main()
