"""Excerpts of a session as MIDI files: some bars of it, and what the person just played.

As takes, they are made in a process of their own while music plays.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from musiclstm.engine.recording import journal_files
from musiclstm.engine.recording.bars import timeline
from musiclstm.engine.recording.journal import Journal
from musiclstm.engine.recording.journal_files import Key, Line, key_of
from musiclstm.engine.recording.take import run_alone, run_separately
from musiclstm.engine.recording.transcript import Transcription, transcription
from musiclstm.errors import EngineError, UsageError, reason

PAUSE = 5.0
"""A pause of the person's of so many seconds is long: what comes after it is what they just played."""
_MINUTES = 10.0  # the most that is captured


@dataclass(frozen=True, slots=True)
class Bars:
    """From beat `start` to `end`; or the last `bars` whole ones before beat `end`; or numbers `first` to `last`.

    part: this one alone, -1 the person's.
    """

    start: float | None = None
    end: float | None = None
    bars: int | None = None
    first: int | None = None
    last: int | None = None
    part: int | None = None


def save_bars(folder: Path, session: str, file: str, wanted: Bars) -> None:
    """Write bars of a session as a MIDI file that is just as long. Raises MusicLSTMError."""
    made = timeline(lines_of(folder, session))
    if wanted.bars is not None:
        start, end = made.last(wanted.bars, made.beat if wanted.end is None else wanted.end)
    elif wanted.first is not None and wanted.last is not None:
        start, end = made.line(wanted.first), made.line(wanted.last + 1)
    else:
        start, end = wanted.start or 0.0, made.beat if wanted.end is None else wanted.end
    made.cut(start, end, wanted.part).write(file)


def save_captured(folder: Path, session: str, file: str) -> None:
    """Write what the person played since the last long pause, alone. Raises MusicLSTMError."""
    captured(list(lines_of(folder, session))).write(file)


def captured(lines: list[Line]) -> Transcription:
    """What the person played since the last long pause. Raises UsageError for nothing."""
    begin: float | None = None
    quiet_since = float("-inf")
    held: set[Key] = set()
    for line in lines:
        if line[0] != "note" or not line[6]:
            continue
        seconds, key = line[1], key_of(line)
        if line[5]:
            if not held and (begin is None or seconds - quiet_since > PAUSE):
                begin = seconds
            held.add(key)
        else:
            held.discard(key)
        quiet_since = seconds
    if begin is None:
        raise UsageError("There is nothing to capture: you have not played yet.")
    begin = max(begin, quiet_since - 60 * _MINUTES)
    return transcription((line for line in lines if line[0] != "note" or line[6]), begin)


def lines_of(folder: Path, session: str) -> Iterator[Line]:
    """All lines of a session. Raises EngineError."""
    try:
        for path in journal_files.files_of(folder, session):
            yield from journal_files.read(path)
    except OSError as error:
        raise EngineError(f"The journal in {folder} cannot be read: {reason(error)}.") from error


def save_playing(journal: Journal, file: str, wanted: Bars | None) -> str:
    """`save_bars` of the session that is being played, or (None) `save_captured`; the name of the file.

    In a process of its own, at low priority. Blocks until it is done, so not for the engine's thread. Raises
    MusicLSTMError.
    """
    journal.flush()
    save_separately(journal.folder, journal.session, file, wanted)
    return file


def save_separately(folder: Path, session: str, file: str, wanted: Bars | None) -> None:
    """As `save_playing`, for any session."""
    what = json.dumps(None if wanted is None else asdict(wanted))
    run_separately("musiclstm.engine.recording.excerpt", str(folder), session, file, what)


def _main(arguments: list[str]) -> int:
    """`python -m musiclstm.engine.recording.excerpt FOLDER SESSION FILE WHAT`."""
    folder, session, file, what = arguments
    wanted = json.loads(what)
    if wanted is None:
        return run_alone(lambda: save_captured(Path(folder), session, file))
    return run_alone(lambda: save_bars(Path(folder), session, file, Bars(**wanted)))


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
