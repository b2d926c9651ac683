"""Progress: how training goes, as a bar for a person, or as lines of JSON for the program that started it.

Each line of JSON is an object whose `kind` says what the other names are:

    reading   read, files: how many files have been read, of how many
    found     files, pieces, held_out, notes (to learn from), hours or beats (of all pieces), parts (names), proposal
              (`proposal.as_json`), skipped (list of [file, why]), near_duplicates (list of [file, the one that it is
              like, what it is used for]), others (lines: which files of a folder are no music, by their endings),
              notices, begin_with (the model of --from, also where it was found; "" of none)
    step      step, minutes, progress (0 to 1), notes_per_second, train and valid (nats an event; valid is null before
              it was measured), best (nats a note on the validation pieces, or null), since_best (minutes of training
              since then), held_out (whether there are any)
    so_far    file: the model as it is now, to be listened to
    note      text: what a person should know
    saved     file: the model file
    done      text: the figures in words, figures (nats a note: of the `model`, of counting as `order 0` and `order 1`),
              why (it ended before the time was over, or "")
    paused    text: it was interrupted, and can be resumed
    failed    text: why; after `saved` where the best model until then is kept. begin_again: whether the checkpoint that
              there is cannot be gone on from

The program may write to a pipe on our standard input, each with a newline: `keep`, and training ends early with the
best model; `listen`, and the best model until then is written to a file of its own, as `so_far`. When the pipe is
closed, as it is when that program ends, training is interrupted as by Ctrl-C.
"""

from __future__ import annotations

import _thread
import json
import math
import os
import stat
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

from musiclstm.errors import printable
from training import proposal
from training.alone import claimed
from training.corpora import Corpus
from training.recipes import Recipe
from training.report import near_duplicates, report
from training.trainer import Trainer

FORMS = ("bar", "json")
SECONDS = 0.5  # between two lines about steps
_COMMANDS = 0  # the file descriptor they come by


class Bar:
    """For a person: a bar on the terminal.

    keep: whether to end early, with the best model so far. listens: whether that model is wanted, by `so_far`.
    """

    keep = listens = False

    def __init__(self) -> None:
        self._bar: Any = None
        self._reading: Any = None
        self._claim: IO[bytes] | None = None

    def claim(self, run: Path) -> None:
        """Claims the folder of the run until `close`. Raises UsageError if another process has it."""
        self._claim = claimed(run)

    def reading(self, read: int, files: int) -> None:
        """How many files of how many have been read: the `count` of `survey`."""
        from tqdm import tqdm

        if self._reading is None:
            # With few files there is nothing to see.
            self._reading = tqdm(total=files, unit="file", desc="reading", disable=None, delay=1.0, leave=False)
        self._reading.update(read - self._reading.n)
        if read == files:
            self._reading.close()
            self._reading = None  # they may be read once more

    def found(self, corpus: Corpus, recipe: Recipe, begin_with: str) -> None:
        """What there is in the corpus, and what model is proposed for it. begin_with: the name of a model, or ""."""

    def begin(self, trainer: Trainer) -> None:
        from tqdm import tqdm

        budget = trainer.budget
        total = budget.steps or (budget.minutes or 0) * 60
        unit = "step" if budget.steps else "s"
        self._bar = tqdm(total=round(total), unit=unit, initial=round(trainer.spent), disable=None)

    def step(self, trainer: Trainer, *, validated: bool = False) -> None:  # noqa: ARG002 - JsonLines needs it
        self._bar.update(round(trainer.spent) - self._bar.n)
        self._bar.set_postfix_str(trainer.summary, refresh=False)

    def end(self) -> None:
        if self._bar is not None:  # an error may have come before
            self._bar.close()

    def say(self, line: str) -> None:
        """Prints a line above the bar."""
        from tqdm import tqdm

        tqdm.write(line, file=sys.stderr)

    def so_far(self, file: Path) -> None:
        pass

    def saved(self, file: Path) -> None:
        print(printable(f"{file.stem} is a new model: {file}"))

    def done(self, text: str, **_more: Any) -> None:
        """It has ended. more: what else a program should know, `figures` and `why` above."""
        print(text)

    def paused(self, text: str) -> None:
        print(text, file=sys.stderr)

    def failed(self, text: str, *, begin_again: bool = False) -> None:
        """Nothing: whoever called the command says it."""

    def close(self) -> None:
        if self._claim is not None:
            self._claim.close()


class Quiet(Bar):
    """Says nothing: for all processes of a training but the first."""

    def claim(self, run: Path) -> None:
        pass

    def reading(self, read: int, files: int) -> None:
        pass

    def begin(self, trainer: Trainer) -> None:
        pass

    def step(self, trainer: Trainer, *, validated: bool = False) -> None:
        pass

    def end(self) -> None:
        pass


class JsonLines(Bar):
    """For a program; see above. Starts a thread that reads what this program writes to us."""

    def __init__(self) -> None:
        super().__init__()
        self._next = 0.0
        self._finished = False
        if _is_a_pipe(_COMMANDS):
            threading.Thread(target=self._listen, name="commands", daemon=True).start()

    def reading(self, read: int, files: int) -> None:
        now = time.monotonic()
        if now >= self._next or read == files:
            self._next = now + SECONDS
            self._write("reading", read=read, files=files)

    def found(self, corpus: Corpus, recipe: Recipe, begin_with: str) -> None:
        known = report(corpus, recipe)
        splits = known["splits"]
        self._write(
            "found",
            files=known["files"],
            pieces=splits["train"]["pieces"],
            held_out=splits["valid"]["pieces"] + splits["test"]["pieces"],
            notes=splits["train"]["notes"],
            **{name: known[name] for name in ("hours", "beats", "parts") if name in known},
            proposal=proposal.as_json(recipe.vocabulary, corpus),
            skipped=corpus.skipped,
            near_duplicates=near_duplicates(corpus),
            others=corpus.others,
            notices=corpus.notices,
            begin_with=begin_with,
        )

    def begin(self, trainer: Trainer) -> None:
        self.step(trainer, validated=True)

    def step(self, trainer: Trainer, *, validated: bool = False) -> None:
        now = time.monotonic()
        if now >= self._next or validated:
            self._next = now + SECONDS
            self._write("step", **_figures(trainer))

    def end(self) -> None:
        pass

    def say(self, line: str) -> None:
        self._write("note", text=line)

    def so_far(self, file: Path) -> None:
        self.listens = False
        self._write("so_far", file=str(file))

    def saved(self, file: Path) -> None:
        self._write("saved", file=str(file))

    def done(self, text: str, **more: Any) -> None:
        self._finished = True
        self._write("done", text=text, **more)

    def paused(self, text: str) -> None:
        self._write("paused", text=text)

    def failed(self, text: str, *, begin_again: bool = False) -> None:
        self._write("failed", text=" ".join(text.split()), begin_again=begin_again)

    def close(self) -> None:
        self._finished = True
        super().close()

    def _write(self, kind: str, **what: object) -> None:
        try:
            sys.stdout.write(json.dumps({"kind": kind, **what}) + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            # Nobody reads any more; a checkpoint is still to be written. Python would try to flush again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _listen(self) -> None:
        # Not sys.stdin, whose lock Python wants at exit.
        left = b""
        while content := os.read(_COMMANDS, 100):
            *lines, left = (left + content).split(b"\n")
            commands = {line.strip() for line in lines}
            self.keep |= b"keep" in commands
            self.listens |= b"listen" in commands
        if not self._finished:
            _thread.interrupt_main()


def progress_of(form: str) -> Bar:
    """How progress is reported, by one of `FORMS`."""
    return JsonLines() if form == "json" else Bar()


def _figures(trainer: Trainer) -> dict[str, float | bool | None]:
    which, last = trainer.measured_on, trainer.metrics
    best, store = trainer.best_figures, trainer.train_store
    valid = last.get(f"{which}_nats_per_event", best.per_event if best.events else None)  # of the model it begins with
    return {
        "step": trainer.step,
        "minutes": trainer.elapsed / 60,
        "progress": trainer.progress,
        "notes_per_second": trainer.speed * int(store.notes.sum()) / max(1, len(store.events)),
        "train": trainer.loss or None,
        "valid": _finite(valid),
        "best": _finite(best.per_note) if best.events else None,
        "since_best": (trainer.elapsed - trainer.best_at) / 60,
        "held_out": which == "valid",
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _is_a_pipe(descriptor: int) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    except OSError:
        return False
