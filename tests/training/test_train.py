"""Training: it learns, it resumes, it says what is wrong."""

from __future__ import annotations

import csv
import random
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from musiclstm.cli.main import main
from musiclstm.errors import CorpusError, ModelError, UsageError
from musiclstm.model.modelfile import open_model
from musiclstm.model.net.network import ModelConfig, MusicLSTM
from musiclstm.model.session import Session
from musiclstm.music import midifile
from musiclstm.music.note import Note, Part, Piece
from tests.model.random_music import random_piece
from tests.model.tiny import tiny_vocabulary
from training import train
from training.budget import Budget
from training.card import write_card
from training.evaluate import baselines
from training.further import DROPOUT, TRANSPOSE, for_few, further
from training.prepare import prepare
from training.recipes import RECIPES, Recipe
from training.study import memory
from training.trainer import Trainer

VOCABULARY = tiny_vocabulary(velocities=4)
RECIPE = Recipe("Tiny", VOCABULARY, ModelConfig("lstm", 2, 16, 12, 8), transpose=(-2, 2), lanes=3, window=16)
ARRAYS = prepare([(str(n), random_piece(VOCABULARY, n, n)) for n in (9, 20, 33)], VOCABULARY)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def run(trainer: Trainer, steps: int) -> None:
    for _ in range(steps):
        trainer.train_step()
        if trainer.time_to_validate:
            trainer.validate()


@pytest.mark.parametrize(
    "changes",
    [{"cell": "lstm"}, {"cell": "gru"}, {"cell": "rnn"}, {"tied": 4, "chords": True}],
    ids=["lstm", "gru", "rnn", "told chords"],
)
def test_resumed_is_the_run_that_was_never_stopped(tmp_path: Path, changes: dict[str, Any]) -> None:
    recipe = replace(RECIPE, config=replace(RECIPE.config, **changes))
    whole = Trainer(recipe, ARRAYS, ARRAYS, Budget(steps=24), seed=1)
    run(whole, 24)
    first = Trainer(recipe, ARRAYS, ARRAYS, Budget(steps=24), seed=1)
    run(first, 11)
    first.save(tmp_path / "checkpoint.pt")
    run(first, 2)  # lost: it was killed after the checkpoint
    second = Trainer(recipe, ARRAYS, ARRAYS, Budget(steps=24), seed=2)
    second.load(tmp_path / "checkpoint.pt")
    run(second, 13)
    assert second.done
    for name in ("network", "average", "best_network"):
        wanted, found = (getattr(trainer, name).state_dict() for trainer in (whole, second))
        for key, value in wanted.items():
            assert torch.equal(value, found[key]), f"{name}.{key}"
    assert second.best_figures == whole.best_figures
    assert second.best_told == whole.best_told


def test_what_has_been_read_often_enough_is_not_read_again() -> None:
    trainer = Trainer(RECIPE, ARRAYS, ARRAYS, Budget(minutes=1000, passes=2.5), seed=1)
    while not trainer.done:
        assert not trainer.has_read_enough
        run(trainer, 1)
    # Of several lanes some are ahead, and read their next piece already.
    assert trainer.passes == pytest.approx(2.5, abs=0.2)
    assert trainer.lanes.epochs in (2, 3)
    assert trainer.learning_rate() < RECIPE.rate / 50
    assert trainer.spent == 60_000
    assert not Trainer(RECIPE, ARRAYS, ARRAYS, Budget(minutes=1000)).has_read_enough


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    Trainer(RECIPE, ARRAYS, ARRAYS, Budget(steps=1)).save(tmp_path / "checkpoint.pt")
    other = replace(RECIPE, config=replace(RECIPE.config, units=8))
    with pytest.raises(ValueError, match="another"):
        Trainer(other, ARRAYS, ARRAYS, Budget(steps=1)).load(tmp_path / "checkpoint.pt")


def folder(tmp_path: Path) -> Path:
    found = tmp_path / "corpus"
    found.mkdir()
    parts = (Part("Top", 40, 0), Part("Bottom", 42, 1))
    for number in range(24):
        # Tunes of their own, or they would be taken for variants of one.
        notes, steps = [], random.Random(number).sample((0, 2, 4, 5, 7, 9, 11, 12), 8)
        for beat in range(24):
            pitch = 60 + steps[beat % 8]
            notes += [Note(beat, 1, pitch, 80, 0), Note(beat, 1, pitch - 12, 80, 1)]
        midifile.write(found / f"{number}.mid", Piece(tuple(sorted(notes)), parts=parts))
    (found / "bad.mid").write_text("text")
    return found


def test_one_command_makes_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From a folder to a model that plays, and that knows the folder better than counting does."""
    output = tmp_path / "mine.onnx"
    arguments = [str(folder(tmp_path)), "-o", str(output), "--run", str(tmp_path / "run"), "--units", "64"]
    arguments += ["--steps", "120", "--lanes", "8", "--window", "48", "--rate", "0.01"]
    assert train.main(arguments) == 0
    printed = capsys.readouterr()
    assert "bad.mid" in printed.err
    figures = dict(
        part.strip().rsplit(" ", 1) for part in printed.out.strip().removeprefix("nats per note: ").split(",")
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
        with pytest.raises(UsageError, match="Start again without --resume"):
            train.main([*arguments, *changes, "--resume"])
        assert checkpoint.read_bytes() == content


def test_a_run_goes_on_only_with_what_it_began_with(tmp_path: Path) -> None:
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
        with pytest.raises(UsageError, match=why) as caught:
            train.main(options)
        assert "Start again without --resume" in str(caught.value)
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
    output = tmp_path / "one\udce9.onnx"
    arguments = [str(corpus), "-o", str(output), "--run", str(tmp_path / "run"), "--units", "8", "--steps", "4"]
    assert train.main(arguments) == 0
    printed = capsys.readouterr()
    assert "nothing is held out" in printed.err.lower()
    assert "none for validation" in printed.err
    assert printed.out.startswith("nats per note of the training pieces: ")
    model = open_model(output)
    assert "valid" not in model.card
    assert model.card["train"]["pieces"] == model.card["pieces"] == 2
    page = output.with_suffix(".md").read_text(encoding="utf-8")
    assert "none held out" in page
    assert "Nats per note on the training pieces" in page
    assert "validation" not in page
    assert "valid" not in (tmp_path / "run" / "metrics.csv").read_text()
    assert main(["evaluate", "--model", str(output), str(corpus / "a.mid")]) == 0
    told = capsys.readouterr().out
    assert "that it was trained on, because none was held out" in told


def test_the_forget_gate_starts_open() -> None:
    """Jozefowicz et al. 2015: its two biases together are 1, those of the other gates as the layer makes them."""
    network = MusicLSTM(ModelConfig("lstm", 2, 16, 12, 8), VOCABULARY)
    for layer in range(2):
        biases = network.cell.get_parameter(f"bias_ih_l{layer}") + network.cell.get_parameter(f"bias_hh_l{layer}")
        gates = dict(zip(("input", "forget", "cell", "output"), biases.detach().split(16), strict=True))
        assert gates["forget"].mean() > 0.7
        assert all(abs(float(gates[name].mean())) < 0.3 for name in ("input", "cell", "output"))


def test_gradients_are_clipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the norm of 1 before the step: a piece that surprises must not throw the weights away."""
    trainer = Trainer(RECIPE, ARRAYS, ARRAYS, Budget(steps=10))
    norms = []
    step = trainer.optimiser.step

    def watched() -> None:
        gradients = [each.grad for each in trainer.network.parameters() if each.grad is not None]
        norms.append(float(torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g) for g in gradients]))))
        step()

    monkeypatch.setattr(trainer.optimiser, "step", watched)
    with torch.no_grad():
        for each in trainer.network.parameters():
            each.mul_(20)  # a network that is far off
    run(trainer, 3)
    assert all(norm <= 1.0001 for norm in norms)
    assert max(norms) > 0.99  # there was something to clip


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


def test_counting() -> None:
    """The first order beats the zeroth where order matters, and neither is certain of what it never saw."""
    pieces = [(str(n), Piece(tuple(Note(i, 1, 60 + i % 5) for i in range(40)), parts=VOCABULARY.parts)) for n in "ab"]
    arrays = prepare(pieces, VOCABULARY)
    found = baselines(arrays, arrays, VOCABULARY)
    assert found["order 1"].per_note < found["order 0"].per_note
    unseen = prepare([("c", random_piece(VOCABULARY, 30))], VOCABULARY)
    assert all(0 < each.per_note < 100 for each in baselines(arrays, unseen, VOCABULARY).values())


@pytest.mark.parametrize("block", [1, 60, 100])
def test_counting_in_blocks_gives_the_same(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    store = prepare([(str(n), random_piece(VOCABULARY, n, n)) for n in (33, 9, 20, 50, 1)], VOCABULARY)
    whole = baselines(store, ARRAYS, VOCABULARY) | baselines(ARRAYS, store, VOCABULARY)
    monkeypatch.setattr("training.evaluate.BLOCK", block)
    found = baselines(store, ARRAYS, VOCABULARY) | baselines(ARRAYS, store, VOCABULARY)
    for name, figures in whole.items():
        assert found[name].by_field == pytest.approx(figures.by_field)


def test_counting_more_pieces_takes_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.evaluate.BLOCK", 1000)
    peaks = []
    for count in (4, 4, 40):
        piece = ("a", random_piece(VOCABULARY, 400))
        store = prepare([piece] * count, VOCABULARY)
        tracemalloc.start()
        baselines(store, store, VOCABULARY)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.2 * peaks[1]


def test_memory_reaches_back_as_far_as_the_gates_let_it(tmp_path: Path) -> None:
    """With every forget gate open an LSTM's gradient stays; a plain RNN's is gone."""
    vocabulary = tiny_vocabulary()
    arrays = prepare([("a", random_piece(vocabulary, 120))], vocabulary)
    found = {}
    for cell in ("lstm", "rnn"):
        recipe = replace(RECIPE, vocabulary=vocabulary, config=ModelConfig(cell, 1, 16, 12, 8))
        trainer = Trainer(recipe, arrays, arrays, Budget(steps=1))
        if cell == "lstm":
            with torch.no_grad():
                dict(trainer.network.named_parameters())["cell.bias_hh_l0"][16:32] = 8.0
        found[cell] = memory.measure(trainer.network, arrays, distances=(1, 8, 64), count=16)
    lstm, rnn = (each.gradient[-1] / each.gradient[0] for each in found.values())
    assert lstm > 0.05
    assert rnn < 1e-4
    assert found["lstm"].prediction[-1] > 100 * found["rnn"].prediction[-1]
    lines = memory.table(found).splitlines()
    assert len(lines) == 4
    memory.draw(found, tmp_path / "memory.png")
    assert (tmp_path / "memory.png").stat().st_size > 1000


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
