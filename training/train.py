"""Train: corpus -> model file in one command, `musiclstm train`.

Truncated back-propagation through time: B lanes of pieces side by side, T events at a time; the state is carried from
window to window without its gradient, and zeroed where a piece starts.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from musiclstm.errors import CannotGoOnError, CorpusError, ModelError, MusicLSTMError, TrainingError, UsageError, reason
from musiclstm.files import check_writable, is_file, unused, write_atomic
from musiclstm.model.modelfile import ModelFile
from musiclstm.model.net.restored import network_of
from musiclstm.music.note import Piece
from musiclstm.paths import SIMILAR, SO_FAR
from musiclstm.words import counted
from training import room
from training.background import give_way
from training.cluster import each_by
from training.command import run_command
from training.corpora import Corpus
from training.evaluate import Figures, Stopped, baselines
from training.gather import gather, parent_of, run_of, stores, teachers_of
from training.log import Log
from training.options import budget_of, check, parser
from training.processes import Share, joined
from training.progress import Bar, Quiet, progress_of
from training.recipes import Recipe
from training.report import tell
from training.ship import export_so_far, ship, some_of
from training.stopped import opened
from training.store import Store
from training.trainer import Trainer

# How much training is lost at most when the machine fails.
SAVE_SECONDS = 60.0
# In the folder of the run.
CHECKPOINT = "checkpoint.pt"
KEEP = "keep the best so far as a model (the same command with --keep)"


def main(argv: Sequence[str]) -> int:
    """Runs the command. Returns 0, or 130 if it was interrupted. Raises MusicLSTMError."""
    options = parser().parse_args(argv)
    if options.background:
        give_way()
    with closing(progress_of(options.progress)) as progress:
        try:
            check(options)
            torch.set_num_threads(options.threads)
            with joined(options.device) as (device, share), _room(run_of(options), options.go_on):
                return _train(options, progress if share.leads else Quiet(), device, share)
        except Exception as error:
            why = str(error) if isinstance(error, MusicLSTMError) else f"unexpected error {error!r}"
            progress.failed(why, begin_again=isinstance(error, CannotGoOnError))
            raise


@contextmanager
def _room(run: Path, go_on: str) -> Iterator[None]:
    """Turns a full disk and memory that ran out into a TrainingError that says what to do. go_on: by which command."""
    try:
        yield
    except BrokenPipeError:  # nobody reads what is said
        raise
    except (OSError, MemoryError, RuntimeError) as error:
        kept = is_file(run / CHECKPOINT)
        then = f"go on from the last checkpoint ({go_on})" if kept else "begin again"
        if isinstance(error, OSError):
            raise TrainingError(
                f"{error.filename or run} cannot be written to ({reason(error)}). When it can, {then}."
            ) from error
        if room.ran_out(error):
            raise TrainingError(
                f"Memory ran out. Close other programs and {then}, or train a smaller model (with less of --lanes, "
                f"--window, --units or --layers)."
            ) from error
        raise


def _train(options: argparse.Namespace, progress: Bar, device: torch.device, share: Share) -> int:
    """What every process does for `main`; the first of them writes the files, and says what there is to say."""
    there = _stamp(options.output)
    run = run_of(options)
    checkpoint = run / CHECKPOINT
    if options.keep and not is_file(checkpoint):
        raise UsageError(f"There is no checkpoint in {run} to make a model of; name the folder of the run with --run.")
    if options.keep and share.size > 1:
        raise UsageError("--keep takes one process; leave out torchrun.")
    _claim(run, progress)
    some: list[Piece] = []
    if options.keep:
        progress.keep = True
        trainer = opened(checkpoint, options, device)
    elif (begun := _begun(options, run, progress, device, share)) is not None:
        trainer, some = begun
    else:
        return 0
    if not share.leads:
        return 0 if train_until_done(trainer, checkpoint, None, progress) else 130
    held_out = trainer.measured_store.pieces if trainer.measured_on == "valid" else "none"
    print(
        f"{trainer.recipe.title}: {counted(trainer.train_store.pieces, 'piece')}, "
        f"{int(trainer.train_store.notes.sum()):,} notes to train on, {held_out} for validation; "
        f"{trainer.parameters:,} parameters",
        file=sys.stderr,
    )
    with closing(Log(run)) as log:
        finished = train_until_done(trainer, checkpoint, log, progress)
    if not finished:
        return _stopped(run, options, progress)
    # Another program may have written it meanwhile, such as another training.
    output = options.output if _stamp(options.output) == there else unused(options.output)
    try:
        _finish(trainer, options, output, some, progress)
    except ModelError as error:
        raise ModelError(f"{error} When it can be, go on ({options.go_on}).") from error
    except KeyboardInterrupt:
        return _stopped(run, options, progress)
    return 0


def _begun(
    options: argparse.Namespace, run: Path, progress: Bar, device: torch.device, share: Share
) -> tuple[Trainer, list[Piece]] | None:
    """The training of the corpus, or its checkpoint, and the pieces of `_Material.some`; None if no more is asked for.

    Raises MusicLSTMError.
    """
    try:
        material = _prepare(options, run, progress, device, share)
    except CorpusError as error:
        if options.resume and is_file(run / CHECKPOINT):
            raise CorpusError(f"{error} Put back what is missing and go on, or {KEEP}.") from error
        raise
    if material is None:
        return None
    recipe, parent = material.recipe, material.parent
    if share.size > recipe.lanes:
        raise UsageError(f"{recipe.lanes} lanes cannot be shared by {share.size} processes; choose more --lanes.")
    if share.leads:
        tell(material.corpus, recipe, run, options.report)
    clock = time.process_time if options.cpu else time.perf_counter
    trainer = Trainer(
        recipe, material.train, material.valid, budget_of(options, recipe),
        seed=options.seed, clock=clock, say=progress.say, device=device, share=share,
        teachers=[network_of(each) for each in material.teachers],
        chords_only=parent is not None and recipe.config.chords and not parent.config["chords"],
        sources=_sources(material),
    )  # fmt: skip
    progress.found(material.corpus, recipe, options.model or "")
    trainer.compared = material.compared
    if parent:
        before = trainer.begin_with(network_of(parent, chords=recipe.config.chords))
        trainer.compared = {f"{parent.title} before": before, **material.compared}
    _resume(trainer, run / CHECKPOINT, progress, resume=options.resume or share.restarted)
    return trainer, material.some


def _stopped(run: Path, options: argparse.Namespace, progress: Bar) -> int:
    progress.paused(
        f"Stopped; the checkpoint is in {run}. To go on: {options.go_on}. "
        f"To keep the best so far as a model: the same command with --keep."
    )
    return 130


def _stamp(file: Path) -> tuple[int, int] | None:
    """By which it is seen that a file was written again; None where there is none."""
    try:
        about = file.stat()
    except OSError:
        return None
    return about.st_ino, about.st_mtime_ns


def _claim(run: Path, progress: Bar) -> None:
    """Makes the folder of the run if need be, and claims it. Raises UsageError if it cannot be written to."""
    try:
        run.mkdir(parents=True, exist_ok=True)
        check_writable(run / SO_FAR)
    except OSError as error:
        raise UsageError(f"{run} cannot be written to ({reason(error)}); choose another folder with --run.") from error
    progress.claim(run)


@dataclass
class _Material:
    """What a run learns from. parent: the model that it begins with, or None. valid: None without validation pieces.

    compared: figures to compare with, by name. some: pieces to score the 8-bit model on, read before the training,
    after which the files may be gone.
    """

    corpus: Corpus
    recipe: Recipe
    parent: ModelFile | None
    teachers: list[ModelFile]
    train: Store
    valid: Store | None
    compared: dict[str, Figures]
    some: list[Piece]


def _prepare(
    options: argparse.Namespace,
    run: Path,
    progress: Bar,
    device: torch.device,
    share: Share,
) -> _Material | None:
    """Reads the corpus, in the first process before the others; None if the options ask for no more."""
    with share.first(), each_by(options.scheduler if share.leads else None) as each:
        similar = options.model == SIMILAR
        parent = parent_of(options, progress.reading, each)
        corpus, recipe = gather(options, progress.reading, each, parent)
        if similar and parent:
            corpus.notices.insert(0, f"It begins with {options.model}, which plays similar music.")
        if options.look:
            if share.leads:
                tell(corpus, recipe, run, options.report)
                progress.found(corpus, recipe, options.model or "")
            return None
        room.check(recipe, device, share)
        teachers = teachers_of(options, recipe.vocabulary)
        if teachers:
            taught = [f"{each.title} ({each.fingerprint})" for each in teachers]
            recipe = replace(recipe, card={**recipe.card, "teachers": taught})
        train, valid = stores(run, corpus, recipe, each)
        if options.prepare:
            if share.leads:
                tell(corpus, recipe, run, options.report)
                progress.done(f"{train.pieces + (valid.pieces if valid else 0)} pieces are prepared.")
            return None
        compared = baselines(train, valid or train, recipe.vocabulary) if share.leads else {}
    return _Material(corpus, recipe, parent, teachers, train, valid, compared, some_of(corpus, recipe.vocabulary))


def _sources(material: _Material) -> dict[str, str]:
    """The sources of a `checkpoint.Origin`."""
    return {
        "corpus": " ".join(each.digest for each in (material.train, material.valid) if each),
        "model (--from)": material.parent.fingerprint if material.parent else "",
        "--teacher": " ".join(each.fingerprint for each in material.teachers),
    }


def _resume(trainer: Trainer, checkpoint: Path, progress: Bar, *, resume: bool) -> None:
    """Goes on from the checkpoint, if `resume` and if there is one; else puts it aside.

    Raises CannotGoOnError, TrainingError.
    """
    if checkpoint.is_file() and trainer.share.leads and not resume:
        # It may be hours of work, and a restart by torchrun would take it for that of this run.
        before = checkpoint.replace(checkpoint.with_name("checkpoint-before.pt"))
        progress.say(f"Begins anew; the checkpoint that was there (for --resume) is kept as {before}.")
    if resume and checkpoint.is_file():
        try:
            trainer.load(checkpoint)
        except ValueError as error:
            why = str(error)
            raise CannotGoOnError(
                f"{why[:1].upper()}{why[1:]}. Begin again (without --resume, or with another --run than "
                f"{checkpoint.parent}), or {KEEP}."
            ) from error
    trainer.agree()


def _finish(trainer: Trainer, options: argparse.Namespace, output: Path, some: list[Piece], progress: Bar) -> None:
    """Writes the model and says how good it is. Raises TrainingError if it learnt nothing, or had to give up."""
    backs = trainer.guard.backs
    if not trainer.best_figures.events:
        why = f"the loss ran away {backs} times" if backs else "the loss is not a finite number"
        raise TrainingError(f"Nothing was learnt: {why}. Try a lower --rate.")
    if trainer.recipe.config.cell == "lstm":
        ship(trainer, options, output, some)
        progress.saved(output)
    figures = {"model": trainer.best_figures.per_note, **{n: f.per_note for n, f in trainer.compared.items()}}
    where = "" if trainer.measured_on == "valid" else " of the training pieces"
    nats = ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
    why = "" if options.passes else why_early(trainer)
    progress.done(f"nats per note{where}: {nats}{f'. {why}' if why else ''}", figures=figures, why=why)
    content = json.dumps({**figures, **trainer.best_figures.to_dict()}, indent=1)
    write_atomic(run_of(options) / "figures.json", content.encode())
    if trainer.guard.given_up:
        raise TrainingError(
            f"Training stopped at step {trainer.step}, because the loss ran away {backs} times; "
            f"the best model until then is kept. Try a lower --rate."
        )


def why_early(trainer: Trainer) -> str:
    """Why training ended before the time was over; "" if it did not."""
    if not trainer.has_read_enough:
        return ""
    return f"It has read all {trainer.passes:.0f} times; what is read more often is only learnt by heart"


def train_until_done(trainer: Trainer, checkpoint: Path, log: Log | None, progress: Bar) -> bool:
    """Trains until the budget is spent, the person keeps the best model, or a signal interrupts; writes a checkpoint.

    Returns False if it was interrupted.
    """
    interrupted = False

    def interrupt(*_: object) -> None:
        nonlocal interrupted
        interrupted = True

    # Signals reach only the main thread.
    signals = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    handlers = {number: signal.signal(number, interrupt) for number in signals}
    saved = time.monotonic()

    def stopped() -> bool:
        return interrupted and trainer.share.size == 1  # several wait for each other

    def validate() -> bool:
        """Whether it came to its end; else it is made up for when the training goes on."""
        try:
            metrics = trainer.validate(stopped)
        except Stopped:
            return False
        if log:
            log.write(metrics)
        return True

    try:
        progress.begin(trainer)
        if trainer.time_to_validate:
            validate()
        stops, keep, save = trainer.share.any(interrupted, progress.keep, False)
        while not trainer.done and not stops and not keep:
            trainer.train_step()
            validated = trainer.time_to_validate and validate()
            progress.step(trainer, validated=validated)
            if progress.listens:
                try:
                    progress.so_far(export_so_far(trainer, checkpoint.with_name(SO_FAR)))
                except ModelError as error:  # no reason to end the training
                    progress.listens = False
                    progress.say(str(error))
            late = time.monotonic() - saved > SAVE_SECONDS
            stops, keep, save = trainer.share.any(interrupted, progress.keep, late)
            if save:
                trainer.save(checkpoint)
                saved = time.monotonic()
        if (trainer.done or keep) and validate():
            progress.step(trainer, validated=True)
        trainer.save(checkpoint)
    finally:
        progress.end()
        for each, handler in handlers.items():
            signal.signal(each, handler)
    return not (stops or interrupted)


if __name__ == "__main__":
    run_command(main)
