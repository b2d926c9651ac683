"""Sessions cut off by a crash are offered until they are saved or dismissed."""

from pathlib import Path

import pytest

from musiclstm.engine.recording import journal_files, recovery
from musiclstm.engine.recording.journal import Journal
from musiclstm.music import midifile
from tests.engine.recording.journals import MODEL, tune, write_journal


def test_a_session_is_offered_until_it_is_saved(tmp_path: Path) -> None:
    write_journal(tmp_path, "a", [MODEL, *tune(1, 0, 4)], clean=True)
    write_journal(tmp_path, "b", [MODEL, *tune(1, 0, 4)])
    write_journal(tmp_path, "c", [MODEL, *tune(1, 0, 4), ("saved", 9.0, "x.mid")])
    write_journal(tmp_path, "d", [MODEL])
    write_journal(tmp_path, "e", [MODEL, *tune(1, 0, 4), ("saved", 9.0, "x.mid"), *tune(9, 0, 4)])
    write_journal(tmp_path, "f", [MODEL, *tune(1, 0, 4)])
    write_journal(tmp_path, "f", [])  # crashed, and crashed again before it played
    write_journal(tmp_path, "g", [MODEL, *tune(1, 0, 4)])
    last = journal_files.files_of(tmp_path, "g")[-1]
    last.write_bytes(last.read_bytes() + b'["note",3.0')
    writing = Journal(tmp_path, "z", pytest.fail)
    writing.start()
    writing.write("note", 1.0, 0, 0, 60, 80, 0)
    writing.flush()
    offered = recovery.recoverable(tmp_path)
    writing.close()
    assert [one.session for one in offered] == ["g", "f", "e", "b"]
    recovery.recover(offered[0], str(tmp_path / "g.mid"))
    assert len(midifile.read(tmp_path / "g.mid").notes) == 4
    recovery.dismiss(offered[1])
    assert [one.session for one in recovery.recoverable(tmp_path)] == ["e", "b"]
    assert recovery.recoverable(tmp_path / "none") == ()


def test_a_session_marked_as_saved_is_not_offered(tmp_path: Path) -> None:
    write_journal(tmp_path, "a", [MODEL, *tune(1, 0, 4)])
    recovery.mark_saved(tmp_path, "a", "x.mid")
    assert recovery.recoverable(tmp_path) == ()
    recovery.mark_saved(tmp_path, "none", "x.mid")  # nothing to mark, and no error
