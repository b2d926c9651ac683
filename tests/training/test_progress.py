"""Training as another program sees it: lines of JSON, told to end early or interrupted through a pipe."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from musiclstm.errors import CorpusError, UsageError
from musiclstm.model.modelfile import open_model
from musiclstm.music import midifile
from tests.training.test_killed import environment
from tests.training.tiny_training import folder
from training import material, train
from training.progress import Bar, JsonLines

PATIENCE = 60


def arguments(tmp_path: Path, *more: str) -> list[str]:
    corpus = tmp_path / "corpus" if (tmp_path / "corpus").exists() else folder(tmp_path)
    sizes = ["--units", "8", "--lanes", "3", "--window", "16", "--progress", "json"]
    return [str(corpus), "-o", str(tmp_path / "mine.onnx"), "--run", str(tmp_path / "run"), *sizes, *more]


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_it_says_which_model_is_begun_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = arguments(tmp_path)
    more = [*more[: more.index("--units")], "--progress", "json", "--look", "--from", "auto"]
    for number in range(24):  # one voice of each
        file = tmp_path / "corpus" / f"{number}.mid"
        piece = midifile.read(file)
        notes = tuple(note for note in piece.notes if note.part == 0)
        midifile.write(file, replace(piece, notes=notes, parts=piece.parts[:1]))
    assert train.main(more) == 0
    (found,) = (each for each in lines(capsys.readouterr().out) if each["kind"] == "found")
    assert found["begin_with"] == "folk"
    assert "It begins with folk, which plays similar music." in found["notices"]


def test_what_was_found_how_it_goes_and_what_was_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder(tmp_path) / "more.zip").touch()
    assert train.main(arguments(tmp_path, "--steps", "12")) == 0
    told = lines(capsys.readouterr().out)
    reading = [each for each in told if each["kind"] == "reading"]
    assert reading[-1] == {"kind": "reading", "read": 25, "files": 25}
    found, *steps, saved, done = told[len(reading) :]
    assert found["kind"] == "found"
    assert found["files"] == 25
    assert found["pieces"] + found["held_out"] + len(found["skipped"]) == 25
    assert found["parts"] == ["Top", "Bottom"]
    ((name, why),) = [each for each in found["skipped"] if each[0].startswith("bad")]
    assert name == "bad.mid"
    assert why.startswith("it is not a MIDI file")  # its name is not said again
    assert found["notes"] == found["pieces"] * 48
    assert found["beats"] > 0
    assert found["others"] == [f"{tmp_path / 'corpus'}: 1 .zip"]
    assert {each["kind"] for each in steps} == {"step"}
    assert steps[0]["step"] == 0
    assert steps[0]["valid"] is None
    last = steps[-1]
    assert last["step"] == 12
    assert last["progress"] == 1
    assert last["notes_per_second"] > 0
    assert last["train"] > 0
    assert last["held_out"]
    assert last["valid"] < last["best"]  # an event is less than a note
    assert saved == {"kind": "saved", "file": str(tmp_path / "mine.onnx")}
    assert done["kind"] == "done"
    assert done["text"].startswith("nats per note: model ")
    assert done["figures"]["model"] == pytest.approx(last["best"])
    assert done["figures"]["order 1"] > 0
    assert done["why"] == ""


def test_a_bar_that_never_began_hides_no_error() -> None:
    Bar().end()


def test_what_nobody_expected_fails_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(material, "gather", None)
    with pytest.raises(TypeError):
        train.main(arguments(tmp_path))
    (failed,) = lines(capsys.readouterr().out)
    assert failed["kind"] == "failed"
    assert "TypeError" in failed["text"]


def test_it_only_looks_and_what_is_proposed_can_be_corrected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def looked(*more: str) -> dict[str, Any]:
        assert train.main(arguments(tmp_path, "--look", *more)) == 0
        found = lines(capsys.readouterr().out)[-1]
        assert found["kind"] == "found"
        proposal: dict[str, Any] = found["proposal"]
        return proposal

    proposal = looked()
    assert [part["name"] for part in proposal["parts"]] == ["Top", "Bottom"]
    assert (proposal["seconds"], proposal["grid"], proposal["others"]) == (False, 24, 0)
    assert not (tmp_path / "mine.onnx").exists()
    corrected = looked("--parts", "Piano:1:40-90", "--grid", "8")
    assert corrected["parts"] == [{"name": "Piano", "program": 0, "low": 40, "high": 90, "drums": False}]
    assert (corrected["grid"], corrected["others"]) == (8, corrected["pieces"])
    assert looked("--seconds")["seconds"]
    more = ["--parts", "Piano:1:40-90", "--grid", "8", "--steps", "2"]
    assert train.main(arguments(tmp_path, *more)) == 0
    vocabulary = open_model(tmp_path / "mine.onnx").vocabulary
    assert [part.name for part in vocabulary.parts] == ["Piano"]
    assert (vocabulary.resolution, vocabulary.max_delta) == (8, 32)


def test_what_the_model_it_begins_with_was_worth_is_the_first_point(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train.main(arguments(tmp_path, "--steps", "2")) == 0
    capsys.readouterr()
    more = ["--from", str(tmp_path / "mine.onnx"), "-o", str(tmp_path / "further.onnx"), "--steps", "2"]
    short = [each for each in arguments(tmp_path) if each not in ("--units", "8")]
    assert train.main([*short, "--run", str(tmp_path / "further"), *more]) == 0
    first = next(each for each in lines(capsys.readouterr().out) if each["kind"] == "step")
    assert first["step"] == 0
    assert 0 < first["valid"] < first["best"]


def test_why_it_failed_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "corpus").mkdir()
    with pytest.raises(CorpusError):
        train.main(arguments(tmp_path))
    (failed,) = lines(capsys.readouterr().out)
    assert failed["kind"] == "failed"
    assert "no MIDI files in" in failed["text"]


class Program:
    """As the window starts it."""

    def __init__(self, tmp_path: Path, *more: str) -> None:
        command = [sys.executable, "-m", "musiclstm", "train", *arguments(tmp_path, *more)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()
        )
        self.told: list[dict[str, Any]] = []

    def until(self, kind: str, step: int = 0) -> dict[str, Any]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.told.append(json.loads(line))
            if self.told[-1]["kind"] == kind and self.told[-1].get("step", step) >= step:
                return self.told[-1]
        raise AssertionError(self.told)

    def end(self) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.stdout.close()
        return self.process.wait(PATIENCE)


LONG = ("--steps", "1000000")


def test_a_closed_pipe_interrupts_it_and_keep_ends_it_early(tmp_path: Path) -> None:
    program = Program(tmp_path, *LONG, "--background")
    program.until("step", 1)
    with pytest.raises(UsageError, match="Another process is training"):
        train.main(arguments(tmp_path, "--resume"))
    by_hand = arguments(tmp_path, "--resume")
    by_hand[by_hand.index("json")] = "bar"
    with pytest.raises(UsageError, match="Another process is training"):
        train.main(by_hand)
    if sys.platform == "linux":
        assert os.getpriority(os.PRIO_PROCESS, program.process.pid) >= 10
    assert program.end() == 130
    assert (tmp_path / "run" / "checkpoint.pt").is_file()
    assert not (tmp_path / "mine.onnx").exists()
    again = Program(tmp_path, *LONG, "--resume")
    assert again.until("step")["step"] > 0  # where it stopped
    assert again.process.stdin is not None
    again.process.stdin.write(b"keep\n")
    again.process.stdin.flush()
    again.until("done")
    assert again.end() == 0
    assert open_model(tmp_path / "mine.onnx").title == "mine"


def test_a_signal_interrupts_it(tmp_path: Path) -> None:
    program = Program(tmp_path, *LONG)
    program.until("step", 1)
    program.process.send_signal(signal.SIGTERM)
    assert "--resume" in program.until("paused")["text"]
    assert program.end() == 130
    assert (tmp_path / "run" / "checkpoint.pt").is_file()


def test_when_nobody_reads_any_more_a_checkpoint_is_written(tmp_path: Path) -> None:
    program = Program(tmp_path, *LONG)
    program.until("step", 1)
    assert program.process.stdout is not None
    assert program.process.stdin is not None
    program.process.stdout.close()
    time.sleep(0.6)  # a line is written to nobody
    program.process.stdin.close()
    assert program.process.wait(PATIENCE) == 130
    assert (tmp_path / "run" / "checkpoint.pt").is_file()


def test_what_cannot_be_listened_to_learns_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(JsonLines, "listens", True)
    assert train.main(arguments(tmp_path, "--cell", "gru", "--steps", "4")) == 0
    told = lines(capsys.readouterr().out)
    notes = [each["text"] for each in told if each["kind"] == "note"]
    assert notes == ["Only an LSTM can be played; a gru is for comparison."]
    assert told[-1]["kind"] == "done"


def test_it_is_listened_to_while_it_learns(tmp_path: Path) -> None:
    program = Program(tmp_path, *LONG)
    program.until("step", step=30)
    assert program.process.stdin is not None
    program.process.stdin.write(b"listen\n")
    program.process.stdin.flush()
    file = Path(program.until("so_far")["file"])
    assert open_model(file).title == "mine so far"
    assert program.until("step", step=program.told[-2].get("step", 0) + 5)  # it learns on
    program.end()
