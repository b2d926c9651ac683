"""learn: what it refuses before it trains."""

from __future__ import annotations

import pytest

from tests.cli.commands import run


@pytest.mark.usefixtures("shipped")
def test_a_kept_run_needs_the_name_of_its_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--run needs -o" in run(capsys, "learn --model tiny --run kept").err


@pytest.mark.usefixtures("shipped")
def test_without_takes_it_says_how_many_notes_are_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert "at least 200" in run(capsys, "learn --model tiny -o mine.onnx").err
