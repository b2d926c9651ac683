"""Each engine has a folder of its own, which is deleted once that engine has ended and another one looks."""

from __future__ import annotations

from pathlib import Path

import pytest

from musiclstm import paths
from musiclstm.engine.live.own_folder import OwnFolder


@pytest.fixture(autouse=True)
def _data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "user_data", lambda: tmp_path)


def test_two_at_a_time_do_not_see_each_other() -> None:
    one, other = OwnFolder("made"), OwnFolder("made")
    (one.open() / "1.mid").touch()
    (other.open() / "1.mid").touch()
    assert one.open() != other.open()
    assert [path.name for path in one.open().iterdir()] == ["1.mid"]
    assert one.open() == one.open()
    one.close()
    other.close()


def test_what_an_engine_left_is_deleted_at_the_next_start_alone() -> None:
    ended, playing, later = OwnFolder("made"), OwnFolder("made"), OwnFolder("made")
    old, mine = ended.open(), playing.open()
    (old / "1.mid").touch()
    (mine / "1.mid").touch()
    loose = old.parent / "bars 1.mid"
    loose.touch()
    ended.close()
    assert (old / "1.mid").exists()
    new = later.open()
    assert list(new.iterdir()) == []
    assert not (old / "1.mid").exists()
    assert not loose.exists()
    assert (mine / "1.mid").exists()
    playing.close()
    later.close()
