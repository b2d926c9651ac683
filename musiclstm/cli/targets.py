"""Targets: which files a command writes that can write one or many."""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Sequence
from pathlib import Path

from musiclstm.errors import UsageError, reason
from musiclstm.files import check_writable, is_folder, is_midi_output
from musiclstm.music import notation
from musiclstm.protocol.limits import MAX_SEED


def seed_of(options: argparse.Namespace) -> int:
    """The seed of the first of `--count` files, chosen by chance where none is given; the others' follow.

    Raises UsageError where one of theirs could not be given itself.
    """
    seed: int = secrets.randbelow(2**32) if options.seed is None else options.seed
    last = seed + options.count - 1
    if last > MAX_SEED:
        raise UsageError(f"--seed {seed} with --count {options.count} ends above {MAX_SEED:,}; choose a smaller --seed")
    return seed


def targets(output: str, names: Sequence[str], what: str = "files") -> list[Path]:
    """The one file, or one of each name (without its ending) in a folder, which is made if necessary.

    what: they are called when there are several. Raises UsageError, also where they could not be written.
    """
    if output == "-":
        raise UsageError("Nothing is written to standard output: name a file or a folder, not -")
    paths = _targets(Path(output), names, what)
    try:
        check_writable(paths[0])
    except OSError as error:
        raise UsageError(f"{paths[0]} cannot be written: {reason(error)}") from error
    return paths


def _targets(path: Path, names: Sequence[str], what: str) -> list[Path]:
    if (is_midi_output(path) or notation.is_score(path)) and not is_folder(path):
        if len(names) > 1:
            raise UsageError(f"{len(names)} {what} need a folder to write to, not {path}")
        if not is_folder(path.parent):
            raise UsageError(f"There is no folder {path.parent} to write {path.name} to; make it first")
        return [path]
    if path.suffix and not is_folder(path):
        raise UsageError(f"{path} should end in .mid or .musicxml, or be a folder")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The folder {path} cannot be made: {reason(error)}") from error
    return [path / f"{name}.mid" for name in names]
