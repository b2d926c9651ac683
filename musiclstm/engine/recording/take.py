"""Takes: sessions of the journal saved as MIDI files.

While music plays, a take is made in a process of its own, so that reading an hour's journal does not disturb playing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from musiclstm import paths
from musiclstm.engine.recording import journal_files
from musiclstm.engine.recording.journal import Journal
from musiclstm.engine.recording.transcript import transcription
from musiclstm.engine.system.isolation import command
from musiclstm.errors import EngineError, MusicLSTMError, UsageError


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

    Raises MusicLSTMError if nothing was played, or a file cannot be read or written.
    """
    if minutes is not None and not minutes > 0:
        raise UsageError(f"The minutes to save must be above 0, not {minutes:g}.")
    try:
        files = journal_files.files_of(folder, session)
        lines = [line for path in files for line in journal_files.read(path)]
    except OSError as error:
        raise EngineError(f"The journal in {folder} cannot be read: {error.strerror or error}.") from error
    begin = float("-inf")
    if since_play:
        begin = max((line[1] for line in lines if line[0] == "play"), default=begin)
    if minutes is not None:
        begin = (time.perf_counter() if now is None else now) - 60 * minutes
    transcription(lines, begin).write(file)


def save_separately(folder: Path, session: str, file: str, minutes: float | None, *, since_play: bool) -> None:
    """`save` in a process of its own, at low priority. Blocks until it is done. Raises MusicLSTMError."""
    options = ["--since-play"] if since_play else [] if minutes is None else [f"--minutes={minutes}"]
    run_separately("musiclstm.engine.recording.take", str(folder), session, file, *options)


def run_separately(module: str, folder: str, session: str, file: str, *options: str) -> None:
    """A module that writes a file, in a process of its own. Blocks until it is done. Raises EngineError."""
    done = subprocess.run(
        command(module, folder, session, file, *options),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"{file} cannot be written."]
        raise EngineError(lines[-1])


def save_playing(journal: Journal, file: str, minutes: float | None) -> str:
    """Save a take of the session that is being played, without disturbing it; the name of the file.

    minutes: the last so many; None: since play was pressed. An empty file name: a new one in the folder of takes.
    Blocks until the file is written, so not for the engine's thread. Raises MusicLSTMError.
    """
    path = Path(file) if file else paths.user_takes() / time.strftime("take %Y-%m-%d %H.%M.%S.mid")
    if not file:
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
    journal.flush()
    save_separately(journal.folder, journal.session, str(path), minutes, since_play=minutes is None)
    if minutes is None:
        journal.write("saved", time.perf_counter(), str(path))
    return str(path)


def run_alone(write: Callable[[], object]) -> int:
    """The main function of what `run_separately` starts: writes at low priority, and returns the exit code."""
    with suppress(AttributeError, OSError):
        os.nice(10)
    try:
        write()
    except MusicLSTMError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _main(arguments: list[str]) -> int:
    """`python -m musiclstm.engine.recording.take FOLDER SESSION FILE [--since-play | --minutes=N]`."""
    folder, session, file, *options = arguments
    minutes = next((float(o.partition("=")[2]) for o in options if o.startswith("--minutes=")), None)
    return run_alone(lambda: save(Path(folder), session, file, minutes, since_play="--since-play" in options))


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
