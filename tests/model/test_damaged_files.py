"""Damaged and hostile model files: each is refused in one line, or plays. Never anything else, and never for long."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest

from musiclstm import paths
from musiclstm.errors import ModelError
from musiclstm.model.modelfile import find, open_model
from tests.model.damaged import plays_or_is_refused, refused

pytestmark = pytest.mark.timeout(120)


def test_no_damage_to_the_bytes_does_more(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.onnx"
    chance = random.Random(3)
    for _ in range(400):
        content = bytearray(whole)
        for _ in range(chance.choice((1, 1, 2, 30))):
            at = chance.randrange(len(content)) if chance.random() < 0.5 else chance.randrange(3000)
            content[at] = content[at] ^ (1 << chance.randrange(8)) if chance.random() < 0.7 else chance.randrange(256)
        if chance.random() < 0.2:
            del content[chance.randrange(len(content)) :]
        if chance.random() < 0.1:
            content += chance.randbytes(50)
        path.write_bytes(content)
        plays_or_is_refused(path)
    for length in (0, 1, 2, 10, 100, len(whole) - 1):
        path.write_bytes(whole[:length])
        refused(path)


def test_bytes_that_are_no_model(tmp_path: Path) -> None:
    path = tmp_path / "bad.onnx"
    chance = random.Random(4)
    for content in (b"\0" * 1000, b"\xff" * 1000, b"\x3a" * 100_000, b"\x08\x00" * 1_000_000, chance.randbytes(5000)):
        path.write_bytes(content)
        refused(path)


@pytest.mark.skipif(sys.platform == "win32", reason="its names and devices are others")
def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    folder, fifo, loop, huge = (tmp_path / f"{name}.onnx" for name in ("folder", "fifo", "loop", "huge"))
    folder.mkdir()
    os.mkfifo(fifo)
    loop.symlink_to(loop)
    with huge.open("wb") as file:
        file.truncate(1 << 40)
    for path in (folder, fifo, loop, huge, Path("/dev/zero"), tmp_path / ("long" * 1000), tmp_path / "nul\0.onnx"):
        with pytest.raises(ModelError) as error:
            open_model(path)
        assert "\n" not in str(error.value)
        assert path.stem[:3] in str(error.value)
    with pytest.raises(ModelError) as error:
        find("two\nlines")
    assert "\n" not in str(error.value)


@pytest.mark.skipif(sys.platform == "win32", reason="its names and devices are others")
def test_a_pipe_in_the_folder_of_models_does_not_hang_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "user_models", lambda: tmp_path)
    os.mkfifo(tmp_path / "pipe.onnx")
    with pytest.raises(ModelError, match="pipe"):
        open_model("pipe")


def test_the_shipped_models_are_sound() -> None:
    for path in paths.model_files():
        assert plays_or_is_refused(path)
