"""rewrite: proposals as files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import refused, run


def test_proposals_are_written_with_their_nats(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(capsys, "rewrite song.mid --model tiny.onnx --bars 1 --seed 7 --count 2 --particles 4 -o new --json")
    assert (result.code, result.err) == (0, "")
    told = json.loads(result.out)
    assert told["bars"] == [1, 1]
    assert told["original"]["nats"] > 0
    assert [Path(made["file"]).exists() for made in told["files"]] == [True, True]
    names = ["song-rewritten-7.mid", "song-rewritten-7-2.mid"]  # of one seed: with --seed 8 other music comes
    assert [Path(made["file"]).name for made in told["files"]] == names


@pytest.mark.parametrize("bars", ["0-2", "4-2", "x", "1-"])
def test_bars_that_are_none_are_refused(capsys: pytest.CaptureFixture[str], bars: str) -> None:
    refused(run(capsys, f"rewrite song.mid --bars {bars} -o new.mid"), "expected bars such as 17-24", 2)


def test_what_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    line = "rewrite song.mid --model tiny.onnx -o new.mid"
    refused(run(capsys, f"{line} --bars 900"), "it has no bar 900", 1)
    refused(run(capsys, f"{line} --bars 1 --part Oboe"), "has no part called Oboe", 2)


def test_a_full_disk_is_told_in_the_systems_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("musiclstm.files.os.fsync", full)
    line = "rewrite song.mid --model tiny.onnx --bars 1 --particles 4 -o new.mid"
    refused(run(capsys, line), "new.mid cannot be written: No space left on device", 1)
