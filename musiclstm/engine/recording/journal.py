"""Journal: writes everything played and received to disk as it happens, so that a crash loses milliseconds.

A *session* is one run of the instrument, through crashes and restarts of its engine. Each start of the engine and each
hour begin a new file `SESSION.NNNN.jsonl` in the journal's folder. A line is a JSON array, written whole, in order of
time. Seconds are of the machine's monotonic clock; beats and parts are as in `protocol.telemetry`.

    ["journal", seconds, format (1), wall-clock seconds since 1970]     the first line of each file
    ["model", seconds, title, [[name, program, channel] of each part], beats in a bar]
    ["meter", seconds, beat from which on it is played, numerator, denominator]
    ["tempo", seconds, BPM]
    ["play" | "resume" | "stop", seconds]                               "resume": after a restart of the engine
    ["note", seconds, beat, part, pitch, velocity (0: note-off), 1 if played by the person, id of the note]
    ["control", seconds, beat, "bytes in hexadecimal"]                  what the person moved beside keys, as passed on
    ["in", seconds, "bytes of a received message in hexadecimal"]
    ["jump", seconds, beat, reason, beat it was called until now, or null]
    ["saved", seconds, file]                                            everything before it is in this file
    ["end", seconds]                                                    a clean exit, or dismissed by the person

A killed process can leave half a last line, which reading ignores. What a person calls the session, and a summary of
it, is in a file beside it (`label`).
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from musiclstm.engine.recording.journal_files import Line, encode, new_file, write_all
from musiclstm.engine.recording.keep import Keep, prune
from musiclstm.engine.system.file_lock import lock
from musiclstm.errors import EngineError

FORMAT = 1
_FILE_SECONDS = 3600.0
# Seconds that a power cut may lose; a killed process loses only what is not written yet, milliseconds.
_SYNC_SECONDS = 5.0
_LOCKING = 100  # attempts
log = logging.getLogger(__name__)


class Journal:
    """Writes a session's journal, in a thread of its own.

    `write` may be called from any thread and never blocks or raises. on_fault: called once, from the journal's thread,
    with a line for a person, if the journal can no longer be written (disk full). keep: how long older sessions stay.
    Raises EngineError if the first file cannot be made.
    """

    def __init__(
        self,
        folder: Path,
        session: str,
        on_fault: Callable[[str], None],
        file_seconds: float = _FILE_SECONDS,
        keep: Keep | None = None,
    ) -> None:
        self.folder = folder
        self.session = session
        self._on_fault = on_fault
        self._file_seconds = file_seconds
        self._keep = keep or Keep()
        self._lines: SimpleQueue[Line | None] = SimpleQueue()
        # The latest model and tempo. Every file begins with them, so that it can be read alone.
        self._latest: dict[str, Line] = {}
        self._file = -1
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._begin_file()
        except OSError as error:
            reason = error.strerror or error
            raise EngineError(
                f"The journal cannot be written to {folder}: {reason}. Nothing that is played can be saved."
            ) from error
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def write(self, kind: str, seconds: float, *values: Any) -> None:
        """Add a line, soon."""
        self._lines.put((kind, seconds, *values))

    def flush(self) -> bool:
        """Wait until every line so far is written; False if that takes longer than a second."""
        done = threading.Event()
        self._lines.put(("flush", done))
        return done.wait(1.0)

    def close(self, clean: bool = True) -> None:
        """Write the remaining lines and end the thread. clean: mark that the session ended by itself."""
        if clean:
            self.write("end", time.perf_counter())
        self._lines.put(None)
        self._thread.join(2)

    # ---- the writing thread ----------------------------------------------------------------------------------------

    def _run(self) -> None:
        sync_at = 0.0  # when to sync lines that are written but perhaps not on the disk yet; 0: all are
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
                reason = error.strerror or error
                self._on_fault(
                    f"The journal can no longer be written: {reason}. "
                    "What is played from now on can be saved only after a restart of musiclstm."
                )
                self._discard(ended=None in lines)
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
        flushed = [line[1] for line in lines if line[0] == "flush"]
        lines = [line for line in lines if line[0] != "flush"]
        self._latest.update((line[0], line) for line in lines if line[0] in ("model", "tempo"))
        if lines:
            write_all(self._file, b"".join(encode(line) for line in lines))
        for done in flushed:
            done.set()

    def _discard(self, ended: bool) -> None:
        """Read lines and drop them, so that the queue does not grow and `flush` does not wait."""
        while not ended:
            line = self._lines.get()
            ended = line is None
            if line is not None and line[0] == "flush":
                line[1].set()

    def _begin_file(self) -> None:
        file = new_file(self.folder, self.session)
        for _ in range(_LOCKING):  # whoever checks whether it is locked holds the lock for a moment
            if lock(file):
                break
            time.sleep(0.001)
        now = time.perf_counter()
        header: Line = ("journal", now, FORMAT, time.time())
        repeated = ((line[0], now, *line[2:]) for line in self._latest.values())
        write_all(file, b"".join(encode(line) for line in (header, *repeated)))
        if self._file >= 0:
            os.close(self._file)
        self._file = file
        self._begun = time.monotonic()
        prune(self.folder, self.session, self._keep)
