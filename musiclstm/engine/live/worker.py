"""Worker: what takes long (opening ports, loading models) done beside the engine's thread, one thing after another."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeVar

from musiclstm.errors import MusicLSTMError

log = logging.getLogger(__name__)
T = TypeVar("T")
Task = Callable[[], None]


class Worker:
    """A thread for jobs.

    later: takes what is to be done with a result, to be called in the engine's own thread. on_error: told, from the
    worker's thread, what a person should read when a job fails.
    """

    def __init__(self, name: str, later: Callable[[Task], None], on_error: Callable[[str], None]) -> None:
        self._later = later
        self._on_error = on_error
        self._jobs: SimpleQueue[Task | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def do(self, job: Callable[[], T], then: Callable[[T], None], failed: Callable[[], None] = lambda: None) -> None:
        """Do `job` when those before are done, then `then` with its result or `failed` in the engine's thread."""

        def task() -> None:
            try:
                result = job()
            except MusicLSTMError as error:
                self._on_error(str(error))
                self._later(failed)
            else:
                self._later(lambda: then(result))

        self._jobs.put(task)

    def close(self, timeout: float) -> None:
        """End the thread, if what it does now ends in time."""
        self._jobs.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        while (task := self._jobs.get()) is not None:
            self._try(task)

    def _try(self, task: Task) -> None:
        try:
            task()
        except Exception:
            log.exception("a job failed")
            self._on_error("Something went wrong; the log says what.")
