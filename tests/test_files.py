"""Files are replaced as a whole, and MIDI files are found."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from musiclstm.files import (
    Contents,
    check_writable,
    contents,
    is_midi,
    is_midi_output,
    replacing,
    spelt,
    write_atomic,
)


def test_a_file_is_made_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    write_atomic(path, b"one")
    assert path.read_bytes() == b"one"
    write_atomic(path, b"two, and longer")
    assert path.read_bytes() == b"two, and longer"
    assert list(tmp_path.iterdir()) == [path]


def test_until_the_end_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with replacing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt])
@pytest.mark.parametrize("before", [b"old", None])
def test_an_error_leaves_what_was_there_and_nothing_else(
    tmp_path: Path, error: type[BaseException], before: bytes | None
) -> None:
    path = tmp_path / "a.bin"
    if before is not None:
        path.write_bytes(before)

    def write_half() -> None:
        with replacing(path) as file:
            file.write(b"half of the n")
            raise error

    with pytest.raises(error):
        write_half()
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == ([("a.bin", before)] if before else [])


@pytest.mark.parametrize("failing", ["os.fsync", "pathlib.Path.replace"])
def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(failing, full)
    with pytest.raises(OSError, match="No space left"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder" / "real")
    write_atomic(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "folder" / "real").read_bytes() == b"new"


def test_a_pipe_and_a_device_are_written_to_and_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write_atomic(tmp_path / "pipe", b"content")
    reader.join()
    assert received == [b"content"]
    assert (tmp_path / "pipe").is_fifo()
    write_atomic(Path(os.devnull), b"content")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_a_folder_is_refused_and_stays(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError, match="it is a folder"):
        write_atomic(tmp_path / "folder", b"x")
    with pytest.raises(FileNotFoundError):
        write_atomic(tmp_path / "none" / "a.bin", b"x")
    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]


@pytest.mark.parametrize("name", ["x" * 255, "曲" * 85])
def test_a_long_name_has_room_for_its_partial_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_atomic(path, b"x")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "name", ["a.mid", "a.MID", "some/where.midi", "a.b.Mid", Path("a.midi"), "a.kar", "a.Kar", "a.RMI", "a.smf"]
)
def test_names_of_midi_files(name: str | Path) -> None:
    assert is_midi(name)


@pytest.mark.parametrize("name", ["", "mid", ".mid", "a.mid.txt", "a.midi2", "a.wav", "folder.mid/a"])
def test_names_of_other_files(name: str) -> None:
    assert not is_midi(name)


def test_other_files_are_counted_by_their_endings(tmp_path: Path) -> None:
    for name in ("a.mid", "b.TXT", "sub/c.txt", "README", ".hidden", "d.xml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert contents(tmp_path).others == "2 .txt, 1 .xml, 1 without an ending"


def test_a_container_is_read_but_not_written() -> None:
    assert [is_midi_output(name) for name in ("a.mid", "a.KAR", "a.rmi", "a.wav")] == [True, True, False, False]


def test_subfolders_that_cannot_be_read_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether their names cannot be listed, or only the files behind these not be opened."""
    for name in ("a.mid", "listed/b.mid", "shut/c.mid"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    scan, find = os.scandir, os.stat

    def scandir(path: str) -> Any:
        if Path(path).name == "shut":
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    def stat(path: Any, **options: Any) -> Any:
        if Path(path).parent.name == "listed":
            raise PermissionError(13, "Permission denied", path)
        return find(path, **options)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(os, "stat", stat)
    monkeypatch.setattr(os, "access", lambda path, _: Path(path).name != "listed")
    inside = contents(tmp_path)
    assert inside.midi_files == [tmp_path / "a.mid"]
    assert inside.unreadable == [(tmp_path / name, "Permission denied") for name in ("listed", "shut")]


def test_midi_files_are_found_in_subfolders_and_sorted(tmp_path: Path) -> None:
    for name in ("b.mid", "a.MID", "sub/deeper/c.midi", "sub/notes.txt", "._b.mid"):  # the last as macOS writes it
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.mid").mkdir()
    for name, place in (
        ("round", "."),
        ("sub/loop", "loop"),
        ("gone.mid", "nowhere"),
        ("gone.txt", "nowhere"),
        ("link.mid", "b.mid"),
    ):
        (tmp_path / name).symlink_to(place)
    assert contents(tmp_path).midi_files == [
        tmp_path / name for name in ("a.MID", "b.mid", "gone.mid", "link.mid", "sub/deeper/c.midi")
    ]
    for name in ("folder.mid", "none", "b.mid"):
        assert contents(tmp_path / name) == Contents([], "", [])


def test_names_are_found_that_qt_spells_with_unknown_letters(tmp_path: Path) -> None:
    """They are no UTF-8; unless several may be meant."""
    try:
        (tmp_path / "m\udce9lo" / "t\udce2\udc82ne").mkdir(parents=True)
    except OSError:
        pytest.skip("the disk takes only UTF-8")
    for name in ("m\ufffdlo/t\ufffdne", "m\ufffdlo/t\ufffd\ufffdne"):
        assert spelt(str(tmp_path / name)) == tmp_path / "m\udce9lo" / "t\udce2\udc82ne"
    (tmp_path / "m\udce8lo").mkdir()
    for name in ("m\ufffdlo", "gone/\ufffd", "\ufffd", "", "plain"):
        assert spelt(str(tmp_path / name)) == tmp_path / name
    (tmp_path / "m\ufffdlo").mkdir()
    assert spelt(str(tmp_path / "m\ufffdlo")) == tmp_path / "m\ufffdlo"


def test_what_cannot_be_written_is_known_before(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "away").symlink_to("/proc/a.bin")
    for name in ("", "file/a.bin", "loop", "away", "loop/a.bin", "x" * 300, "/proc/a.bin", "/proc/no/folder/a.bin"):
        with pytest.raises(OSError, match="Errno"):
            check_writable(tmp_path / name)
    for name in ("a.bin", "file", "new/folder/a.bin", os.devnull):
        check_writable(tmp_path / name)
    assert {path.name for path in tmp_path.iterdir()} == {"file", "loop", "away"}
