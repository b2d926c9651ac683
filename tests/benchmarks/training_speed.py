"""Training on the CPU: steps a second by a recipe, and which share of them is the making of batches.

    python -m tests.benchmarks.training_speed [--recipes chorales piano] [--seconds 30] [--files 40]

Of the recipe's own corpus the first pieces, prepared as for training; one thread. What a batch costs is the time that
the training waits for it. `CPU`: steps in a second of processor time, which tells more where something else runs.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import torch

from musiclstm.errors import MidiFileError
from musiclstm.music import midifile
from musiclstm.music.parts import assign
from tests.benchmarks.figures import cpu_time, machine
from tests.benchmarks.material import corpus
from training import prepare
from training.recipes import RECIPES, Recipe
from training.summary import summary_of
from training.trainer import Budget, Trainer

# music21's chorales take minutes to read.
CORPORA = {
    "chorales": "open-hymnal",
    "folk": "folk-pd",
    "quartet": "openscore-quartets",
    "piano": "piano-midi-de",
    "drums": "groove-midi",
}
WARM_UP = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipes", nargs="+", default=["chorales", "piano"], choices=CORPORA)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--files", type=int, default=40)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(machine("numpy", "torch"))
    print(f"{'':12}{'steps/s':>10}{'CPU':>10}{'events/s':>12}{'batches':>10}")
    for name in options.recipes:
        with tempfile.TemporaryDirectory() as folder:
            files = corpus(CORPORA[name], Path(folder))
            if files is None:
                print(f"{name:12}not measured; the corpus {CORPORA[name]} is not there (set MUSICLSTM_CORPORA)")
                continue
            trainer = trainer_for(RECIPES[name], sorted(files.rglob("*.mid"))[: options.files])
        steps, per_cpu, share = measure(trainer, options.seconds)
        events = steps * trainer.recipe.lanes * trainer.recipe.window  # with their padding
        print(f"{name:12}{steps:10.2f}{per_cpu:10.2f}{events:12,.0f}{share:10.1%}", flush=True)


def trainer_for(recipe: Recipe, files: list[Path]) -> Trainer:
    pieces = []
    for file in files:
        try:
            piece = midifile.read(file, recipe.vocabulary.base)
        except MidiFileError as error:
            print(f"skipped {file.name}: {error}")
            continue
        if not recipe.misfit(summary_of(piece)):
            pieces.append((file.stem, assign(piece, recipe.vocabulary)))
    arrays = prepare.prepare(pieces, recipe.vocabulary, next_piece_events=recipe.next_piece_events)
    return Trainer(recipe, arrays, None, Budget(minutes=20.0))


def measure(trainer: Trainer, seconds: float) -> tuple[float, float, float]:
    """(steps a second, steps in a second of processor time, share of the time that went into batches)."""
    waited = 0.0
    batch = trainer.lanes.next

    def timed() -> object:
        nonlocal waited
        begin = time.perf_counter()
        made = batch()
        waited += time.perf_counter() - begin
        return made

    trainer.lanes.next = timed  # type: ignore[assignment, method-assign]
    for _ in range(WARM_UP):
        trainer.train_step()
    waited, first, begin, busy = 0.0, trainer.step, time.perf_counter(), cpu_time()
    while time.perf_counter() - begin < seconds:
        trainer.train_step()
    took = time.perf_counter() - begin
    steps = trainer.step - first
    return steps / took, steps / (cpu_time() - busy), waited / took


if __name__ == "__main__":
    main()
