"""Learn from tonight: takes become a model in the model list, which can be thrown away and brought back."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from musiclstm import paths
from musiclstm.gui.train.dialog import TrainDialog
from musiclstm.gui.train.learn import LearnDialog
from musiclstm.gui.train.state import State
from musiclstm.gui.undo import SECONDS
from musiclstm.protocol import commands
from tests.engine.recording.journals import MODEL, tune, write_journal
from tests.gui.conftest import Bench
from tests.gui.train import fake_train

LEARNT = "chorales, tonight"


class LearnBench(Bench):
    """With a long and a short take of a person; the process only looks like training."""

    def __init__(self, app: QApplication, folder: Path) -> None:
        now = time.monotonic() - 600  # as the journal counts
        long = [line for number in range(15) for line in tune(now + 20 * number, 40 * number, 40, person=1)]
        write_journal(folder / "journal", "a", [MODEL, *long], clean=True)
        write_journal(folder / "journal", "b", [MODEL, *tune(now, 0, 6, person=1)], clean=True)
        write_journal(folder / "journal", "0", [MODEL, *tune(now, 0, 40)], clean=True)  # nothing to learn from
        super().__init__(app, folder)
        self.library.look(lambda _: None)
        self.training = self.window.training
        self.training.command = (sys.executable, fake_train.__file__)
        self.training.more = ["--fast"]

    def open(self) -> LearnDialog:
        self.window.press("learn")
        (found,) = self.window.findChildren(LearnDialog)
        self.until(lambda: found.takes.itemText(0).startswith("Tonight: 2 takes"))
        return found


@pytest.fixture
def bench(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[LearnBench]:
    made = LearnBench(qapp, tmp_path)
    yield made
    made.done()


def test_tonight_becomes_a_model_to_play(bench: LearnBench) -> None:
    dialog = bench.open()
    assert dialog.takes.itemText(0) == "Tonight: 2 takes, 606 notes of mine"
    assert dialog.name.text() == LEARNT
    dialog.start.click()
    bench.until(lambda: bench.training.state is State.DONE)
    assert not dialog.isVisible()
    (train,) = bench.window.findChildren(TrainDialog)
    assert train.page.source.full == "Begun with chorales, for 300 steps, on takes"
    assert (paths.user_models() / f"{LEARNT}.onnx").is_file()
    assert not any(paths.user_training().glob("*"))  # the takes are not left there
    train.page.play.click()
    assert bench.sent(commands.LoadModel)[-1] == commands.LoadModel(LEARNT)
    assert bench.open().name.text() == f"{LEARNT} 2"


def test_what_is_learnt_is_paused_and_goes_on_with_the_same_takes(bench: LearnBench) -> None:
    bench.training.more = []
    bench.open().start.click()
    bench.until(lambda: bench.training.state is State.TRAINING)
    bench.training.pause()
    bench.until(lambda: bench.training.state is State.PAUSED)
    run = bench.training.run
    assert run is not None
    assert run.steps == 300
    arguments = run.arguments()
    assert {arguments[arguments.index(each) + 1] for each in ("--from", "--teacher")} == {run.begin_with}
    assert sorted(path.name for path in run.lessons.iterdir()) == ["splits.csv", "take 1.mid", "take 2.mid"]
    assert json.loads((run.folder / "run.json").read_text())["steps"] == 300
    dialog = bench.open()
    dialog.start.click()
    assert "Another model is being trained" in dialog.message.full
    bench.training.go_on()
    bench.until(lambda: bench.training.state is State.TRAINING)
    bench.training.keep()
    bench.until(lambda: bench.training.state is State.DONE)


def test_a_take_with_too_few_notes_is_refused_with_how_many_it_takes(bench: LearnBench) -> None:
    entry = next(each for each in bench.library.entries() if each.session == "b")
    bench.window.dialogs.learn(entry)
    (dialog,) = bench.window.findChildren(LearnDialog)
    assert dialog.takes.currentText() == "This take: 6 notes of mine"
    dialog.start.setFocus()
    dialog.start.click()
    assert dialog.focusWidget() in (dialog, dialog.start)  # and not Close, which the next Enter would press
    bench.until(lambda: "at least 200" in dialog.message.full)
    bench.run(0.1)
    message = dialog.message
    assert message.height() >= message.heightForWidth(message.width()) > message.fontMetrics().height()
    assert bench.training.state is State.NONE
    assert dialog.start.isEnabled()
    assert dialog.focusWidget() is dialog.start
    assert not any(paths.user_training().glob("*"))


def test_a_choice_stays_when_the_takes_are_listed_again(bench: LearnBench) -> None:
    entry = next(each for each in bench.library.entries() if each.session == "a")
    bench.window.dialogs.learn(entry)
    (dialog,) = bench.window.findChildren(LearnDialog)
    assert dialog.takes.currentText().startswith("This take")
    dialog.takes.setCurrentIndex(1)
    listed: list[object] = []
    bench.window.takes.listed.connect(listed.append)
    bench.window.takes.list()
    bench.until(lambda: listed)
    assert dialog.takes.currentText().startswith("Tonight")
    bench.window.dialogs.learn(entry)
    assert dialog.takes.currentText().startswith("This take")


def test_a_band_does_not_learn(bench: LearnBench) -> None:
    """Only a single model does; that is said before any take is read."""
    bench.window.transport.add_model("everyone")
    bench.window.transport.model.choose("everyone")
    dialog = bench.open()
    assert dialog.message.full.startswith("everyone is a band.")
    dialog.start.click()
    assert dialog.message.full.startswith("everyone is a band.")
    assert dialog.start.isEnabled()
    assert not any(paths.user_training().glob("*"))


@pytest.mark.parametrize(
    ("model", "shown", "why"),
    [
        ("/training/mine/so-far.onnx", "mine so far", "mine is being trained. When that is done, it can learn"),
        ("/elsewhere/gone.onnx", "gone", "gone is not there any more. Load another model."),
    ],
    ids=["in training", "gone"],
)
def test_a_model_without_a_file_of_its_own_does_not_learn(bench: LearnBench, model: str, shown: str, why: str) -> None:
    bench.window.transport.add_model(model)
    bench.window.transport.model.choose(model)
    dialog = bench.open()
    assert dialog.model.text() == shown
    assert dialog.name.text() == f"{shown}, tonight"
    assert dialog.message.full.startswith(why)


def test_it_is_thrown_away_and_brought_back(bench: LearnBench) -> None:
    window = bench.window
    file = paths.user_models() / f"{LEARNT}.onnx"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"model")
    window.transport.add_model(LEARNT)
    window._model = LEARNT
    window.press("menu")
    window._model = "chorales"  # a section brought it while the menu was open
    window.press("delete_model")
    assert not file.exists()
    assert LEARNT not in window.transport.models()
    assert bench.sent(commands.LoadModel)[-1] != commands.LoadModel(LEARNT)
    assert window.line._timer.interval() == 1000 * SECONDS
    window.line.buttons[0].click()
    assert file.read_bytes() == b"model"
    assert LEARNT in window.transport.models()
    assert bench.sent(commands.LoadModel)[-1] == commands.LoadModel(LEARNT)


@pytest.mark.parametrize("own", [True, False])
def test_the_menu_offers_to_delete_only_what_can_be(bench: LearnBench, own: bool) -> None:
    file = paths.user_models() / f"{LEARNT}.onnx"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"model")
    bench.window._model = LEARNT if own else paths.model_files()[0].stem
    bench.window.press("menu")
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    (action,) = (each for each in menu.actions() if each.text() == "Delete this model")
    assert action.isEnabled() == own
    menu.close()


def test_a_shipped_model_is_not_thrown_away(bench: LearnBench) -> None:
    window = bench.window
    before = paths.model_files()
    window._model = before[0].stem
    window.press("menu")
    window.press("delete_model")
    assert "cannot be deleted" in window.line.text
    assert paths.model_files() == before
