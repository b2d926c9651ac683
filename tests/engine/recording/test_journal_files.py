"""The files of the journal's folder."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from musiclstm.engine.recording import journal_files
from musiclstm.engine.recording.journal import Journal
from musiclstm.engine.recording.keep import Keep, prune
from tests.engine.recording.journals import MODEL, tune, write_journal


def test_a_torn_tail_ends_the_reading(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "s", pytest.fail)
    journal.start()
    journal.write("tempo", 1.0, 120.0)
    journal.close(clean=False)
    path = journal_files.files_of(tmp_path, "s")[0]
    whole = path.read_bytes()
    for torn in (
        b'["note",3.0,1',
        b"\x00\x00\x00",
        b'{"no": 1}\n["tempo",2.0,1]\n',
        b'["note",null,1]\n',
        b"\xff\xfe\n",
    ):
        path.write_bytes(whole + torn)
        assert [line[0] for line in journal_files.read(path)] == ["journal", "tempo"]
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert len(list(journal_files.read(path))) == whole[:length].count(b"\n")


@pytest.mark.parametrize(
    "damaged",
    [
        ["note", 1.0],
        ["note", 1.0, "x", 0, 60, 80, 0],
        ["note", float("nan"), 1.0, 0, 60, 80, 0],
        ["note", 1.0, 1.0, 0, 128, 80, 0],
        ["note", 1.0, 1.0, 0.5, 60, 80, 0],
        ["note", 1e300, 1.0, 0, 60, 80, 0],
        ["control", 1.0, 1.0],
        ["control", 1.0, 1.0, "b0 40"],
        ["control", 1.0, 1.0, "903c40"],
        ["control", 1.0, 1.0, "xy"],
        ["model", 1.0, 5],
        ["model", 1.0, "x", [["soprano", 52]], 4.0],
        ["model", 1.0, "x", [["soprano", 52, 16]], 4.0],
        ["model", 1.0, "x", [], 0.0],
        ["tempo", 1.0, None],
        ["tempo", 1.0, 0.0],
        ["tempo", 1.0, 10**400],
        ["journal", 1.0, 1],
        ["saved", 1.0, 5],
        ["spell"],
        [1, 2, 3],
        {"note": 1},
        "note",
    ],
)
def test_a_damaged_line_is_skipped_and_the_rest_read(tmp_path: Path, damaged: Any) -> None:
    path = tmp_path / "s.0001.jsonl"
    good = journal_files.encode(("note", 1.0, 1.0, 0, 60, 80, 0, "of a later version"))
    for line in (json.dumps(damaged).encode(), b"[" * 9000, b"\xff\xfe", b" " * (3 << 20)):
        path.write_bytes(good + line + b"\n" + good)
        assert [found[0] for found in journal_files.read(path)] == ["note", "note"]


def test_file_names_need_not_be_utf_8(tmp_path: Path) -> None:
    write_journal(tmp_path, "s", [("saved", 1.0, "caf\udce9.mid")])
    assert list(journal_files.read(tmp_path / "s.0001.jsonl"))[-1][2] == "caf\udce9.mid"


def test_old_files_are_deleted_and_open_ones_stay(tmp_path: Path) -> None:
    for name in ("a.0001", "b.0001", "b.0002", "c.0001"):
        (tmp_path / f"{name}.jsonl").write_bytes(b"x" * 1000)
    (tmp_path / "mine.txt").write_text("not a journal")
    long_ago = time.time() - 40 * 86_400
    os.utime(tmp_path / "a.0001.jsonl", (long_ago, long_ago))
    os.utime(tmp_path / "c.0001.jsonl", (long_ago, long_ago))
    prune(tmp_path, "c", Keep())
    assert journal_files.sessions(tmp_path) == ["b", "c"]
    prune(tmp_path, "c", Keep(bytes=1500))
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["c.0001.jsonl", "mine.txt"]
    (tmp_path / "c.0001.jsonl").touch()
    journal = Journal(tmp_path, "a", pytest.fail)
    prune(tmp_path, "c", Keep(days=-1))
    assert journal_files.sessions(tmp_path) == ["a", "c"]
    journal.start()
    journal.close()


def test_a_line_is_added_to_a_session_that_has_ended(tmp_path: Path) -> None:
    write_journal(tmp_path, "s", [MODEL, *tune(1, 0, 1)])
    path = journal_files.files_of(tmp_path, "s")[-1]
    before = list(journal_files.read(path))
    path.write_bytes(path.read_bytes() + b'["note",3.0')  # torn off by a crash
    journal_files.mark(tmp_path, "s", "saved", "x.mid")
    *lines, last = journal_files.read(path)
    assert lines == before
    assert (last[0], last[2]) == ("saved", "x.mid")
    with pytest.raises(IndexError):
        journal_files.mark(tmp_path, "none", "end")


def test_sessions_and_their_files_are_found_by_name(tmp_path: Path) -> None:
    for name in ("b.0002.jsonl", "b.0001.jsonl", "a.b.0001.jsonl", "b.jsonl", "b.x.jsonl", "b.0003.txt"):
        (tmp_path / name).touch()
    assert journal_files.sessions(tmp_path) == ["a.b", "b"]
    assert [path.name for path in journal_files.files_of(tmp_path, "b")] == ["b.0001.jsonl", "b.0002.jsonl"]
    os.close(journal_files.new_file(tmp_path, "b"))
    assert journal_files.files_of(tmp_path, "b")[-1].name == "b.0003.jsonl"
    assert journal_files.sessions(tmp_path / "none") == []


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone cannot be changed here")
def test_sessions_are_in_order_after_a_journey_to_the_west(monkeypatch: pytest.MonkeyPatch) -> None:
    names = []
    try:
        for zone in ("JST-9", "EST5"):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            names.append(journal_files.new_session())
    finally:
        monkeypatch.undo()
        time.tzset()
    assert sorted(names) == names
