"""The engine process: `python -m musiclstm.engine.live.process`, started by the host, which talks to it through pipes.

Commands come in by stdin, telemetry goes out by the original stdout; what libraries print goes to the log. The end of
stdin means that the host is gone, however it ended: then the notes end, and so does the process.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from musiclstm import compiled
from musiclstm.engine.supervision.processes import LOG_FORMAT, own_stdout

if TYPE_CHECKING:
    from musiclstm.engine.live.live import Live
    from musiclstm.engine.supervision.shared_memory import SharedMemory

log = logging.getLogger(__name__)

_LAST_RESORT = 1.5
"""Seconds that an engine has to end by itself once its host is gone."""


def main() -> None:
    """Never returns: threads of third parties, and background jobs, must not keep a finished process alive."""
    faulthandler.enable()
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    telemetry = own_stdout(buffered=True)
    if not compiled.compiled():
        log.warning(compiled.NOTE)
    # Ctrl-C is for the host, which has another process group; this is for a SIGINT sent to this very process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = 1
    try:
        _live(sys.stdin.buffer, telemetry)
        code = 0
    except Exception:
        log.exception("the engine failed")
    finally:
        logging.shutdown()
        with suppress(OSError):
            telemetry.flush()
        os._exit(code)


def _live(commands: BinaryIO, telemetry: BinaryIO) -> None:
    from musiclstm.engine.live.live import Live
    from musiclstm.engine.live.outbox import Outbox
    from musiclstm.engine.supervision.pipe import Start, read_message, write_message
    from musiclstm.engine.supervision.shared_memory import SharedMemory

    try:
        start: Start = read_message(commands)
    except EOFError:
        return
    shared = SharedMemory.open(Path(start.shared))
    shared.lock()
    outbox = Outbox(lambda message: write_message(telemetry, message), "telemetry")
    outbox.start()
    live = Live(start, shared, outbox.put)
    signal.signal(signal.SIGTERM, lambda *_: live.end())
    threading.Thread(target=_listen, args=(commands, live, shared), name="commands", daemon=True).start()
    live.run()
    outbox.close(timeout=1.0)


def _take_command(commands: BinaryIO, live: Live) -> bool:
    """False if there are no more."""
    from musiclstm.engine.supervision.pipe import read_message

    try:
        live.command(read_message(commands))
    except (EOFError, OSError):
        return False
    except Exception:
        if commands.closed:
            return False
        # It was read to its end, so the next one can be read; and it counts as carried out.
        log.exception("a command cannot be read")
        live.unreadable()
    return True


def _listen(commands: BinaryIO, live: Live, shared: SharedMemory) -> None:
    while _take_command(commands, live):
        pass
    log.info("the host is gone")
    live.end(orphaned=True)
    live.ended.wait(_LAST_RESORT)
    # Not reached by an engine that ends in time. The guard ends the notes that it leaves.
    if not live.ended.is_set():
        log.error("the engine hangs; ending the process")
        shared.delete()
        os._exit(1)


if __name__ == "__main__":
    main()
