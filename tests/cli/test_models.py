"""models: what can be played, and what cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from musiclstm import paths
from tests.cli.commands import run


@pytest.mark.usefixtures("shipped")
def test_models_are_listed_with_the_files_that_cannot_be_used(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(capsys, "models")
    assert result.code == 0
    assert "cannot be used" in next(line for line in result.out.splitlines() if line.startswith("broken"))
    assert "Soprano, Alto, Tenor, Bass" in result.out
    found = json.loads(run(capsys, "models --json").out)
    assert {each["name"] for each in found} == {"tiny", "broken"}


@pytest.mark.usefixtures("shipped")
def test_a_name_of_two_lines_is_listed_in_one(capsys: pytest.CaptureFixture[str]) -> None:
    own = paths.user_models() / "two\nlines.onnx"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_bytes(b"model")
    assert "two lines  cannot be used" in run(capsys, "models").out


def test_without_models_it_says_how_to_get_one(capsys: pytest.CaptureFixture[str], shipped: Path) -> None:
    for path in shipped.iterdir():
        path.unlink()
    assert "musiclstm train" in run(capsys, "models").out


def test_ones_own_are_deleted_and_shipped_ones_stay(capsys: pytest.CaptureFixture[str], shipped: Path) -> None:
    own = paths.user_models() / "mine.onnx"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_bytes(b"model")
    assert run(capsys, "models --delete mine").code == 0
    assert not own.exists()
    before = sorted(shipped.iterdir())
    assert "cannot be deleted" in run(capsys, "models --delete tiny").err
    assert "no model" in run(capsys, "models --delete ../mine").err
    assert sorted(shipped.iterdir()) == before
