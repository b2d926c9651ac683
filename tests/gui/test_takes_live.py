"""Takes with the real engine in the real window: what was heard is there after a close, and after kill -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from musiclstm.gui.dialogs.takes import TakesDialog
from musiclstm.music import midifile
from musiclstm.protocol.telemetry import Heard, Jumped, Played
from tests.engine.ears import Ears
from tests.gui.test_live import Live

pytestmark = pytest.mark.gui

PROGRAM = """
import sys
from pathlib import Path
from PySide6.QtCore import QSettings
from musiclstm.gui import app
from musiclstm.gui.settings import Settings
folder, *options = sys.argv[1:]
settings = Settings(QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat))
app.start(app._parser().parse_args(options), settings).app.exec()
"""


@contextmanager
def window(folder: Path, *options: str) -> Iterator[Live]:
    live = Live(folder, *options)
    try:
        yield live
    finally:
        live.close()


def takes(live: Live) -> TakesDialog:
    """The takes, all looked at."""
    live.window.press("takes")
    (dialog,) = live.window.findChildren(TakesDialog)
    live.until(lambda: dialog.list.entries and all(entry.fresh or entry.playing for entry in dialog.list.entries))
    return dialog


def saved(live: Live, dialog: TakesDialog) -> Counter[int]:
    """Pitches of the notes in the file of the chosen take."""
    dialog.details.save.click()
    live.until(lambda: "Saved" in dialog.message.full)
    entry = dialog.list.current()
    live.until(lambda: dialog.list.current().summary.saved)  # type: ignore[union-attr]
    entry = dialog.list.current()
    assert entry is not None
    assert entry.summary is not None
    return Counter(note.pitch for note in midifile.read(entry.summary.saved).notes)


def played(live: Live) -> Counter[int]:
    return Counter(m.pitch for m in live.heard if isinstance(m, Played) and m.velocity)


@pytest.mark.jack
def test_a_close_loses_nothing_and_asks_nothing(
    qapp: QApplication, tmp_path: Path, dense: Path, listener: Ears
) -> None:
    options = ("--model", str(dense), "--out", listener.full_name, "--tempo", "200")
    with window(tmp_path, *options, "--play") as live:
        live.until(lambda: listener.ons() > 20)
        live.window.press("quit")  # while it plays
        assert QApplication.activeModalWidget() is None
        assert live.host.over
    heard = listener.begun()
    with window(tmp_path, *options) as live:
        live.until(lambda: "is kept in Takes" in live.window.line.text)
        dialog = takes(live)
        entry = dialog.list.current()
        assert entry is not None
        assert entry.summary is not None
        assert entry.summary.models == ("Dense",)
        assert not entry.cut_off
        taken = saved(live, dialog)
        assert sum(taken.values()) == entry.summary.notes
        assert not heard - taken
        assert any(set(row) - {"."} for row in dialog.details.picture.picture)


@pytest.mark.jack
def test_kill_9_loses_nothing(qapp: QApplication, tmp_path: Path, dense: Path, listener: Ears) -> None:
    options = ("--model", str(dense), "--out", listener.full_name, "--tempo", "200")
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path), *options, "--play"], start_new_session=True
    )
    try:
        assert listener.wait(lambda: listener.ons() > 20, 30)
    finally:
        os.kill(program.pid, signal.SIGKILL)
        program.wait()
    assert listener.wait(lambda: not listener.sounding(), 10)  # the engine notices and ends
    heard = listener.begun()
    with window(tmp_path, *options) as live:
        live.until(lambda: "was cut off before it was saved" in live.window.line.text)
        live.window.line.buttons[1].click()
        dialog = takes(live)
        assert not heard - saved(live, dialog)


@pytest.mark.jack
def test_hear_it_and_go_on_from_it(qapp: QApplication, tmp_path: Path, dense: Path, listener: Ears) -> None:
    options = ("--model", str(dense), "--out", listener.full_name, "--tempo", "200")
    with window(tmp_path, *options, "--play") as live:
        live.until(lambda: sum(played(live).values()) > 20)
        dialog = takes(live)
        entry = dialog.list.current()
        assert entry is not None
        assert entry.playing
        assert live.status().playing  # the music goes on
        told: list[Heard] = []
        live.window.bridge.heard.connect(told.append)
        dialog.details.hear.click()
        live.until(lambda: any(heard.file for heard in told))
        assert not live.status().playing
        before, count = listener.ons(), sum(played(live).values())
        live.until(lambda: listener.ons() > before + 6)
        assert sum(played(live).values()) == count  # none of it is played again for the next take
        dialog.details.hear.click()
        live.until(lambda: told[-1].file is None)
        assert listener.wait(lambda: not listener.sounding())

        dialog.details.go_on.click()
        live.until(lambda: any(isinstance(m, Jumped) and m.reason == "prime" for m in live.heard))
        live.window.press("play")
        live.until(lambda: sum(played(live).values()) > count + 4)


@pytest.mark.jack
def test_what_is_saved_while_it_plays_has_what_was_heard(
    qapp: QApplication, tmp_path: Path, dense: Path, listener: Ears
) -> None:
    with window(tmp_path, "--model", str(dense), "--out", listener.full_name, "--tempo", "200", "--play") as live:
        live.until(lambda: listener.ons() > 20)
        heard = listener.begun()
        dialog = takes(live)
        assert not dialog.details.delete.isEnabled()
        assert not heard - saved(live, dialog)
        ons = listener.ons()
        live.until(lambda: listener.ons() > ons + 8)


def test_the_limits_of_the_preferences_reach_the_engine(qapp: QApplication, tmp_path: Path) -> None:
    with window(tmp_path, "--out", "null") as live:
        assert (live.host.options.keep_days, live.host.options.keep_gib) == (30, 2)
        live.settings.put("takes/days", 7)
        live.settings.put("takes/gib", 0)
    with window(tmp_path, "--out", "null") as live:
        assert (live.host.options.keep_days, live.host.options.keep_gib) == (7, None)
