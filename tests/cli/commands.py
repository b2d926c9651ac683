"""Run a command in this process, and capture its output."""

from __future__ import annotations

from pathlib import Path

import pytest

from musiclstm.cli.main import main


class Result:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


def run(capsys: pytest.CaptureFixture[str], line: str) -> Result:
    capsys.readouterr()
    code = main(line.split())
    output = capsys.readouterr()
    return Result(code, output.out, output.err)


def refused(result: Result, message: str, code: int) -> None:
    assert result.code == code
    assert message in result.err
    assert result.err.startswith("musiclstm: ")
    assert result.err.count("\n") == 1
    assert result.out == ""
    # No file was overwritten or half written.
    assert Path("kept.mid").read_bytes() == b"precious"
    left = {path.name for path in Path().iterdir() if path.is_file()}
    assert left == {"tiny.onnx", "song.mid", "text.mid", "short.mid", "text.onnx", "kept.mid"}
    assert not Path("new").exists()
