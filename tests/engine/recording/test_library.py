"""Every session with notes is a take: with its summary, its name, and all that was heard in it."""

from __future__ import annotations

import json
import os
import resource
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.engine.recording import journal_files, label
from musiclstm.engine.recording.journal import Journal
from musiclstm.engine.recording.keep import Keep, prune
from musiclstm.engine.recording.label import Label
from musiclstm.engine.recording.library import Library
from musiclstm.engine.recording.summary import COLUMNS, ROWS, Summary, summarise
from musiclstm.errors import UsageError
from musiclstm.music import midifile
from tests.engine.recording.journals import MODEL, tune, write_journal

FOLK = ("model", 0.0, "Folk", [["fiddle", 40, 0]], 4.0)


def look(library: Library) -> list[str]:
    """Sessions that have been looked at now."""
    found: list[str] = []
    library.look(found.append)
    return found


def test_every_session_with_notes_is_an_entry(tmp_path: Path) -> None:
    write_journal(tmp_path, "a", [MODEL, *tune(1, 0, 4)], clean=True)
    write_journal(tmp_path, "b", [MODEL, *tune(1, 0, 6), FOLK, *tune(9, 0, 3, person=1)])
    write_journal(tmp_path, "c", [MODEL], clean=True)
    playing = Journal(tmp_path, "d", pytest.fail)
    playing.start()
    playing.write("note", 1.0, 0, 0, 60, 80, 0)
    playing.flush()
    library = Library(tmp_path)
    assert [entry.session for entry in library.entries()] == ["d", "c", "b", "a"]  # nobody knows yet
    assert look(library) == ["d", "c", "b", "a"]
    entries = library.entries()
    assert [entry.session for entry in entries] == ["d", "b", "a"]
    assert [entry.playing for entry in entries] == [True, False, False]
    assert [entry.cut_off for entry in entries] == [False, True, False]
    assert look(library) == []
    summary = entries[1].summary
    assert summary is not None
    assert (summary.notes, summary.by_person, summary.unsaved) == (9, 3, 9)
    assert summary.models == ("Chorales", "Folk")
    assert summary.seconds == pytest.approx(9.25, abs=0.1)
    assert abs(summary.started - time.time()) < 100_000
    playing.write("note", 2.0, 0, 0, 62, 80, 0)
    playing.close()
    assert look(library) == ["d"]
    newest = library.entries()[0].summary
    assert newest is not None
    assert newest.notes == 2


def test_a_picture_shows_who_played_what_and_when() -> None:
    header = ("journal", 0.0, 1, 1000.0)
    ons = [("note", 10.0, 0, 0, 60, 80, 0), ("note", 10.0, 0, 1, 48, 80, 0), ("note", 15.0, 0, 0, 72, 80, 1)]
    offs = [("note", 15.0, 0, 0, 60, 0, 0), ("note", 20.0, 0, 1, 48, 0, 0), ("note", 20.0, 0, 0, 72, 0, 1)]
    summary = summarise([header, *sorted([*ons, *offs], key=lambda line: line[1])])
    assert summary.started == 1010
    assert summary.seconds == 10
    half = COLUMNS // 2
    assert summary.picture[0] == "." * half + "y" * half
    assert summary.picture[12] == "0" * half + "." * half
    assert summary.picture[-1] == "1" * COLUMNS
    assert len(summary.picture) == 25


NOTE = st.tuples(st.floats(0, 1e4), st.integers(-3, 20), st.integers(0, 127), st.integers(0, 127), st.integers(0, 1))


@given(st.lists(NOTE, max_size=40))
def test_a_summary_of_anything_is_kept_and_read_again(notes: list[Any]) -> None:
    summary = summarise([("journal", 0.0, 1, 5.0), *(("note", n[0], 0.0, *n[1:]) for n in notes)])
    assert summary.notes == sum(n[3] > 0 for n in notes)
    assert len(summary.picture) <= ROWS
    content = json.loads(json.dumps({name: getattr(summary, name) for name in Summary.__slots__}))
    assert label._summary(content) == summary


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b"\xff", b"[" * 9999, b'{"format": 1, "size": 9, "summary": {}}', b'{"name": 7, "size": "x"}',
     b'{"format": 1, "size": 1e999, "summary": {"started": 1}}', b"x" * (1 << 20)],
)  # fmt: skip
def test_a_damaged_label_is_none(tmp_path: Path, content: bytes) -> None:
    write_journal(tmp_path, "a", [MODEL, *tune(1, 0, 4)], clean=True)
    label.path_of(tmp_path, "a").write_bytes(content)
    assert label.read(tmp_path, "a").summary is None
    assert look(Library(tmp_path)) == ["a"]


def test_saving_is_remembered_also_while_it_is_played(tmp_path: Path) -> None:
    write_journal(tmp_path, "a", [MODEL, *tune(1, 0, 4)])
    playing = Journal(tmp_path, "b", pytest.fail)
    playing.start()
    for line in (MODEL, *tune(1, 0, 5)):
        playing.write(*line)
    playing.flush()
    library = Library(tmp_path)
    for session, count in (("a", 4), ("b", 5)):
        library.save(session, str(tmp_path / f"{session}.mid"))
        assert len(midifile.read(tmp_path / f"{session}.mid").notes) == count
    playing.write("note", 9.0, 0, 0, 60, 80, 0)
    playing.flush()
    look(library)
    b, a = (entry.summary for entry in library.entries())
    assert a is not None
    assert b is not None
    assert (a.saved, a.unsaved) == (str(tmp_path / "a.mid"), 0)
    assert (b.saved, b.unsaved) == (str(tmp_path / "b.mid"), 1)
    assert not any(entry.cut_off for entry in library.entries())
    assert [line[0] for line in journal_files.read(tmp_path / "b.0001.jsonl")][-1] == "note"  # the engine's alone
    playing.close()


def test_what_was_cut_off_is_offered_until_it_is_dismissed(tmp_path: Path) -> None:
    write_journal(tmp_path, "a", [MODEL, *tune(1, 0, 4)])
    library = Library(tmp_path)
    look(library)
    assert library.entries()[0].cut_off
    library.dismiss("a")
    assert not library.entries()[0].cut_off
    assert look(library) == []  # nothing has to be read again for that


def test_delete_and_undo(tmp_path: Path) -> None:
    write_journal(tmp_path, "a", [MODEL, *tune(1, 0, 4)], clean=True)
    write_journal(tmp_path, "a", [MODEL, *tune(1, 0, 4)], clean=True)
    playing = Journal(tmp_path, "b", pytest.fail)
    library = Library(tmp_path)
    library.rename("a", "Evening")
    with pytest.raises(UsageError, match="being played"):
        library.delete("b")
    library.delete("a")
    assert [entry.session for entry in library.entries()] == ["b"]
    library.restore("a")
    (found,) = (entry for entry in library.entries() if entry.session == "a")
    assert found.name == "Evening"
    assert len(journal_files.files_of(tmp_path, "a")) == 2
    library.delete("a")
    library.empty()
    library.restore("a")
    assert [entry.session for entry in library.entries()] == ["b"]
    with pytest.raises(UsageError, match="no take a"):
        library.rename("a", "x")
    playing.start()
    playing.close()


def test_a_name_is_one_line_and_stays(tmp_path: Path) -> None:
    write_journal(tmp_path, "a", [MODEL, *tune(1, 0, 4)], clean=True)
    library = Library(tmp_path)
    library.rename("a", "  The\nfirst\t" + "one " * 100)
    look(library)
    name = library.entries()[0].name
    assert name.startswith("The first one one")
    assert len(name) <= label.LONGEST
    library.rename("a", "")
    assert library.entries()[0].name == ""


def test_takes_go_by_age_and_by_size_but_not_those_with_a_name(tmp_path: Path) -> None:
    for name in "abcde":
        (tmp_path / f"{name}.0001.jsonl").write_bytes(b"x" * 1000)
    label.write(tmp_path, "a", Label("Kept"))
    label.write(tmp_path, "b", Label())
    label.write(tmp_path, "gone", Label("of a session that is gone"))
    for name in "ab":
        long_ago = time.time() - 40 * 86_400
        os.utime(tmp_path / f"{name}.0001.jsonl", (long_ago, long_ago))
    prune(tmp_path, "e", Keep(None, None))
    assert journal_files.sessions(tmp_path) == ["a", "b", "c", "d", "e"]
    prune(tmp_path, "e", Keep(30, None))
    assert journal_files.sessions(tmp_path) == ["a", "c", "d", "e"]
    prune(tmp_path, "e", Keep(None, 2500))
    assert journal_files.sessions(tmp_path) == ["a", "d", "e"]
    assert [path.name for path in tmp_path.glob(f"*{label.SUFFIX}")] == ["a.take.json"]


def test_a_journal_deletes_what_is_older_than_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.0001.jsonl").write_bytes(b"x" * 1000)
    long_ago = time.time() - 3 * 86_400
    os.utime(tmp_path / "a.0001.jsonl", (long_ago, long_ago))
    for days, left in ((4.0, ["a", "b"]), (2.0, ["b"])):
        journal = Journal(tmp_path, "b", pytest.fail, keep=Keep(days))
        journal.start()
        journal.close()
        assert journal_files.sessions(tmp_path) == left


def test_five_hundred_takes_are_listed_without_reading_a_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_journal(tmp_path, "a", [MODEL, *tune(1, 0, 400)], clean=True)
    library = Library(tmp_path)
    look(library)
    made, journal = label.read(tmp_path, "a"), (tmp_path / "a.0001.jsonl").read_bytes()
    for number in range(500):
        (tmp_path / f"s{number:03d}.0001.jsonl").write_bytes(journal)
        label.write(tmp_path, f"s{number:03d}", made)
    monkeypatch.setattr(journal_files, "read", lambda _path: pytest.fail("it is read"))
    entries = library.entries()
    assert len(entries) == 501
    assert all(entry.fresh for entry in entries)


def test_a_take_whose_label_cannot_be_written_is_listed_all_the_same(tmp_path: Path) -> None:
    """As on a full disk."""
    write_journal(tmp_path, "a", [MODEL, *tune(1, 0, 4)], clean=True)
    library = Library(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        assert look(library) == ["a"]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not label.path_of(tmp_path, "a").exists()
    (entry,) = library.entries()
    assert entry.fresh
    assert entry.summary is not None
    assert entry.summary.notes == 4
    library.rename("a", "Evening")
    (entry,) = library.entries()
    assert (entry.name, entry.summary is not None) == ("Evening", True)


def test_looking_ends_at_once(tmp_path: Path) -> None:
    write_journal(tmp_path, "a", [MODEL, *tune(1, 0, 4)], clean=True)
    library = Library(tmp_path)
    library.stop_looking()
    assert look(library) == []
    library = Library(tmp_path)
    write_journal(tmp_path, "b", [MODEL, *tune(1, 0, 4)], clean=True)
    library.look(lambda _: library.stop_looking())
    assert library._looking is not None
    assert library._looking.returncode is not None


def test_starting_reads_no_label_while_nothing_has_to_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.0001.jsonl").write_bytes(b"x" * 1000)
    label.write(tmp_path, "a", Label("Kept"))
    monkeypatch.setattr(label, "read", lambda *_: pytest.fail("it is read"))
    prune(tmp_path, "b", Keep())
    assert journal_files.sessions(tmp_path) == ["a"]
