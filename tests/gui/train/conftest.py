"""The window with a folder to train on, and a process that stands in for training."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from musiclstm.gui.train.dialog import TrainDialog
from musiclstm.gui.train.state import State
from tests.gui.conftest import Bench
from tests.gui.train import fake_train


class TrainBench(Bench):
    """With a folder of 12 files that only look like MIDI files, and a process that only looks like training."""

    def __init__(self, app: QApplication, folder: Path) -> None:
        super().__init__(app, folder)
        self.corpus = folder / "tunes"
        self.corpus.mkdir(exist_ok=True)
        for number in range(12):
            (self.corpus / f"{number}.mid").touch()
        self.training = self.window.training
        self.training.command = (sys.executable, fake_train.__file__)

    def until_state(self, state: State) -> None:
        self.until(lambda: self.training.state is state)

    @property
    def dialog(self) -> TrainDialog:
        self.window.press("train")
        (found,) = self.window.findChildren(TrainDialog)
        return found

    def start(self, folder: str = "tunes", name: str = "mine") -> TrainDialog:
        """Train what is proposed."""
        dialog = self.look_at(folder, name)
        self.until_state(State.PROPOSED)
        dialog.page.accept.click()
        return dialog

    def look_at(self, folder: str = "tunes", name: str = "mine") -> TrainDialog:
        dialog = self.dialog
        place = self.corpus.parent / folder
        place.mkdir(exist_ok=True)
        dialog.form.name.setText(name)
        dialog.form.take(str(place))
        dialog.form.start.click()
        return dialog


@pytest.fixture
def bench(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[TrainBench]:
    made = TrainBench(qapp, tmp_path)
    yield made
    made.done()
