"""Options: the options of `musiclstm train`, and what they may be."""

from __future__ import annotations

import argparse
from pathlib import Path

from musiclstm.errors import UsageError, reason
from musiclstm.files import check_writable
from training.budget import Budget
from training.devices import NAMES
from training.progress import FORMS
from training.recipes import RECIPES, Recipe

# With more, a typing error is likelier than a machine that can do it.
_MOST = {
    "minutes": 1_000_000, "steps": 1_000_000_000, "passes": 1_000_000, "threads": 1024,
    "layers": 64, "units": 16_384, "lanes": 65_536, "window": 65_536, "rate": 100,
}  # fmt: skip


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
    p.add_argument("--go-on", default="the same command with --resume", help=argparse.SUPPRESS)  # what is said of it
    p.add_argument("--like", choices=sorted(RECIPES), help="use the parts, grid and sizes of a shipped model")
    p.add_argument(
        "--from", dest="model", metavar="MODEL",
        help="train this model further, or with `auto` the shipped one of the most similar music; best for few files",
    )  # fmt: skip
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
    instead = p.add_mutually_exclusive_group()
    instead.add_argument(
        "--prepare", action="store_true", help="only prepare the corpus in the run's folder, to train later"
    )
    instead.add_argument(
        "--look", action="store_true", help="only say what is found in the corpus, and what is proposed"
    )
    instead.add_argument(
        "--keep", action="store_true",
        help="train no more: make a model of the best so far in a stopped run, also if the files are gone",
    )  # fmt: skip
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


def check(options: argparse.Namespace) -> None:
    """Raises UsageError for what no machine can do, and if the model could not be written."""
    for name, most in _MOST.items():
        value = getattr(options, name)
        if value is not None and not 0 < value <= most:  # nor NaN
            raise UsageError(f"--{name} must be above 0 and at most {most:,}, not {value}.")
    if options.dropout is not None and not 0 <= options.dropout < 1:
        raise UsageError(f"--dropout must be at least 0 and below 1, not {options.dropout}.")
    if not 0 <= options.seed < 2**63:
        raise UsageError(f"--seed must be at least 0 and below 2^63, not {options.seed}.")
    if options.output.suffix != ".onnx":
        raise UsageError(f"The model file must end in .onnx, not {options.output.name}.")
    if not options.look and not options.prepare:
        _check_output(options.output)
        _check_output(options.output.with_suffix(".md"))


def _check_output(file: Path) -> None:
    try:
        check_writable(file)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {reason(error)}; choose another file with -o.") from error


def budget_of(options: argparse.Namespace, recipe: Recipe) -> Budget:
    """How long to train: as the options say, else 20 minutes or as often as the recipe allows."""
    if options.steps:
        return Budget(steps=options.steps, passes=options.passes)
    return Budget(minutes=options.minutes or 20.0, passes=options.passes or recipe.passes)
