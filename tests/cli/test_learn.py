"""learn: what it refuses before it trains."""

from __future__ import annotations

import argparse
import contextlib
import shutil
from pathlib import Path
from unittest.mock import ANY

import pytest

from musiclstm import paths
from musiclstm.cli import train
from musiclstm.errors import CannotGoOnError, ModelError, TrainingError
from tests.cli.commands import run
from tests.engine.recording.journals import MODEL, tune, write_journal
from tests.model.tiny import tiny_model


@pytest.mark.usefixtures("shipped")
def test_a_kept_run_needs_the_name_of_its_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--run needs -o" in run(capsys, "learn --model tiny --run kept").err


@pytest.mark.usefixtures("shipped")
def test_without_takes_it_says_how_many_notes_are_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert "at least 200" in run(capsys, "learn --model tiny -o mine.onnx").err


@pytest.fixture(autouse=True)
def loads(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would lower the priority of the tests."""
    monkeypatch.setattr(train, "load", lambda *, background: None)


@pytest.fixture
def trained(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two takes that a person played; nothing is trained. Returns the options of the last training."""
    for session in "ab":
        lines = [line for number in range(6) for line in tune(1 + 20 * number, 40 * number, 40, person=1)]
        write_journal(paths.journal(), session, [MODEL, *lines], clean=True)
    tiny_model(shipped, seed=1, name="other")

    found: list[str] = []

    def noted(options: argparse.Namespace) -> int:
        found[:] = options.rest
        return 0

    monkeypatch.setattr(train, "run", noted)
    return found


def test_the_model_is_its_own_teacher(capsys: pytest.CaptureFixture[str], shipped: Path, trained: list[str]) -> None:
    """So it forgets less."""
    assert run(capsys, "learn 1 --model tiny").err == ""
    assert [trained[trained.index(each) + 1] for each in ("--from", "--teacher")] == [str(shipped / "tiny.onnx")] * 2


def test_what_was_learnt_so_far_is_kept(capsys: pytest.CaptureFixture[str], trained: list[str]) -> None:
    assert "--keep needs --run" in run(capsys, "learn 1 --model tiny --keep").err
    for keep in ([], ["--keep"]):
        assert run(capsys, " ".join(["learn 1 --model tiny -o mine.onnx --run kept", *keep])).err == ""
        assert ("--keep" in trained, "--resume" in trained) == (bool(keep), not keep)


@pytest.mark.usefixtures("trained")
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


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("how", ["stopped", "full disk", "failed", "interrupted", "done"])
def test_what_can_go_on_is_kept_and_the_command_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Nothing is left of what cannot."""
    asked: list[str] = []

    def stops(options: argparse.Namespace) -> int:
        asked[:] = options.rest
        go_on = asked[asked.index("--go-on") + 1]
        if how == "full disk":
            raise ModelError(f"The model file cannot be written. When it can be, go on ({go_on}).")
        if how == "failed":
            raise TrainingError("Nothing was learnt.")
        if how == "interrupted":  # while files are read
            raise KeyboardInterrupt
        return 0 if how == "done" else 130

    monkeypatch.setattr(train, "run", stops)
    with contextlib.suppress(KeyboardInterrupt):
        run(capsys, "learn 1 --model tiny --only-mine -o mine.onnx")
    kept = Path(asked[asked.index("--run") + 1]).parent
    assert kept.exists() == (how in ("stopped", "full disk"))
    go_on = asked[asked.index("--go-on") + 1]
    if kept.exists():
        assert run(capsys, go_on.removeprefix("musiclstm ")).err == ("" if how == "stopped" else ANY)
        assert asked[asked.index("--run") + 1] == str(kept / "run")
        assert asked[asked.index("--go-on") + 1] == "the same command"
        shutil.rmtree(kept)


@pytest.mark.usefixtures("trained")
def test_a_run_from_before_an_update_asks_for_another_folder(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And for no option that it does not have."""

    def refuses(_: object) -> int:
        raise CannotGoOnError("This run began with another --teacher.")

    monkeypatch.setattr(train, "run", refuses)
    result = run(capsys, "learn 1 --model tiny -o mine.onnx --run kept")
    assert result.code == 2
    assert "--run kept cannot go on" in result.err
    assert "--teacher" not in result.err


@pytest.mark.usefixtures("trained")
def test_a_run_that_cannot_be_kept_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("song.mid", "song.mid/kept"):
        result = run(capsys, f"learn 1 --model tiny -o mine.onnx --run {folder}")
        assert result.code == 2
        assert f"--run {folder} cannot be used" in result.err
