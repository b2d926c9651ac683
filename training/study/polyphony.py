"""Polyphony: this model on the four piano-roll benchmarks (Boulanger-Lewandowski, Bengio and Vincent 2012).

    python -m training.study.polyphony --data bl-jsb-chorales.npz --minutes 30 --threads 2 --json

A roll says which of 88 pitches sound at each time step. It becomes what the instrument plays: one part, whose notes
begin and end. A tick is a step; a beat has four steps, or one where something changes at nearly every step. The
probability of a roll is the product of those of its events. The last event is a WAIT until the end, which says that
nothing more happens while notes still sound, so that every step counts. Networks are trained on the training part and
chosen on the validation part; the test part is scored once, at the end. Figures are nats per time step: all nats / all
steps.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from musiclstm.errors import CorpusError, UsageError
from musiclstm.model.net.network import ModelConfig, MusicLSTM
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Note, Part, Piece, TimeBase
from musiclstm.music.packed import pack
from musiclstm.music.vocabulary import Vocabulary, with_waits
from musiclstm.music.walk import meter_changes
from training.budget import Budget
from training.command import run_command
from training.evaluate import evaluate
from training.packing import PackedPiece
from training.prepare import store_of
from training.recipes import MEMORISABLE_NOTES, Recipe
from training.store import Store
from training.trainer import Trainer

LOWEST = 21
VOCABULARY = Vocabulary(TimeBase.BEATS, 4, 48, (Part("Roll"),), LOWEST, LOWEST + 87)

Roll = NDArray[np.bool_]

# A small set is memorised after so many epochs, however long the training goes on.
EPOCHS = 40
# If there is time, so many networks then teach a student; each adds this share to the time of an update.
TEACHERS, TEACHER_COST = 3, 0.3


# ---- rolls <-> events --------------------------------------------------------------------------------------------


def steps_of_a_beat(rolls: Roll) -> int:
    """4, or 1 if something changes at more than four of five steps."""
    return 1 if (rolls[1:] != rolls[:-1]).any(1).mean() > 4 / 5 else 4


def roll_to_piece(roll: Roll, vocabulary: Vocabulary = VOCABULARY) -> Piece:
    """(steps, 88) -> notes; each lasts as long as its pitch sounds without a break."""
    edges = np.diff(np.pad(roll.astype(np.int8), ((1, 1), (0, 0))), axis=0)
    notes = []
    for pitch in np.flatnonzero(roll.any(0)).tolist():
        on, off = (np.flatnonzero(edges[:, pitch] == sign).tolist() for sign in (1, -1))
        unit = vocabulary.resolution
        notes += [Note(a / unit, (b - a) / unit, LOWEST + pitch) for a, b in zip(on, off, strict=True)]
    return Piece(tuple(sorted(notes)), parts=vocabulary.parts)


def roll_to_events(roll: Roll, vocabulary: Vocabulary = VOCABULARY) -> list[Event]:
    """(steps, 88) -> events, the last a WAIT until the end; their deltas add up to the number of steps."""
    steps = len(roll)
    timed, now = [], 0
    for event in vocabulary.encode(roll_to_piece(roll, vocabulary)):
        now += event.delta
        if event.kind is not Kind.WAIT and now < steps:
            timed.append((now, event.kind, event.part, event.pitch, event.velocity))
    events = list(with_waits(timed, vocabulary.max_delta))
    left = steps - sum(event.delta for event in events)
    while left:
        events.append(Event(min(left, vocabulary.max_delta), Kind.WAIT))
        left -= events[-1].delta
    return events


# ---- data --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Split:
    """store: the events of its sequences, in a vocabulary. steps: time steps in all."""

    store: Store
    steps: int
    vocabulary: Vocabulary


def read(path: Path) -> dict[str, Split]:
    """The splits in a file, by name. Raises CorpusError if it has no train or no valid part."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            names = [name for name in ("train", "valid", "test") if f"{name}_roll" in archive.files]
            if names[:2] != ["train", "valid"]:
                raise CorpusError(f"{path} has no train and valid rolls.")
            vocabulary = replace(VOCABULARY, resolution=steps_of_a_beat(archive["train_roll"] > 0))
            return {n: split_of(archive[f"{n}_roll"] > 0, archive[f"{n}_len"], vocabulary) for n in names}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise CorpusError(f"{path} cannot be read as rolls: {error}.") from error


def split_of(rolls: Roll, lengths: NDArray[Any], vocabulary: Vocabulary) -> Split:
    if rolls.ndim != 2 or rolls.shape[1] != 88 or int(lengths.sum()) != len(rolls):
        raise ValueError("rolls must be (steps, 88), and the lengths add up to the steps")
    pieces = []
    meters = np.array([(c.tick, c.bar_ticks, c.index) for c in meter_changes(Piece(()), vocabulary)])
    for index, roll in enumerate(np.split(rolls, np.cumsum(lengths)[:-1])):
        if len(roll):
            pitches = np.flatnonzero(roll.any(0)) + LOWEST
            span = (int(pitches[0]), int(pitches[-1])) if len(pitches) else (127, 0)
            pieces.append((str(index), PackedPiece(pack(roll_to_events(roll, vocabulary)), span, meters)))
    return Split(store_of(pieces, vocabulary), len(rolls), vocabulary)


def recipe_for(train: Split) -> Recipe:
    """The same for every set, except that a small one would be memorised without more dropout and fewer features.

    All are transposed, large ones farther, which delays memorising them.
    """
    notes = int(train.store.notes.sum())
    config = ModelConfig(
        units=256, embedding=128, tied=128, past=True, dropout=0.5, input_dropout=0.3, head_dropout=0.3
    )
    if notes < 60_000:
        config = replace(config, head_dropout=0.4, weight_drop=0.2, echoes=1, past=False)
        return Recipe("Rolls", train.vocabulary, config, transpose=(-3, 3), rate=2e-3)
    if notes < MEMORISABLE_NOTES:
        return Recipe("Rolls", train.vocabulary, config, transpose=(-3, 3))
    config = replace(config, dropout=0.35, input_dropout=0.2, head_dropout=0.2)
    return Recipe("Rolls", train.vocabulary, config, transpose=(-6, 6))


# ---- the command -------------------------------------------------------------------------------------------------


def train(splits: dict[str, Split], recipe: Recipe, budget: Budget, seed: int, **how: Any) -> Trainer:
    """Train until the budget is spent; progress goes to stderr."""
    trainer = Trainer(recipe, splits["train"].store, splits["valid"].store, budget, seed=seed, **how)
    print(f"{trainer.parameters:,} parameters", file=sys.stderr)
    while not trainer.done:
        trainer.train_step()
        if trainer.time_to_validate or trainer.done:
            seen = trainer.validate()
            nats = seen["valid_nats_per_note"] * int(splits["valid"].store.notes.sum()) / splits["valid"].steps
            print(
                f"{seen['minutes']:.1f} min, step {trainer.step}, epoch {trainer.lanes.epochs}, "
                f"{seen['events_per_second']:,.0f} events/s, {seen['train_nats_per_event']:.3f} nats/event; "
                f"valid {nats:.3f} nats/step",
                file=sys.stderr, flush=True,
            )  # fmt: skip
    return trainer


def best(splits: dict[str, Split], recipe: Recipe, minutes: float, seed: int) -> tuple[Trainer, int]:
    """The network that is best on the validation part, and the number of its teachers.

    If a set is memorised before the time is over, the rest of the time trains further networks, which all teach a last
    one.
    """
    began = time.perf_counter()
    steps = EPOCHS * len(splits["train"].store.events) // (recipe.lanes * recipe.window)

    def train_one(number: int, teachers: Sequence[MusicLSTM] = ()) -> Trainer:
        left = max(1e-3, minutes - (time.perf_counter() - began) / 60)
        return train(splits, recipe, Budget(left, steps), seed + number, validations=8, teachers=teachers)

    first = train_one(0)
    took = time.perf_counter() - began
    # The student takes as long as the first, and TEACHER_COST more for each teacher.
    count = min(TEACHERS, int((60 * minutes - took) / (took * (1 + TEACHER_COST))))
    if count < 1:
        return first, 0
    others = [train_one(number) for number in range(1, count)]
    last = train_one(0, [trainer.best_network for trainer in (first, *others)])
    taught = last.best_figures.per_note < first.best_figures.per_note
    return (last, count) if taught else (first, 0)


def main(argv: Sequence[str]) -> int:
    p = argparse.ArgumentParser("python -m training.study.polyphony", description="Train and score on piano rolls.")
    p.add_argument("--data", type=Path, required=True, help="bl-*.npz: <split>_roll (steps, 88) and <split>_len")
    p.add_argument("--minutes", type=float, default=30.0, help="train at most so long, validation included")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--json", action="store_true", help="print one JSON object")
    options = p.parse_args(argv)
    if not (options.minutes > 0 and options.threads > 0):
        raise UsageError("--minutes and --threads must be above 0.")
    torch.set_num_threads(options.threads)
    splits = read(options.data)
    recipe = recipe_for(splits["train"])
    trainer, teachers = best(splits, recipe, options.minutes, options.seed)
    figures: dict[str, Any] = {}
    for name, split in splits.items():
        if name != "train":
            found = evaluate(trainer.best_network, split.store)
            figures[name] = sum(found.by_field) / split.steps
    details = {
        "data": options.data.name, "minutes": options.minutes, "threads": options.threads, "seed": options.seed,
        "parameters": trainer.parameters, "updates": trainer.step, "epochs": trainer.lanes.epochs,
        "teachers": teachers,
    }  # fmt: skip
    if options.json:
        print(json.dumps({**details, "nats_per_step": figures}))
    else:
        print(f"{options.data.name}, nats per step: " + ", ".join(f"{n} {v:.3f}" for n, v in figures.items()))
    return 0


if __name__ == "__main__":
    run_command(main)
