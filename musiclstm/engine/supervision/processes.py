"""Child processes: which modules they run, how they are started, how they are reaped."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from typing import BinaryIO, cast

from musiclstm import paths
from musiclstm.engine.system.isolation import command
from musiclstm.engine.system.threads import ONE_THREAD
from musiclstm.errors import EngineError, reason

ENGINE = "musiclstm.engine.live.process"
GUARD = "musiclstm.engine.supervision.guard_process"

LOG_FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
_MAX_LOG = 1 << 20  # bytes
# What `start_new_session` is elsewhere, on Windows.
_FLAGS = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)


def start(module: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Run a module in a new Python process: stdin and stdout are pipes, stderr goes to the log. Raises EngineError.

    The process has a process group of its own, so that Ctrl-C in the terminal does not reach it. Files of the working
    folder do not stand in for Python's modules.
    """
    log = _open_log()
    try:
        return subprocess.Popen(
            command(module, *arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=os.environ | ONE_THREAD,
            start_new_session=True,
            creationflags=_FLAGS,
        )
    except OSError as error:
        raise EngineError(f"The engine cannot be started: {reason(error)}") from error
    finally:
        if not isinstance(log, int):
            log.close()


def reap(process: subprocess.Popen[bytes]) -> int | None:
    """Close the pipes of a process that has ended or is about to, and return its exit code; kill it after 2 s."""
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            cast("BinaryIO", pipe).close()
    try:
        return process.wait(2)
    except subprocess.TimeoutExpired:  # it closed its pipe but lives
        process.kill()
        return process.wait(2)


def own_stdout(*, buffered: bool) -> BinaryIO:
    """In a child process: its stdout for us alone. What libraries print to stdout goes to stderr from now on."""
    mine: BinaryIO = os.fdopen(os.dup(1), "wb", buffering=-1 if buffered else 0)
    os.dup2(2, 1)
    return mine


def _open_log() -> BinaryIO | int:
    path = paths.engine_log()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        full = path.exists() and path.stat().st_size > _MAX_LOG
        return path.open("wb" if full else "ab")
    except OSError:
        return subprocess.DEVNULL
