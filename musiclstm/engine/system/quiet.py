"""Keeps the error output of C libraries off the terminal."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator

_lock = threading.Lock()


@contextlib.contextmanager
def captured() -> Iterator[Callable[[], str]]:
    """Capture this process's standard error meanwhile; yields a function that returns its last line afterwards.

    For calls of a few milliseconds, because the output of other threads is captured too.
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
