"""Takes: journals made into MIDI files, and those offered for recovery.

A take is made in a process of its own (`save_apart`), so that reading an hour's journal disturbs no playing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from musiclstm import paths
from musiclstm.engine.live.worker import Worker
from musiclstm.engine.os.filelock import is_held
from musiclstm.engine.recording import journal
from musiclstm.errors import EngineError, MusicLSTMError, UsageError
from musiclstm.music import midifile
from musiclstm.music.note import Meter, Note, Part, Piece
from musiclstm.protocol.telemetry import Saved, Telemetry

_PERSON = "you"
# Beats between two lines are believed if they fit the time between them this well: within so many beats, or this part.
_SLACK_BEATS = 0.1
_SLACK = 0.3


@dataclass(frozen=True, slots=True)
class Take:
    """A session that was not saved and did not end by itself: when it started (seconds since 1970), how long it was."""

    folder: str
    session: str
    started: float
    seconds: float


def recoverable(folder: Path) -> tuple[Take, ...]:
    """Sessions that ended without a clean exit and have notes after their last save; the newest first."""
    takes = []
    for session in reversed(journal.sessions(folder)):
        with suppress(OSError, IndexError):
            files = journal.files_of(folder, session)
            if is_held(files[-1]) or _ended(files[-1]):
                continue
            last = _last_note(files)
            if last is not None:
                _, begun, _, started = next(journal.read(files[0]))
                takes.append(Take(str(folder), session, started, last - begun))
    return tuple(takes)


def _last_note(files: list[Path]) -> float | None:
    """When the last note began that is not saved yet. Reads from the end, and no more files than it must."""
    for path in reversed(files):
        found = None
        for line in journal.read(path):
            if line[0] == "saved":
                found = None
            elif line[0] == "note" and len(line) > 5 and line[5]:
                found = float(line[1])
        if found is not None:
            return found
    return None


def _ended(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 200))
        return file.read().splitlines()[-1].startswith(b'["end"')


def dismiss(take: Take) -> None:
    """Offer this take no more; it stays on disk until it is old."""
    with suppress(OSError, IndexError):
        journal.mark(Path(take.folder), take.session, "end")


def mark_saved(folder: Path, session: str, file: str) -> None:
    """What the session has so far is in this file, and need not be offered. The session must not be written now."""
    with suppress(OSError, IndexError):
        journal.mark(folder, session, "saved", file)


def recover(take: Take, file: str) -> None:
    """Write the whole take as a MIDI file, and offer it no more. Raises MusicLSTMError."""
    save(Path(take.folder), take.session, file)
    dismiss(take)


def save_apart(folder: Path, session: str, file: str, minutes: float | None, since_play: bool) -> None:
    """`save` in a process of its own, at low priority; blocks until it is done. Raises MusicLSTMError."""
    options = ["--since-play"] if since_play else [] if minutes is None else [f"--minutes={minutes}"]
    command = [sys.executable, "-m", "musiclstm.engine.recording.take", str(folder), session, file, *options]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["the take could not be written"]
        raise EngineError(lines[-1])


def save_beside(
    book: journal.Journal, worker: Worker, emit: Callable[[Telemetry], None], file: str, minutes: float | None
) -> None:
    """Save a take of what is being played, disturbing nothing; tells Saved when it is there.

    minutes: the last so many; None: since play was pressed. An empty file name: where takes go by themselves.
    """

    def write() -> str:
        where = Path(file) if file else paths.user_takes() / time.strftime("take %Y-%m-%d %H.%M.%S.mid")
        if not file:
            with suppress(OSError):
                where.parent.mkdir(parents=True, exist_ok=True)
        book.flush()
        save_apart(book.folder, book.session, str(where), minutes, since_play=minutes is None)
        return str(where)

    def written(where: str) -> None:
        if minutes is None:
            book.write("saved", time.perf_counter(), where)
        emit(Saved(where))

    worker.do(write, written)


def save(
    folder: Path,
    session: str,
    file: str,
    minutes: float | None = None,
    *,
    since_play: bool = False,
    now: float | None = None,
) -> None:
    """Write a session as a MIDI file: all of it, its last `minutes` before `now`, or all since play was last pressed.

    Raises MusicLSTMError if nothing was played, or the file cannot be written.
    """
    if minutes is not None and not minutes > 0:
        raise UsageError(f"the last {minutes:g} minutes hold no music; give a number above 0")
    try:
        files = journal.files_of(folder, session)
        lines = [line for path in files for line in journal.read(path)]
    except OSError as error:
        raise EngineError(f"The journal cannot be read: {error}") from error
    begin = float("-inf")
    if since_play:
        begin = max((line[1] for line in lines if line[0] == "play"), default=begin)
    if minutes is not None:
        begin = (time.perf_counter() if now is None else now) - 60 * minutes
    piece, tempos = piece_of(lines, begin)
    midifile.write(file, piece, tempos)


def piece_of(lines: Iterable[journal.Line], begin: float = float("-inf")) -> tuple[Piece, list[tuple[float, float]]]:
    """What a journal's lines say was played from `begin` (seconds) on, and where the tempo changes (beat, tempo).

    The person's notes have a track of their own. Notes that sound at `begin` are left out; those that sound at the end
    end there. Raises UsageError if nothing was played.
    """
    score = _Score()
    for line in lines:
        # A line of a later version may be longer, never shorter.
        with suppress(IndexError, TypeError, ValueError, OverflowError):
            score.take(line, begin)
    return score.piece()


@dataclass
class _Score:
    """Walks through a journal, counting beats.

    Beats are those of the lines wherever they fit the time that went by; where they do not (a jump, a stop, another
    clock), the time at the tempo in force is what counts. So a take keeps its bars, and time never goes back in it.
    """

    notes: list[Note] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    tempos: list[tuple[float, float]] = field(default_factory=list)
    _model: tuple[Part, ...] = ()
    _bar: float = 4.0
    _title: str = "take"
    _tempo: float = 120.0
    _at: tuple[float, float, float] | None = None  # seconds, the line's beat, the take's beat
    _sounding: dict[tuple[int, int], tuple[float, int]] = field(default_factory=dict)

    def take(self, line: journal.Line, begin: float) -> None:
        kind, seconds = line[0], line[1]
        if kind == "model":
            self._title, self._bar = str(line[2]), float(line[4])
            self._model = tuple(Part(str(n), int(p), int(c), percussive=int(c) == 9) for n, p, c in line[3])
        elif kind == "tempo":
            if self._at is not None:
                beat = self._at[2] + (seconds - self._at[0]) * self._tempo / 60
                self._at = (seconds, self._at[1] + beat - self._at[2], beat)
                if float(line[2]) != self._tempo:
                    self.tempos.append((beat, float(line[2])))
            self._tempo = float(line[2])
        elif kind == "note" and seconds >= begin:
            self._note(seconds, line[2], line[3:6], by_person=bool(line[6]))
        elif kind == "journal" and self._sounding and self._at is not None:
            # The engine was restarted: its host ended what sounded, soon after the last line it wrote.
            self._end_all(self._at[2] + min(1.0, (seconds - self._at[0]) * self._tempo / 60))

    def _note(self, seconds: float, beat: float, what: tuple[int, int, int], *, by_person: bool) -> None:
        part, pitch, velocity = what
        if self._at is None:
            if not velocity:
                return
            # The first bar line is where the music had one.
            self._at = (seconds, beat, beat % self._bar)
            self.tempos.append((0.0, self._tempo))
        since, before, taken = self._at
        expected = (seconds - since) * self._tempo / 60
        moved = beat - before
        if abs(moved - expected) > max(_SLACK_BEATS, _SLACK * expected):
            moved = expected
        now = max(0.0, taken + moved)
        self._at = (seconds, beat, now)
        track = self._track(part, by_person=by_person)
        self._end(track, pitch, now)
        if velocity:
            self._sounding[track, pitch] = (now, velocity)

    def _track(self, part: int, *, by_person: bool) -> int:
        known = self._model[part] if 0 <= part < len(self._model) else Part("piano")
        if by_person:
            known = Part(_PERSON, known.program, known.channel)
            for index, other in enumerate(self.parts):
                if other.name == _PERSON:
                    return index
        if known not in self.parts:
            self.parts.append(known)
        return self.parts.index(known)

    def _end(self, track: int, pitch: int, now: float) -> None:
        if (begun := self._sounding.pop((track, pitch), None)) is not None:
            onset, velocity = begun
            self.notes.append(Note(onset, max(now - onset, 1e-3), pitch, velocity, track))

    def _end_all(self, now: float) -> None:
        for track, pitch in list(self._sounding):
            self._end(track, pitch, now)

    def piece(self) -> tuple[Piece, list[tuple[float, float]]]:
        if self._at is not None:
            self._end_all(self._at[2])
        if not self.notes:
            raise UsageError("There is no take yet: nothing has been played.")
        order = sorted(range(len(self.parts)), key=lambda i: (self.parts[i].name == _PERSON, self._place(i)))
        where = {old: new for new, old in enumerate(order)}
        notes = tuple(sorted(replace(note, part=where[note.part]) for note in self.notes))
        parts = tuple(self._channels([self.parts[index] for index in order]))
        meters = (_meter(self._bar),)
        piece = Piece(notes, meters=meters, tempo=self.tempos[0][1], parts=parts, title=self._title)
        return piece, self.tempos[1:]

    def _place(self, index: int) -> int:
        part = self.parts[index]
        return self._model.index(part) if part in self._model else -1

    @staticmethod
    def _channels(parts: list[Part]) -> Iterator[Part]:
        """The person's track gets a channel of its own where there is one."""
        taken = {part.channel for part in parts if part.name != _PERSON} | {9}
        free = next((channel for channel in range(16) if channel not in taken), None)
        for part in parts:
            yield replace(part, channel=free) if part.name == _PERSON and free is not None else part


def _meter(bar_beats: float) -> Meter:
    """The plainest time signature with bars of so many quarter notes."""
    for denominator in (4, 8, 16):
        numerator = bar_beats * denominator / 4
        if numerator.is_integer() and 1 <= numerator <= 255:
            return Meter(int(numerator), denominator)
    return Meter()


def _main(arguments: list[str]) -> int:
    """`python -m musiclstm.engine.recording.take FOLDER SESSION FILE [--since-play | --minutes=N]`."""
    with suppress(AttributeError, OSError):
        os.nice(10)
    folder, session, file, *options = arguments
    minutes = next((float(o.partition("=")[2]) for o in options if o.startswith("--minutes=")), None)
    try:
        save(Path(folder), session, file, minutes, since_play="--since-play" in options)
    except MusicLSTMError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
