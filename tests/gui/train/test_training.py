"""Training in the window: from a folder to a model in the list; paused, gone on with, kept, and found again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from musiclstm import paths
from musiclstm.errors import UsageError
from musiclstm.gui.train import runs, words
from musiclstm.gui.train.state import State
from musiclstm.gui.train.training import Training
from musiclstm.protocol import commands
from tests.gui.train.conftest import TrainBench
from training.alone import claimed


def test_two_windows_do_not_train_the_same(bench: TrainBench, qapp: QApplication, tmp_path: Path) -> None:
    bench.start()
    bench.until_state(State.TRAINING)
    other = Training(bench.training.command)
    with pytest.raises(UsageError, match="being trained already"):
        other.start(runs.check("mine", str(bench.corpus), []))
    assert bench.training.run is not None
    assert bench.training.run.folder.is_dir()


def test_what_another_window_trains_is_neither_offered_nor_thrown_away(bench: TrainBench) -> None:
    dialog = bench.start()
    bench.until_state(State.TRAINING)
    dialog.page.pause.click()
    bench.until_state(State.PAUSED)
    run = bench.training.run
    assert run is not None
    with claimed(run.folder):  # as its process does, in the other window
        assert Training(bench.training.command).look() is None
        dialog.page.discard.click()
        assert "being trained by another" in dialog.message.full
        assert run.trained
    assert runs.unfinished() is not None
    dialog.page.discard.click()
    assert not run.folder.exists()


def test_from_a_folder_to_a_model_in_the_list(bench: TrainBench) -> None:
    bench.training.more = ["--fast"]
    dialog = bench.start()
    assert QApplication.activeModalWidget() is None
    bench.until_state(State.DONE)
    assert paths.user_models().joinpath("mine.onnx").read_bytes() == b"model"
    assert dialog.message.full == "It has read all 15 times."
    page = dialog.page
    assert page.found.full == "31 files · 5,000 beats · 12,345 notes to learn from · 2 pieces held out · part: Piano"
    assert (
        page.to_know.toPlainText()
        == "Few.\nNot read, by their endings, in tunes: 3 .zip\nbroken.mid: it is no MIDI file\n"
        "b.mid: nearly the same as a.mid; both are for training"
    )
    assert page.to_know_title.text() == "To know · 1 file skipped · 1 near-duplicate, kept on one side"
    assert page.figures.text().endswith("1.00 a note on held-out pieces · counting what follows what: 3.25 a note")
    assert bench.window.transport.model.findData("mine") >= 0
    assert "mine is trained" in bench.window.line.text
    page.play.click()
    assert bench.sent(commands.LoadModel)[-1] == commands.LoadModel("mine")
    assert not any(paths.user_training().glob("*"))  # nothing to go on with
    page.another.click()
    assert dialog._pages.currentWidget() is dialog.form
    assert dialog.form.name.text() == ""
    dialog.form.name.setText("mine")
    dialog.form.start.click()
    assert "already a model called mine" in dialog.message.full
    dialog.form.take(str(bench.corpus))
    assert dialog.message.full == ""


def test_a_model_has_another_name_where_its_own_was_taken_meanwhile(bench: TrainBench) -> None:
    dialog = bench.start()
    bench.until_state(State.TRAINING)
    (paths.user_models() / "mine.onnx").write_bytes(b"of another")
    dialog.page.keep.click()
    bench.until_state(State.DONE)
    assert dialog.page.title.full == "mine-2 · done"
    assert "mine-2 is trained" in bench.window.line.text
    assert bench.window.transport.model.findData("mine-2") >= 0
    dialog.page.play.click()
    assert bench.sent(commands.LoadModel)[-1] == commands.LoadModel("mine-2")


def test_a_model_that_came_while_a_training_was_paused_is_kept(bench: TrainBench) -> None:
    dialog = bench.start()
    bench.until_state(State.TRAINING)
    dialog.page.pause.click()
    bench.until_state(State.PAUSED)
    (paths.user_models() / "mine.onnx").write_bytes(b"of another")
    dialog.page.keep.click()
    bench.until_state(State.DONE)
    assert (paths.user_models() / "mine.onnx").read_bytes() == b"of another"
    assert "mine-2 is trained" in bench.window.line.text


def test_a_model_of_the_same_name_is_not_taken_for_that_of_a_training_that_fails(bench: TrainBench) -> None:
    dialog = bench.start("full")
    bench.until_state(State.TRAINING)
    (paths.user_models() / "mine.onnx").write_bytes(b"of another")
    bench.until_state(State.PAUSED)
    assert dialog.message.full == "The disk is full. Go on."  # which options a command needs is not said
    assert (paths.user_training() / "mine" / "checkpoint.pt").is_file()


def test_a_pause_whose_checkpoint_cannot_be_written_says_so(bench: TrainBench) -> None:
    dialog = bench.start("late")
    bench.until(lambda: bench.training.run and bench.training.run.trained)
    dialog.page.pause.click()
    bench.until_state(State.PAUSED)
    assert dialog.message.full == "The disk is full. Go on."
    assert dialog.page.go_on.isVisible()


def test_it_is_paused_and_goes_on(bench: TrainBench) -> None:
    dialog = bench.start()
    bench.until(lambda: bench.training.run and bench.training.run.progress > 0.05)
    assert "1,000 notes/s · about 1" in dialog.page.figures.text()
    assert dialog.page.pause.isVisible()
    dialog.page.pause.click()
    bench.until_state(State.PAUSED)
    assert bench.training.run is not None
    before = bench.training.run.progress
    assert f"{before:.0%} done" in dialog.page.figures.text()
    assert len(bench.training.points) == len(bench.training.run.points()) > 2
    dialog.page.go_on.click()
    bench.until_state(State.TRAINING)
    assert bench.training.run.progress >= before  # and not from the beginning
    dialog.page.keep.click()
    bench.until_state(State.DONE)
    assert bench.training.run.progress < 1
    assert (paths.user_models() / "mine.onnx").is_file()


def test_what_is_paused_is_kept_or_thrown_away(bench: TrainBench) -> None:
    dialog = bench.start()
    bench.until_state(State.TRAINING)
    dialog.page.pause.click()
    bench.until_state(State.PAUSED)
    dialog.page.keep.click()
    bench.until_state(State.DONE)
    assert (paths.user_models() / "mine.onnx").is_file()
    dialog.page.another.click()
    bench.start(name="other")
    bench.until_state(State.TRAINING)
    dialog.page.pause.click()
    bench.until_state(State.PAUSED)
    dialog.page.discard.click()
    assert dialog._pages.currentWidget() is dialog.form
    assert not any(paths.user_training().glob("*"))
    assert not (paths.user_models() / "other.onnx").exists()


def test_what_was_learnt_from_files_that_are_gone_is_kept(bench: TrainBench) -> None:
    dialog = bench.start()
    bench.until_state(State.TRAINING)
    dialog.page.pause.click()
    bench.until_state(State.PAUSED)
    bench.corpus.rename(bench.corpus.with_name("away"))
    dialog.page.go_on.click()
    bench.until(lambda: bench.training.state is State.PAUSED and bench.training.text)
    assert dialog.message.full == "No folder. Put it back, or keep the best so far."
    dialog.page.keep.click()
    assert bench.training.state is State.SAVING
    bench.until_state(State.DONE)
    assert (paths.user_models() / "mine.onnx").is_file()


def test_closing_the_window_pauses_and_the_next_one_offers_to_go_on(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    first = TrainBench(qapp, tmp_path)
    first.start()
    first.until(lambda: first.training.run and first.training.run.progress > 0.05)
    first.done()
    run = runs.unfinished()
    assert run is not None
    assert run.trained
    assert run.progress > 0.05
    assert run.found["notes"] == 12345
    second = TrainBench(qapp, tmp_path)
    second.window._training_news.offer()
    assert "Training mine was paused at" in second.window.line.text
    assert [button.text() for button in second.window.line.buttons] == ["Go on", "Later"]
    second.window.line.buttons[0].click()
    second.until_state(State.TRAINING)
    assert len(second.training.points) > 5  # the curve of before is there
    assert second.dialog.page.isVisible()
    second.dialog.page.keep.click()
    second.until_state(State.DONE)
    second.done()


def test_a_bad_folder_gets_one_line(bench: TrainBench) -> None:
    dialog = bench.look_at("bad")
    bench.until(lambda: bench.training.text)
    assert dialog.message.full == "There are no MIDI files in bad."
    assert "no MIDI files in bad" in bench.window.line.text
    assert dialog._pages.currentWidget() is dialog.form
    assert not any(paths.user_training().glob("*"))
    for folder, name, why in (
        ("", "x", "Choose a folder"),
        ("/nowhere/at/all", "x", "There is no folder"),
        (str(bench.corpus), " ", "Give the model a name"),
        (str(bench.corpus), "a/b", "becomes the name of a file"),
        (str(bench.corpus), "..", "becomes the name of a file"),
        (str(bench.corpus), "Piano", "already a model"),
    ):
        dialog.form.folder.setText(folder)
        dialog.form.name.setText(name)
        dialog.form.start.click()
        assert why in dialog.message.full
        assert "\n" not in dialog.message.full
        assert bench.training.state is State.NONE


def test_a_process_that_dies_leaves_what_can_go_on(bench: TrainBench) -> None:
    dialog = bench.start("crash")
    bench.until_state(State.PAUSED)
    assert dialog.message.full == "Training ended unexpectedly (code 9)."
    assert dialog.page.go_on.isVisible()
    bench.training.command = ("/nowhere/python",)
    dialog.page.go_on.click()
    assert "cannot be started" in dialog.message.full
    bench.until_state(State.PAUSED)
    dialog.page.discard.click()
    dialog.form.start.click()
    assert "cannot be started" in dialog.message.full
    bench.until_state(State.NONE)
    assert not any(paths.user_training().glob("*"))


def test_the_curve_is_that_of_the_training_that_goes_on(bench: TrainBench) -> None:
    """Not of one before it that came further than its last checkpoint, if there was one."""
    (bench.corpus / "fails").touch()
    dialog = bench.start()
    bench.until(lambda: dialog.message.full == "Training ended unexpectedly (code 9).")
    assert bench.training.state is State.PROPOSED
    assert dialog.page.figures.text() == ""
    (bench.corpus / "fails").unlink()
    dialog.page.accept.click()
    bench.until(lambda: bench.training.figures.lowest)
    run, lowest = bench.training.run, bench.training.figures.lowest
    assert run is not None
    assert lowest is not None
    assert lowest > 1 + 1 / 15  # and 1 + 1 / 30 before
    dialog.page.pause.click()
    bench.until_state(State.PAUSED)
    points = bench.training.points
    assert points[0].progress < 0.01
    assert [point.progress for point in points] == sorted({point.progress for point in points})
    dialog.page.go_on.click()
    bench.until_state(State.TRAINING)
    dialog.page.pause.click()
    bench.until_state(State.PAUSED)
    points = bench.training.points
    assert run.points() == points


def test_what_cannot_go_on_begins_again(bench: TrainBench) -> None:
    """As after an update of the program; in words that do not ask for options of a command."""
    dialog = bench.start("changed")
    bench.until(lambda: bench.training.run and bench.training.run.progress > 0.1)
    dialog.page.pause.click()
    bench.until_state(State.PAUSED)
    page, window = dialog.page, bench.window
    page.go_on.click()
    bench.until(lambda: "mine cannot go on" in dialog.message.full)
    assert "--teacher" not in dialog.message.full
    assert window.line.text == f"⚠ {dialog.message.full}"
    shown = [button.text() for button in page._buttons if button.isVisible()]
    assert shown == ["Discard", "Stop and keep", "Begin again", "Go on"]
    page.go_on.click()  # what was changed may have been put back
    bench.until_state(State.READING)
    bench.until(page.begin_again.isVisible)
    page.begin_again.click()
    bench.until_state(State.TRAINING)
    assert dialog.message.full == "It begins anew; before.pt."
    assert (paths.user_training() / "mine" / "before.pt").is_file()  # hours of work, perhaps
    assert "cannot go on" not in window.line.text
    assert bench.training.points[0].progress < 0.1
    assert bench.training.run is not None
    assert bench.training.run.points() == bench.training.points
    page.keep.click()
    bench.until_state(State.DONE)


def test_of_a_single_piece_nothing_is_called_held_out_after_the_next_start(bench: TrainBench) -> None:
    dialog = bench.start("one")
    bench.until(lambda: bench.training.run and bench.training.run.progress > 0.1)
    dialog.page.pause.click()
    bench.until_state(State.PAUSED)
    other = Training(bench.training.command)
    assert other.look() is not None
    assert not other.figures.held_out
    assert other.figures.lowest is not None


def test_few_files_are_to_begin_with_a_model(bench: TrainBench) -> None:
    form = bench.dialog.form
    assert form.begin_with.currentData() == ""
    form.take(str(bench.corpus))
    bench.until(form.advice.text)
    assert form.name.text() == "tunes"
    assert form.begin_with.currentData() == "auto"
    assert form.advice.text().startswith("12 MIDI files. So few")
    form.begin_with.setCurrentIndex(0)
    form.begin_with.activated.emit(0)
    assert "Begin with a model" in form.advice.text()
    for number in range(words.FEW):
        (bench.corpus / f"more {number}.mid").touch()
    form._chosen = False
    form.take(str(bench.corpus))
    bench.until(lambda: "112" in form.advice.text())
    assert form.begin_with.currentData() == ""
    form.begin_with.choose("auto")
    form.start.click()
    assert bench.dialog.page.source.full.startswith("Begun with the most similar model, for ")
    bench.until_state(State.PROPOSED)
    assert bench.dialog.page.source.full.startswith("Begun with piano, for ")
    assert not bench.dialog.page.proposal.add.isEnabled()
    assert bench.dialog.page.proposal.fits.text() == "piano brings its parts and its grid."
    bench.dialog.page.accept.click()
    bench.until_state(State.TRAINING)
    assert bench.training.run is not None
    assert bench.training.run.begin_with == "piano"
    arguments = bench.training.run.arguments()
    assert arguments[arguments.index("--from") + 1] == "piano"


def test_a_band_is_nothing_to_begin_with(bench: TrainBench) -> None:
    transport = bench.window.transport
    transport.add_model("everyone")
    transport.model.choose("everyone")
    form = bench.dialog.form
    offered = [form.begin_with.itemData(index) for index in range(form.begin_with.count())]
    assert offered == ["", "auto", "chorales", "piano"]


@pytest.mark.parametrize(("folder", "before", "learnt"), [("tunes", "1.50", True), ("known", "1.00", False)])
def test_of_a_model_that_is_begun_with_it_says_what_it_was_before(
    bench: TrainBench, folder: str, before: str, learnt: bool
) -> None:
    dialog = bench.dialog
    dialog.form.begin_with.choose("piano")
    dialog.form._chosen = True
    bench.start(folder)
    bench.until_state(State.DONE)
    assert f"on held-out pieces (before: {before})" in dialog.page.figures.text()
    assert ("plays as piano does" in dialog.message.full) is not learnt


def test_looking_is_cancelled_and_nothing_is_left(bench: TrainBench) -> None:
    dialog = bench.look_at("slow")
    bench.until(lambda: dialog.page.figures.text() == "5 of 31 files read")
    assert (dialog.page.reading.value(), dialog.page.reading.maximum()) == (5, 31)
    dialog.page.pause.click()
    bench.until_state(State.NONE)
    bench.look_at()
    bench.until_state(State.PROPOSED)
    dialog.page.discard.click()
    assert dialog._pages.currentWidget() is dialog.form
    bench.look_at()
    bench.until_state(State.PROPOSED)
    bench.training.close()
    assert not any(paths.user_training().glob("*"))


def test_a_process_that_is_still_starting_is_not_waited_for(bench: TrainBench) -> None:
    """At low priority beside music it takes a minute to load PyTorch, and only then does it listen."""
    dialog = bench.start()
    bench.until_state(State.TRAINING)
    dialog.page.pause.click()
    bench.until_state(State.PAUSED)
    hangs = bench.corpus / "hangs"
    hangs.touch()
    dialog.page.go_on.click()
    bench.until_state(State.READING)
    dialog.page.pause.click()
    bench.until_state(State.PAUSED)
    assert dialog.message.full == ""
    hangs.unlink()
    dialog.page.go_on.click()
    bench.until_state(State.TRAINING)
    dialog.page.keep.click()
    bench.until_state(State.DONE)
    hangs.touch()
    dialog.page.another.click()
    bench.look_at(name="other")
    dialog.page.pause.click()  # Cancel
    bench.until_state(State.NONE)
    assert not any(paths.user_training().glob("*"))


def test_it_is_listened_to_while_it_learns(bench: TrainBench) -> None:
    page = bench.start().page
    bench.until_state(State.TRAINING)
    page.listen.click()
    bench.until(lambda: bench.sent(commands.LoadModel))
    (load,) = bench.sent(commands.LoadModel)
    assert isinstance(load, commands.LoadModel)
    assert Path(load.name).read_bytes() == b"so far"
    assert bench.training.state is State.TRAINING
    bench.run(0.1)
    assert bench.window.transport.model.currentText() == "mine so far"
    page.keep.click()
    bench.until_state(State.DONE)
    assert bench.sent(commands.LoadModel)[-1] == commands.LoadModel("mine")  # the other file is gone
    assert "plays" in bench.window.line.text


def test_where_nothing_plays_it_begins_to_play_with_the_model(bench: TrainBench) -> None:
    page = bench.start().page
    bench.until_state(State.TRAINING)
    page.listen.click()
    bench.until(lambda: bench.window.transport.playing)
    assert len(bench.sent(commands.Play)) == 1
    page.keep.click()
    bench.until_state(State.DONE)
    page.play.click()
    bench.run(0.3)
    assert bench.sent(commands.LoadModel)[-1] == commands.LoadModel("mine")
    assert len(bench.sent(commands.Play)) == 1  # it plays already


def test_another_model_plays_where_the_one_that_is_listened_to_is_thrown_away(bench: TrainBench) -> None:
    page = bench.start().page
    bench.until_state(State.TRAINING)
    page.listen.click()
    bench.until(lambda: bench.sent(commands.LoadModel))
    bench.run(0.1)
    page.pause.click()
    bench.until_state(State.PAUSED)
    page.discard.click()
    bench.run(0.1)
    assert bench.sent(commands.LoadModel)[-1] == commands.LoadModel("chorales")
    assert bench.window.line.text == "mine is thrown away; chorales plays."
    assert "mine so far" not in [bench.window.transport.model.itemText(i) for i in range(5)]


def test_a_run_that_was_damaged_is_no_run(bench: TrainBench) -> None:
    folder = paths.user_training() / "mine"
    folder.mkdir(parents=True)
    for content in (b"", b"[]", b"{}", b'{"corpus": 1}', os.urandom(50)):
        (folder / "run.json").write_bytes(content)
        assert runs.unfinished() is None
    (folder / "checkpoint.pt").write_text("199")
    bench.start()
    bench.until_state(State.TRAINING)
    assert bench.training.run is not None
    assert bench.training.run.progress < 0.5  # from the beginning
