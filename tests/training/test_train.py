"""Training: it learns, it resumes, it says what is wrong."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from musiclstm.cli.main import main
from musiclstm.errors import CannotGoOnError, CorpusError, ModelError, MusicLSTMError, TrainingError, UsageError
from musiclstm.model.modelfile import open_model
from musiclstm.model.session import Session
from musiclstm.music import midifile
from tests.model.random_music import random_piece
from tests.training.tiny_training import VOCABULARY, folder
from training import train
from training.card import write_card
from training.loop import train_until_done

pytestmark = pytest.mark.usefixtures("one_thread")


def test_one_command_makes_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From a folder to a model that plays, and that knows the folder better than counting does."""
    output = tmp_path / "mine.onnx"
    arguments = [str(folder(tmp_path)), "-o", str(output), "--run", str(tmp_path / "run"), "--units", "64"]
    arguments += ["--steps", "120", "--lanes", "8", "--window", "48", "--rate", "0.01"]
    assert train.main(arguments) == 0
    printed = capsys.readouterr()
    assert "bad.mid" in printed.err
    figures = dict(
        part.strip().rsplit(" ", 1) for part in printed.out.splitlines()[-1].removeprefix("nats per note: ").split(",")
    )
    assert float(figures["model"]) < float(figures["order 0"]) / 2
    assert float(figures["order 1"]) < float(figures["order 0"])
    model = open_model(output)
    assert [part.name for part in model.vocabulary.parts] == ["Top", "Bottom"]
    assert model.card["valid"]["nats_per_note"] == pytest.approx(float(figures["model"]), abs=1e-3)
    assert abs(model.card["quantised_loss"]) < 0.01
    session = Session(model)
    assert any(session.generate().event.pitch for _ in range(50))
    assert "Nats per note" in output.with_suffix(".md").read_text()
    with (tmp_path / "run" / "metrics.csv").open() as file:
        losses = [float(row["valid_nats_per_note"]) for row in csv.DictReader(file)]
    assert losses[-1] < losses[0]
    assert list((tmp_path / "run" / "tensorboard").iterdir())
    # A finished run resumed is finished still.
    assert train.main([*arguments, "--resume"]) == 0
    # Without --resume it begins anew; the checkpoint that was there is kept.
    checkpoint = tmp_path / "run" / "checkpoint.pt"
    whole = checkpoint.read_bytes()
    capsys.readouterr()
    assert train.main([*arguments, "--steps", "2"]) == 0
    assert "checkpoint-before.pt" in capsys.readouterr().err
    assert checkpoint.with_name("checkpoint-before.pt").read_bytes() == whole
    # Of another network, or broken, it is refused and stays.
    checkpoint = tmp_path / "run" / "checkpoint.pt"
    whole = checkpoint.read_bytes()
    for content, changes in (
        (whole, ["--units", "32"]),
        (whole[:1000], []),
        (b"", []),
        (b"no", []),
        (b"J\0", []),
    ):
        checkpoint.write_bytes(content)
        with pytest.raises(UsageError, match=r"Begin again \(without --resume"):
            train.main([*arguments, *changes, "--resume"])
        assert checkpoint.read_bytes() == content


def test_a_run_goes_on_only_with_what_it_began_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its best figures are of that corpus, and its card names that model."""
    corpus, output, checkpoint = folder(tmp_path), tmp_path / "mine.onnx", tmp_path / "run" / "checkpoint.pt"
    small = ["--window", "16", "--lanes", "4", "--steps", "2"]
    first, other = ([str(corpus), "-o", str(tmp_path / name), "--units", "8", *small] for name in ("a.onnx", "b.onnx"))
    for seed, each in enumerate((first, other)):
        assert train.main([*each, "--run", str(tmp_path / f"of {seed}"), "--seed", str(seed)]) == 0
    arguments = [str(corpus), "-o", str(output), "--run", str(checkpoint.parent), "--resume", *small]
    begun = [*arguments, "--from", str(tmp_path / "a.onnx")]
    assert train.main(begun) == 0
    whole = checkpoint.read_bytes()

    def refused(options: list[str], why: str) -> None:
        with pytest.raises(CannotGoOnError, match=why) as caught:
            train.main([*options, "--progress", "json"])
        assert "Begin again (without --resume" in str(caught.value)
        assert json.loads(capsys.readouterr().out.splitlines()[-1])["begin_again"]
        assert checkpoint.read_bytes() == whole

    refused([*arguments, "--from", str(tmp_path / "b.onnx")], "another model")
    refused([*begun, "--lanes", "3"], "began with --lanes 4, not 3")
    refused([*begun, "--teacher", str(tmp_path / "b.onnx")], "another --teacher")
    (corpus / "7.mid").rename(tmp_path / "7.mid")
    refused(begun, "another corpus")
    old = torch.load(checkpoint)
    del old["sources"]
    torch.save(old, checkpoint)
    assert train.main(begun) == 0  # of a version that did not know


def test_what_was_learnt_from_files_that_are_gone_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As the best model there was, with the figures and the card that it would have had."""
    corpus, output, run = folder(tmp_path), tmp_path / "mine.onnx", tmp_path / "run"
    small = ["--window", "16", "--lanes", "4", "--run", str(run)]
    first = tmp_path / "first.onnx"
    assert train.main([str(corpus), "-o", str(first), "--units", "8", "--steps", "2", *small]) == 0
    begun = [str(corpus), "-o", str(output), "--from", str(first), "--teacher", str(first), "--chords", *small]
    assert train.main([*begun, "--steps", "4"]) == 0
    whole = open_model(output)
    state = torch.load(run / "checkpoint.pt")
    for gone in (corpus / "7.mid", corpus, first):
        gone.rename(tmp_path / f"away-{gone.name}")
        output.unlink()
        capsys.readouterr()
        if gone != first:
            with pytest.raises(MusicLSTMError, match="keep the best so far as a model"):
                train.main([*begun, "--steps", "8", "--resume"])
        assert train.main([*begun, "--steps", "8", "--keep"]) == 0
        assert "first before" in capsys.readouterr().out
        kept = open_model(output)
        assert (kept.title, kept.defaults) == (whole.title, whole.defaults)
        assert whole.card.keys() - kept.card.keys() == {"quantised_loss"}  # it takes the notes of files
        same = kept.card.keys() - {"training_minutes"}
        assert {name: kept.card[name] for name in same} == {name: whole.card[name] for name in same}
    after = torch.load(run / "checkpoint.pt")  # from which it could still go on
    assert all(after[name] == state[name] for name in ("sources", "about", "best_figures"))


def test_a_run_of_an_earlier_version_is_kept_and_a_damaged_one_refused(tmp_path: Path) -> None:
    corpus, output, run = folder(tmp_path), tmp_path / "mine.onnx", tmp_path / "run"
    begun = [str(corpus), "-o", str(output), "--units", "8", "--run", str(run), "--steps", "2"]
    with pytest.raises(UsageError, match=r"There is no checkpoint in .*run to make"):
        train.main([*begun, "--keep"])
    assert not run.exists()
    assert train.main(begun) == 0
    shutil.rmtree(corpus)
    checkpoint = run / "checkpoint.pt"
    saved = torch.load(checkpoint)
    del saved["about"]
    torch.save(saved, checkpoint)
    output.unlink()
    assert train.main([*begun, "--keep"]) == 0
    assert open_model(output).title == "mine"
    for events in run.glob("train-*.events"):
        events.write_bytes(b"")
    with pytest.raises(CannotGoOnError, match="Nothing can be kept"):
        train.main([*begun, "--keep"])
    for content in (b"", checkpoint.read_bytes()[:1000]):
        checkpoint.write_bytes(content)
        with pytest.raises(CannotGoOnError, match="damaged"):
            train.main([*begun, "--keep"])


def steps_of(run: Path) -> int:
    """How many there were."""
    with (run / "metrics.csv").open() as file:
        return max(int(row["step"]) for row in csv.DictReader(file))


def test_few_files_are_learnt_in_less_than_the_time_there_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.recipes.PASSES", 2.0)
    arguments = [str(folder(tmp_path)), "-o", str(tmp_path / "mine.onnx"), "--units", "8", "--minutes", "1000"]
    assert train.main([*arguments, "--run", str(tmp_path / "run")]) == 0
    printed = capsys.readouterr()
    assert "It has read all 2 times" in printed.out
    assert "--from MODEL" in printed.err
    assert train.main([*arguments, "--run", str(tmp_path / "other"), "--passes", "1"]) == 0
    assert "It has read" not in capsys.readouterr().out
    steps = [steps_of(tmp_path / each) for each in ("run", "other")]
    assert steps[0] == pytest.approx(2 * steps[1], abs=1)


def test_one_file_is_nowhere_called_held_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor in a folder of its copies, under names that are not UTF-8."""
    corpus = tmp_path / "m\udce9lodies"
    corpus.mkdir()
    for name in ("a.mid", "b\udcff.mid"):
        midifile.write(corpus / name, random_piece(VOCABULARY, 40))
    output, run = tmp_path / "one\udce9.onnx", tmp_path / "r\udcfcn"
    arguments = [str(corpus), "-o", str(output), "--run", str(run), "--units", "8", "--steps", "4"]
    assert train.main(arguments) == 0
    printed = capsys.readouterr()
    assert "nothing is held out" in printed.err.lower()
    assert "none for validation" in printed.err
    assert printed.out.splitlines()[-1].startswith("nats per note of the training pieces: ")
    model = open_model(output)
    assert "valid" not in model.card
    assert model.card["train"]["pieces"] == model.card["pieces"] == 2
    page = output.with_suffix(".md").read_text(encoding="utf-8")
    assert "none held out" in page
    assert "Nats per note on the training pieces" in page
    assert "validation" not in page
    assert "valid" not in (run / "metrics.csv").read_text()
    assert main(["evaluate", "--model", str(output), str(corpus / "a.mid")]) == 0
    told = capsys.readouterr().out
    assert "that it was trained on, because none was held out" in told


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["nowhere", "-o", "x.onnx"], CorpusError),
        (["music21:nobody", "-o", "x.onnx"], CorpusError),
        ([".", "-o", "x.onnx", "--minutes", "-1"], UsageError),
        ([".", "-o", "x.onnx", "--steps", "0"], UsageError),
        ([".", "-o", "x.mid"], UsageError),
        *(
            ([".", "-o", "x.onnx", f"--{text}"], UsageError)
            for text in (
                *("minutes=inf", "minutes=nan", "rate=inf", "rate=nan", "passes=inf", "steps=9999999999"),
                *("dropout=1.5", "dropout=-0.5", "dropout=nan", "dropout=1", "seed=-1", f"seed={2**63}"),
                *("threads=100000000000", "lanes=2000000000", "units=100000000", "layers=99", "window=0"),
            )
        ),
    ],
)
def test_bad_input_gets_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], error: type[Exception]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error) as raised:
        train.main(arguments)
    assert "\n" not in str(raised.value)
    assert list(tmp_path.glob("*.onnx")) == []


def test_where_nothing_can_be_written_is_said_before_the_training(tmp_path: Path) -> None:
    corpus = str(folder(tmp_path))
    (tmp_path / "file").touch()
    for name in ("folder.onnx", "page.md"):
        (tmp_path / name).mkdir()
    outputs = ("file/x.onnx", "file/deeper/x.onnx", "folder.onnx", "page.onnx", f"{'x' * 300}.onnx", "/proc/x.onnx")
    for output in outputs:
        with pytest.raises(UsageError, match="cannot be written") as caught:
            train.main([corpus, "-o", str(tmp_path / output), "--run", str(tmp_path / "run")])
        assert "\n" not in str(caught.value)
    for run in ("file", "file/run"):
        with pytest.raises(UsageError, match="choose another folder with --run"):
            train.main([corpus, "-o", str(tmp_path / "x.onnx"), "--run", str(tmp_path / run)])
    assert not (tmp_path / "run").exists()
    with pytest.raises(ModelError, match="cannot be written"):
        write_card(tmp_path / "page.md", "Any", open_model("folk").card)


def meanwhile(monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]) -> None:
    """Something happens in the folders of a training while it goes on."""
    real = train_until_done

    def trained(*arguments: Any) -> bool:
        do()
        return real(*arguments)

    monkeypatch.setattr(train, "train_until_done", trained)


def test_a_model_that_came_meanwhile_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "mine.onnx"
    arguments = [str(folder(tmp_path)), "-o", str(output), "--run", str(tmp_path / "run"), "--units", "8"]
    meanwhile(monkeypatch, lambda: output.write_text("of another"))
    assert train.main([*arguments, "--steps", "1"]) == 0
    assert output.read_text() == "of another"
    assert open_model(tmp_path / "mine-2.onnx").title == "mine"
    assert f"mine-2 is a new model: {tmp_path / 'mine-2.onnx'}" in capsys.readouterr().out


def test_no_checkpoint_is_promised_where_the_run_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tmp_path / "run"
    meanwhile(monkeypatch, lambda: shutil.rmtree(run))
    with pytest.raises(TrainingError, match=r"cannot be written to \(No such file or directory\).*begin again\.$"):
        train.main([str(folder(tmp_path)), "-o", str(tmp_path / "x.onnx"), "--run", str(run), "--steps", "1"])


def test_a_model_that_cannot_be_written_can_be_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = tmp_path / "out" / "mine.onnx"
    arguments = [str(folder(tmp_path)), "-o", str(output), "--run", str(tmp_path / "run"), "--units", "8"]
    arguments += ["--steps", "1"]
    with monkeypatch.context() as patch:
        meanwhile(patch, lambda: output.parent.write_text("no folder"))
        with pytest.raises(ModelError, match=r"cannot be written.* with --resume\)"):
            train.main(arguments)
    output.parent.unlink()
    assert train.main([*arguments, "--resume"]) == 0
    assert open_model(output).title == "mine"


def test_who_interrupts_the_writing_of_the_model_can_have_it_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "mine.onnx"
    arguments = [str(folder(tmp_path)), "-o", str(output), "--run", str(tmp_path / "run"), "--units", "8"]
    arguments += ["--steps", "1"]

    def interrupts(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(train, "ship", interrupts)
        assert train.main(arguments) == 130
    assert "To go on: the same command with --resume." in capsys.readouterr().err
    assert train.main([*arguments, "--resume"]) == 0
    assert open_model(output).title == "mine"
