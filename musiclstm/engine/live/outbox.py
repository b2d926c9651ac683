"""Outbox: telemetry for a reader that may be slow, without ever waiting for it."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

from musiclstm.protocol.telemetry import MAY_DROP, PlanEnded, Planned, Played, Telemetry, Withdrawn

log = logging.getLogger(__name__)
DROP_STATES = 200
"""Messages waiting from which on those marked *may drop* are dropped: the reader is a window that paints slowly."""

DROP_NOTES = 50_000
"""Messages waiting from which on notes are dropped too: the reader is a stopped process, minutes of dense music behind.
Faults, port changes and everything else that is reported only once are never dropped."""

_NOTES = (Planned, PlanEnded, Withdrawn, Played)


class Outbox:
    """A bounded queue and the thread that empties it into `write`.

    put: any thread, never blocks. write: called from the outbox's thread alone; may block. An OSError or ValueError
    from it means that the reader is gone: it ends the thread, and later messages are dropped.
    """

    def __init__(self, write: Callable[[Telemetry], None], name: str) -> None:
        self._write = write
        self._queue: deque[Telemetry] = deque()
        self._not_empty = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, message: Telemetry) -> None:
        waiting = len(self._queue)
        if waiting >= DROP_STATES and isinstance(message, MAY_DROP):
            return
        if waiting >= DROP_NOTES and isinstance(message, _NOTES):
            return
        self._queue.append(message)
        if not self._not_empty.is_set():
            self._not_empty.set()

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def close(self, timeout: float) -> None:
        """Write what is still waiting, for at most `timeout` seconds, and end the thread unless `write` blocks it."""
        self._closing = True
        self._not_empty.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            self._not_empty.wait()
            self._not_empty.clear()
            try:
                while self._queue:
                    self._write_next()
            except (OSError, ValueError) as error:
                log.info("the reader is gone: %s", error)
                self._closing = True
                self._queue = deque(maxlen=0)
            if self._closing and not self._queue:
                return

    def _write_next(self) -> None:
        message = self._queue.popleft()
        try:
            self._write(message)
        except (OSError, ValueError):
            raise
        except Exception:
            # One message that cannot be written must not silence all that follow.
            log.exception("%s is lost", type(message).__name__)
