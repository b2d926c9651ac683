"""The picture of learning curves, and what it says of a folder that is none of a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from musiclstm.errors import UsageError
from training.study import curves


def a_run(folder: Path) -> Path:
    folder.mkdir()
    (folder / "metrics.csv").write_text("step,minutes,valid_nats_per_note\n1,0.5,3.0\n2,1.0,2.5\n")
    (folder / "figures.json").write_text(json.dumps({"model": 2.5, "order 0": 9.0, "order 1": 5.0}))
    return folder


def test_a_run_is_read_with_what_it_is_compared_to(tmp_path: Path) -> None:
    run = a_run(tmp_path / "tune")
    assert curves.read(run) == ([0.5, 1.0], [3.0, 2.5], {"order 1": 5.0})
    (run / "tokens.json").write_text('{"nats_per_note": 2.9}')
    assert curves.read(run)[2] == {"order 1": 5.0, "tokens": 2.9}
    assert curves.main([str(run), "-o", str(tmp_path / "x.png")]) == 0
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


def test_another_folder_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not the folder of a finished training run"):
        curves.read(tmp_path)
