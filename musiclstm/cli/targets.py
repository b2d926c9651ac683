"""Targets: which files a command writes that can write one or many."""

from __future__ import annotations

import argparse
import os
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


def targets(output: str, names: Sequence[str], what: str = "files", *, sound: bool = False) -> list[Path]:
    """The one file, or one of each name (without its ending) in a folder, which `files.make_folder` makes.

    what: they are called when there are several. sound: a `sound_of` each is written, too. Raises UsageError, also
    where they could not be written.
    """
    if output == "-":
        raise UsageError("Nothing is written to standard output: name a file or a folder, not -")
    paths = _targets(output, names, what)
    try:
        check_writable(paths[0])
    except OSError as error:
        raise UsageError(f"{paths[0]} cannot be written: {reason(error)}") from error
    for path in (*paths, *(map(sound_of, paths) if sound else ())):
        if is_folder(path):
            raise UsageError(f"{path} cannot be written: it is a folder")
    return paths


def sound_of(target: Path) -> Path:
    """The file with the sound of this one, beside it."""
    return target.with_suffix(".wav")


def _targets(output: str, names: Sequence[str], what: str) -> list[Path]:
    path = Path(output)
    folder = is_folder(path) or output.endswith(("/", os.sep))
    if (is_midi_output(path) or notation.is_score(path)) and not folder:
        if len(names) > 1:
            raise UsageError(f"{len(names)} {what} need a folder to write to, not {path}")
        if not is_folder(path.parent):
            raise UsageError(f"There is no folder {path.parent} to write {path.name} to; make it first")
        return [path]
    if path.suffix and not folder:
        raise UsageError(f"{path} should end in .mid or .musicxml, or be a folder")
    return [path / f"{name}.mid" for name in names]
