"""The files of the journal's folder: which belong to a session, and their lines.

Their format is described in `journal`. A file that is being written is locked (`engine.system.file_lock`).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from musiclstm.music import midi_message
from musiclstm.protocol.limits import MAX_BPM, MIN_BPM

SUFFIX = ".jsonl"
_MAX_LINE = 1 << 20  # bytes

# Kind, seconds, values; see `journal`.
Line = tuple[Any, ...]
Key = tuple[int, ...]
"""What the lines of a note's beginning and end have in common."""
YOU = -1
"""The number of the person's part."""


def new_session() -> str:
    """A name for a session that begins now; names sort by the time they were made.

    The time is UTC, because local time goes back in autumn and on the way west.
    """
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{os.getpid()}"


def sessions(folder: Path) -> list[str]:
    """Names of the sessions in the folder, oldest first."""
    return sorted({session for path in folder.glob(f"*{SUFFIX}") if (session := session_of(path))})


def files_of(folder: Path, session: str) -> list[Path]:
    """The session's files, oldest first."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if session_of(path) == session)


def session_of(path: Path) -> str:
    """The name of the session that a file belongs to; empty if it is none of a journal's."""
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
    """The lines of one file, without a torn tail and lines that are damaged. Raises OSError."""
    with path.open("rb") as file:
        whole = True
        while text := file.readline(_MAX_LINE):
            begins, whole = whole, text.endswith(b"\n")
            if not begins or not whole:
                continue  # a part of a line that is too long, or the tail
            try:
                line = json.loads(text)
            except (ValueError, RecursionError):
                continue
            if isinstance(line, list) and _is_whole(line):
                yield tuple(line)


def _is_whole(line: list[Any]) -> bool:
    """Whether a line has what lines of its kind have. A line of a later version may be longer, never shorter."""
    if len(line) < 2 or not isinstance(line[0], str) or not _is_number(line[1]):
        return False
    checks = _VALUES.get(line[0], ())
    return len(line) >= 2 + len(checks) and all(check(value) for check, value in zip(checks, line[2:], strict=False))


def _is_number(value: object, low: float = -1e12, high: float = 1e12) -> bool:
    return isinstance(value, (int, float)) and low <= value <= high


def _is_whole_number(value: object, high: int) -> bool:
    return isinstance(value, int) and 1 <= value <= high


def _is_byte(value: object) -> bool:
    """Whether it is a data byte of MIDI."""
    return isinstance(value, int) and 0 <= value <= 127


def _is_part(value: object) -> bool:
    return isinstance(value, int)


def _is_flag(value: object) -> bool:
    return _is_number(value, 0, 1)


def _is_controller(value: object) -> bool:
    """Whether it is a channel message that is no note, in hexadecimal."""
    try:
        message = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        return False
    whole = midi_message.has_channel(message) and midi_message.is_whole(message)
    return whole and not midi_message.is_note(message)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_parts(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(part, list)
        and len(part) == 3
        and isinstance(part[0], str)
        and _is_byte(part[1])
        and _is_byte(part[2])
        and part[2] <= 15
        for part in value
    )


# What follows kind and seconds.
_VALUES: dict[str, tuple[Callable[[object], bool], ...]] = {
    "journal": (_is_number, _is_number),
    "model": (_is_text, _are_parts, lambda bar: _is_number(bar, 0.01, 1000)),
    "meter": (_is_number, lambda value: _is_whole_number(value, 255), lambda value: _is_whole_number(value, 64)),
    "tempo": (lambda tempo: _is_number(tempo, MIN_BPM, MAX_BPM),),
    "note": (_is_number, _is_part, _is_byte, _is_byte, _is_flag),
    "control": (_is_number, _is_controller),
    "saved": (_is_text,),
}


def key_of(line: Line) -> Key:
    """Of a note's line: its id; in journals of earlier versions its part (YOU: the person's) and pitch."""
    return (line[7],) if len(line) > 7 and isinstance(line[7], int) else (YOU if line[6] else line[3], line[4])


def restarts(line: Line) -> bool:
    """Whether a file's first line says that another engine begins, whose host ended what sounded."""
    return line[0] == "journal" and not (len(line) > 4 and line[4])


def encode(line: Line) -> bytes:
    # In ASCII, because file names need not be UTF-8.
    return json.dumps(line, separators=(",", ":"), default=str).encode() + b"\n"


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
