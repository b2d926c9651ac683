"""One history over two models, in the real window with the real engine."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from musiclstm.music import midifile
from musiclstm.protocol.commands import LoadModel
from musiclstm.protocol.telemetry import Played
from tests.engine import fakes
from tests.engine.dense import dense_model
from tests.gui.test_live import Live

pytestmark = pytest.mark.gui
TEMPO = "300"


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dense_model(tmp_path_factory.mktemp("voices"))


@pytest.fixture
def live(qapp: QApplication, tmp_path: Path, voices: Path) -> Iterator[Live]:
    """The voices have played for some bars, with bookmark A in the second; then the piano."""
    piano = dense_model(tmp_path, fakes.PIANO, "piano")
    made = Live(tmp_path, "--model", str(voices), "--out", "null", "--tempo", TEMPO, "--seed", "3")
    window = made.window
    made.key(Qt.Key.Key_Space)
    made.until(lambda: window.axis.now > 6)
    made.key(Qt.Key.Key_1)
    made.until(lambda: window.strip.buttons["A"].kept)
    made.until(lambda: window.axis.now > 13)
    window.bridge.send(LoadModel(str(piano)))
    made.until(lambda: len(window.strip.bars.models) == 2)
    made.until(lambda: window.axis.now > 20)
    yield made
    made.close()


def starts(live: Live) -> list[Played]:
    return [m for m in live.heard if isinstance(m, Played) and m.velocity and not m.by_person]


def sequence(live: Live, since: float, until: float) -> list[tuple[float, int, int]]:
    """(beat, part, pitch) of the notes that began within, beats from `since` on."""
    found = [(round(m.beat - since, 2), m.part, m.pitch) for m in starts(live) if since + 0.02 < m.beat < until]
    return sorted(found)


def follows(live: Live, jump: float, source: float, *, beats: float = 5.0) -> None:
    """What was heard from `source` on is heard from `jump` on."""
    then = sequence(live, source, source + beats)
    live.until(lambda: live.window.axis.now > jump + beats + 0.5)
    # On a busy machine the engine's reports come later than its notes.
    live.until(lambda: len(sequence(live, jump, jump + beats)) >= len(then))
    now = sequence(live, jump, jump + beats)
    assert len(then) > 5
    assert [x[1:] for x in now] == [x[1:] for x in then]
    assert [x[0] for x in now] == pytest.approx([x[0] for x in then], abs=0.03)


def test_a_click_into_the_other_models_past_and_its_bookmark(live: Live) -> None:
    window, strip, heard = live.window, live.window.strip, live.window.views.notes
    # Nothing was lost at the change: neither in the roll nor in the strip, and the beats went on.
    assert {note.part for note in heard.between(0, 12)} == {0, 1, 2, 3}
    assert min(strip.bars.counts) == 0
    assert len(window.parts.rows) == 1
    assert strip.buttons["A"].kept
    # Early in a bar, or the five beats from there on were partly the piano's.
    live.until(lambda: window.axis.now % 4 < 0.8)
    # A click at beat 9 (the same place in its bar as now, so exactly there).
    jumps = len(heard.jumps)
    place = 8.0 + window.axis.now % 4
    QTest.mouseClick(window.views.roll, Qt.MouseButton.LeftButton, pos=QPoint(round(window.axis.x(place)), 60))
    live.until(lambda: len(heard.jumps) > jumps)
    beat = heard.jumps[-1][0]
    # The window follows as at a load; the line below says so with the engine's next status.
    assert len(window.parts.rows) == 4
    assert heard.jumps[-1][1].startswith("Dense · bar 3")
    live.until(lambda: "Playing Dense" in window.line._state)
    assert window.transport.model.currentData().endswith("dense.onnx")
    assert [title for _beat, title in strip.bars.models] == ["Dense", "Piano", "Dense"]
    jumped = beat - 4 * round((beat - place) / 4)
    follows(live, beat, jumped)
    # Back in the piano's past, then its bookmark of the voices.
    strip.bars.go_to.emit(16.0)
    live.until(lambda: len(window.parts.rows) == 1)
    jumps = len(heard.jumps)
    live.key(Qt.Key.Key_1)
    live.until(lambda: len(heard.jumps) > jumps)
    assert heard.jumps[-1][1] == "Dense · A"
    follows_some_notes(live)
    live.key(Qt.Key.Key_Space)
    live.until(lambda: not live.status().playing)
    live.until(lambda: not live.hanging())
    live.window.transport.save.click()
    live.until(lambda: any("Saved" in entry for entry in live.window.line.log))


def follows_some_notes(live: Live) -> None:
    """It says that it plays, and something sounds within two bars."""
    beat, count = live.window.axis.now, len(starts(live))
    assert live.status().playing
    live.until(lambda: len(starts(live)) > count + 3)
    assert live.window.axis.now < beat + 8


def test_the_files_of_opened_models_are_not_needed_again(live: Live, tmp_path: Path) -> None:
    (tmp_path / "piano.onnx").unlink()
    live.key(Qt.Key.Key_1)
    live.until(lambda: len(live.window.parts.rows) == 4)
    live.window.strip.bars.go_to.emit(16.0)
    live.until(lambda: len(live.window.parts.rows) == 1)
    follows_some_notes(live)


@pytest.mark.parametrize("gone", [False, True])
def test_bookmarks_of_both_models_survive_the_engines_death(live: Live, tmp_path: Path, *, gone: bool) -> None:
    window = live.window
    live.key(Qt.Key.Key_2)
    live.until(lambda: window.strip.buttons["B"].kept)
    live.key(Qt.Key.Key_1)  # the voices play
    live.until(lambda: len(window.parts.rows) == 4)
    live.go_on(0.5)
    if gone:
        (tmp_path / "piano.onnx").unlink()
    strip_of_b = window.strip.bars.what("B")
    played, pid = window.views.notes.played, live.host.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    live.until(lambda: window.views.notes.played > played + 8)
    assert live.host.pid != pid
    assert len(window.parts.rows) == 4
    if gone:
        live.until(lambda: any("Its bookmark B is lost." in entry for entry in window.line.log))
        assert not window.strip.buttons["B"].kept
    else:
        live.until(lambda: window.strip.buttons["B"].kept)
        assert window.strip.bars.what("B") == strip_of_b
        live.key(Qt.Key.Key_2)
        live.until(lambda: len(window.parts.rows) == 1)
        follows_some_notes(live)
    live.key(Qt.Key.Key_1)
    live.until(lambda: len(window.parts.rows) == 4)
    follows_some_notes(live)


def test_a_take_holds_what_both_played(live: Live, tmp_path: Path) -> None:
    live.key(Qt.Key.Key_1)
    live.until(lambda: len(live.window.parts.rows) == 4)
    live.go_on(1.0)
    live.key(Qt.Key.Key_Space)
    live.until(lambda: not live.status().playing and not live.hanging())
    live.window.transport.save.click()
    live.until(lambda: any("Saved" in entry for entry in live.window.line.log))
    (file,) = (tmp_path / "takes").glob("*.mid")
    piece = midifile.read(file)
    assert sorted(note.pitch for note in piece.notes) == sorted(note.pitch for note in starts(live))
    assert [(part.name, part.program) for part in piece.parts if part.program == 0] == [("Piano", 0)]
    assert len(piece.parts) == 5
    # Each part sounds as it did: on one channel there is one program.
    assert len({part.channel for part in piece.parts}) == 5
    # No note is longer than it was played.
    ends = {m.id: m.beat for m in live.heard if isinstance(m, Played) and not m.velocity}
    longest = max(ends[m.id] - m.beat for m in starts(live))
    assert max(note.duration for note in piece.notes) < longest + 0.2
