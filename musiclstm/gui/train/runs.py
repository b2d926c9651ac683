"""Runs: what is trained on what, and how far it came; kept in a folder, so that the next start can go on with it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from musiclstm import paths
from musiclstm.engine.supervision.host import is_locked, lesson
from musiclstm.errors import UsageError, reason
from musiclstm.files import is_folder, spelt, unused, write_atomic

FORMAT = 1
_FILE, _STEPS = "run.json", "steps.jsonl"
MINUTES = 20.0
LONGEST = 7 * 24 * 60.0


@dataclass(frozen=True)
class Point:
    """progress: 0 to 1. train, valid: nats an event, None where they are not known."""

    progress: float
    train: float | None
    valid: float | None


class Task(Enum):
    """What a training process is to do with a run. The value: its options for `musiclstm train`."""

    LOOK = ("--resume", "--look")
    TRAIN = ("--resume",)
    BEGIN_AGAIN = ()  # the checkpoint that is there is put aside
    KEEP = ("--keep",)


@dataclass(frozen=True)
class Run:
    """corpus: a folder. begin_with: the name of a model; "": from nothing; `SIMILAR`, until it is found which one.

    progress: 0 to 1. steps: how long, in place of the minutes; 0: so many minutes.

    parts, grid, seconds: what a person has corrected (`musiclstm train --help`), "" and 0: as proposed.
    found: what the process found in the corpus, empty before.
    """

    name: str
    corpus: str
    begin_with: str = ""
    minutes: float = MINUTES
    progress: float = 0.0
    found: dict[str, Any] = field(default_factory=dict)
    parts: str = ""
    grid: int = 0
    seconds: bool = False
    steps: int = 0

    @property
    def folder(self) -> Path:
        return paths.user_training() / self.name

    @property
    def _checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    @property
    def trained(self) -> bool:
        """Whether there is a checkpoint."""
        return self._checkpoint.is_file()

    @property
    def in_use(self) -> bool:
        """Whether a process trains it, which another window or a command line may have begun."""
        return is_locked(self.folder / "lock")

    @property
    def lessons(self) -> Path:
        """Where takes to learn from are written; they are thrown away with the run."""
        return self.folder / "takes"

    @property
    def model(self) -> Path:
        """The file that it will be."""
        return paths.user_models() / f"{self.name}.onnx"

    @property
    def errors(self) -> Path:
        """What the process writes to standard error."""
        return self.folder / "errors.log"

    def arguments(self, task: Task = Task.TRAIN) -> list[str]:
        """Of `musiclstm train`."""
        if Path(self.corpus) == self.lessons:
            begin_with = lesson.training_options(self.begin_with)
        else:
            begin_with = ["--from", self.begin_with] if self.begin_with else []
        corrections = [
            *(["--parts", self.parts] if self.parts else []),
            *(["--grid", str(self.grid)] if self.grid else []),
            *(["--seconds"] if self.seconds else []),
        ]
        how_long = ["--steps", str(self.steps)] if self.steps else ["--minutes", f"{self.minutes:g}"]
        # Another program may have made a model of this name since the training began.
        kept = ["-o", str(unused(self.model)), "--run", str(self.folder), *how_long]
        told = [*begin_with, *corrections, "--progress", "json", "--background"]
        return [str(Path(self.corpus)), *kept, *task.value, *told]

    def save(self) -> None:
        """Raises UsageError."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.model.parent.mkdir(parents=True, exist_ok=True)
            content = json.dumps({"format": FORMAT, **asdict(self)}, indent=1)
            write_atomic(self.folder / _FILE, content.encode(errors="surrogateescape"))
        except OSError as error:
            where = error.filename or self.folder
            raise UsageError(f"The training cannot be kept: {where} cannot be written ({reason(error)}).") from error

    def add(self, point: Point) -> None:
        """Keep a point of the curve; it does not matter where it cannot be."""
        with suppress(OSError), (self.folder / _STEPS).open("a", encoding="utf-8") as file:
            file.write(json.dumps([point.progress, point.train, point.valid]) + "\n")

    def points(self) -> list[Point]:
        """The curve so far."""
        found: list[Point] = []
        try:
            lines = (self.folder / _STEPS).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return []
        for line in lines:
            with suppress(ValueError, TypeError):  # the machine failed while it was written
                progress, train, valid = json.loads(line)
                point = Point(float(progress), _number(train), _number(valid))
                # It went on from a checkpoint before the last points.
                found = [each for each in found if each.progress < point.progress]
                found.append(point)
        return found

    def discard(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def unfinished() -> Run | None:
    """The run that can go on, and that nobody trains; the newest if there are several."""
    files = sorted(paths.user_training().glob(f"*/{_FILE}"), key=_changed, reverse=True)
    return next((run for file in files if (run := _opened(file)) is not None and not run.in_use), None)


def kept(name: str) -> Run | None:
    """The run of this name, if there is one that can go on."""
    return _opened(paths.user_training() / name / _FILE)


def place_of(folder: str) -> Path:
    """A folder that somebody typed or dropped; `~` is their own."""
    return spelt(os.path.expanduser(folder.strip()))  # noqa: PTH111 - pathlib's raises where there is no such user


def check(name: str, corpus: str, known: Sequence[str]) -> Run:
    """A run of this name. known: names of models there are. Raises UsageError, whose text says what to change."""
    folder = place_of(corpus)
    if not corpus.strip():
        raise UsageError("Choose a folder of MIDI files, or drop one here.")
    if not is_folder(folder):
        raise UsageError(f"There is no folder {folder}.")
    return Run(check_name(name, known), str(folder.absolute()))


def check_name(name: str, known: Sequence[str]) -> str:
    """The name that a new model may have. Raises UsageError, as `check`."""
    name = name.strip()
    if not name:
        raise UsageError("Give the model a name.")
    if any(each in '<>:"/\\|?*' or not each.isprintable() for each in name) or name.startswith((".", "-")):
        raise UsageError(f"The name cannot be {name}: it becomes the name of a file.")
    if name.casefold() in (each.casefold() for each in known):
        raise UsageError(f"There is already a model called {name}. Choose another name.")
    return name


def free_name(name: str, known: Sequence[str]) -> str:
    """This name, or with the first number from 2 on that no model of `known` has; "" of none."""
    taken = {each.casefold() for each in known}
    free, number = name, 2
    while free and free.casefold() in taken:
        free, number = f"{name} {number}", number + 1
    return free


def _opened(file: Path) -> Run | None:
    try:
        kept = json.loads(file.read_bytes())
        run = Run(
            name=file.parent.name,
            corpus=str(kept["corpus"]),
            begin_with=str(kept["begin_with"]),
            minutes=min(LONGEST, max(0.1, float(kept["minutes"]))),
            progress=min(1.0, max(0.0, float(kept["progress"]))),
            found=dict(kept["found"]),
            parts=str(kept.get("parts", "")),
            grid=int(kept.get("grid", 0)),
            seconds=bool(kept.get("seconds", False)),
            steps=max(0, int(kept.get("steps", 0))),
        )
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return run


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
