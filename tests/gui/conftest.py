"""The window on a fake engine, with a clock that the test moves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from musiclstm.engine.supervision.host import Library
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.look.appearance import Look
from musiclstm.gui.mailbox import Mailbox
from musiclstm.gui.settings import Settings
from musiclstm.gui.window import Window
from musiclstm.protocol.commands import Command
from tests.gui.fake_host import FakeHost

PATIENCE = 30.0


class Bench:
    """window: the real one. host: the fake. `run` lets music and window go on together, frame by frame."""

    def __init__(self, app: QApplication, folder: Path, *, first_run: bool = False) -> None:
        self.app = app
        self.now = 100.0
        self.box = Mailbox()
        self.host = FakeHost(self.box.put)
        self.host.now = self.host._time = self.now
        store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        self.settings = Settings(store)
        self.look = Look(app, "dark")
        self.bridge = Bridge(self.host, self.box)
        models = ["chorales", "piano"]
        self.library = Library(folder / "journal")
        self.window = Window(
            self.bridge,
            self.settings,
            self.look,
            models,
            library=self.library,
            clock=lambda: self.now,
            first_run=first_run,
        )
        self.window.resize(1280, 800)
        self.window.show()
        self.host.start()
        self.run(0.2)

    def run(self, seconds: float, rate: float = 30.0) -> None:
        for _ in range(max(1, round(seconds * rate))):
            self.now += 1 / rate
            self.host.advance(self.now)
            self.bridge.fetch()
            self.window.views._tick()
            self.app.processEvents()

    def until(self, ready: Callable[[], object]) -> None:
        """For what a process or a thread does, in its own time."""
        training, end = self.window.training, time.monotonic() + PATIENCE
        while not ready():
            assert time.monotonic() < end, (training.state, training.text, self.window.line.text)
            self.run(0.03)
            time.sleep(0.005)

    def done(self) -> None:
        self.window.close()
        self.window.deleteLater()
        # Else the windows of all tests before would be styled anew with each one.
        self.app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert not self.app.topLevelWidgets()

    def sent(self, kind: type[Command]) -> list[Command]:
        return [command for command in self.host.sent if isinstance(command, kind)]


@pytest.fixture
def bench(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(qapp, tmp_path)
    yield made
    made.done()
