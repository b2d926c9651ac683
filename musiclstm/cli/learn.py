"""learn: what was played teaches a model, and a new model comes of it. The training is that of `musiclstm train`."""

from __future__ import annotations

import argparse
import contextlib
import json
import shlex
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from musiclstm import paths
from musiclstm.cli import takes, train
from musiclstm.engine.recording import lesson
from musiclstm.engine.recording.library import Entry, Library
from musiclstm.errors import CannotGoOnError, MusicLSTMError, UsageError, reason
from musiclstm.files import is_file, unused, write_atomic
from musiclstm.model.modelfile import open_single

# With some ten minutes of music: see docs/training.md.
STEPS = 300
# In the folder of `--run`: what the lesson was asked to be of.
ASKED = "lesson.json"
TAKES = "takes"


def run(options: argparse.Namespace) -> int:
    """Train the model further on takes, at low priority. Raises MusicLSTMError."""
    model = open_single(options.model)
    library = Library(paths.journal())
    library.look(lambda _: None)
    entries = library.entries()
    if options.takes:
        numbers = dict.fromkeys(options.takes)  # each once
        entries = [takes.chosen(entries, number) for number in numbers]
    else:
        entries = lesson.tonight(entries, time.time())
    output = Path(options.output) if options.output else unused(paths.user_models() / f"{model.name}, tonight.onnx")
    if output.suffix != ".onnx":
        raise UsageError(f"-o {output} should end in .onnx")
    if options.run_folder and not options.output:
        raise UsageError("--run needs -o: it goes on with the same model file")
    if options.keep and not options.run_folder:
        raise UsageError("--keep needs --run: the folder that keeps how far it came")
    goes_on = options.run_folder and is_file(Path(options.run_folder, TAKES, lesson.COMPLETE))
    if not goes_on:
        lesson.check(entries, only_mine=options.only_mine)
    train.load(background=True)  # if it were interrupted later, the folder would stay behind
    kept = Path(options.run_folder or tempfile.mkdtemp(prefix="musiclstm-"))
    go_on = "the same command" if options.run_folder else _command(options, output, kept)
    over = True
    try:
        lessons = _lessons(kept, entries, model.fingerprint, options)
        how_long = ["--minutes", f"{options.minutes:g}"] if options.minutes else ["--steps", str(STEPS)]
        arguments = [str(lessons), "-o", str(output.absolute()), *lesson.training_options(str(model.path)), *how_long]
        how = "--keep" if options.keep else "--resume"
        rest = [*arguments, "--run", str(kept / "run"), how, "--background", "--go-on", go_on]
        code = train.run(argparse.Namespace(rest=rest))
        over = code == 0
    except CannotGoOnError as error:
        raise UsageError(
            f"--run {kept} cannot go on: this program or the model has changed, or the checkpoint is damaged. "
            f"Choose another folder."
        ) from error
    except MusicLSTMError as error:
        over = go_on not in str(error)
        raise
    finally:
        if over and not options.run_folder:
            shutil.rmtree(kept, ignore_errors=True)
    return code


def _command(options: argparse.Namespace, output: Path, kept: Path) -> str:
    """The command that goes on with the training in this folder."""
    words = ["musiclstm", "learn", *options.takes, "--model", options.model]
    words += ["--only-mine"] if options.only_mine else []
    words += ["--minutes", f"{options.minutes:g}"] if options.minutes else []
    return shlex.join([*words, "--run", str(kept), "-o", str(output)])


def _lessons(kept: Path, entries: Sequence[Entry], model: str, options: argparse.Namespace) -> Path:
    """The folder of the takes to learn from; they are written, unless it goes on with them. Raises MusicLSTMError."""
    lessons = kept / TAKES
    asked = {
        "choice of takes": [entry.session for entry in entries] if options.takes else "tonight",
        "--only-mine": options.only_mine,
        "--model": model,
    }
    try:
        if (lessons / lesson.COMPLETE).is_file():
            _check_same(kept, asked)
        else:
            lessons.mkdir(parents=True, exist_ok=True)
            write_atomic(kept / ASKED, json.dumps(asked).encode())
            lesson.write(paths.journal(), entries, lessons, only_mine=options.only_mine)
    except OSError as error:
        raise UsageError(f"--run {kept} cannot be used ({reason(error)}); choose another folder.") from error
    return lessons


def _check_same(kept: Path, asked: dict[str, Any]) -> None:
    """Raises UsageError unless the folder's lesson is the one that is asked for; an old one does not say. OSError."""
    with contextlib.suppress(FileNotFoundError):
        try:
            before = dict(json.loads((kept / ASKED).read_bytes()))
        except ValueError:
            before = {}
        for name, value in asked.items():
            if before.get(name) != value:
                raise UsageError(
                    f"--run {kept} began with another {name}; give the same to go on, or choose another folder."
                )
