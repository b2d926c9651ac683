"""Train: corpus -> model file in one command, `musiclstm train`.

Truncated back-propagation through time: B lanes of pieces side by side, T events at a time; the state is carried from
window to window without its gradient, and zeroed where a piece starts.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import torch

from musiclstm.errors import CannotGoOnError, CorpusError, ModelError, MusicLSTMError, TrainingError, UsageError, reason
from musiclstm.files import check_writable, is_file, unused, write_atomic
from musiclstm.model.net.restored import network_of
from musiclstm.music.note import Piece
from musiclstm.paths import SO_FAR
from musiclstm.words import counted
from training import room
from training.background import give_way
from training.command import run_command
from training.gather import run_of
from training.log import Log
from training.loop import train_until_done
from training.material import prepare
from training.options import budget_of, check, parser
from training.processes import Share, joined
from training.progress import Bar, Quiet, progress_of
from training.report import tell
from training.ship import ship
from training.stopped import opened
from training.trainer import Trainer

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
    """The training of the corpus, or its checkpoint, and the pieces of `Material.some`; None if no more is asked for.

    Raises MusicLSTMError.
    """
    try:
        material = prepare(options, run, progress, device, share)
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
        sources=material.sources,
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


if __name__ == "__main__":
    run_command(main)
