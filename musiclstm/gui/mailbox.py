"""Mailbox: telemetry from the host's thread, kept until the window fetches it. No Qt: it exists before the window."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from musiclstm.protocol.telemetry import MAY_DROP, StateFrame, Telemetry

# A window that does not fetch (it is being moved, the machine is busy) loses only what may be dropped.
MANY = 2000


class Mailbox:
    """`put` from any thread, `take` from one."""

    def __init__(self) -> None:
        self._messages: deque[Telemetry] = deque()
        self._lock = threading.Lock()
        self._ring: Callable[[], None] | None = None
        self._rung = False

    def put(self, message: Telemetry) -> None:
        with self._lock:
            if len(self._messages) > MANY and isinstance(message, MAY_DROP):
                return
            self._messages.append(message)
            ring = None if self._rung else self._ring
            self._rung = self._rung or ring is not None
        if ring is not None:
            ring()

    def take(self) -> list[Telemetry]:
        """Everything since the last `take`, in order; of droppable telemetry only the newest of each kind.

        State frames are never dropped.
        """
        with self._lock:
            messages, self._messages = self._messages, deque()
            self._rung = False
        newest = {type(m): m for m in messages if isinstance(m, MAY_DROP)}
        return [m for m in messages if not isinstance(m, MAY_DROP) or isinstance(m, StateFrame) or newest[type(m)] is m]

    def on_mail(self, ring: Callable[[], None]) -> None:
        """Call `ring`, in the sender's thread, when something arrives after a `take`; at once if there is something."""
        with self._lock:
            self._ring = ring
            waiting = bool(self._messages)
            self._rung = waiting
        if waiting:
            ring()
