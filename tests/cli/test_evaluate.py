"""evaluate: figures of files, and of the baselines on the held-out pieces."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from musiclstm import paths
from tests.cli.commands import run


def test_evaluate_measures_files_and_folders(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "generate --model tiny.onnx --bars 2 --count 2 --seed 3 -o empty")
    result = run(capsys, "evaluate --model tiny.onnx empty song.mid text.mid --json")
    found = json.loads(result.out)
    assert {"pieces", "notes", "events", "seconds", "nats_per_note", "nats_per_event", "by_field", "skipped"} <= set(
        found
    )
    assert found["pieces"] == 3
    assert [each["file"] for each in found["skipped"]] == ["text.mid"]
    assert "is not a MIDI file" in found["skipped"][0]["why"]
    assert sum(found["by_field"].values()) == pytest.approx(found["nats_per_note"])
    assert found["nats_per_note"] * found["notes"] == pytest.approx(found["nats_per_event"] * found["events"])
    assert result.err == ""


def test_evaluate_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(capsys, "evaluate --model tiny.onnx song.mid text.mid")
    assert result.code == 0
    assert "1 piece, 3 notes, 6 events" in result.out
    assert re.search(r"^Tiny( +\d+\.\d{3}){5}$", result.out, re.MULTILINE)
    assert result.err.startswith("skipped: text.mid is not a MIDI file")


def test_evaluate_names_a_file_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("bad\n\x1b[2J.mid", "c.t\nxt"):
        Path("empty", name).write_bytes(b"no music")
    result = run(capsys, "evaluate --model tiny.onnx song.mid empty")
    assert (result.code, result.err.count("\n")) == (0, 2)
    assert all(line.isprintable() for line in result.err.splitlines())


@pytest.mark.parametrize("name", sorted(path.stem for path in paths.resources().glob("*.onnx")))
def test_evaluate_prints_the_baselines_of_each_shipped_model(capsys: pytest.CaptureFixture[str], name: str) -> None:
    if name == "drums":
        run(capsys, "generate --model drums --bars 2 --seed 1 -o song.mid")
    result = run(capsys, f"evaluate --model {name} song.mid")
    assert (result.code, result.err) == (0, "")
    ours, zeroth, first = (
        float(re.search(rf"^{row}.*?(\d+\.\d{{3}})", result.out, re.MULTILINE)[1])  # type: ignore[index]
        for row in ("this model", "0-order", "1st-order")
    )
    assert ours < first < zeroth
