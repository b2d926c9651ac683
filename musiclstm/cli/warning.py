"""Warnings on stderr: what was guessed in reading files, and that the core is not compiled."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from musiclstm import compiled
from musiclstm.errors import one_line

_MOST_FILES = 20
_MOST_OF_A_FILE = 3


def warn(files: Mapping[str, Sequence[str]]) -> None:
    """One line for each file with warnings, of the first files. files: name -> its warnings."""
    guessed = {name: warnings for name, warnings in files.items() if warnings}
    for name, warnings in list(guessed.items())[:_MOST_FILES]:
        line = f"{name}: {'; '.join(warnings[:_MOST_OF_A_FILE])}"
        print(f"musiclstm: {one_line(line)}", file=sys.stderr)
    if (more := len(guessed) - _MOST_FILES) > 0:
        print(f"musiclstm: something had to be guessed in {more} more files", file=sys.stderr)


def warn_uncompiled() -> None:
    """One line where everything is slower than it need be."""
    if not compiled.compiled():
        print(f"musiclstm: {compiled.NOTE}", file=sys.stderr)
