"""The host: starts the engine process, talks with it, has its notes ended if it dies, and restarts it.

It lives in the process of the window or of `musiclstm play`. The engine is a new Python process with a pipe each way,
not a `multiprocessing` child: it imports the engine alone, whatever the parent's main module is. The end of its command
pipe tells the engine that the host is gone. A third process, the guard, ends the notes of an engine that died.
"""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO, cast

from musiclstm import paths
from musiclstm.engine.recording import lesson
from musiclstm.engine.recording.journal_files import new_session
from musiclstm.engine.recording.library import Entry, Library
from musiclstm.engine.supervision import processes
from musiclstm.engine.supervision.guard import Guard
from musiclstm.engine.supervision.pipe import Start, read_message, write_message
from musiclstm.engine.supervision.shared_memory import SharedMemory
from musiclstm.engine.system.file_lock import is_locked
from musiclstm.errors import EngineError
from musiclstm.protocol.commands import Command, Shutdown
from musiclstm.protocol.options import EngineOptions
from musiclstm.protocol.telemetry import Exited, Notice, Telemetry

__all__ = ["EngineHost", "Entry", "Library", "is_locked", "lesson", "library"]

log = logging.getLogger(__name__)
_WATCH = 0.25  # seconds between two checks of the engine
# After so many checks without a heartbeat the engine hangs. Checks, not seconds: machines sleep. More while it starts.
_SILENT_CHECKS = 20
_STARTING_CHECKS = 240


def library(options: EngineOptions) -> Library:
    """Everything that engines with these options have recorded."""
    return Library(paths.journal(options.journal))


class EngineHost:
    """One engine process at a time, from `start` to `close`. Its methods may be called from any thread.

    on_telemetry: called from the host's reading thread with every message, in order. While it blocks nothing else is
    read (the engine does not wait, it drops what may be dropped).
    crashes: (count, seconds); after so many crashes within so many seconds the engine is not restarted.
    """

    def __init__(
        self,
        options: EngineOptions,
        on_telemetry: Callable[[Telemetry], None],
        crashes: tuple[int, float] = (3, 10.0),
    ) -> None:
        self.options = options
        self.session = new_session()
        self._on_telemetry = on_telemetry
        self._most_crashes, self._crash_seconds = crashes
        self._ends: deque[float] = deque(maxlen=self._most_crashes)
        self._process: subprocess.Popen[bytes] | None = None
        self._threads: list[threading.Thread] = []
        self._closing = False
        self._over = threading.Event()  # no engine runs, and none will be started
        # Commands not acknowledged yet: numbers _first, _first + 1, …; the writer has sent _sent of them.
        self._changed = threading.Condition()
        self._commands: deque[Command] = deque()
        self._first = 1
        self._sent = 0
        self._pipe: BinaryIO | None = None

    # ---- public ----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the guard, the engine and the host's threads; returns at once. Raises EngineError."""
        self._shared = SharedMemory.create()
        try:
            # Before there can be notes to end.
            self._guard = Guard(self._shared.path)
            self._spawn(resume=False)
        except EngineError:
            self._shared.delete()
            raise
        for run, name in ((self._write, "host-write"), (self._watch, "host-watch")):
            self._threads.append(threading.Thread(target=run, name=name, daemon=True))
            self._threads[-1].start()

    def send(self, command: Command) -> None:
        """Send a command; never blocks. One that is sent while the engine restarts is carried out afterwards."""
        with self._changed:
            self._commands.append(command)
            self._changed.notify()

    @property
    def pid(self) -> int | None:
        """The engine's process id, None while there is none."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    @property
    def over(self) -> bool:
        """Whether the engine has ended for good: it was closed, ended by itself, or kept crashing."""
        return self._over.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the engine has ended for good; whether it has."""
        return self._over.wait(timeout)

    def close(self, timeout: float = 3.0) -> None:
        """End the notes and the engine; blocks until that is done, a few times `timeout` at most. Idempotent."""
        if self._closing or self._process is None:
            return
        self._closing = True
        self.send(Shutdown())
        if not self._over.wait(timeout) and self._process is not None:
            log.warning("the engine did not end when asked")
            self._process.kill()
            self._over.wait(timeout)
        with self._changed:
            self._changed.notify_all()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(timeout)
        self._shared.delete()
        self._guard.close()
        if not any(thread.is_alive() for thread in self._threads):
            self._shared.close()
            self._shared.delete()  # for Windows, which deletes only what nobody has open

    # ---- the engine's life -----------------------------------------------------------------------------------------

    def _spawn(self, *, resume: bool) -> None:
        acknowledged = self._shared.acknowledged
        self._shared.write_counters(0, acknowledged)
        process = processes.start(processes.ENGINE)
        pipe, telemetry = cast("BinaryIO", process.stdin), cast("BinaryIO", process.stdout)
        with suppress(OSError, ValueError):  # if it died at once, its reader notices
            write_message(pipe, Start(self.options, str(self._shared.path), self.session, acknowledged, resume))
        with self._changed:
            self._process = process
            self._drop_acknowledged()
            self._sent = 0
            self._pipe = pipe
            self._changed.notify()
        reader = threading.Thread(target=self._read, args=(process, telemetry), name="host-read", daemon=True)
        self._threads.append(reader)
        reader.start()

    def _read(self, process: subprocess.Popen[bytes], telemetry: BinaryIO) -> None:
        with suppress(EOFError, OSError, ValueError):
            while True:
                self._emit(read_message(telemetry))
        self._ended(process)

    def _emit(self, message: Telemetry) -> None:
        try:
            self._on_telemetry(message)
        except Exception:
            # An error in `on_telemetry` must not end this thread.
            log.exception("telemetry")

    def _ended(self, process: subprocess.Popen[bytes]) -> None:
        """The engine's pipe has ended, which is the first sign of its death: its notes must end at once."""
        with suppress(EngineError):
            log.info("the guard ended %d notes", self._guard.end_notes())
        with self._changed:
            self._pipe = None
        code = processes.reap(process)
        log.info("the engine ended with code %s", code)
        if self._closing or code == 0:
            self._finish(code)
            return
        self._ends.append(time.monotonic())
        often = len(self._ends) == self._most_crashes and self._ends[-1] - self._ends[0] < self._crash_seconds
        if often:
            self._finish(code)
            self._notify(
                Notice(f"The engine keeps failing and was stopped; {paths.engine_log()} has the reason.", serious=True)
            )
            return
        self._emit(Exited(code, restarting=True))
        self._notify(
            Notice(
                "The engine stopped unexpectedly; it restarts and continues where it was.",
                details=f"exit code {code}",
            )
        )
        try:
            self._spawn(resume=True)
        except EngineError as error:
            self._finish(code)
            self._notify(Notice(str(error), serious=True))

    def _finish(self, code: int | None) -> None:
        self._emit(Exited(code, restarting=False))
        self._over.set()
        with self._changed:
            self._changed.notify_all()

    def _notify(self, notice: Notice) -> None:
        log.info("%s (%s)", notice.text, notice.details)
        self._emit(notice)

    # ---- threads ---------------------------------------------------------------------------------------------------

    def _write(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self.over or (self._pipe and self._sent < len(self._commands)))
                if self.over:
                    return
                self._drop_acknowledged()
                pipe, process = cast("BinaryIO", self._pipe), self._process
                command = self._commands[self._sent]
                self._sent += 1
            try:
                write_message(pipe, command)
            except (OSError, ValueError):  # the engine is gone; the next one gets what it did not acknowledge
                with self._changed:
                    if self._process is process:
                        self._pipe = None

    def _drop_acknowledged(self) -> None:
        """Call with `_changed` locked. One that crashed an engine was acknowledged first, and is not sent again."""
        while self._first <= self._shared.acknowledged and self._commands:
            self._commands.popleft()
            self._first += 1
            self._sent = max(0, self._sent - 1)

    def _watch(self) -> None:
        """Keep the guard alive, and kill an engine whose heart has stopped."""
        last, silent = 0, 0
        while not self._over.wait(_WATCH):
            with suppress(EngineError):
                self._guard.ensure_alive()
            process, now = self._process, self._shared.heartbeats
            silent = silent + 1 if now == last else 0
            last = now
            patience = _SILENT_CHECKS if now else _STARTING_CHECKS
            if silent >= patience and process is not None and not self._closing:
                log.error("the engine has no heartbeat and is killed")
                process.kill()
                last, silent = 0, 0
