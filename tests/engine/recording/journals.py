"""Journals to test with."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from musiclstm.engine.recording.journal import Journal
from musiclstm.engine.recording.journal_files import Line

MODEL = ("model", 0.0, "Chorales", [["soprano", 52, 0], ["bass", 43, 3]], 3.0)


def tune(start: float, beat: float, count: int, tempo: float = 120.0, **options: Any) -> Iterator[Line]:
    """Quarter notes that sound half a beat, each sent a little late."""
    part, person = options.get("part", 0), options.get("person", 0)
    for index in range(count):
        seconds = start + index * 60 / tempo
        yield ("note", seconds + 0.0004, beat + index, part, 60 + index, 80, person)
        yield ("note", seconds + 30 / tempo + 0.0007, beat + index + 0.5, part, 60 + index, 0, person)


def write_journal(folder: Path, session: str, lines: list[Line], *, clean: bool = False) -> None:
    """Write a session and end it: cleanly, or as a crash would."""
    journal = Journal(folder, session, pytest.fail)
    journal.start()
    for kind, seconds, *values in lines:
        journal.write(kind, seconds, *values)
    journal.close(clean=clean)
