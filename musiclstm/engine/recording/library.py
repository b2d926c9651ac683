"""The library of takes: every session that has notes, whether it ended cleanly, crashed, or is being played.

Summaries of sessions that nobody has looked at yet are made by a process of its own, at low priority, because reading
an evening takes a second and the window must not stutter.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, cast

from musiclstm.engine.recording import journal_files, label, summary
from musiclstm.engine.recording.label import Label
from musiclstm.engine.recording.summary import Summary
from musiclstm.engine.system.file_lock import is_locked
from musiclstm.engine.system.isolation import command
from musiclstm.errors import EngineError, UsageError, reason

_DELETED = "deleted"
"""Folder in the journal's folder for what can still be brought back."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A take. name: empty until a person gives it one. size: bytes on disk. playing: it is being recorded just now.

    summary: None if it has not been made yet. fresh: it covers all that has been played.
    """

    session: str
    name: str
    size: int
    playing: bool
    summary: Summary | None
    fresh: bool = False

    @property
    def cut_off(self) -> bool:
        """Whether a crash ended it before it was saved; False as long as its summary is missing or old."""
        known = self.summary
        return self.fresh and known is not None and not (self.playing or known.ended) and known.unsaved > 0

    @property
    def has_notes(self) -> bool:
        """True also as long as its summary is missing or old."""
        return not self.fresh or self.summary is None or self.summary.notes > 0


class Library:
    """The takes of a journal's folder. Its methods read and write files, and may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made: dict[str, Label] = {}  # by session, where no label can be written, as on a full disk
        self._looking: subprocess.Popen[str] | None = None
        self._stopped = threading.Event()

    def entries(self) -> list[Entry]:
        """All sessions that have notes or have not been looked at, newest first. Quick: reads no journal."""
        files: defaultdict[str, list[Path]] = defaultdict(list)
        for path in self.folder.glob(f"*{journal_files.SUFFIX}"):
            if session := journal_files.session_of(path):
                files[session].append(path)
        found = (self._entry(session, sorted(files[session])) for session in sorted(files, reverse=True))
        return [entry for entry in found if entry is not None and entry.has_notes]

    def entry(self, session: str) -> Entry | None:
        """One of them; None if there is no such session."""
        return self._entry(session, journal_files.files_of(self.folder, session))

    def look(self, found: Callable[[str], object]) -> None:
        """Make the summaries that are missing or no longer right, and pass on each session, newest first.

        Blocks until it is done, or `stop_looking` is called in another thread.
        """
        if self._stopped.is_set() or all(entry.fresh for entry in self.entries()):
            return
        module = command("musiclstm.engine.recording.library", str(self.folder))
        with subprocess.Popen(
            module, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as self._looking:
            if self._stopped.is_set():  # before there was a process to end
                self._looking.kill()
            for line in cast("IO[str]", self._looking.stdout):
                try:
                    session, made = json.loads(line)
                except ValueError:  # it was ended in the middle of a line
                    break
                if made is not None:
                    self._made[session] = label.from_json(made)
                found(session)

    def stop_looking(self) -> None:
        """For good."""
        self._stopped.set()
        if self._looking is not None:
            self._looking.kill()

    def summarise(self, entry: Entry) -> Entry:
        """The entry with its summary, which is kept. Reads the whole journal. Raises OSError."""
        lines = (
            line for path in journal_files.files_of(self.folder, entry.session) for line in journal_files.read(path)
        )
        made, known = summary.summarise(lines), label.read(self.folder, entry.session)
        if known.summary is not None and known.summary.saved_notes > made.saved_notes:
            # Saved while it was being played, when only its engine writes to the journal.
            made = replace(made, saved=known.summary.saved, saved_notes=known.summary.saved_notes)
        with suppress(OSError):  # a full disk, a folder that cannot be written to
            label.write(self.folder, entry.session, Label(known.name, entry.size, made))
        return replace(entry, summary=made, fresh=True)

    def rename(self, session: str, name: str) -> None:
        """An empty name removes the name; the take may then be deleted when it is old. Raises EngineError."""
        self._check(session)
        known = label.read(self.folder, session)
        self._write(session, replace(known, name=label.tidy(name)))

    def save(self, session: str, file: str) -> None:
        """`export` to a file that is remembered as the one that the take is in."""
        entry = self._check(session)
        self.export(session, file)
        if not entry.fresh:
            with suppress(OSError):
                entry = self.summarise(entry)
        if entry.summary is not None:
            self._mark(entry, replace(entry.summary, saved=file, saved_notes=entry.summary.notes), "saved", file)

    def export(self, session: str, file: str) -> None:
        """Write all of the take as a MIDI file, in a process of its own. Blocks. Raises MusicLSTMError."""
        from musiclstm.engine.recording.take import save_separately  # MIDI files are not needed at start

        self._check(session)
        save_separately(self.folder, session, file, None, since_play=False)

    def mark_saved(self, session: str, file: str) -> None:
        """Note that all of a session that has ended is in this file."""
        with suppress(OSError, IndexError):
            journal_files.mark(self.folder, session, "saved", file)

    def dismiss(self, session: str) -> None:
        """Stop offering a take that was cut off; it stays in the library. Raises UsageError."""
        entry = self._check(session)
        if entry.summary is not None:
            self._mark(entry, replace(entry.summary, ended=True), "end")

    def _mark(self, entry: Entry, made: Summary, kind: str, *values: str) -> None:
        """Add a line to a session that is no longer being played, and what follows from it to the summary."""
        with suppress(OSError, IndexError):
            if not entry.playing:
                journal_files.mark(self.folder, entry.session, kind, *values)
            now = self.entry(entry.session)
            if now is not None:
                size = now.size if entry.fresh and not entry.playing else entry.size
                label.write(self.folder, entry.session, Label(now.name, size, made))

    def delete(self, session: str) -> None:
        """Move the take to the deleted ones; `restore` brings it back until `empty`. Raises MusicLSTMError."""
        if self._check(session).playing:
            raise UsageError("This take is being played; it can be deleted after the next start.")
        self._move(session, self.folder, self.folder / _DELETED)

    def restore(self, session: str) -> None:
        """Raises EngineError."""
        self._move(session, self.folder / _DELETED, self.folder)

    def empty(self) -> None:
        """Delete for good what was put away."""
        shutil.rmtree(self.folder / _DELETED, ignore_errors=True)

    def _check(self, session: str) -> Entry:
        entry = self.entry(session)
        if entry is None:
            raise UsageError(f"There is no take {session} any more.")
        return entry

    def _entry(self, session: str, files: list[Path]) -> Entry | None:
        try:
            size = sum(path.stat().st_size for path in files)
        except OSError:  # another process deletes it at the same time
            return None
        if not files:
            return None
        known, made = label.read(self.folder, session), self._made.get(session, Label())
        if made.size > known.size:
            known = replace(made, name=known.name)
        return Entry(session, known.name, size, is_locked(files[-1]), known.summary, known.size == size)

    def _write(self, session: str, content: Label) -> None:
        try:
            label.write(self.folder, session, content)
        except OSError as error:
            raise EngineError(f"The name cannot be written to {self.folder}: {reason(error)}.") from error

    def _move(self, session: str, start: Path, end: Path) -> None:
        try:
            end.mkdir(parents=True, exist_ok=True)
            for path in (*journal_files.files_of(start, session), label.path_of(start, session)):
                if path.exists():
                    path.replace(end / path.name)
        except OSError as error:
            raise EngineError(f"The take cannot be moved to {end}: {reason(error)}.") from error


def _missing(library: Library) -> Iterator[Entry]:
    for entry in library.entries():
        if not entry.fresh:
            with suppress(OSError):  # it is deleted at the same time
                yield library.summarise(entry)


def _main(arguments: list[str]) -> int:
    """`python -m musiclstm.engine.recording.library FOLDER`: makes the missing summaries.

    Writes a line of JSON for each: its session and, where it cannot be written (disk full), its label; else null,
    because a label in memory would hide what is noted in the file later, such as where the take was saved.
    """
    with suppress(AttributeError, OSError):
        os.nice(10)
    with suppress(BrokenPipeError):
        library = Library(Path(arguments[0]))
        for entry in _missing(library):
            written = label.read(library.folder, entry.session).size == entry.size
            made = None if written else label.to_json(Label(entry.name, entry.size, entry.summary))
            sys.stdout.write(f"{json.dumps((entry.session, made))}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
