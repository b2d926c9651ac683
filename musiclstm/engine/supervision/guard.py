"""The guard: a small third process that ends the notes of an engine that died.

It holds a second connection to each port (`standby`) and waits. The host tells it when the engine is gone; if the host
is gone too, it sees that by itself. So any two of host, engine and guard may be killed at once and no note hangs, and
the window's process, whose painting can hold up Python for long, has no MIDI connection to serve.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import BinaryIO, cast

log = logging.getLogger(__name__)

LOG_FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"

_LOOK = 0.25  # seconds between two looks at which ports there are
_PATIENCE = 2.0  # seconds to wait for its answer
# Once the host is gone: seconds between two looks whether the engine lives, and how long it has for its notes alone.
_POLL = 0.01
_ENGINE_TIME = 0.1


class Guard:
    """The host's side: the process, started at once, and started anew if it ends.

    start: starts the module's process with the arguments given, stdin and stdout being pipes (the host's `launch`).
    """

    def __init__(self, shared: Path, launch: Callable[[list[str]], subprocess.Popen[bytes]]) -> None:
        self._shared = shared
        self._launch = launch
        self._lock = threading.Lock()
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return self._launch(["musiclstm.engine.supervision.guard", str(self._shared)])

    def look_after(self) -> None:
        """Start it anew if it is gone."""
        with self._lock:
            if self._process.poll() is not None:
                log.warning("the guard ended with code %s", self._process.returncode)
                self._close_pipes()
                self._process = self._start()

    def end_notes(self) -> int:
        """End the dead engine's notes now; how many there were (-1: nobody knows). Blocks until they are sent."""
        for _ in range(2):
            self.look_after()
            answer = self._ask()
            if answer is not None:
                return answer
        return -1

    def _ask(self) -> int | None:
        with self._lock:
            process = self._process
            impatience = threading.Timer(_PATIENCE, process.kill)
            impatience.start()
            try:
                cast("BinaryIO", process.stdin).write(b"end\n")
                cast("BinaryIO", process.stdin).flush()
                return int(cast("BinaryIO", process.stdout).readline())
            except (OSError, ValueError):
                process.kill()
                process.wait()
                return None
            finally:
                impatience.cancel()

    def close(self) -> None:
        """Let it end. The engine must have ended."""
        with self._lock:
            process = self._process
            self._close_pipes(stdin_only=True)
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self._close_pipes()

    def _close_pipes(self, *, stdin_only: bool = False) -> None:
        for pipe in (self._process.stdin, *(() if stdin_only else (self._process.stdout,))):
            with suppress(OSError):
                cast("BinaryIO", pipe).close()


def _main(path: str) -> None:
    """The process: `python -m musiclstm.engine.supervision.guard FILE`."""
    from musiclstm.engine.supervision.shared import Shared
    from musiclstm.engine.supervision.standby import Standby
    from musiclstm.engine.system.file_lock import is_locked

    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    shared = Shared.open(Path(path))
    standby = Standby(shared.ledger)
    orders: SimpleQueue[bytes] = SimpleQueue()
    # The answers' pipe is ours alone: what libraries print goes where errors go.
    answers = _own_stdout()

    def listen() -> None:
        for line in sys.stdin.buffer:
            orders.put(line)
        orders.put(b"")

    threading.Thread(target=listen, daemon=True).start()
    while True:
        try:
            order = orders.get(timeout=_LOOK)
        except Empty:
            standby.refresh()
            continue
        if not order:
            break
        count, again = standby.end_notes()
        with suppress(OSError):
            answers.write(b"%d\n" % count)
        again()
    # The host is gone. Its engine ends its notes and itself, or dies; either way it lets go of the file.
    patience = time.monotonic() + _ENGINE_TIME
    while is_locked(shared.path) and time.monotonic() < patience:
        time.sleep(_POLL)
    standby.end_notes(clear=False)
    while is_locked(shared.path):
        time.sleep(_POLL)
    _, again = standby.end_notes()
    again()
    standby.close()
    shared.close()
    shared.delete()


def _own_stdout() -> BinaryIO:
    import os

    mine = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return cast("BinaryIO", mine)


if __name__ == "__main__":
    _main(sys.argv[1])
