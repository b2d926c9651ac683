"""Background: jobs that take long (opening ports, loading models) run beside the engine's thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from musiclstm import paths
from musiclstm.errors import MusicLSTMError

log = logging.getLogger(__name__)
T = TypeVar("T")


class Background:
    """One background thread, which starts with its first job and runs the jobs in order.

    call_later: schedules a call in the engine's thread. on_error: called from the background thread with one line for a
    person when a job fails.
    """

    def __init__(
        self, name: str, call_later: Callable[[Callable[[], None]], None], on_error: Callable[[str], None]
    ) -> None:
        self._call_later = call_later
        self._on_error = on_error
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    def run(self, job: Callable[[], T], done: Callable[[T], None], failed: Callable[[], None] = lambda: None) -> None:
        """Run `job`; then the engine's thread calls `done` with its result, or `failed` whatever it raised."""

        def finished(future: Future[T]) -> None:
            if future.cancelled():
                self._call_later(failed)
            elif (error := future.exception()) is not None:
                self._call_later(failed)
                self._report(error)
            else:
                self._call_later(lambda: done(future.result()))

        try:
            self._executor.submit(job).add_done_callback(finished)
        except RuntimeError:  # it is closed, or no thread can be started
            log.exception("a background job was not begun")
            self._call_later(failed)

    def close(self, *, wait: bool = False) -> None:
        """Cancel the jobs that have not begun. wait: until the one in progress has ended, however long it takes."""
        self._executor.shutdown(wait=wait, cancel_futures=True)

    def _report(self, error: BaseException) -> None:
        if isinstance(error, MusicLSTMError):
            self._on_error(str(error))
        else:
            log.error("a background job failed", exc_info=error)
            self._on_error(f"Something went wrong; see {paths.engine_log()}.")
