"""A folder to run commands in, with the files that bad commands name, and shipped models."""

from __future__ import annotations

from pathlib import Path

import pytest

from musiclstm import compiled, paths
from tests import midi
from tests.model.tiny import tiny_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the files that bad commands name."""
    monkeypatch.chdir(tmp_path)
    Path("tiny.onnx").write_bytes(model.read_bytes())
    Path("song.mid").write_bytes(midi.content("two_voices"))
    Path("text.mid").write_text("To be, or not to be")
    Path("short.mid").write_bytes(midi.content("two_voices")[:60])
    Path("text.onnx").write_text("To be, or not to be")
    Path("empty").mkdir()
    Path("kept.mid").write_bytes(b"precious")


@pytest.fixture(autouse=True)
def _compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Output is compared, which says one thing more where the core is not compiled."""
    monkeypatch.setattr(compiled, "compiled", lambda: True)


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of shipped models, one of which is not a model."""
    folder = tmp_path / "resources"
    folder.mkdir()
    (folder / "tiny.onnx").write_bytes(Path("tiny.onnx").read_bytes())
    (folder / "broken.onnx").write_text("nothing")
    monkeypatch.setattr(paths, "resources", lambda: folder)
    return folder
