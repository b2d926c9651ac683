"""Sessions saved as MIDI files."""

import time
from pathlib import Path
from typing import Any

import pytest

from musiclstm import paths
from musiclstm.engine.recording import journal_files, take
from musiclstm.engine.recording.journal import Journal
from musiclstm.engine.recording.journal_files import Line
from musiclstm.errors import MusicLSTMError, UsageError
from musiclstm.music import midifile
from tests.engine.recording.journals import MODEL, tune, write_journal


def test_nothing_to_save_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing has been played"):
        take.save(tmp_path, "none", str(tmp_path / "x.mid"))
    with pytest.raises(UsageError, match="above 0"):
        take.save(tmp_path, "none", str(tmp_path / "x.mid"), -1)
    assert not list(tmp_path.iterdir())


def test_the_last_minutes_or_since_play(tmp_path: Path) -> None:
    lines: list[Line] = [MODEL, ("play", 0.0), *tune(10, 0, 10), ("stop", 20.0), ("play", 100.0), *tune(100, 10, 4)]
    write_journal(tmp_path, "s", [*lines, *tune(130, 70, 3)])
    file = tmp_path / "a.mid"
    choices: list[tuple[dict[str, Any], int]] = [
        ({}, 17),
        ({"since_play": True}, 7),
        ({"minutes": 0.1, "now": 132.0}, 3),
    ]
    for options, count in choices:
        take.save(tmp_path, "s", str(file), **options)
        piece = midifile.read(file)
        assert len(piece.notes) == count
        assert piece.parts[0].name == "soprano"
        assert piece.parts[0].program == 52
    take.save_separately(tmp_path, "s", str(file), None, since_play=True)
    assert len(midifile.read(file).notes) == 7


def test_a_take_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    write_journal(tmp_path, "s", [MODEL, *tune(1, 0, 1)])
    with pytest.raises(MusicLSTMError, match="cannot be written"):
        take.save_separately(tmp_path, "s", str(tmp_path / "no" / "folder.mid"), None, since_play=False)


def test_a_session_is_saved_while_it_is_played(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "s", pytest.fail)
    journal.start()
    for kind, seconds, *values in [MODEL, ("play", 0.5), *tune(1, 0, 4)]:
        journal.write(kind, seconds, *values)
    file = str(tmp_path / "a.mid")
    assert take.save_playing(journal, file, None) == file
    assert len(midifile.read(file).notes) == 4
    with pytest.raises(UsageError, match="above 0"):
        take.save(tmp_path, "s", file, 0.0)
    journal.close()
    lines = [line for path in journal_files.files_of(tmp_path, "s") for line in journal_files.read(path)]
    assert [line[2] for line in lines if line[0] == "saved"] == [file]


def test_a_take_without_a_name_goes_to_the_folder_of_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "user_takes", lambda: tmp_path / "takes")
    journal = Journal(tmp_path, "s", pytest.fail)
    journal.start()
    for kind, seconds, *values in [MODEL, *tune(time.perf_counter(), 0, 4)]:
        journal.write(kind, seconds, *values)
    file = Path(take.save_playing(journal, "", 5.0))
    journal.close()
    assert (file.parent, file.suffix) == (tmp_path / "takes", ".mid")
    assert len(midifile.read(file).notes) == 4
    # Only minutes were saved, so all of it is still offered after a crash.
    lines = [line for path in journal_files.files_of(tmp_path, "s") for line in journal_files.read(path)]
    assert "saved" not in [line[0] for line in lines]
