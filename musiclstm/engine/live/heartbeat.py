"""Heartbeat: shows the host that the engine's thread is alive, and how many commands it has taken."""

from __future__ import annotations

from musiclstm.engine.supervision.shared_memory import SharedMemory


class Heartbeat:
    """The only writer of the counters in the shared memory. Owned by the engine's thread.

    acknowledged: how many commands earlier engines have acknowledged.
    """

    def __init__(self, shared: SharedMemory, acknowledged: int) -> None:
        self._shared = shared
        self._beats = 0
        self._acknowledged = acknowledged

    def beat(self) -> None:
        self._beats += 1
        self._write()

    def acknowledge(self) -> None:
        """Count one more command, which the host then does not send to the next engine."""
        self._acknowledged += 1
        self._write()

    def _write(self) -> None:
        self._shared.write_counters(self._beats, self._acknowledged)
