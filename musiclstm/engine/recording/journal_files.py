"""The files of the journal's folder: which belong to a session, their lines, and how long they are kept.

Their format is described in `journal`. A file that is being written is locked (`engine.system.file_lock`).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from musiclstm.engine.system.file_lock import is_locked

SUFFIX = ".jsonl"
KEEP_DAYS = 30.0
KEEP_BYTES = 2 << 30

# Kind, seconds, values; see `journal`.
Line = tuple[Any, ...]


def new_session() -> str:
    """A name for a session that begins now; names sort by the time they were made."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"


def sessions(folder: Path) -> list[str]:
    """Names of the sessions in the folder, oldest first."""
    return sorted({session for path in folder.glob(f"*{SUFFIX}") if (session := _session_of(path))})


def files_of(folder: Path, session: str) -> list[Path]:
    """The session's files, oldest first."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if _session_of(path) == session)


def _session_of(path: Path) -> str:
    session, _, number = path.name.removesuffix(SUFFIX).rpartition(".")
    return session if number.isdecimal() else ""


def new_file(folder: Path, session: str) -> int:
    """Make the session's next file and open it for appending. Raises OSError."""
    for _ in range(1000):
        number = 1 + max((int(path.name.split(".")[-2]) for path in files_of(folder, session)), default=0)
        path = folder / f"{session}.{number:04d}{SUFFIX}"
        with suppress(FileExistsError):
            return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0))
    raise OSError(f"too many files of {session}")


def read(path: Path) -> Iterator[Line]:
    """The lines of one file, up to a torn tail or anything else that is no journal. Raises OSError."""
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


def encode(line: Line) -> bytes:
    return json.dumps(line, separators=(",", ":"), ensure_ascii=False, default=str).encode() + b"\n"


def write_all(file: int, content: bytes) -> None:
    """Write all of `content`, however many calls the system needs. Raises OSError."""
    while content:
        content = content[os.write(file, content) :]


def mark(folder: Path, session: str, kind: str, *values: Any) -> None:
    """Add a line (`saved`, `end`) to a session that is no longer being written.

    Raises OSError, and IndexError if the session has no files.
    """
    path = files_of(folder, session)[-1]
    with path.open("r+b") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)
        file.seek(0, os.SEEK_END)
        file.write(encode((kind, time.perf_counter(), *values)))


def prune(folder: Path, keep: str, days: float = KEEP_DAYS, size: int = KEEP_BYTES) -> None:
    """Delete files that are over `days` old, and the oldest ones until all together take at most `size` bytes.

    Files that are being written stay, and so does the newest file of the session `keep`.
    """
    oldest = time.time() - days * 86_400
    newest = files_of(folder, keep)[-1:]
    total = 0
    for path in sorted(folder.glob(f"*{SUFFIX}"), reverse=True):
        with suppress(OSError):  # another process deletes it at the same time
            status = path.stat()
            total += status.st_size
            if path not in newest and (status.st_mtime < oldest or total > size) and not is_locked(path):
                path.unlink()
