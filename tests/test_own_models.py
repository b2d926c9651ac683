"""Own models that are thrown away can be brought back for a while."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from musiclstm import own_models, paths
from musiclstm.errors import UsageError
from musiclstm.protocol.options import KEEP_DAYS


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(paths, "user_models", lambda: tmp_path)
    return tmp_path


def made(folder: Path, name: str) -> None:
    """A model of long ago, with its page."""
    for ending in (".onnx", ".md"):
        file = folder / f"{name}{ending}"
        file.write_text(name)
        age(file, 10 * KEEP_DAYS)


def age(file: Path, days: float) -> None:
    then = time.time() - days * 86_400
    os.utime(file, (then, then))


@pytest.mark.parametrize("name", ["nobody", 300 * "n"])
def test_a_name_that_no_model_has_is_refused(folder: Path, name: str) -> None:
    for change in (own_models.delete, own_models.restore):
        with pytest.raises(UsageError):
            change(name)


def test_what_is_deleted_comes_back(folder: Path) -> None:
    made(folder, "mine")
    own_models.delete("mine")
    own_models.forget_old()
    assert not (folder / "mine.onnx").exists()
    own_models.restore("mine")
    assert (folder / "mine.onnx").read_text() == (folder / "mine.md").read_text() == "mine"


def test_a_link_to_a_model_that_is_gone_is_deleted_and_comes_back(folder: Path) -> None:
    link, gone = folder / "link.onnx", folder / "gone"
    link.symlink_to(gone)
    own_models.delete("link")
    assert not link.is_symlink()
    own_models.restore("link")
    assert link.readlink() == gone
    assert not gone.exists()


def test_a_folder_is_no_model_and_not_the_programs(folder: Path) -> None:
    (folder / "folder.onnx").mkdir()
    with pytest.raises(UsageError, match="There is no model folder"):
        own_models.delete("folder")


def test_what_was_deleted_long_ago_is_gone_when_another_one_is(folder: Path) -> None:
    for name in ("old", "new", "last", "stays"):
        made(folder, name)
    for name, days in (("old", KEEP_DAYS + 1), ("new", KEEP_DAYS - 1)):
        own_models.delete(name)
        for ending in (".onnx", ".md"):
            age(folder / "deleted" / f"{name}{ending}", days)
    own_models.delete("last")
    left = sorted(file.name for file in (folder / "deleted").iterdir())
    assert left == ["last.md", "last.onnx", "new.md", "new.onnx"]
    assert (folder / "stays.onnx").exists()
