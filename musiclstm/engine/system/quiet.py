"""Keeping C libraries from writing to the terminal that something is not there."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator

_lock = threading.Lock()


@contextlib.contextmanager
def captured() -> Iterator[Callable[[], str]]:
    """Keep what this process writes to its standard error meanwhile; gives a function that tells the last line of it.

    For calls of a few milliseconds: what other threads write goes the same way.
    """
    last = ""
    with _lock, tempfile.TemporaryFile() as file:
        try:
            kept = os.dup(2)
        except OSError:  # there is no terminal
            yield lambda: last
            return
        os.dup2(file.fileno(), 2)
        try:
            yield lambda: last
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            file.seek(0)
            lines = file.read().decode(errors="replace").split("\n")
            last = next((line.strip() for line in reversed(lines) if line.strip()), "")
