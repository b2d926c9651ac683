"""The Train page: from a folder to a model in the model list; paused, gone on with, kept, and found again."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from musiclstm import paths
from musiclstm.errors import UsageError
from musiclstm.gui.look.theme import LIGHT
from musiclstm.gui.train import runs, words
from musiclstm.gui.train.dialog import TrainDialog
from musiclstm.gui.train.training import State, Training
from musiclstm.protocol import commands
from tests.gui import fake_train
from tests.gui.conftest import Bench

PATIENCE = 30.0
FAKE = (sys.executable, fake_train.__file__)


class TrainBench(Bench):
    """With a folder of 12 files that only look like MIDI files, and a process that only looks like training."""

    def __init__(self, app: QApplication, folder: Path) -> None:
        super().__init__(app, folder)
        self.corpus = folder / "tunes"
        self.corpus.mkdir(exist_ok=True)
        for number in range(12):
            (self.corpus / f"{number}.mid").touch()
        self.training = self.window.training
        self.training.command = FAKE

    def until(self, ready: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not ready():
            assert time.monotonic() < end, (self.training.state, self.training.text, self.window.line.text)
            self.run(0.03)
            time.sleep(0.005)

    def until_state(self, state: State) -> None:
        self.until(lambda: self.training.state is state)

    @property
    def dialog(self) -> TrainDialog:
        self.window.press("train")
        (found,) = self.window.findChildren(TrainDialog)
        return found

    def start(self, folder: str = "tunes", name: str = "mine") -> TrainDialog:
        dialog = self.dialog
        place = self.corpus.parent / folder
        place.mkdir(exist_ok=True)
        dialog.form.name.setText(name)
        dialog.form.take(str(place))
        dialog.form.start.click()
        return dialog


def test_two_windows_do_not_train_the_same(bench: TrainBench, qapp: QApplication, tmp_path: Path) -> None:
    bench.start()
    bench.until_state(State.TRAINING)
    other = Training(FAKE)
    with pytest.raises(UsageError, match="being trained already"):
        other.start(runs.check("mine", str(bench.corpus), []))
    assert bench.training.run is not None
    assert bench.training.run.folder.is_dir()


@pytest.fixture
def bench(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[TrainBench]:
    made = TrainBench(qapp, tmp_path)
    yield made
    made.done()


def test_from_a_folder_to_a_model_in_the_list(bench: TrainBench) -> None:
    bench.training.more = ["--fast"]
    dialog = bench.start()
    assert QApplication.activeModalWidget() is None
    bench.until_state(State.DONE)
    assert paths.user_models().joinpath("mine.onnx").read_bytes() == b"model"
    assert dialog.message.full.startswith("Nats per note: model 1.0")
    page = dialog.page
    assert page.found.full == "31 files · 12,345 notes to learn from · 2 pieces held out · part: Piano"
    assert page.skipped.toPlainText() == "broken.mid: it is no MIDI file"
    assert page.skipped_title.text() == "1 file skipped"
    assert "nats a note on held-out pieces" in page.figures.text()
    assert bench.window.transport.model.findData("mine") >= 0
    assert "mine is trained" in bench.window.line.text
    page.play.click()
    assert bench.sent(commands.LoadModel)[-1] == commands.LoadModel("mine")
    assert not any(paths.user_training().glob("*"))  # nothing to go on with
    page.another.click()
    assert dialog._pages.currentWidget() is dialog.form
    dialog.form.start.click()
    assert "already a model called mine" in dialog.message.full


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
    dialog = bench.start("bad")
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


def test_few_files_are_to_begin_with_a_model(bench: TrainBench) -> None:
    form = bench.dialog.form
    assert form.begin_with.currentData() == ""
    form.take(str(bench.corpus))
    bench.until(form.advice.text)
    assert form.name.text() == "tunes"
    assert form.begin_with.currentData() in ("chorales", "piano")
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
    form.begin_with.choose("piano")
    form.start.click()
    bench.until_state(State.TRAINING)
    assert bench.training.run is not None
    assert bench.training.run.begin_with == "piano"
    arguments = bench.training.run.arguments()
    assert arguments[arguments.index("--from") + 1] == "piano"


def test_a_folder_is_dropped(bench: TrainBench) -> None:
    dialog = bench.dialog
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(bench.corpus / "0.mid"))])
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, left, none)
    dialog.dragEnterEvent(enter)
    assert enter.isAccepted()
    dialog.dropEvent(QDropEvent(QPoint(9, 9).toPointF(), Qt.DropAction.CopyAction, data, left, none))
    assert dialog.form.folder.text() == str(bench.corpus)


def test_without_pytorch_it_says_what_to_install(bench: TrainBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Training, "possible", staticmethod(lambda: False))
    dialog = bench.dialog
    assert dialog.missing.isVisible()
    command = dialog.missing.command.text()
    assert sys.executable in command
    assert "pip install" in command
    assert "[train]" in command
    dialog.missing.copy.click()
    assert QGuiApplication.clipboard().text() == command


def test_it_follows_the_theme(bench: TrainBench) -> None:
    dialog = bench.dialog
    bench.look.choose("light")
    assert dialog.page.curve._theme is LIGHT


def test_the_menu_opens_it_and_the_music_goes_on(bench: TrainBench) -> None:
    bench.window.press("play")
    bench.window.press("menu")
    menu = next(each for each in bench.window.findChildren(QMenu) if each.actions())
    next(action for action in menu.actions() if action.text() == "Train…").trigger()
    menu.close()
    (dialog,) = bench.window.findChildren(TrainDialog)
    assert dialog.isVisible()
    bench.start()
    bench.until_state(State.TRAINING)
    assert bench.host.playing


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
