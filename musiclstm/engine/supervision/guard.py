"""The guard, as the host sees it: a small third process that ends the notes of an engine that died.

The host orders it to do so when the engine is gone; if the host is gone too, the guard notices that by itself. So any
two of host, engine and guard may be killed at once and no note hangs, and the window's process, whose painting can
block Python for long, needs no MIDI connection.
"""

from __future__ import annotations

import logging
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

from musiclstm.engine.supervision.processes import GUARD, start

log = logging.getLogger(__name__)

_ANSWER_TIMEOUT = 2.0  # seconds


class Guard:
    """The guard process: started at once, and restarted if it ends. Thread-safe. Raises EngineError if it cannot start.

    shared: the file of the shared memory.
    """

    def __init__(self, shared: Path) -> None:
        self._shared = shared
        self._lock = threading.Lock()
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return start(GUARD, str(self._shared))

    def ensure_alive(self) -> None:
        """Restart the process if it has ended. Raises EngineError."""
        with self._lock:
            if self._process.poll() is not None:
                log.warning("the guard ended with code %s", self._process.returncode)
                self._close_pipes()
                self._process = self._start()

    def end_notes(self) -> int:
        """End the dead engine's notes now; their number, or -1 if it is unknown. Blocks until they are sent."""
        for _ in range(2):
            self.ensure_alive()
            answer = self._order()
            if answer is not None:
                return answer
        return -1

    def _order(self) -> int | None:
        with self._lock:
            process = self._process
            timeout = threading.Timer(_ANSWER_TIMEOUT, process.kill)
            timeout.start()
            try:
                cast("BinaryIO", process.stdin).write(b"end\n")
                cast("BinaryIO", process.stdin).flush()
                return int(cast("BinaryIO", process.stdout).readline())
            except (OSError, ValueError):
                process.kill()
                process.wait()
                return None
            finally:
                timeout.cancel()

    def close(self) -> None:
        """Let the process end. The engine must have ended."""
        with self._lock:
            process = self._process
            self._close_pipes(stdin_only=True)
            try:
                process.wait(_ANSWER_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self._close_pipes()

    def _close_pipes(self, *, stdin_only: bool = False) -> None:
        for pipe in (self._process.stdin, *(() if stdin_only else (self._process.stdout,))):
            with suppress(OSError):
                cast("BinaryIO", pipe).close()
