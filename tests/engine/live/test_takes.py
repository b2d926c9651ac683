"""Takes: where they go, and what is never written over."""

from __future__ import annotations

from pathlib import Path

import pytest

from musiclstm.engine.live.takes import Takes
from musiclstm.errors import UsageError


@pytest.fixture
def takes(tmp_path: Path) -> Takes:
    return Takes(str(tmp_path / "takes"))


def test_a_name_without_a_folder_goes_to_the_takes_folder(
    takes: Takes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert takes.file("one.mid", confirmed=False) == tmp_path / "takes" / "one.mid"
    assert takes.file("ONE.MID", confirmed=False).name == "ONE.MID"
    assert takes.file("", confirmed=False).parent == tmp_path / "takes"
    takes.set_folder(str(tmp_path / "others"))
    assert takes.file("one.mid", confirmed=False) == tmp_path / "others" / "one.mid"
    with pytest.raises(UsageError):
        takes.set_folder("here")


def test_new_names_do_not_meet(takes: Takes) -> None:
    names = set()
    for _ in range(5):
        path = takes.file("", confirmed=False)
        path.touch()
        names.add(path)
    assert len(names) == 5


@pytest.mark.parametrize(
    "name", ["x", "x.txt", "x.mid.py", "/etc/passwd", ".bashrc", "../x.mid", "a/../../x.mid", "x.midi", "x.mid/", "."]
)
def test_other_names_are_refused(takes: Takes, name: str) -> None:
    if name == "x.mid/":  # names a file all the same
        assert takes.file(name, confirmed=False).name == "x.mid"
        return
    with pytest.raises(UsageError) as error:
        takes.file(name, confirmed=False)
    assert "\n" not in str(error.value)
    assert name in str(error.value)


def test_only_a_take_or_what_a_person_chose_is_replaced(takes: Takes, tmp_path: Path) -> None:
    mine = tmp_path / "song.mid"
    mine.write_bytes(b"months of work")
    link = tmp_path / "link.mid"
    link.symlink_to(mine)
    for path in (mine, link):
        with pytest.raises(UsageError, match="exists"):
            takes.file(str(path), confirmed=False)
    assert takes.file(str(mine), confirmed=True) == mine
    takes.saved(str(mine))
    assert takes.file(str(link), confirmed=False) == mine


def test_what_is_no_file_is_refused(takes: Takes, tmp_path: Path) -> None:
    folder, loop = tmp_path / "folder.mid", tmp_path / "loop.mid"
    folder.mkdir()
    loop.symlink_to(loop)
    out = tmp_path / "takes"
    out.mkdir()
    (out / "out").symlink_to(tmp_path)
    for name in (str(folder), str(loop), "out/x.mid", "x" * 5000 + ".mid", "/dev/null.mid/x\0.mid"):
        for confirmed in (False, True):
            with pytest.raises(UsageError) as error:
                takes.file(name, confirmed=confirmed)
            assert "\n" not in str(error.value)


def test_a_takes_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    takes = Takes(str(tmp_path / "file" / "takes"))
    with pytest.raises(UsageError, match="cannot be made"):
        takes.file("", confirmed=False)
