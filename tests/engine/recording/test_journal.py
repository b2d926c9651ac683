"""The journal survives what ends its writer."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from musiclstm.engine.recording import journal as journal_module
from musiclstm.engine.recording import journal_files
from musiclstm.engine.recording.journal import Journal
from musiclstm.engine.system.file_lock import is_locked, lock
from tests.waiting import wait_for


def no_fault(text: str) -> None:
    raise AssertionError(text)


def written(folder: Path, session: str) -> list[tuple[Any, ...]]:
    return [line for path in journal_files.files_of(folder, session) for line in journal_files.read(path)]


def test_lines_come_back_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "s", no_fault)
    journal.start()
    journal.write("model", 1.0, "Chorales", [["soprano", 0, 1]], 4.0)
    for index in range(100):
        journal.write("note", 1.5 + index, 2.0 * index, 0, 60, 80, 0)
    assert journal.flush()
    assert len(written(tmp_path, "s")) == 102
    journal.close()
    lines = written(tmp_path, "s")
    assert lines[0][0] == "journal"
    assert abs(lines[0][3] - time.time()) < 60
    assert lines[1] == ("model", 1.0, "Chorales", [["soprano", 0, 1]], 4.0)
    assert lines[7] == ("note", 6.5, 10.0, 0, 60, 80, 0)
    assert lines[-1][0] == "end"


WRITER = """
import sys, time
from pathlib import Path
from musiclstm.engine.recording.journal import Journal
journal = Journal(Path(sys.argv[1]), "killed", print)
journal.start()
for index in range(1_000_000):
    journal.write("note", time.perf_counter(), index, 0, 60, 80, 0)
    print(index, flush=True)
    time.sleep(0.002)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals that end a process at once")
def test_a_killed_writer_loses_milliseconds(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(100):
            process.stdout.readline()
        path = journal_files.files_of(tmp_path, "killed")[0]
        assert is_locked(path)
        os.kill(process.pid, signal.SIGKILL)
        printed = 100 + len(process.stdout.readlines())
    notes = [line for line in written(tmp_path, "killed") if line[0] == "note"]
    assert [note[2] for note in notes] == list(range(len(notes)))
    # Two milliseconds a note: for so long the writing thread may not have had the processor.
    assert printed - len(notes) < 25
    assert not is_locked(path)


@pytest.mark.skipif(sys.platform == "win32", reason="every lock is alone there")
def test_two_who_ask_at_the_same_time_do_not_take_each_other_for_the_engine(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.touch()
    asking = os.open(path, os.O_RDWR)
    assert lock(asking, shared=True)
    assert not is_locked(path)
    os.close(asking)


def test_each_start_of_the_engine_and_each_hour_begins_a_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "s", no_fault, file_seconds=0.05)
    journal.start()
    journal.write("model", 1.0, "Chorales", [], 4.0)
    assert journal.flush()
    time.sleep(0.06)
    journal.write("note", 2.0, 0, 0, 60, 80, 0)
    assert journal.flush()
    journal.close(clean=False)
    again = Journal(tmp_path, "s", no_fault)
    again.start()
    again.close()
    files = journal_files.files_of(tmp_path, "s")
    assert [path.name for path in files] == ["s.0001.jsonl", "s.0002.jsonl", "s.0003.jsonl"]
    # The next file begins with the latest model, so that it can be read alone.
    second = list(journal_files.read(files[1]))
    assert [line[0] for line in second] == ["journal", "model", "note"]
    assert second[1][1] >= second[0][1]
    begins = [next(journal_files.read(file)) for file in files]
    assert [journal_files.restarts(line) for line in begins] == [True, False, True]


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    reported: list[str] = []
    journal = Journal(tmp_path / "file", "s", reported.append)
    journal.start()
    journal.write("note", 2.0, 0, 0, 60, 80, 0)
    assert journal.flush()
    journal.close()
    (line,) = reported
    assert line.startswith(f"The journal cannot be written to {tmp_path / 'file'}: ")


def test_an_engine_that_starts_while_the_disk_is_full_keeps_what_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that restarts does: it goes on with the session."""
    before = Journal(tmp_path, "s", no_fault)
    before.start()
    before.close(clean=False)
    full = True

    def write(file: int, content: bytes) -> None:
        if full:
            raise OSError(28, "No space left on device")
        journal_files.write_all(file, content)

    monkeypatch.setattr(journal_module, "write_all", write)
    monkeypatch.setattr(journal_module, "_AGAIN", 0.01)
    reported: list[str] = []
    journal = Journal(tmp_path, "s", reported.append)
    journal.start()
    journal.write("model", 1.0, "Chorales", [], 4.0)
    journal.write("note", 2.0, 0, 0, 60, 80, 0)
    assert journal.flush()
    assert [path.name for path in journal_files.files_of(tmp_path, "s")] == ["s.0001.jsonl"]
    full = False
    wait_for(lambda: len(reported) == 2)
    again = journal_files.files_of(tmp_path, "s")[1]
    assert is_locked(again)
    journal.close()
    assert "No space left on device. Make room: " in reported[0]
    assert [line[0] for line in journal_files.read(again)] == ["journal", "model", "note", "end"]


def test_a_full_disk_is_reported_once_and_stops_nothing(tmp_path: Path) -> None:
    reported: list[str] = []
    journal = Journal(tmp_path, "s", reported.append)
    os.close(journal._file)
    journal._file = os.open("/dev/full", os.O_WRONLY) if Path("/dev/full").exists() else -1
    journal.start()
    for _ in range(100):
        journal.write("note", 2.0, 0, 0, 60, 80, 0)
        journal.flush()
    journal.close()
    assert len(reported) == 1
    assert "cannot be written" in reported[0]


def test_what_is_played_while_the_disk_is_full_is_written_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = False

    def write(file: int, content: bytes) -> None:
        if full:
            os.write(file, content[: len(content) // 2])
            raise OSError(28, "No space left on device")
        journal_files.write_all(file, content)

    monkeypatch.setattr(journal_module, "write_all", write)
    monkeypatch.setattr(journal_module, "_AGAIN", 0.01)
    reported: list[str] = []
    journal = Journal(tmp_path, "s", reported.append, file_seconds=0.05)
    journal.start()
    for number in range(60):
        full = 20 <= number < 40
        journal.write("note", 2.0, number, 0, 60, 80, 0)
        assert journal.flush()
        time.sleep(0.005)  # some hours pass meanwhile
    wait_for(lambda: len(reported) == 2)
    journal.close()
    assert [text.split(":")[0] for text in reported] == [
        f"The journal cannot be written to {tmp_path}",
        "The journal is written again, with what was played meanwhile.",
    ]
    assert [line[2] for line in written(tmp_path, "s") if line[0] == "note"] == list(range(60))
    for path in journal_files.files_of(tmp_path, "s"):
        assert next(journal_files.read(path))[0] == "journal"
        assert path.read_bytes().endswith(b"\n")
