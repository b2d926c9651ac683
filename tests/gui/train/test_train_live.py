"""The Train page with real training, while the real engine plays: killed, gone on with, kept, and played."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from musiclstm import paths
from musiclstm.gui.train.dialog import TrainDialog
from musiclstm.gui.train.state import State
from musiclstm.model.modelfile import open_model
from musiclstm.protocol.telemetry import Loaded, Played
from tests.gui.test_live import Live
from tests.training.tiny_training import folder

pytestmark = pytest.mark.gui
LONG = 120.0  # seconds, for a process that gives way to all others
SMALL = ["--units", "8", "--lanes", "3", "--window", "16", "--rate", "0.01"]


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_a_few_files_become_a_model_while_the_music_plays(tmp_path: Path, dense: Path, qapp: object) -> None:
    live = Live(tmp_path, "--model", str(dense), "--out", "null", "--play")
    try:
        window, training = live.window, live.window.training
        live.about = lambda: (training.state, training.text, training.run)

        def progress() -> float:
            return training.run.progress if training.run is not None else 0.0

        training.more = [*SMALL, "--steps", "1000000"]
        window.press("train")
        (dialog,) = window.findChildren(TrainDialog)
        dialog.form.take(str(folder(tmp_path)))
        dialog.form.name.setText("few")
        dialog.form.begin_with.setCurrentIndex(0)
        dialog.form._chosen = True
        dialog.form.start.click()
        live.until(lambda: training.state is State.PROPOSED, LONG)
        assert [row.name.text() for row in dialog.page.proposal.rows] == ["Top", "Bottom"]
        dialog.page.accept.click()
        live.until(lambda: training.state is State.TRAINING and progress() > 0, LONG)
        assert "25 files" in dialog.page.found.full
        assert "bad.mid" in dialog.page.to_know.toPlainText()
        assert training._process is not None
        if hasattr(os, "getpriority"):
            assert os.getpriority(os.PRIO_PROCESS, training._process.pid) >= 10
        dialog.page.listen.click()
        live.until(lambda: any(isinstance(each, Loaded) and each.title == "few so far" for each in live.heard), LONG)
        dialog.page.pause.click()
        live.until(lambda: training.state is State.PAUSED, LONG)
        assert training.run is not None
        paused = progress()
        assert (training.run.folder / "checkpoint.pt").is_file()
        dialog.page.go_on.click()
        live.until(lambda: training.state is State.TRAINING and progress() > paused, LONG)
        os.kill(training._process.pid, signal.SIGKILL)
        live.until(lambda: training.state is State.PAUSED)
        assert "ended by the system" in dialog.message.full
        played = sum(isinstance(each, Played) for each in live.heard)
        dialog.page.go_on.click()
        live.until(lambda: training.state is State.TRAINING, LONG)
        dialog.page.keep.click()
        live.until(lambda: training.state is State.DONE, LONG)
        assert sum(isinstance(each, Played) for each in live.heard) > played  # the music went on
        assert open_model(paths.user_models() / "few.onnx").title == "few"
        dialog.page.play.click()
        live.until(lambda: any(isinstance(each, Loaded) and each.model == "few" for each in live.heard))
        assert window.transport.model.currentData() == "few"
    finally:
        live.close()
