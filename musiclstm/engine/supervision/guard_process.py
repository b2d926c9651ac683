"""The guard process: `python -m musiclstm.engine.supervision.guard_process FILE`, started by the host.

It keeps a second connection to each output (`standby`) and waits. A line on stdin orders it to end the dead engine's
notes; the number of notes is its answer on stdout. The end of stdin means that the host is gone: it then waits until
the engine has ended as well, which it knows by the lock on the shared memory's file, and ends the notes that are left.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import BinaryIO

from musiclstm.engine.supervision.processes import LOG_FORMAT, own_stdout
from musiclstm.engine.supervision.shared_memory import SharedMemory
from musiclstm.engine.supervision.standby import Standby
from musiclstm.engine.system.file_lock import is_locked

_REFRESH = 0.25  # seconds between two looks at which ports the engine uses
# Once the host is gone: seconds between two checks whether the engine lives, and how long it may end its notes itself.
_POLL = 0.01
_ENGINE_TIME = 0.1


def main(path: str) -> None:
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    answers = own_stdout(buffered=False)
    shared = SharedMemory.open(Path(path))
    standby = Standby(shared.ledger)
    _serve(standby, answers)
    # The host is gone. Its engine ends its notes and itself, or dies; either way the lock is released.
    patience = time.monotonic() + _ENGINE_TIME
    while is_locked(shared.path) and time.monotonic() < patience:
        time.sleep(_POLL)
    standby.end_notes(clear=False)
    while is_locked(shared.path):
        time.sleep(_POLL)
    _, repeat = standby.end_notes()
    repeat()
    standby.close()
    shared.close()
    shared.delete()


def _serve(standby: Standby, answers: BinaryIO) -> None:
    """Carry out the host's orders until it is gone."""
    orders: SimpleQueue[bytes] = SimpleQueue()

    def listen() -> None:
        for line in sys.stdin.buffer:
            orders.put(line)
        orders.put(b"")

    threading.Thread(target=listen, daemon=True).start()
    while True:
        try:
            order = orders.get(timeout=_REFRESH)
        except Empty:
            standby.refresh()
            continue
        if not order:
            return
        count, repeat = standby.end_notes()
        with suppress(OSError):
            answers.write(b"%d\n" % count)
        repeat()


if __name__ == "__main__":
    main(sys.argv[1])
