"""Journal: everything played and received, on disk as it happens, whatever happens next.

A *session* is one run of the instrument, through crashes and restarts of its engine. Each start of the engine and each
hour begins a new file `SESSION.NNNN.jsonl` in the journal's folder; a line is a JSON array, written whole, in the order
of time. Seconds are of the machine's monotonic clock, beats and parts as in `messages`.

    ["journal", seconds, format (1), wall-clock seconds since 1970]     the first line of each file
    ["model", seconds, title, [[name, program, channel] of each part], beats in a bar]
    ["tempo", seconds, quarter notes a minute]
    ["play" | "resume" | "stop", seconds]                               "resume": after the engine was restarted
    ["note", seconds, beat, part, pitch, velocity (0: ends), 1 if by the person]
    ["in", seconds, "bytes of a received message in hexadecimal"]
    ["jump", seconds, beat, reason]
    ["saved", seconds, file]                                            what came before is in this file
    ["end", seconds]                                                    a clean exit, or dismissed by the person

A process that is killed can leave half a last line, which reading ignores. `take` reads journals and makes MIDI files.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from musiclstm.engine.os.filelock import hold, is_held
from musiclstm.errors import EngineError

FORMAT = 1
SUFFIX = ".jsonl"
KEEP_DAYS = 30.0
KEEP_BYTES = 2 << 30
_FILE_SECONDS = 3600.0
# How much of the last moments a power cut may take; a killed process loses only what is not written yet, milliseconds.
_SYNC_SECONDS = 5.0
log = logging.getLogger(__name__)

Line = tuple[Any, ...]


class Journal:
    """Writes a session's journal, in a thread of its own.

    `write` may be called from any thread and never blocks or raises. on_fault is told, once, in a line for a person,
    if the journal can no longer be written (disk full). Raises EngineError if it cannot even begin.
    """

    def __init__(
        self,
        folder: Path,
        session: str,
        on_fault: Callable[[str], None],
        file_seconds: float = _FILE_SECONDS,
    ) -> None:
        self.folder = folder
        self.session = session
        self._on_fault = on_fault
        self._file_seconds = file_seconds
        self._lines: SimpleQueue[Line | None] = SimpleQueue()
        # The last of each kind: every file begins with them, so that it can be read alone.
        self._standing: dict[str, Line] = {}
        self._file = -1
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._begin_file()
        except OSError as error:
            raise EngineError(f"The journal cannot be written to {folder}: {error.strerror or error}") from error
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def write(self, kind: str, seconds: float, *values: Any) -> None:
        self._lines.put((kind, seconds, *values))

    def flush(self, timeout: float = 1.0) -> bool:
        """Wait until all that was said before is written; False if it was not in time."""
        done = threading.Event()
        self._lines.put(("flush", done))
        return done.wait(timeout)

    def close(self, clean: bool = True) -> None:
        """Write what is left, mark a clean exit, end the thread."""
        if clean:
            self.write("end", time.perf_counter())
        self._lines.put(None)
        self._thread.join(2)

    # ---- the writing thread ----------------------------------------------------------------------------------------

    def _run(self) -> None:
        sync_at = 0.0  # when to sync what is written but perhaps not on the disk yet; 0: all is
        while True:
            try:
                line = self._lines.get(timeout=_SYNC_SECONDS)
                lines = [line, *self._more()]
            except Empty:
                lines = []
            now = time.monotonic()
            try:
                self._write([line for line in lines if line is not None])
                sync_at = sync_at or (now + _SYNC_SECONDS if lines else 0.0)
                if None in lines or 0 < sync_at <= now:
                    os.fsync(self._file)
                    sync_at = 0.0
            except OSError as error:
                log.exception("journal")
                self._on_fault(f"The journal can no longer be written: {error.strerror or error}")
                self._only_answer(ended=None in lines)
                return
            if None in lines:
                os.close(self._file)
                return

    def _more(self) -> Iterator[Line | None]:
        while not self._lines.empty():
            yield self._lines.get_nowait()

    def _write(self, lines: Sequence[Line]) -> None:
        if time.monotonic() - self._begun > self._file_seconds:
            self._begin_file()
        waiting = [line[1] for line in lines if line[0] == "flush"]
        said = [line for line in lines if line[0] != "flush"]
        self._standing.update((line[0], line) for line in said if line[0] in ("model", "tempo"))
        if said:
            _write_all(self._file, b"".join(_encode(line) for line in said))
        for done in waiting:
            done.set()

    def _only_answer(self, ended: bool) -> None:
        """Take lines and throw them away, so that nothing piles up."""
        while not ended:
            line = self._lines.get()
            ended = line is None
            if line is not None and line[0] == "flush":
                line[1].set()

    def _begin_file(self) -> None:
        for _ in range(1000):
            path = self.folder / f"{self.session}.{next_number(self.folder, self.session):04d}{SUFFIX}"
            try:
                file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0))
                break
            except FileExistsError:
                continue
        else:
            raise OSError(f"too many files of {self.session}")
        hold(file)
        now = time.perf_counter()
        header: Line = ("journal", now, FORMAT, time.time())
        standing = ((line[0], now, *line[2:]) for line in self._standing.values())
        _write_all(file, b"".join(_encode(line) for line in (header, *standing)))
        if self._file >= 0:
            os.close(self._file)
        self._file = file
        self._begun = time.monotonic()
        prune(self.folder, keep=self.session)


def _encode(line: Line) -> bytes:
    return json.dumps(line, separators=(",", ":"), ensure_ascii=False, default=str).encode() + b"\n"


def _write_all(file: int, content: bytes) -> None:
    while content:
        content = content[os.write(file, content) :]


# ---- the folder ------------------------------------------------------------------------------------------------------


def new_session() -> str:
    """A name that sorts by the time it was begun."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"


def files_of(folder: Path, session: str) -> list[Path]:
    """The session's files, oldest first."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if _session_of(path) == session)


def sessions(folder: Path) -> list[str]:
    """Names of the sessions there are, oldest first."""
    return sorted({session for path in folder.glob(f"*{SUFFIX}") if (session := _session_of(path))})


def next_number(folder: Path, session: str) -> int:
    return 1 + max((int(path.name.split(".")[-2]) for path in files_of(folder, session)), default=0)


def _session_of(path: Path) -> str:
    session, _, number = path.name.removesuffix(SUFFIX).rpartition(".")
    return session if number.isdecimal() else ""


def read(path: Path) -> Iterator[Line]:
    """The lines of one file. Stops at a torn tail and at anything that is no journal; raises OSError."""
    with path.open("rb") as file:
        for text in file:
            if not text.endswith(b"\n"):
                return
            try:
                line = json.loads(text)
            except ValueError:
                return
            if not (
                isinstance(line, list)
                and len(line) >= 2
                and isinstance(line[0], str)
                and isinstance(line[1], (int, float))
            ):
                return
            yield tuple(line)


def mark(folder: Path, session: str, kind: str, *values: Any) -> None:
    """Add a line (`saved`, `end`) to a session that nobody writes any more. Raises OSError."""
    path = files_of(folder, session)[-1]
    with path.open("r+b") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)
        file.seek(0, os.SEEK_END)
        file.write(_encode((kind, time.perf_counter(), *values)))


def prune(folder: Path, keep: str, days: float = KEEP_DAYS, size: int = KEEP_BYTES) -> None:
    """Delete the oldest files: those over `days` old, and those that `size` bytes do not hold.

    Files that somebody writes stay, and so does the newest of the session `keep`.
    """
    oldest = time.time() - days * 86_400
    newest = files_of(folder, keep)[-1:]
    total = 0
    for path in sorted(folder.glob(f"*{SUFFIX}"), reverse=True):
        with suppress(OSError):  # somebody else deletes it
            status = path.stat()
            total += status.st_size
            if path not in newest and (status.st_mtime < oldest or total > size) and not is_held(path):
                path.unlink()
