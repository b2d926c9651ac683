"""Lesson: takes -> a folder of MIDI files for a model to learn from.

A take that the person did not play in teaches nothing: the model would learn what it plays already. The notes keep the
beats of the journal, with its tempo and the person's pedal; reading the files puts them on the model's grid, and lets
the pedal hold them, as it does in any training.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from musiclstm.engine.recording import journal_files
from musiclstm.engine.recording.library import Entry
from musiclstm.engine.recording.transcript import Transcription, transcription
from musiclstm.errors import EngineError, UsageError, reason

TONIGHT = 12 * 3600.0  # seconds
FEWEST_NOTES = 200
COMPLETE = "splits.csv"
"""The file that is written last."""
PASSES = 80
"""How often a lesson is read at most. One song taught less of its player's others when it was read twice as often."""


def tonight(entries: Sequence[Entry], now: float) -> list[Entry]:
    """The takes that were still played in the last twelve hours. now: seconds since 1970."""
    known = [(entry, entry.summary) for entry in entries]
    return [each for each, found in known if found and found.started + found.seconds >= now - TONIGHT]


def check(entries: Sequence[Entry], *, only_mine: bool) -> None:
    """Raises UsageError if there are too few notes to learn from, by what is known of the takes without reading them.

    only_mine: the person's notes alone.
    """
    found = [entry.summary for entry in entries if entry.summary is not None and entry.summary.by_person]
    _check_enough(sum(summary.by_person if only_mine else summary.notes for summary in found))


def _check_enough(notes: int) -> None:
    if notes < FEWEST_NOTES:
        raise UsageError(
            f"There are too few notes to learn from: {notes} in takes that you played in; at least {FEWEST_NOTES} are "
            f"needed. Play on, or choose more takes."
        )


def write(journal: Path, entries: Sequence[Entry], folder: Path, *, only_mine: bool) -> int:
    """Write the takes that the person played in as files of a folder; the number of notes.

    only_mine: the person's notes alone. Raises MusicLSTMError, and UsageError if there are too few notes.
    """
    names: list[str] = []
    notes = 0
    for number, entry in enumerate(entries, 1):
        if entry.summary is None or not entry.summary.by_person:
            continue
        take = _take(journal, entry.session)
        take = take.by_person() if only_mine else take
        names.append(f"take {number}.mid")
        take.write(folder / names[-1])
        notes += len(take.piece.notes)
    _check_enough(notes)
    # Training holds out some pieces of every corpus for tests that nobody makes here.
    (folder / COMPLETE).write_text("midi,split\n" + "".join(f"{name},train\n" for name in names))
    return notes


def training_options(model: str) -> list[str]:
    """Of `musiclstm train`, for a model to learn from a lesson. It is its own teacher, and so forgets less."""
    return ["--from", model, "--teacher", model, "--passes", str(PASSES)]


def _take(journal: Path, session: str) -> Transcription:
    try:
        return transcription(
            line for path in journal_files.files_of(journal, session) for line in journal_files.read(path)
        )
    except OSError as error:
        raise EngineError(f"The journal in {journal} cannot be read: {reason(error)}.") from error
