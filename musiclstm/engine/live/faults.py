"""Faults: errors of our own while it plays. Each is said and survived, unless they do not end."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from musiclstm import paths
from musiclstm.errors import EngineError

MOST, SECONDS = 10, 10.0
"""So many faults within so many seconds end the engine; the host starts another, which continues."""


class Faults:
    """Owned by the engine's thread. problem: shows a line to the person, for the first fault in a while."""

    def __init__(self, problem: Callable[[str], None]) -> None:
        self._problem = problem
        self._times: deque[float] = deque(maxlen=MOST)

    def add(self, error: Exception) -> None:
        """Call it where the error was caught. Raises EngineError if there have been too many."""
        now = time.monotonic()
        first = not self._times or now - self._times[-1] > SECONDS
        self._times.append(now)
        if len(self._times) == MOST and now - self._times[0] < SECONDS:
            raise EngineError(f"One fault follows another; the last is {error!r}.") from error
        if first:
            name = type(error).__name__
            self._problem(f"A fault ({name}) has ended all notes; it plays on. {paths.engine_log()} has the details.")
