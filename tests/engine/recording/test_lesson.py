"""Takes become a folder of MIDI files that a model can learn from."""

from __future__ import annotations

from pathlib import Path

import pytest

from musiclstm.engine.recording import lesson
from musiclstm.engine.recording.library import Entry, Library
from musiclstm.errors import UsageError
from musiclstm.music import midifile
from musiclstm.music.note import TimeBase
from tests.engine.recording.journals import MODEL, tune, write_journal

ENOUGH = lesson.FEWEST_NOTES


def entries(journal: Path) -> list[Entry]:
    library = Library(journal)
    return [library.summarise(entry) for entry in library.entries()]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A take of 60 notes by the model, and one of both, on the same beats."""
    folder = tmp_path / "journal"
    write_journal(folder, "a", [MODEL, *tune(1, 0, 60)], clean=True)
    both = [*tune(1, 0, 60), *tune(1.1, 0.2, 60, person=1)]
    write_journal(folder, "b", [MODEL, *sorted(both, key=lambda line: line[1])], clean=True)
    return folder


@pytest.mark.parametrize("only_mine", [True, False])
def test_only_what_the_person_played_in_teaches(
    journal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, only_mine: bool
) -> None:
    monkeypatch.setattr(lesson, "FEWEST_NOTES", 1)
    count = lesson.write(journal, entries(journal), tmp_path, only_mine=only_mine)
    (file,) = tmp_path.glob("*.mid")
    piece = midifile.read(file)
    assert len(piece.notes) == count
    assert {part.name for part in piece.parts} == ({"you"} if only_mine else {"soprano", "you"})
    assert f"{file.name},train" in (tmp_path / "splits.csv").read_text()


def test_the_pedal_holds_the_notes_that_are_learnt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lesson, "FEWEST_NOTES", 1)
    pedal = [("control", 1.1, 0.2, "b0407f"), ("control", 2.0, 2.0, "b04000")]
    write_journal(tmp_path, "a", [MODEL, *sorted([*tune(1, 0, 2, person=1), *pedal], key=lambda line: line[1])])
    lesson.write(tmp_path, entries(tmp_path), tmp_path, only_mine=True)
    piece = midifile.read(tmp_path / "take 1.mid", TimeBase.SECONDS)
    assert [note.end for note in piece.notes] == pytest.approx([1.0, 1.0], abs=0.01)


def test_too_few_notes(journal: Path, tmp_path: Path) -> None:
    (mine,) = (entry for entry in entries(journal) if entry.session == "a")
    with pytest.raises(UsageError, match=f"0 in takes that you played in; at least {ENOUGH} are needed"):
        lesson.write(journal, [mine], tmp_path, only_mine=False)


def test_tonight(journal: Path) -> None:
    found = entries(journal)
    last = max(each.summary.started + each.summary.seconds for each in found if each.summary)
    assert len(lesson.tonight(found, last + lesson.TONIGHT - 60)) == 2
    assert not lesson.tonight(found, last + lesson.TONIGHT + 60)
