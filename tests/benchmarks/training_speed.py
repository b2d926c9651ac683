"""Training on one thread of the processor: events a second by a recipe, beside the plain float32 loop.

    python -m tests.benchmarks.training_speed [--recipes chorales piano] [--seconds 5] [--rounds 5] [--files 40]

Of the recipe's own corpus the first pieces, prepared as for training; the same batch sizes for both. The trainer and
the plain loop (`plain_training`) have a process each and take turns: medians of the rounds. Events include padding and
are counted per second of processor time, which does not depend on what else runs; the thread that makes the trainer's
batches counts. FLOPs are those of the matrix products, backward twice as many as forward; their share is of the rate at
which one thread here multiplies large matrices in the trainer's precision.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from musiclstm.errors import MidiFileError
from musiclstm.music import midifile
from musiclstm.music.parts import assign
from tests.benchmarks.figures import cpu_time, machine, median
from tests.benchmarks.material import corpus
from tests.benchmarks.plain_training import PlainLoop
from training import prepare
from training.budget import Budget
from training.recipes import RECIPES, Recipe
from training.store import Store
from training.summary import summary_of
from training.trainer import Trainer

# music21's chorales take minutes to read.
CORPORA = {
    "chorales": "open-hymnal",
    "folk": "folk-pd",
    "quartet": "openscore-quartets",
    "piano": "piano-midi-de",
    "drums": "groove-midi",
}
WARM_UP = 5
LARGE = 2048


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipes", nargs="+", default=list(CORPORA), choices=CORPORA)
    parser.add_argument("--seconds", type=float, default=5.0, help="of a turn")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--files", type=int, default=40)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(machine("numpy", "torch"))
    peaks = {kind: matrix_rate(kind) for kind in (torch.float32, torch.bfloat16)}
    print(
        ", ".join(
            f"{str(kind).removeprefix('torch.')} products: {rate / 1e9:.0f} GFLOP/s" for kind, rate in peaks.items()
        )
    )
    print(f"{'':12}{'plain':>10}{'float32':>10}{'trainer':>10}{'ratio':>8}{'MFLOP/event':>13}{'share':>8}  precision")
    for name in options.recipes:
        with tempfile.TemporaryDirectory() as folder:
            files = corpus(CORPORA[name], Path(folder))
            if files is None:
                print(f"{name:12}not measured; the corpus {CORPORA[name]} is not there (set MUSICLSTM_CORPORA)")
                continue
            store = store_for(RECIPES[name], sorted(files.rglob("*.mid"))[: options.files])
        kinds = ("plain", "float32", "trainer")
        turns = {kind: start(kind, name, store) for kind in kinds}
        rates: dict[str, list[float]] = {kind: [] for kind in kinds}
        for _ in range(options.rounds):
            for kind, pipe in turns.items():
                pipe.send(options.seconds)
                rates[kind].append(pipe.recv())
        for pipe in turns.values():
            pipe.send(None)
        plain, single, ours = (median(rates[kind]) for kind in kinds)
        flops, bf16 = flops_of(RECIPES[name], store)
        share = flops * ours / peaks[torch.bfloat16 if bf16 else torch.float32]
        print(
            f"{name:12}{plain:10,.0f}{single:10,.0f}{ours:10,.0f}{ours / plain:8.2f}{flops / 1e6:13.1f}{share:8.1%}"
            f"  {'bfloat16' if bf16 else 'float32'}",
            flush=True,
        )


def store_for(recipe: Recipe, files: list[Path]) -> Store:
    pieces = []
    for file in files:
        try:
            piece = midifile.read(file, recipe.vocabulary.base)
        except MidiFileError as error:
            print(f"skipped {file.name}: {error}")
            continue
        if not recipe.misfit(summary_of(piece)):
            pieces.append((file.stem, assign(piece, recipe.vocabulary)))
    return prepare.prepare(pieces, recipe.vocabulary, next_piece_events=recipe.next_piece_events)


def start(kind: str, name: str, store: Store) -> Connection:
    """A process that trains for as many seconds as it is sent, and answers with the events a second."""
    context = multiprocessing.get_context("spawn")
    ours, other = context.Pipe()
    context.Process(target=take_turns, args=(kind, name, store, other), daemon=True).start()
    return ours


def take_turns(kind: str, name: str, store: Store, pipe: Connection) -> None:
    torch.set_num_threads(1)
    step = step_of(kind, RECIPES[name], store)
    for _ in range(WARM_UP):
        step()
    while (seconds := pipe.recv()) is not None:
        events, begin, busy = 0, time.perf_counter(), cpu_time()
        while time.perf_counter() - begin < seconds:
            events += step()
        pipe.send(events / (cpu_time() - busy))


def step_of(kind: str, recipe: Recipe, store: Store) -> Callable[[], int]:
    """Trains on a batch, and returns the number of its events."""
    if kind == "plain":
        return PlainLoop(recipe, store).step
    trainer = Trainer(recipe, store, None, Budget(minutes=20.0), bf16=False if kind == "float32" else None)

    def step() -> int:
        trainer.train_step()
        return recipe.lanes * recipe.window

    return step


def flops_of(recipe: Recipe, store: Store) -> tuple[float, bool]:
    """Of the trainer's step, an event; and whether it is in half precision."""
    trainer = Trainer(recipe, store, None, Budget(minutes=20.0))
    c = recipe.config
    with FlopCounterMode(display=False) as counter:
        trainer.network(trainer.lanes.next(), trainer.state)
    counts = counter.get_flop_counts()
    # How PyTorch multiplies in an LSTM on the processor is not counted in all of its versions.
    others = counter.get_total_flops() - sum(counts.get("MusicLSTM.cell", {}).values())
    lstm = sum(8 * c.units * ((c.units if layer else c.embedding) + c.units) for layer in range(c.layers))
    return 3 * (others / (recipe.lanes * recipe.window) + lstm), trainer.bf16


def matrix_rate(kind: torch.dtype) -> float:
    """FLOPs a second of processor time in the product of large matrices, the best of several."""
    one, other = torch.randn(LARGE, LARGE).to(kind), torch.randn(LARGE, LARGE).to(kind)
    best = 0.0
    for _ in range(8):
        busy = time.process_time()
        one @ other
        best = max(best, 2 * LARGE**3 / (time.process_time() - busy))
    return best


if __name__ == "__main__":
    main()
