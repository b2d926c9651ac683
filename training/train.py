"""Train: corpus -> model file in one command, `musiclstm train`.

Truncated back-propagation through time: B lanes of pieces side by side, T events at a time; the state is carried from
window to window without its gradient, and zeroed where a piece starts.
"""

from __future__ import annotations

import argparse
import copy
import json
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from musiclstm.errors import MusicLSTMError, TrainingError, UsageError
from musiclstm.model.modelfile import open_model
from musiclstm.model.net.export import export
from musiclstm.model.net.restored import network_of
from musiclstm.model.score import score_pieces
from musiclstm.music.note import Piece
from musiclstm.music.vocabulary import Vocabulary
from training import corpora, prepare
from training.background import give_way
from training.budget import Budget
from training.card import relabel, write_card
from training.cluster import each_by
from training.command import run_command
from training.corpora import Corpus
from training.devices import NAMES
from training.evaluate import Figures, baselines, evaluate
from training.gather import gather, parent_of, run_of, stores, teachers_of
from training.log import Log
from training.processes import Share, joined
from training.progress import FORMS, Bar, Quiet, progress_of
from training.recipes import RECIPES, Recipe
from training.report import tell
from training.trainer import Trainer
from training.voices import voices_of

# The 8-bit model is scored one event at a time; so many notes are enough to compare.
QUANTISED_CHECK_NOTES = 20_000
# Training that is lost at most when the machine fails.
SAVE_SECONDS = 60.0
# In the folder of a run: what can be listened to while it learns.
SO_FAR = "so-far.onnx"


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser("musiclstm train", description="Train a model from a corpus of MIDI files.")
    p.add_argument("corpus", nargs="+", help="folder of MIDI files, or a corpus of music21 such as music21:bach")
    p.add_argument("-o", "--output", required=True, type=Path, help="model file to write, NAME.onnx")
    p.add_argument("--minutes", type=float, help="how long to train (default 20)")
    p.add_argument("--cpu", action="store_true", help="count CPU time instead of wall-clock time, for a busy machine")
    p.add_argument("--steps", type=int, help="train for this number of steps instead")
    p.add_argument(
        "--passes", type=float, help="read the corpus at most so often (default: a small one as often as that helps)"
    )
    p.add_argument("--resume", action="store_true", help="resume from the last checkpoint")
    p.add_argument("--like", choices=sorted(RECIPES), help="use the parts, grid and sizes of a shipped model")
    p.add_argument(
        "--from", dest="model", metavar="MODEL", help="train this model further; best for a folder of few files"
    )
    p.add_argument(
        "--teacher", action="append", default=[], metavar="MODEL",
        help="let it learn half from the music, half from this model (or several, each with --teacher)",
    )  # fmt: skip
    p.add_argument("--chords", action="store_true", help="let it learn chord symbols, so that chords lead it better")
    p.add_argument(
        "--seconds", action="store_true", help="count time in seconds, for performances that are not on a grid"
    )
    p.add_argument(
        "--parts", help="parts other than the proposed ones: 'Flute:74, Bass:33, Kit:drums', by MIDI program"
    )
    p.add_argument("--grid", type=int, help="steps in a beat, other than the proposed ones")
    p.add_argument("--scheduler", metavar="ADDRESS", help="read the corpus by a Dask cluster, such as tcp://HOST:8786")
    p.add_argument("--prepare", action="store_true", help="only prepare the corpus in the run's folder, to train later")
    p.add_argument("--look", action="store_true", help="only say what is found in the corpus, and what is proposed")
    p.add_argument("--run", type=Path, help="folder of checkpoints and metrics (default runs/NAME)")
    p.add_argument("--report", type=Path, help="write what was found in the corpus to this JSON file as well")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--device", choices=NAMES, default="auto", help="where to train (default: a graphics card, if any)")
    p.add_argument(
        "--cell", choices=("lstm", "gru", "rnn"), help="only an lstm can be played; the others are for comparison"
    )
    p.add_argument(
        "--progress", choices=FORMS, default="bar", help="how it goes: a bar, or lines of JSON for another program"
    )
    p.add_argument("--background", action="store_true", help="give way to every other program, as to music that plays")
    for name in ("layers", "units", "lanes", "window"):
        p.add_argument(f"--{name}", type=int)
    for name in ("dropout", "rate"):
        p.add_argument(f"--{name}", type=float)
    return p


def main(argv: Sequence[str]) -> int:
    """Run the command. Returns 0, or 130 if interrupted. Raises MusicLSTMError."""
    options = parser().parse_args(argv)
    if options.background:
        give_way()
    with closing(progress_of(options.progress)) as progress:
        try:
            check(options)
            torch.set_num_threads(options.threads)
            with joined(options.device) as (device, share):
                return _train(options, progress if share.leads else Quiet(), device, share)
        except MusicLSTMError as error:
            progress.failed(str(error))
            raise


def _train(options: argparse.Namespace, progress: Bar, device: torch.device, share: Share) -> int:
    """As `main`, in every process; the first of them writes, and says what there is to say."""
    run = run_of(options)
    progress.claim(run)
    parent = parent_of(options)
    if options.teacher and share.size > 1:
        raise UsageError("Several processes cannot learn from a --teacher; train with one.")
    with share.first(), each_by(options.scheduler if share.leads else None) as each:
        corpus, recipe = gather(options, progress.reading, each, parent)
        if options.look:
            if share.leads:
                tell(corpus, recipe, run, options.report)
                progress.found(corpus, recipe)
            return 0
        teachers = teachers_of(options, recipe.vocabulary)
        train_store, valid_store = stores(run, corpus, recipe, each)
        if options.prepare:
            if share.leads:
                tell(corpus, recipe, run, options.report)
                progress.done(f"{train_store.pieces + (valid_store.pieces if valid_store else 0)} pieces are prepared.")
            return 0
        counted = baselines(train_store, valid_store or train_store, recipe.vocabulary) if share.leads else {}
    if share.size > recipe.lanes:
        raise UsageError(f"{recipe.lanes} lanes cannot be shared by {share.size} processes; choose more --lanes.")
    if share.leads:
        tell(corpus, recipe, run, options.report)
    v = recipe.vocabulary
    some = some_of(corpus, v)
    budget = budget_of(options, recipe)
    clock = time.process_time if options.cpu else time.perf_counter
    trainer = Trainer(
        recipe, train_store, valid_store, budget,
        seed=options.seed, clock=clock, say=progress.say, device=device, share=share,
        teachers=[network_of(each) for each in teachers],
        chords_only=parent is not None and recipe.config.chords and not parent.config["chords"],
    )  # fmt: skip
    progress.found(corpus, recipe)
    if parent:
        before = trainer.begin_with(network_of(parent, chords=recipe.config.chords))
        counted = {f"{parent.title} before": before, **counted}
    checkpoint = run / "checkpoint.pt"
    resumed = options.resume or share.restarted
    if share.size > 1 and share.leads and not resumed:
        checkpoint.unlink(missing_ok=True)  # of another run, which a restart would take for this one's
    if resumed and checkpoint.is_file():
        try:
            trainer.load(checkpoint)
        except ValueError as error:
            raise UsageError(
                f"{checkpoint}: {error}. Start again without --resume, or choose another folder with --run."
            ) from error
    trainer.agree()
    if not share.leads:
        return 0 if train_until_done(trainer, checkpoint, None, progress) else 130
    print(
        f"{recipe.title}: {train_store.pieces} pieces, {int(train_store.notes.sum()):,} notes to train on, "
        f"{valid_store.pieces if valid_store else 'none'} for validation; {trainer.parameters:,} parameters",
        file=sys.stderr,
    )
    with closing(Log(run)) as log:
        finished = train_until_done(trainer, checkpoint, log, progress)
    if not finished:
        progress.paused(f"Stopped. Continue with --resume; the checkpoint is in {run}.")
        return 130
    if not trainer.best_figures.events:
        raise TrainingError(f"Nothing was learned: the loss ran away {trainer.guard.backs} times. Try a lower --rate.")
    if recipe.config.cell == "lstm":
        taught = {"teachers": [f"{each.title} ({each.fingerprint})" for each in teachers]} if teachers else {}
        ship(trainer, options, replace(recipe, card={**recipe.card, **taught}), counted, some)
        progress.saved(options.output)
    figures = {"model": trainer.best_figures.per_note, **{n: f.per_note for n, f in counted.items()}}
    where = "" if valid_store else " of the training pieces"
    nats = ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
    progress.done(f"nats per note{where}: {nats}{'' if options.passes else why_early(trainer)}")
    (run / "figures.json").write_text(json.dumps({**figures, **trainer.best_figures.to_dict()}, indent=1))
    if trainer.guard.given_up:
        raise TrainingError(
            f"Training stopped at step {trainer.step}, because the loss ran away {trainer.guard.backs} times; "
            f"the best model until then is kept. Try a lower --rate."
        )
    return 0


def budget_of(options: argparse.Namespace, recipe: Recipe) -> Budget:
    if options.steps:
        return Budget(steps=options.steps, passes=options.passes)
    return Budget(minutes=options.minutes or 20.0, passes=options.passes or recipe.passes)


def why_early(trainer: Trainer) -> str:
    """Why it ended before the time was over, in words that follow the figures; nothing where it did not."""
    if not trainer.has_read_enough:
        return ""
    return f". It has read all {trainer.passes:.0f} times; what is read more often is only learnt by heart"


def check(options: argparse.Namespace) -> None:
    for name in ("minutes", "steps", "passes", "threads", "layers", "units", "lanes", "window", "rate"):
        value = getattr(options, name)
        if value is not None and not value > 0:
            raise UsageError(f"--{name} must be above 0, not {value}.")
    if options.output.suffix != ".onnx":
        raise UsageError(f"The model file must end in .onnx, not {options.output.name}.")


def some_of(corpus: Corpus, vocabulary: Vocabulary) -> list[Piece]:
    """Enough pieces, in the parts of the vocabulary, to score the 8-bit model on."""
    some: list[Piece] = []
    for piece in corpus.fitted(corpus.valid or corpus.train, vocabulary):
        some.append(piece)
        if sum(len(each.notes) for each in some) >= QUANTISED_CHECK_NOTES:
            break
    return some


def train_until_done(trainer: Trainer, checkpoint: Path, log: Log | None, progress: Bar) -> bool:
    """Train until the budget is spent or it is to be kept (True), or a signal interrupts (False).

    A checkpoint is written either way.
    """
    interrupted = False

    def interrupt(*_: object) -> None:
        nonlocal interrupted
        interrupted = True

    # Signals reach only the main thread.
    signals = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    handlers = {number: signal.signal(number, interrupt) for number in signals}
    saved = time.monotonic()

    def validate() -> None:
        metrics = trainer.validate()
        if log:
            log.write(metrics)

    try:
        progress.begin(trainer)
        stops, keep, save = trainer.share.any(interrupted, progress.keep, False)
        while not trainer.done and not stops and not keep:
            trainer.train_step()
            validated = trainer.time_to_validate
            if validated:
                validate()
            progress.step(trainer, validated=validated)
            if progress.listens:
                progress.so_far(export_so_far(trainer, checkpoint.with_name(SO_FAR)))
            late = time.monotonic() - saved > SAVE_SECONDS
            stops, keep, save = trainer.share.any(interrupted, progress.keep, late)
            if save:
                trainer.save(checkpoint)
                saved = time.monotonic()
        if trainer.done or keep:
            validate()
            progress.step(trainer, validated=True)
        trainer.save(checkpoint)
    finally:
        progress.end()
        for each, handler in handlers.items():
            signal.signal(each, handler)
    return not (stops or interrupted)


def export_so_far(trainer: Trainer, path: Path) -> Path:
    """The best model until now, to be listened to; before the first validation the average."""
    best = trainer.best_network if trainer.best_figures.events else trainer.average
    network = copy.deepcopy(best).cpu()
    export(network, path, title=f"{trainer.recipe.title} so far", card={}, defaults=trainer.recipe.defaults)
    return path


def ship(
    trainer: Trainer,
    options: argparse.Namespace,
    recipe: Recipe,
    counted: dict[str, Figures],
    some: list[Piece],
) -> None:
    """Write the model file and its card, with the cost of its 8-bit weights on some pieces."""
    path: Path = options.output
    figures = trainer.best_figures
    card: dict[str, Any] = {
        "corpus": ", ".join(corpora.printable(name) for name in options.corpus),
        **recipe.card,
        "split": "by piece: the corpus's own table, else SHA-1 of the piece's key, first 8 hex digits, modulo 20; "
        "0 is test (never trained on), 1 is valid; pieces of the same notes, or nearly, are in one split",
        "pieces": trainer.train_store.pieces,
        "notes": int(trainer.train_store.notes.sum()),
        "voices": voices_of(map(trainer.train_store.piece, range(trainer.train_store.pieces)), recipe.vocabulary),
        "parameters": trainer.parameters,
        "config": asdict(recipe.config),
        "training_minutes": round(trainer.elapsed / 60, 1),
        "steps": trainer.step,
        "threads": torch.get_num_threads(),
        # Without validation pieces it is "train".
        trainer.measured_on: {"pieces": trainer.measured_store.pieces, **figures.to_dict()},
        **({"told": trainer.best_told.to_dict()} if recipe.config.chords else {}),
        "baselines": {name: each.to_dict() for name, each in counted.items()},
    }
    network = trainer.best_network.cpu()
    export(network, path, title=recipe.title, card=card, defaults=recipe.defaults)
    if some:
        store = prepare.prepare([(str(i), piece) for i, piece in enumerate(some)], recipe.vocabulary)
        exact = evaluate(network, store).per_note
        played = score_pieces(open_model(path), some).nats_per_note
        card["quantised_loss"] = played / exact - 1
        relabel(path, recipe.defaults, card)
    write_card(path.with_suffix(".md"), recipe.title, card)


if __name__ == "__main__":
    run_command(main)
