"""Host and engine process: real processes, real pipes, and a real port where it says so."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from musiclstm import paths
from musiclstm.engine.recording import journal_files
from musiclstm.engine.supervision.host import EngineHost, dismiss, takes_to_recover
from musiclstm.engine.supervision.shared import Shared
from musiclstm.errors import EngineError
from musiclstm.music import midifile
from musiclstm.protocol import messages as m
from tests.engine.desk import Desk
from tests.engine.ears import Ears

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and JACK are of Linux and macOS")


def test_it_plays_and_ends_every_note(desks: Callable[..., Desk], options: m.EngineOptions) -> None:
    desk = desks(options)
    loaded = desk.first(m.Loaded)
    assert (loaded.title, len(loaded.parts), loaded.bar_beats) == ("Dense", 4, 4.0)
    desk.until(lambda: len(desk.notes()) > 10)
    status = desk.status(lambda status: status.playing)
    assert (status.tempo, status.output, status.output_alive, status.mode) == (240, "null", True, "solo")
    # Of an engine that is only starting there is nothing to say.
    kinds = [type(message) for message in desk.heard]
    assert kinds.index(m.Status) > kinds.index(m.Loaded)
    pid = desk.host.pid
    assert pid is not None
    desk.host.close()
    assert desk.all(m.Exited) == [m.Exited(0, restarting=False)]
    assert not desk.hanging()
    assert desk.host.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not desk.host._shared.path.exists()
    assert not takes_to_recover(options)
    desk.host.close()


def test_commands_are_carried_out_and_controls_come_back(desks: Callable[..., Desk], options: m.EngineOptions) -> None:
    desk = desks(replace(options, controls=(("density", 0.5), ("range.low", 50)), play=False))
    # Said before the model is there; done once it is.
    desk.host.send(m.SetControl("time.temperature", 7.0))
    desk.first(m.ControlChanged, lambda change: (change.name, change.value) == ("time.temperature", 2.0))
    values = {change.name: change.value for change in desk.all(m.ControlChanged)}
    assert (values["density"], values["range.low"]) == (0.5, 50)
    assert not desk.status().playing
    desk.host.send(m.SetControl("nothing", 1))
    assert "nothing" in desk.first(m.Notice).text
    desk.host.send(m.PlayerNote(60, 90))
    desk.host.send(m.PlayerNote(60, 0))
    heard = desk.until(lambda: [note for note in desk.all(m.Played) if note.by_person and not note.velocity])
    assert heard[0].pitch == 60
    desk.host.send(m.LoadModel("no such model"))
    assert "no such model" in desk.first(m.Notice, lambda notice: notice.serious).text
    desk.host.send(m.OpenOutput("no such port"))
    assert desk.first(m.Notice, lambda notice: "no such port" in notice.text).serious
    desk.host.send(m.Shutdown())
    assert desk.first(m.Exited) == m.Exited(0, restarting=False)
    assert desk.host.wait(5)


def test_it_idles_without_work(desks: Callable[..., Desk], options: m.EngineOptions) -> None:
    desk = desks(replace(options, play=False))
    desk.first(m.Loaded)
    time.sleep(2)
    # Ten signs of life a second take a hundredth; a loop that is busy takes it all.
    assert desk.status().cpu < 0.2


def test_killed_it_goes_on_where_it_was(desks: Callable[..., Desk], options: m.EngineOptions) -> None:
    desk = desks(options)
    desk.first(m.Loaded)
    desk.host.send(m.SetControl("pitch.temperature", 0.5))
    desk.host.send(m.SetTempo(300))
    desk.host.send(m.SetPart(1, transpose=-12))
    desk.host.send(m.SetBookmark("B"))
    desk.first(m.BookmarkSet)
    before = desk.status(lambda status: status.tempo == 300 and status.beat > 8)
    first = desk.host.pid
    desk.kill()
    desk.host.send(m.SetControl("density", 0.25))  # said while there is no engine
    assert desk.first(m.Exited) == m.Exited(-signal.SIGKILL, restarting=True)
    assert "goes on" in desk.first(m.Notice).text
    since = len(desk.heard)
    after = desk.status(lambda status: status.playing)
    assert desk.host.pid != first
    assert after.tempo == 300
    assert after.beat >= before.beat - 1
    values = {change.name: change.value for change in desk.heard[since:] if isinstance(change, m.ControlChanged)}
    assert (values["pitch.temperature"], values["density"]) == (0.5, 0.25)
    desk.host.send(m.Return("B"))
    assert desk.first(m.Jumped).reason == "bookmark"
    count = len(desk.notes())
    desk.until(lambda: len(desk.notes()) > count + 5)
    desk.host.close()


def test_an_engine_that_keeps_failing_is_given_up(desks: Callable[..., Desk], options: m.EngineOptions) -> None:
    desk = desks(options, crashes=(2, 60.0))
    desk.first(m.Loaded)
    desk.kill()
    desk.until(lambda: len(desk.all(m.Loaded)) == 2)
    desk.kill()
    assert desk.host.wait(10)
    assert [gone.restarting for gone in desk.all(m.Exited)] == [True, False]
    last = desk.until(lambda: [notice for notice in desk.all(m.Notice) if notice.serious])[-1]
    assert "keeps failing" in last.text
    desk.host.send(m.Play())  # nobody there: it goes nowhere


def test_an_engine_that_hangs_is_replaced(desks: Callable[..., Desk], options: m.EngineOptions) -> None:
    desk = desks(options)
    desk.first(m.Loaded)
    pid = desk.host.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    assert desk.first(m.Exited).restarting
    desk.until(lambda: len(desk.all(m.Loaded)) == 2)


def test_a_slow_listener_never_holds_the_engine_up(options: m.EngineOptions) -> None:
    slow: list[m.Telemetry] = []

    def listen(message: m.Telemetry) -> None:
        slow.append(message)
        time.sleep(0.05 if isinstance(message, m.Status) else 0)

    host = EngineHost(replace(options, tempo=480), listen)
    host.start()
    host.send(m.Watch(memory=True, expectation=True))
    time.sleep(3)
    host.close()
    lateness = [note.time - note.intended for note in slow if isinstance(note, m.Played)]
    assert len(lateness) > 20
    assert sorted(lateness)[len(lateness) // 2] < 0.05
    assert any(isinstance(message, m.StateFrame) for message in slow)
    assert any(isinstance(message, m.Expectation) for message in slow)


def test_a_take_is_saved_though_nobody_armed_anything(
    desks: Callable[..., Desk], options: m.EngineOptions, tmp_path: Path
) -> None:
    desk = desks(options)
    desk.until(lambda: len(desk.notes()) > 10)
    desk.host.send(m.SaveTake(str(tmp_path / "take.mid")))
    assert desk.first(m.Saved).file == str(tmp_path / "take.mid")
    piece = midifile.read(tmp_path / "take.mid")
    assert len(piece.notes) >= 10
    assert piece.tempo == 240
    assert {part.name for part in piece.parts} <= {"Soprano", "Alto", "Tenor", "Bass"}
    first = desk.notes()[: len(piece.notes)]
    assert sorted(note.pitch for note in first[:8]) == sorted(note.pitch for note in piece.notes[:8])
    # On the grid, for all that sending is never quite in time.
    assert all(abs(note.onset * 24 - round(note.onset * 24)) < 0.06 for note in piece.notes)
    desk.host.send(m.SaveTake(str(tmp_path / "none" / "take.mid")))
    assert "take.mid" in desk.first(m.Notice, lambda notice: notice.serious).text


def test_the_journal_goes_on_after_a_kill_and_is_offered(
    desks: Callable[..., Desk], options: m.EngineOptions, tmp_path: Path
) -> None:
    desk = desks(options)
    desk.until(lambda: len(desk.notes()) > 5)
    desk.kill()
    desk.until(lambda: len(desk.all(m.Loaded)) == 2)
    count = len(desk.notes())
    desk.until(lambda: len(desk.notes()) > count + 5)
    folder = Path(options.journal or "")
    assert len(journal_files.files_of(folder, desk.host.session)) == 2
    desk.host.send(m.SaveTake(str(tmp_path / "both.mid"), minutes=5))
    desk.first(m.Saved)
    assert len(midifile.read(tmp_path / "both.mid").notes) > 10
    assert not takes_to_recover(options)  # it is being played
    desk.host._closing = True
    desk.kill()  # and now, as if the power went: nobody restarts it
    assert desk.host.wait(5)
    desk.host._closing = False
    (one,) = takes_to_recover(options)
    assert one.session == desk.host.session
    dismiss(one)
    assert not takes_to_recover(options)


@pytest.mark.jack
def test_a_killed_engines_chord_ends_on_the_real_port(
    desks: Callable[..., Desk], options: m.EngineOptions, listener: Ears
) -> None:
    desk = desks(replace(options, output=listener.full_name), crashes=(100, 1.0))
    desk.first(m.Loaded)
    for _ in range(3):
        loads = len(desk.all(m.Loaded))
        assert listener.wait(lambda: sum(listener.sounding().values()) >= 3)
        chord = listener.sounding()
        desk.kill()
        # Whatever the next engine plays comes after the ends of these.
        desk.until(lambda: len(desk.all(m.Loaded)) > loads)  # noqa: B023 - called at once
        heard = [message for _, message in listener.messages]
        for channel, pitch in chord:
            assert bytes((0x80 | channel, pitch, 0)) in heard
    desk.host.send(m.Stop())
    assert listener.wait(lambda: not listener.sounding())
    desk.host.close()
    time.sleep(0.1)
    assert not listener.sounding()


def test_what_a_state_needs_fits(options: m.EngineOptions, desks: Callable[..., Desk]) -> None:
    desk = desks(options)
    for slot in "ABCDEFGH":
        desk.first(m.Loaded)
        desk.host.send(m.SetBookmark(slot))
    desk.until(lambda: len(desk.all(m.BookmarkSet)) == 8)
    desk.status(lambda status: status.beat > 4)
    shared = Shared.open(desk.host._shared.path)
    state = shared.read_state()
    shared.close()
    assert state is not None
    assert len(state) < 100_000


def test_a_script_plays_it_by_osc(desks: Callable[..., Desk], options: m.EngineOptions) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as script:
        script.bind(("127.0.0.1", 0))
        script.settimeout(10)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]

        def say(path: str, *values: float | str) -> None:
            builder = OscMessageBuilder(path)
            for value in values:
                builder.add_arg(value)
            script.sendto(builder.build().dgram, ("127.0.0.1", port))

        def heard(path: str) -> list[Any]:
            while (message := OscMessage(script.recv(65_536))).address != path:
                pass
            return list(message.params)

        desk = desks(replace(options, play=False, osc=port))
        desk.first(m.Loaded)
        say("/musiclstm/subscribe")
        say("/musiclstm/control/density", 0.5)
        assert heard("/musiclstm/control_changed")[:2] == ["density", 0.5]
        script.sendto(b"rubbish", ("127.0.0.1", port))
        assert heard("/musiclstm/error")
        say("/musiclstm/set_tempo", 300.0)
        say("/musiclstm/play", 1.0)
        assert heard("/musiclstm/played")[4] > 0
        assert desk.status(lambda status: status.playing).tempo == 300
        say("/musiclstm/shutdown")
        assert desk.first(m.Exited) == m.Exited(0, restarting=False)


def test_where_no_process_can_be_started_it_is_one_line(
    options: m.EngineOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    host = EngineHost(options, lambda _: None)
    with pytest.raises(EngineError, match="cannot be started"):
        host.start()
    host.close()
    host = EngineHost(options, lambda _: None)
    host.send(m.Play())
    host.close()  # never started


def test_an_engine_that_dies_at_once_is_given_up(
    desks: Callable[..., Desk], options: m.EngineOptions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # As a broken installation does.
    (tmp_path / "onnxruntime.py").write_text("raise ImportError('broken')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    desk = desks(options)
    assert desk.host.wait(15)
    assert [gone.restarting for gone in desk.all(m.Exited)] == [True, True, False]
    assert "engine.log" in desk.until(lambda: [notice for notice in desk.all(m.Notice) if notice.serious])[-1].text
    assert "broken" in paths.engine_log().read_text()


def test_an_osc_port_that_is_taken_is_one_line(desks: Callable[..., Desk], options: m.EngineOptions) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        desk = desks(replace(options, osc=taken.getsockname()[1]))
        assert "OSC port" in desk.first(m.Notice).text
        desk.first(m.Loaded)
