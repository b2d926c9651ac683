"""The real window with the real engine in its own process, and a JACK port that hears what is played."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import jack
import numpy as np
import pytest
import torch
from PySide6.QtCore import QEvent, QPoint, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from musiclstm.gui import app
from musiclstm.gui.settings import Settings
from musiclstm.model.net.export import export
from musiclstm.music import midifile
from musiclstm.music.note import Note, Piece
from musiclstm.protocol.telemetry import Exited, Loaded, Played, StateFrame, Status, Telemetry
from tests.engine.dense import dense_model
from tests.engine.ears import Ears, ears
from tests.model.tiny import tiny_network, tiny_vocabulary
from tests.training.batches import window_of
from training.prepare import prepare

pytestmark = pytest.mark.gui
PATIENCE = 30.0


class Knobs:
    """A MIDI keyboard with knobs: a JACK client that sends."""

    def __init__(self) -> None:
        self.client = jack.Client("knobs", no_start_server=True)
        self.port = self.client.midi_outports.register("out")
        self._waiting: list[bytes] = []
        self.client.set_process_callback(self._process)
        self.client.activate()

    def _process(self, _frames: int) -> None:
        self.port.clear_buffer()
        while self._waiting:
            self.port.write_midi_event(0, self._waiting.pop(0))

    def send(self, *message: int) -> None:
        self._waiting.append(bytes(message))

    def close(self) -> None:
        self.client.deactivate()
        self.client.close()


class Live:
    """The program as started by a person with these options."""

    def __init__(self, folder: Path, *options: str) -> None:
        store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        self.settings = Settings(store)
        self.settings.put("folders/takes", str(folder / "takes"))
        self.running = app.start(app._parser().parse_args(list(options)), self.settings)
        self.window, self.host = self.running.window, self.running.host
        self.heard: list[Telemetry] = []
        self.about: Callable[[], object] = lambda: ""  # what a failure should tell
        bridge = self.window.bridge
        bridge.notes.connect(self.heard.extend)
        bridge.frames.connect(self.heard.extend)
        for signal_ in (bridge.status, bridge.loaded):
            signal_.connect(self.heard.append)
        self.until(lambda: any(isinstance(m, Loaded) for m in self.heard))

    def until(self, ready: Callable[[], object], seconds: float = PATIENCE) -> None:
        end = time.monotonic() + seconds
        while not ready():
            assert time.monotonic() < end, f"in vain; {self.window.line.log[-3:]} {self.status()} {self.about()}"
            self.running.app.processEvents()
            time.sleep(0.005)

    def go_on(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end)

    def key(self, key: Qt.Key) -> None:
        QTest.keyClick(self.window.views.roll, key)

    def status(self) -> Status:
        return next((m for m in reversed(self.heard) if isinstance(m, Status)), None)  # type: ignore[return-value]

    def hanging(self) -> set[int]:
        """Notes that the engine began and did not end; what the lossy test server loses is not its fault."""
        left: set[int] = set()
        for m in self.heard:
            if isinstance(m, Played):
                (left.add if m.velocity else left.discard)(m.id)
            elif isinstance(m, Exited):
                left.clear()
        return left

    def close(self) -> None:
        self.window.close()
        self.host.close()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def silent(listener: Ears) -> bool:
    """Nothing sounds: every note was ended by itself or, should that have been lost, by an end of all notes."""
    ended = {m[0] & 0x0F for _t, m in listener.messages if m[0] & 0xF0 == 0xB0 and m[1] in (120, 123)}
    return all(channel in ended for channel, _pitch in listener.sounding())


@pytest.fixture(scope="module")
def dense(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dense_model(tmp_path_factory.mktemp("dense"))


@pytest.fixture
def listener(jack_server: object) -> Iterator[Ears]:
    with ears("listener") as heard:
        yield heard


@pytest.fixture
def knobs(jack_server: object) -> Iterator[Knobs]:
    made = Knobs()
    yield made
    made.close()


@pytest.fixture
def live(qapp: QApplication, tmp_path: Path, dense: Path, listener: Ears, knobs: Knobs) -> Iterator[Live]:
    options = ("--model", str(dense), "--out", listener.full_name, "--in", knobs.port.name, "--tempo", "200")
    made = Live(tmp_path, *options)
    made.about = listener.sounding
    yield made
    made.close()


@pytest.mark.jack
def test_play_steer_learn_and_stop(live: Live, listener: Ears, knobs: Knobs) -> None:
    window = live.window
    live.key(Qt.Key.Key_Space)
    live.until(lambda: listener.ons() > 8)
    live.until(lambda: window.views.notes.played > 8 and window.views.notes.planned)
    row = window.panel.rows["range.low"]
    row.setValue(72)  # type: ignore[union-attr]
    live.go_on(1.0)
    heard = len(listener.messages)

    def pitches() -> list[int]:
        return [m[1] for _t, m in listener.messages[heard:] if m[0] & 0xF0 == 0x90]

    live.until(lambda: len(pitches()) > 3)  # only the soprano is left, and may hold a note for a bar
    assert min(pitches()) >= 72

    window.midi_learn.learn("time.temperature", "Time")
    live.go_on(0.2)

    def turned(value: int, ready: Callable[[], bool]) -> None:
        # Again and again, as a hand does: this server loses a message now and then.
        for _ in range(20):
            knobs.send(0xB0, 21, value)
            live.go_on(0.3)
            if ready():
                return
        pytest.fail(str(live.heard[-5:]))

    turned(64, lambda: window.midi_learn.knob("time.temperature") == "CC 21 ch 1")
    turned(127, lambda: window.controls.values["time.temperature"] == 2.0)
    live.until(lambda: window.panel.rows["time.temperature"].current() == 2.0)

    live.key(Qt.Key.Key_Space)
    live.until(lambda: not live.status().playing)
    live.until(lambda: not live.hanging())


@pytest.mark.jack
def test_back_bookmark_and_morph(live: Live, listener: Ears) -> None:
    window = live.window
    live.key(Qt.Key.Key_Space)
    live.until(lambda: window.axis.now > 6)
    live.key(Qt.Key.Key_1)
    live.until(lambda: window.strip.buttons["A"].kept)
    live.until(lambda: window.axis.now > 10)
    live.key(Qt.Key.Key_2)
    live.until(lambda: window.strip.buttons["B"].kept)
    live.key(Qt.Key.Key_Backspace)
    live.until(lambda: [words for _beat, words in window.views.notes.jumps] == ["1 bar back"])
    live.key(Qt.Key.Key_1)
    live.until(lambda: window.views.notes.jumps[-1][1] == "A")
    window.strip.morph.setValue(50)
    live.until(lambda: window.views.notes.jumps[-1][1] == "A–B 50%")
    place = QPoint(round(window.axis.x(5.0)), 60)
    QTest.mouseClick(window.views.roll, Qt.MouseButton.LeftButton, pos=place)
    live.until(lambda: len(window.views.notes.jumps) == 4)
    ons = listener.ons()
    live.until(lambda: listener.ons() > ons + 8)


@pytest.mark.jack
def test_a_lost_port_is_one_line_and_comes_back(
    qapp: QApplication, tmp_path: Path, dense: Path, jack_server: object
) -> None:
    with ears("goes") as goes:
        live = Live(tmp_path, "--model", str(dense), "--out", goes.full_name, "--tempo", "200", "--play")
        try:
            live.until(lambda: goes.ons() > 4)
            goes.close()
            live.until(lambda: live.window.transport.out_light.state == "lost")
            live.until(lambda: "disconnected" in " ".join(live.window.line.log))
            played = live.window.views.notes.played
            live.until(lambda: live.window.views.notes.played > played + 8)  # it plays on
            with ears("goes") as returned:
                live.until(lambda: returned.ons() > 4)
                live.until(lambda: live.window.transport.out_light.state == "on")
        finally:
            live.close()


@pytest.mark.jack
def test_a_killed_engine_is_one_line_and_the_music_goes_on(live: Live, listener: Ears) -> None:
    live.key(Qt.Key.Key_Space)
    live.until(lambda: listener.ons() > 8 and sum(listener.sounding().values()) > 1)
    live.until(lambda: live.window.axis.now > 4)
    before, played = live.window.axis.now, live.window.views.notes.played
    assert live.host.pid is not None
    os.kill(live.host.pid, signal.SIGKILL)
    live.until(lambda: any("stopped unexpectedly" in entry for entry in live.window.line.log))
    live.until(lambda: live.window.views.notes.played > played + 8)
    assert live.window.axis.now > before - 1
    live.key(Qt.Key.Key_Space)
    live.until(lambda: not live.status().playing)
    live.until(lambda: not live.hanging())


@pytest.mark.jack
def test_a_saved_take_has_what_was_heard(live: Live, tmp_path: Path) -> None:
    live.key(Qt.Key.Key_Space)
    live.until(lambda: sum(isinstance(m, Played) and m.velocity > 0 for m in live.heard) > 20)
    live.key(Qt.Key.Key_Space)
    live.until(lambda: not live.status().playing and not live.hanging())
    live.window.transport.save.click()
    live.until(lambda: any("Saved" in entry for entry in live.window.line.log))
    (file,) = (tmp_path / "takes").glob("*.mid")
    saved = sorted(note.pitch for note in midifile.read(file).notes)
    sent = sorted(m.pitch for m in live.heard if isinstance(m, Played) and m.velocity)
    assert saved == sent
    assert len(saved) >= 20


@pytest.mark.jack
def test_the_person_plays_by_mouse_and_letters(live: Live, listener: Ears) -> None:
    roll = live.window.views.roll
    QTest.keyPress(roll, Qt.Key.Key_A)
    live.until(lambda: any(m[:2] == bytes((0x90, 60)) for _t, m in listener.messages))
    live.until(lambda: any(note.by_person for note in live.window.views.notes.sounding.values()))
    QTest.keyRelease(roll, Qt.Key.Key_A)
    live.until(lambda: not live.hanging())


@pytest.mark.jack
def test_closing_while_playing_leaves_nothing_sounding(
    qapp: QApplication, tmp_path: Path, dense: Path, listener: Ears
) -> None:
    live = Live(tmp_path, "--model", str(dense), "--out", listener.full_name, "--play")
    live.until(lambda: sum(listener.sounding().values()) > 1)
    live.close()
    assert live.host.over
    assert listener.wait(lambda: silent(listener))


def test_the_memory_view_shows_what_the_torch_reference_computes(qapp: QApplication, tmp_path: Path) -> None:
    """From what was played, torch computes cells and gates again; the view has the same numbers (float16)."""
    vocabulary = replace(tiny_vocabulary(), max_delta=12)
    network = tiny_network(vocabulary, seed=3)
    model = tmp_path / "reference.onnx"
    export(network, model, title="Reference", card={}, defaults={}, quantised=False)
    live = Live(tmp_path, "--model", str(model), "--out", "null", "--tempo", "240", "--seed", "5")
    try:
        live.window.press("memory")
        live.key(Qt.Key.Key_Space)
        live.until(lambda: live.window.axis.now > 16)
        live.key(Qt.Key.Key_Space)
        live.until(lambda: not live.status().playing and not live.hanging())
        live.go_on(0.3)
        memory = live.window.views.memory
        sent = [frame for frame in live.heard if isinstance(frame, StateFrame)]
        shown = memory.cells.copy(), memory.gates.copy()
        ends = {m.id: m.beat for m in live.heard if isinstance(m, Played) and not m.velocity}
        notes = [
            Note(m.beat, ends[m.id] - m.beat, m.pitch, m.velocity, m.part)
            for m in live.heard
            if isinstance(m, Played) and m.velocity
        ]
    finally:
        live.close()
    assert len(sent) >= len(shown[0])
    # Stopping cut short what sounded, however much that was: from there on torch would read other events.
    stopped = max(ends.values())
    whole = sum(isinstance(m, Played) and m.beat < stopped - 0.1 for m in live.heard)
    arrays = prepare([("played", Piece(tuple(sorted(notes))))], vocabulary)
    batch = window_of(arrays, vocabulary)
    with torch.no_grad():
        read = network.read(batch)
        state = network.start(1)
        compared = 0
        for step in range(min(whole, len(shown[0]))):
            state, gates = network.step(read[:, step], state)
            if step:
                assert state.c is not None
                np.testing.assert_allclose(shown[0][step - 1], state.c[:, 0].numpy(), atol=4e-3)
                wanted = gates[:, :, 0].numpy()
                np.testing.assert_allclose(shown[1][step - 1], wanted, atol=2e-3)
                compared += 1
    assert compared > 20


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_closes_the_window_as_its_user_does(tmp_path: Path, number: str) -> None:
    homes = {f"XDG_{kind}_HOME": str(tmp_path / kind.lower()) for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
    command = [sys.executable, "-c", "import sys; from musiclstm.gui import app; sys.exit(app.main())"]
    options = ["--out", "null", "--play", "--model", "folk"]
    # Where the tests run in the background, or with nohup, their children would ignore it.
    before = signal.signal(getattr(signal, number), signal.SIG_DFL)
    process = subprocess.Popen([*command, *options], env=os.environ | homes | {"HOME": str(tmp_path)})
    signal.signal(getattr(signal, number), before)
    try:
        end = time.monotonic() + PATIENCE
        while not any(file.stat().st_size > 1000 for file in tmp_path.rglob("journal/*.jsonl")):
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        process.send_signal(getattr(signal, number))
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
    (settings,) = tmp_path.rglob("*.ini")
    assert "geometry" in settings.read_text(encoding="utf-8")
