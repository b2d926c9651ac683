"""Recovery: the sessions that a crash cut off before they were saved."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from musiclstm.engine.recording import journal_files
from musiclstm.engine.system.file_lock import is_locked


@dataclass(frozen=True, slots=True)
class Take:
    """A session that was neither saved nor ended cleanly. started: seconds since 1970. seconds: its length."""

    folder: str
    session: str
    started: float
    seconds: float


def recoverable(folder: Path) -> tuple[Take, ...]:
    """Sessions that ended without a clean exit and have notes after their last save, newest first.

    Reads files, from their ends, and no more than it must.
    """
    takes = []
    for session in reversed(journal_files.sessions(folder)):
        with suppress(OSError, IndexError):
            files = journal_files.files_of(folder, session)
            if is_locked(files[-1]) or _ended(files[-1]):
                continue
            last = _last_note(files)
            if last is not None:
                begun, started = _beginning(files[0])
                takes.append(Take(str(folder), session, started, max(0.0, last - begun)))
    return tuple(takes)


def recover(take: Take, file: str) -> None:
    """Write the whole take as a MIDI file, and stop offering it. Raises MusicLSTMError."""
    from musiclstm.engine.recording.take import save  # the reader and writer of MIDI files are not needed at start

    save(Path(take.folder), take.session, file)
    dismiss(take)


def dismiss(take: Take) -> None:
    """Stop offering this take; it stays on disk until it is old."""
    with suppress(OSError, IndexError):
        journal_files.mark(Path(take.folder), take.session, "end")


def mark_saved(folder: Path, session: str, file: str) -> None:
    """Note that all of the session is in this file, so that it is not offered. It must not be being written."""
    with suppress(OSError, IndexError):
        journal_files.mark(folder, session, "saved", file)


def _beginning(path: Path) -> tuple[float, float]:
    """When the file begins: in its own seconds, and since 1970; the latter is the file's if its first line is lost."""
    for line in journal_files.read(path):
        if line[0] == "journal":
            return line[1], line[3]
        return line[1], path.stat().st_mtime
    return 0.0, path.stat().st_mtime


def _last_note(files: list[Path]) -> float | None:
    """When the last note-on that is not saved happened."""
    for path in reversed(files):
        found: float | None = None
        for line in journal_files.read(path):
            if line[0] == "saved":
                found = None
            elif line[0] == "note" and line[5]:
                found = line[1]
        if found is not None:
            return found
    return None


def _ended(path: Path) -> bool:
    """Whether the file's last line says that its session ended cleanly."""
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 200))
        return file.read().splitlines()[-1].startswith(b'["end"')
