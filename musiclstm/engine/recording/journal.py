"""Journal: writes everything played and received to disk as it happens, so that a crash loses milliseconds.

A *session* is one run of the instrument, through crashes and restarts of its engine. Each start of the engine and each
hour begin a new file `SESSION.NNNN.jsonl` in the journal's folder. A line is a JSON array, written whole, in order of
time. Seconds are of the machine's monotonic clock; beats and parts are as in `protocol.telemetry`.

    ["journal", seconds, format (1), wall-clock seconds since 1970, 1 if the same engine goes on]
                                                                        the first line of each file
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

import errno
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from musiclstm.engine.recording.journal_files import Line, encode, files_of, new_file, write_all
from musiclstm.engine.recording.keep import Keep, prune
from musiclstm.engine.system.file_lock import lock
from musiclstm.protocol.telemetry import Jumped, Loaded, MeterChanged, Played, Telemetry

FORMAT = 1
_FILE_SECONDS = 3600.0
# Seconds that a power cut may lose; a killed process loses only what is not written yet, milliseconds.
_SYNC_SECONDS = 5.0
_AGAIN = 5.0  # seconds between two attempts to write what could not be written
_KEPT = 100_000  # lines that wait for that at most, the last ones: of hours
_LOCKING = 100  # attempts
log = logging.getLogger(__name__)


def line_of(message: Telemetry, now: float) -> Line | None:
    """The line that is written of telemetry; None if nothing is.

    now: in seconds, for what has no time of its own.
    """
    match message:
        case Played():
            note = (message.part, message.pitch, message.velocity, int(message.by_person), message.id)
            return "note", message.time, round(message.beat, 5), *note
        case Loaded():
            return "model", now, message.title, message.parts, message.bar_beats
        case MeterChanged(beat, numerator, denominator):
            return "meter", now, beat, numerator, denominator
        case Jumped():
            return "jump", now, message.beat, message.reason, message.source
        case _:
            return None


class Journal:
    """Writes a session's journal, in a thread of its own.

    `write` may be called from any thread and never blocks or raises. What cannot be written (disk full) waits until it
    can be, from the first line on. on_fault: called from the journal's thread, with a line for a person, when that
    begins and when it is over. keep: how long older sessions stay.
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
        self._refused: OSError | None = None  # the first file
        try:
            self._begin_file()
        except OSError as error:
            self._refused = error
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def write(self, kind: str, seconds: float, *values: Any) -> None:
        """Add a line, soon."""
        self._lines.put((kind, seconds, *values))

    def flush(self) -> bool:
        """Wait until every line so far is written, or waits for room; False if that takes longer than a second."""
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
        waiting: deque[Line] = deque(maxlen=_KEPT)
        again_at = 0.0  # when to try again to write them; 0: nothing went wrong
        if self._refused is not None:
            self._tell(self._refused)
            again_at = time.monotonic() + _AGAIN
        ended = False
        while not ended:
            lines = list(self._next(_AGAIN if again_at else _SYNC_SECONDS))
            ended = None in lines
            flushed = [line[1] for line in lines if line is not None and line[0] == "flush"]
            waiting.extend(line for line in lines if line is not None and line[0] != "flush")
            now = time.monotonic()
            if ended or now >= again_at:
                try:
                    sync_at = sync_at or (now + _SYNC_SECONDS if waiting else 0.0)
                    self._write(waiting)
                    waiting.clear()
                    if ended or 0 < sync_at <= now:
                        os.fsync(self._file)
                        sync_at = 0.0
                    if again_at:
                        self._on_fault("The journal is written again, with what was played meanwhile.")
                    again_at = 0.0
                except OSError as error:
                    if not again_at:
                        self._tell(error)
                    again_at = now + _AGAIN
            for done in flushed:
                done.set()
        if self._file >= 0:
            os.close(self._file)

    def _next(self, timeout: float) -> Iterator[Line | None]:
        """The lines that have come, or come first; none if that takes longer than `timeout` seconds."""
        try:
            yield self._lines.get(timeout=timeout)
        except Empty:
            return
        yield from self._more()

    def _tell(self, error: OSError) -> None:
        log.error("journal", exc_info=error)
        reason = error.strerror or error
        advice = "Make room" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "Put that right"
        self._on_fault(
            f"The journal cannot be written to {self.folder}: {reason}. "
            f"{advice}: what is played waits in memory until then."
        )

    def _more(self) -> Iterator[Line | None]:
        while not self._lines.empty():
            yield self._lines.get_nowait()

    def _write(self, lines: Collection[Line]) -> None:
        """Write all of these lines, or raise OSError and write none."""
        if self._file < 0 or time.monotonic() - self._begun > self._file_seconds:
            self._begin_file()
        if lines:
            size = os.fstat(self._file).st_size
            try:
                write_all(self._file, b"".join(encode(line) for line in lines))
            except OSError:
                with suppress(OSError):
                    os.ftruncate(self._file, size)
                raise
        self._latest.update((line[0], line) for line in lines if line[0] in ("model", "tempo"))

    def _begin_file(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = new_file(self.folder, self.session)
        for _ in range(_LOCKING):  # whoever checks whether it is locked holds the lock for a moment
            if lock(file):
                break
            time.sleep(0.001)
        now = time.perf_counter()
        header: Line = ("journal", now, FORMAT, time.time(), int(self._file >= 0))
        repeated = ((line[0], now, *line[2:]) for line in self._latest.values())
        try:
            write_all(file, b"".join(encode(line) for line in (header, *repeated)))
        except OSError:
            os.close(file)
            with suppress(OSError, IndexError):  # it is gone
                files_of(self.folder, self.session)[-1].unlink()
            raise
        if self._file >= 0:
            os.close(self._file)
        self._file = file
        self._begun = time.monotonic()
        prune(self.folder, self.session, self._keep)
