"""The host: starts the engine process, talks with it, ends its notes if it dies, and brings it back.

It lives in the process of the window or of `musiclstm play`. The engine is a new Python process with a pipe each way,
not a `multiprocessing` child: it imports nothing of ours but the engine, whatever the parent's main module is. It has
a process group of its own, so that Ctrl-C and a killed terminal reach the host alone; the end of its command pipe
tells the engine that the host is gone. A third process, the guard, ends the notes of an engine that died.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO, cast

from musiclstm import paths
from musiclstm.engine.recording.journal_files import new_session
from musiclstm.engine.recording.recovery import Take, dismiss, recover, recoverable
from musiclstm.engine.supervision.guard import Guard
from musiclstm.engine.supervision.pipe import Start, read_message, write_message
from musiclstm.engine.supervision.shared import Shared
from musiclstm.engine.system.threads import ONE_THREAD
from musiclstm.errors import EngineError
from musiclstm.protocol.messages import Command, EngineOptions, Exited, Notice, Shutdown, Telemetry

__all__ = ["EngineHost", "Take", "dismiss", "recover", "takes_to_recover"]

log = logging.getLogger(__name__)
_WATCH = 0.25  # seconds between two looks at the engine
# So many looks without a sign of life: it hangs. Looks, not seconds: machines sleep. More for the first sign.
_SILENT_LOOKS = 20
_STARTING_LOOKS = 240
_LONGEST_LOG = 1 << 20  # bytes
# Windows' words for what `start_new_session` is elsewhere.
_FLAGS = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)


def takes_to_recover(options: EngineOptions) -> tuple[Take, ...]:
    """What was played, not saved, and cut off by a crash or a power cut; the newest first. See `recover`, `dismiss`."""
    return recoverable(paths.journal(options.journal))


class EngineHost:
    """One engine at a time, from `start` to `close`.

    on_telemetry: called from the host's reading thread with every message, in order; it must not block for long, for
    nothing else is read meanwhile (the engine does not mind, it drops what may be dropped).
    crashes: after how many ends within how many seconds it is not started again.
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
        self._over = threading.Event()  # no engine runs, and none will
        # Commands not yet known to be taken: numbers _first, _first + 1, …; the writer has sent _sent of them.
        self._changed = threading.Condition()
        self._commands: deque[Command] = deque()
        self._first = 1
        self._sent = 0
        self._pipe: BinaryIO | None = None

    # ---- for everyone ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the engine process and the threads that go with it; returns at once. Raises EngineError."""
        self._shared = Shared.create()
        try:
            # Before there are notes to end.
            self._guard = Guard(self._shared.path, _launch)
            self._spawn(resume=False)
        except EngineError:
            self._shared.delete()
            raise
        for run, name in ((self._write, "host-write"), (self._watch, "host-watch")):
            self._threads.append(threading.Thread(target=run, name=name, daemon=True))
            self._threads[-1].start()

    def send(self, command: Command) -> None:
        """Any thread; never blocks. What is said while the engine restarts is carried out afterwards."""
        with self._changed:
            self._commands.append(command)
            self._changed.notify()

    @property
    def pid(self) -> int | None:
        """The engine's process id, None if there is none now."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    @property
    def over(self) -> bool:
        """The engine has ended for good: it was closed, ended by itself, or kept crashing."""
        return self._over.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Until the engine has ended for good; whether it has."""
        return self._over.wait(timeout)

    def close(self, timeout: float = 3.0) -> None:
        """End the notes and the engine; blocks until that is done, `timeout` seconds at the most. Idempotent."""
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
        taken = self._shared.taken
        self._shared.count(0, taken)
        process = _launch(["musiclstm.engine.live.process"])
        pipe, telemetry = cast("BinaryIO", process.stdin), cast("BinaryIO", process.stdout)
        with suppress(OSError, ValueError):  # one that died at once is noticed by its reader
            write_message(pipe, Start(self.options, str(self._shared.path), self.session, taken, resume))
        with self._changed:
            self._process = process
            self._forget_taken()
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
            # A listener's fault is no reason to let the engine play on unheard.
            log.exception("telemetry")

    def _ended(self, process: subprocess.Popen[bytes]) -> None:
        """The engine's pipe has ended, which a dying process does first of all; the notes are what is urgent."""
        with suppress(EngineError):
            log.info("%d notes were ended for the engine", self._guard.end_notes())
        with self._changed:
            self._pipe = None
        code = _reap(process)
        log.info("the engine ended with code %s", code)
        if self._closing or code == 0:
            self._finish(code)
            return
        self._ends.append(time.monotonic())
        often = len(self._ends) == self._most_crashes and self._ends[-1] - self._ends[0] < self._crash_seconds
        if often:
            self._finish(code)
            self._say(Notice(f"The engine keeps failing and was stopped; {paths.engine_log()} says why.", serious=True))
            return
        self._emit(Exited(code, restarting=True))
        self._say(Notice("The engine stopped unexpectedly; it goes on where it was.", details=f"exit code {code}"))
        try:
            self._spawn(resume=True)
        except EngineError as error:
            self._finish(code)
            self._say(Notice(str(error), serious=True))

    def _finish(self, code: int | None) -> None:
        self._emit(Exited(code, restarting=False))
        self._over.set()
        with self._changed:
            self._changed.notify_all()

    def _say(self, notice: Notice) -> None:
        log.warning("%s (%s)", notice.text, notice.details)
        self._emit(notice)

    # ---- threads ---------------------------------------------------------------------------------------------------

    def _write(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self.over or (self._pipe and self._sent < len(self._commands)))
                if self.over:
                    return
                self._forget_taken()
                pipe, process = cast("BinaryIO", self._pipe), self._process
                command = self._commands[self._sent]
                self._sent += 1
            try:
                write_message(pipe, command)
            except (OSError, ValueError):  # it is gone; the next engine gets what it did not take
                with self._changed:
                    if self._process is process:
                        self._pipe = None

    def _forget_taken(self) -> None:
        """With the lock held: let go of the commands that the engine has taken. The one it died of is among them."""
        while self._first <= self._shared.taken and self._commands:
            self._commands.popleft()
            self._first += 1
            self._sent = max(0, self._sent - 1)

    def _watch(self) -> None:
        """Keep the guard alive, and end an engine that gives no sign of life."""
        beats, silent = 0, 0
        while not self._over.wait(_WATCH):
            with suppress(EngineError):
                self._guard.look_after()
            process, now = self._process, self._shared.beats
            silent = silent + 1 if now == beats else 0
            beats = now
            patience = _SILENT_LOOKS if now else _STARTING_LOOKS
            if silent >= patience and process is not None and not self._closing:
                log.error("the engine gives no sign of life and is ended")
                process.kill()
                beats, silent = 0, 0


def _launch(module: list[str]) -> subprocess.Popen[bytes]:
    """A Python process of ours, apart from this one's terminal. Raises EngineError."""
    log_to = _open_log()
    try:
        return subprocess.Popen(
            [sys.executable, "-m", *module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log_to,
            env=os.environ | ONE_THREAD,
            start_new_session=True,
            creationflags=_FLAGS,
        )
    except OSError as error:
        raise EngineError(f"The engine cannot be started: {error}") from error
    finally:
        if not isinstance(log_to, int):
            log_to.close()


def _reap(process: subprocess.Popen[bytes]) -> int | None:
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            cast("BinaryIO", pipe).close()
    try:
        return process.wait(2)
    except subprocess.TimeoutExpired:  # it closed its pipe but lives
        process.kill()
        return process.wait(2)


def _open_log() -> BinaryIO | int:
    path = paths.engine_log()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        full = path.exists() and path.stat().st_size > _LONGEST_LOG
        return path.open("wb" if full else "ab")
    except OSError:
        return subprocess.DEVNULL
