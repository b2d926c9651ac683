"""Models that go on from others, learn from teachers, or learn chords."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from musiclstm.errors import ModelError, UsageError
from musiclstm.model.modelfile import open_model
from musiclstm.model.session import Session
from musiclstm.music import midifile
from musiclstm.music.note import Note, Piece
from tests.training.tiny_training import folder
from training import train
from training.further import DROPOUT, TRANSPOSE, for_few, further
from training.recipes import RECIPES

pytestmark = pytest.mark.usefixtures("one_thread")


def test_a_model_is_trained_further(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It starts from what that model knows, says what that was worth, and is never worse than it."""
    corpus, first, second = folder(tmp_path), tmp_path / "first.onnx", tmp_path / "second.onnx"
    short = ["--steps", "60", "--lanes", "8", "--window", "48", "--rate", "0.01"]
    assert train.main([str(corpus), "-o", str(first), "--run", str(tmp_path / "one"), "--units", "32", *short]) == 0
    learnt = open_model(first).card["valid"]["nats_per_note"]
    more = [str(corpus), "-o", str(second), "--run", str(tmp_path / "two"), "--from", str(first)]
    assert train.main([*more, "--steps", "20", "--lanes", "8", "--window", "48"]) == 0
    model = open_model(second)
    before = model.card["baselines"]["first before"]["nats_per_note"]
    assert before == pytest.approx(learnt, rel=0.02)
    assert model.card["valid"]["nats_per_note"] < before
    assert model.card["from"].startswith("first (")
    assert model.vocabulary == open_model(first).vocabulary
    assert "first before" in second.with_suffix(".md").read_text()
    assert "first before" in capsys.readouterr().out
    # A rate that ruins it leaves it as it was.
    assert train.main([*more, "--steps", "12", "--rate", "3", "--seed", "2"]) == 0
    assert open_model(second).card["valid"]["nats_per_note"] <= before * 1.01


def test_models_teach_another(tmp_path: Path) -> None:
    """Also larger ones, if they have the same parts and grid."""
    corpus, large, small = folder(tmp_path), tmp_path / "large.onnx", tmp_path / "small.onnx"
    short = ["--lanes", "8", "--window", "48", "--rate", "0.01"]
    arguments = [str(corpus), "-o", str(large), "--run", str(tmp_path / "one"), "--units", "32", "--steps", "60"]
    assert train.main([*arguments, *short]) == 0
    arguments = [str(corpus), "-o", str(small), "--run", str(tmp_path / "two"), "--units", "16"]
    arguments += ["--steps", "20", *short]
    weights = []
    for teachers in ([], ["--teacher", str(large)], ["--teacher", str(large), "--teacher", str(large)]):
        assert train.main([*arguments, *teachers]) == 0
        weights.append(open_model(small).tables["input"])
    assert (weights[0] != weights[1]).any()
    assert weights[1] == pytest.approx(weights[2], abs=1e-3)  # their mean is what each says
    teacher = f"large ({open_model(large).fingerprint})"
    assert open_model(small).card["teachers"] == [teacher, teacher]
    assert f"half from {teacher}" in small.with_suffix(".md").read_text()
    for other in ("drums", "folk+drums"):
        with pytest.raises(UsageError, match="cannot teach"):
            train.main([*arguments, "--teacher", other])


def test_a_model_learns_chords(tmp_path: Path) -> None:
    """From one that knows none; told the chords of a piece, it knows the piece better than without."""
    corpus, first, second = tmp_path / "chords", tmp_path / "first.onnx", tmp_path / "second.onnx"
    corpus.mkdir()
    for number in range(24):
        roots = random.Random(number).choices((0, 2, 5, 7), k=12)
        notes = [Note(2.0 * n, 2, 60 + root + tone, 80) for n, root in enumerate(roots) for tone in (0, 4, 7)]
        midifile.write(corpus / f"{number}.mid", Piece(tuple(sorted(notes))))
    short = ["--lanes", "8", "--window", "48"]
    sizes = ["--units", "16", "--steps", "60", "--rate", "0.01"]
    assert train.main([str(corpus), "-o", str(first), "--run", str(tmp_path / "one"), *sizes, *short]) == 0
    assert not open_model(first).config["chords"]
    more = [str(corpus), "-o", str(second), "--run", str(tmp_path / "two"), "--from", str(first), "--chords"]
    assert train.main([*more, "--steps", "60", "--rate", "0.005", *short]) == 0
    model = open_model(second)
    assert model.config["chords"]
    with (tmp_path / "two" / "metrics.csv").open() as file:
        last = [*csv.DictReader(file)][-1]
    assert float(last["valid_told_nats_per_note"]) < 0.95 * float(last["valid_nats_per_note"])
    # Without chords it plays as before.
    pair = Session(open_model(first), 3), Session(model, 3)
    assert [pair[0].draw() for _ in range(100)] == [pair[1].draw() for _ in range(100)]
    # From then on everything is learnt, with chords and without.
    third = [str(corpus), "-o", str(tmp_path / "third.onnx"), "--run", str(tmp_path / "three"), "--from", str(second)]
    assert train.main([*third, "--steps", "20", "--rate", "0.005", *short]) == 0
    assert open_model(tmp_path / "third.onnx").config["chords"]
    assert open_model(tmp_path / "third.onnx").card["valid"] != model.card["valid"]


def test_drums_learn_no_chords(tmp_path: Path) -> None:
    arguments = [str(folder(tmp_path)), "-o", str(tmp_path / "x.onnx"), "--run", str(tmp_path / "r")]
    with pytest.raises(UsageError, match="not for drums"):
        train.main([*arguments, "--like", "drums", "--chords"])


@pytest.mark.parametrize(
    "options", [["--like", "piano"], ["--units", "8"], ["--layers", "2"], ["--cell", "gru"], ["--seconds"]]
)
def test_what_does_not_go_with_from_is_said(tmp_path: Path, options: list[str]) -> None:
    arguments = [str(folder(tmp_path)), "-o", str(tmp_path / "x.onnx"), "--from", "folk", "--run", str(tmp_path / "r")]
    with pytest.raises(UsageError, match="leave out"):
        train.main([*arguments, *options])


def test_what_is_no_model_is_not_trained_further(tmp_path: Path) -> None:
    (tmp_path / "no.onnx").write_bytes(b"no")
    arguments = [str(folder(tmp_path)), "-o", str(tmp_path / "x.onnx"), "--run", str(tmp_path / "r")]
    with pytest.raises(ModelError):
        train.main([*arguments, "--from", str(tmp_path / "no.onnx")])


def test_only_a_few_notes_are_trained_further_in_other_keys() -> None:
    """They would be memorised; a large corpus is learnt from as by the model's own recipe."""
    recipe = further(open_model("piano"), "mine")
    few = for_few(recipe)
    assert (recipe.transpose, recipe.config.dropout) == ((0, 0), RECIPES["piano"].config.dropout)
    assert (few.transpose, few.config.dropout) == (TRANSPOSE, DROPOUT)
    assert for_few(further(open_model("drums"), "mine")).transpose == (0, 0)
