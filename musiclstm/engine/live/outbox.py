"""Outbox: messages to somebody who may be slow, without ever waiting for them."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

from musiclstm.protocol.telemetry import MAY_DROP, PlanEnded, Planned, Played, Telemetry, Withdrawn

log = logging.getLogger(__name__)
# A reader this far behind (a window that paints slowly) loses what is marked *may drop* ...
FEW = 200
# ... and one this far behind (a stopped process; some minutes of dense music) loses notes, but never a fault, a port
# change or anything else it cannot see again.
MANY = 50_000
_NOTES = (Planned, PlanEnded, Withdrawn, Played)


class Outbox:
    """A bounded queue and the thread that empties it into `write`.

    put: any thread, never blocks. write: called from the outbox's thread alone; may block; an OSError or ValueError
    from it (the reader is gone) ends the thread, and everything after goes nowhere.
    """

    def __init__(self, write: Callable[[Telemetry], None], name: str) -> None:
        self._write = write
        self._queue: deque[Telemetry] = deque()
        self._some = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, message: Telemetry) -> None:
        waiting = len(self._queue)
        if waiting >= FEW and isinstance(message, MAY_DROP):
            return
        if waiting >= MANY and isinstance(message, _NOTES):
            return
        self._queue.append(message)
        if not self._some.is_set():
            self._some.set()

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def close(self, timeout: float) -> None:
        """Write what is still there, for at most `timeout` seconds, and end the thread if it lets itself be ended."""
        self._closing = True
        self._some.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            self._some.wait()
            self._some.clear()
            try:
                while self._queue:
                    self._write(self._queue.popleft())
            except (OSError, ValueError) as error:
                log.info("nobody reads any more: %s", error)
                self._closing = True
                self._queue = deque(maxlen=0)
            if self._closing and not self._queue:
                return
