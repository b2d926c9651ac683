"""A full disk ends a training with one line, and what was written before it is gone on with."""

from __future__ import annotations

import gc
import resource
import sys
from pathlib import Path

import pytest
import torch

from musiclstm.errors import TrainingError
from musiclstm.model.net.network import ModelConfig
from tests.model.tiny import tiny_vocabulary
from tests.training.tiny_training import folder
from training import checkpoint, train
from training.kept import KeptNotes

FULL = Path("/dev/full")
pytestmark = pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")


@pytest.mark.parametrize("before", [0, 2, 5, 6])
def test_the_run_goes_on_when_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int) -> None:
    """Full where the corpus is surveyed, prepared and reported, and where a checkpoint is written."""
    line = [str(folder(tmp_path)), "-o", str(tmp_path / "x.onnx"), "--run", str(tmp_path / "run"), "--resume"]
    line += ["--units", "16", "--steps", "2", "--lanes", "3", "--window", "16"]
    left = iter(range(before))

    def full(_: int) -> None:
        if next(left, None) is None:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("musiclstm.files.os.fsync", full)
        with pytest.raises(TrainingError, match=r"cannot be written to \(No space left on device") as caught:
            train.main(line)
    assert "\n" not in str(caught.value)
    assert train.main(line) == 0


def test_the_error_of_a_checkpoint_is_the_systems(tmp_path: Path) -> None:
    """Where the disk is full in the middle of it, and PyTorch would raise an error of its own."""
    origin = checkpoint.Origin(ModelConfig(), tiny_vocabulary(), 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            checkpoint.write(tmp_path / "checkpoint.pt", {"h": torch.zeros(1_000_000)}, origin)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.iterdir())


def test_nothing_more_is_said_of_notes_that_were_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[object] = []
    monkeypatch.setattr(sys, "excepthook", lambda *what: said.append(what))
    monkeypatch.setattr("training.kept.tempfile.TemporaryFile", lambda dir: FULL.open("w+b"))  # noqa: A006
    notes = KeptNotes(tmp_path)
    notes.add(tmp_path / "a.mid", "", b"notes")
    del notes
    gc.collect()
    assert not said
