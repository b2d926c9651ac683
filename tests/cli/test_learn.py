"""learn: what it refuses before it trains."""

from __future__ import annotations

from pathlib import Path

import pytest

from musiclstm import paths
from musiclstm.cli import train
from tests.cli.commands import run
from tests.engine.recording.journals import MODEL, tune, write_journal
from tests.model.tiny import tiny_model


@pytest.mark.usefixtures("shipped")
def test_a_kept_run_needs_the_name_of_its_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--run needs -o" in run(capsys, "learn --model tiny --run kept").err


@pytest.mark.usefixtures("shipped")
def test_without_takes_it_says_how_many_notes_are_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert "at least 200" in run(capsys, "learn --model tiny -o mine.onnx").err


@pytest.fixture
def _takes(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two, that a person played; nothing is trained."""
    for session in "ab":
        lines = [line for number in range(6) for line in tune(1 + 20 * number, 40 * number, 40, person=1)]
        write_journal(paths.journal(), session, [MODEL, *lines], clean=True)
    tiny_model(shipped, seed=1, name="other")

    monkeypatch.setattr(train, "run", lambda _options: 0)


@pytest.mark.usefixtures("_takes")
def test_a_kept_run_goes_on_with_what_it_began_with(capsys: pytest.CaptureFixture[str]) -> None:
    first = "learn 1 --model tiny -o mine.onnx --run kept"
    for _ in range(2):
        assert run(capsys, first).err == ""
    for other, what in (
        ("learn 2 --model tiny", "takes"),
        ("learn --model tiny", "takes"),
        ("learn 1 --model tiny --only-mine", "--only-mine"),
        ("learn 1 --model other", "--model"),
    ):
        result = run(capsys, f"{other} -o mine.onnx --run kept")
        assert (result.code, result.out) == (2, ""), result.err
        assert f"kept began with another {what}" in result.err.replace("choice of ", "")
    Path("kept/lesson.json").unlink()
    assert run(capsys, first).code == 0  # of a version that did not write it


@pytest.mark.usefixtures("_takes")
def test_a_run_that_cannot_be_kept_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("song.mid", "song.mid/kept"):
        result = run(capsys, f"learn 1 --model tiny -o mine.onnx --run {folder}")
        assert result.code == 2
        assert f"--run {folder} cannot be used" in result.err
