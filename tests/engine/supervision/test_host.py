"""Host and engine process: real processes, real pipes, and a real port where a test needs one."""

import os
import shutil
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
from musiclstm.engine.supervision.host import EngineHost, library
from musiclstm.engine.supervision.shared_memory import SharedMemory
from musiclstm.errors import EngineError
from musiclstm.music import midifile
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.options import EngineOptions
from tests.engine.cut_off import cut_off
from tests.engine.desk import Desk
from tests.engine.ears import Ears
from tests.waiting import PATIENCE, wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and JACK are of Linux and macOS")


def test_it_plays_and_ends_every_note(desks: Callable[..., Desk], options: EngineOptions) -> None:
    desk = desks(options)
    loaded = desk.first(telemetry.Loaded)
    assert (loaded.title, len(loaded.parts), loaded.bar_beats) == ("Dense", 4, 4.0)
    desk.until(lambda: len(desk.notes()) > 10)
    status = desk.status(lambda status: status.playing)
    assert (status.tempo, status.output, status.output_alive, status.mode) == (240, "null", True, "solo")
    # An engine that is still starting has no status.
    kinds = [type(message) for message in desk.heard]
    assert kinds.index(telemetry.Status) > kinds.index(telemetry.Loaded)
    pid = desk.host.pid
    assert pid is not None
    desk.host.close()
    assert desk.all(telemetry.Exited) == [telemetry.Exited(0, restarting=False)]
    assert not desk.hanging()
    assert desk.host.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not desk.host._shared.path.exists()
    assert not cut_off(options)
    desk.host.close()


def test_commands_are_carried_out_and_controls_are_reported(desks: Callable[..., Desk], options: EngineOptions) -> None:
    desk = desks(replace(options, controls=(("density", 0.5), ("range.low", 50)), play=False))
    # Sent before the model is loaded; carried out afterwards.
    desk.host.send(commands.SetControl("time.temperature", 7.0))
    desk.first(telemetry.ControlChanged, lambda change: (change.name, change.value) == ("time.temperature", 2.0))
    values = {change.name: change.value for change in desk.all(telemetry.ControlChanged)}
    assert (values["density"], values["range.low"]) == (0.5, 50)
    assert not desk.status().playing
    desk.host.send(commands.SetControl("nothing", 1))
    assert "nothing" in desk.first(telemetry.Notice).text
    desk.host.send(commands.PlayerNote(60, 90))
    desk.host.send(commands.PlayerNote(60, 0))
    heard = desk.until(lambda: [note for note in desk.all(telemetry.Played) if note.by_person and not note.velocity])
    assert heard[0].pitch == 60
    desk.host.send(commands.LoadModel("no such model"))
    assert "no such model" in desk.first(telemetry.Notice, lambda notice: notice.serious).text
    desk.host.send(commands.OpenOutput("no such port"))
    assert desk.first(telemetry.Notice, lambda notice: "no such port" in notice.text).serious
    desk.host.send(commands.Shutdown())
    assert desk.first(telemetry.Exited) == telemetry.Exited(0, restarting=False)
    assert desk.host.wait(PATIENCE)


def test_it_idles_without_work(desks: Callable[..., Desk], options: EngineOptions) -> None:
    desk = desks(replace(options, play=False))
    desk.first(telemetry.Loaded)
    time.sleep(2)
    # Ten heartbeats a second take a hundredth of a core; a busy loop would take all of it.
    assert desk.status().cpu < 0.2


def test_after_a_kill_it_continues_where_it_was(
    desks: Callable[..., Desk], options: EngineOptions, caplog: pytest.LogCaptureFixture
) -> None:
    desk = desks(options)
    desk.first(telemetry.Loaded)
    desk.host.send(commands.SetControl("pitch.temperature", 0.5))
    desk.host.send(commands.SetTempo(300))
    desk.host.send(commands.SetPart(1, transpose=-12))
    desk.host.send(commands.SetBookmark("B"))
    desk.first(telemetry.BookmarkSet)
    before = desk.status(lambda status: status.tempo == 300 and status.beat > 8)
    first = desk.host.pid
    desk.kill()
    desk.host.send(commands.SetControl("density", 0.25))  # sent while there is no engine
    assert desk.first(telemetry.Exited) == telemetry.Exited(-signal.SIGKILL, restarting=True)
    assert "continues" in desk.first(telemetry.Notice).text
    assert not caplog.records  # which a terminal would show beside the notice
    since = len(desk.heard)
    after = desk.status(lambda status: status.playing)
    assert desk.host.pid != first
    assert after.tempo == 300
    assert after.beat >= before.beat - 1
    values = {
        change.name: change.value for change in desk.heard[since:] if isinstance(change, telemetry.ControlChanged)
    }
    assert (values["pitch.temperature"], values["density"]) == (0.5, 0.25)
    parts = {part.part: part for part in desk.heard[since:] if isinstance(part, telemetry.PartChanged)}
    assert (parts[1].transpose, parts[0].transpose) == (-12, 0)
    desk.host.send(commands.Return("B"))
    assert desk.first(telemetry.Jumped).reason == "bookmark"
    count = len(desk.notes())
    desk.until(lambda: len(desk.notes()) > count + 5)
    desk.host.close()


def test_it_ends_in_the_bar_asked_for_and_after_a_kill_it_goes_on(
    desks: Callable[..., Desk], options: EngineOptions
) -> None:
    desk = desks(options)
    desk.status(lambda status: status.beat > 4)
    desk.host.send(commands.End(1))
    end = desk.first(telemetry.EndChanged).end
    assert end is not None
    stopped = desk.status(lambda status: not status.playing)
    assert stopped.beat == end
    assert not desk.hanging()
    assert max(note.beat for note in desk.notes()) < end

    desk.host.send(commands.Play())
    desk.host.send(commands.End(3, ritardando=True))
    desk.status(lambda status: status.tempo < 230)
    desk.kill()
    desk.first(telemetry.Exited)
    desk.status(lambda status: status.playing and status.tempo == 240)
    count = len(desk.notes())
    desk.until(lambda: len(desk.notes()) > count + 5)
    assert desk.status(lambda status: status.beat > end + 18).playing


def test_what_is_asked_for_while_it_restarts_is_done_to_the_music_that_plays(
    desks: Callable[..., Desk], options: EngineOptions
) -> None:
    desk = desks(options)
    desk.status(lambda status: status.beat > 1)
    desk.kill()
    desk.host.send(commands.End(1))
    desk.first(telemetry.Exited)
    assert desk.first(telemetry.EndChanged).end is not None
    desk.status(lambda status: not status.playing)

    desk.host.send(commands.Play())
    desk.status(lambda status: status.playing)
    desk.kill()
    desk.host.send(commands.Stop())
    desk.until(lambda: len(desk.all(telemetry.Loaded)) == 3)
    desk.host.send(commands.SetTempo(250))  # done after whatever the engine begins with
    assert not desk.status(lambda status: status.tempo == 250).playing


def test_an_engine_that_keeps_failing_is_not_restarted(desks: Callable[..., Desk], options: EngineOptions) -> None:
    desk = desks(options, crashes=(2, 60.0))
    desk.first(telemetry.Loaded)
    desk.kill()
    desk.until(lambda: len(desk.all(telemetry.Loaded)) == 2)
    desk.kill()
    assert desk.host.wait(PATIENCE)
    assert [gone.restarting for gone in desk.all(telemetry.Exited)] == [True, False]
    last = desk.until(lambda: [notice for notice in desk.all(telemetry.Notice) if notice.serious])[-1]
    assert "keeps failing" in last.text
    desk.host.send(commands.Play())  # nobody receives it


def test_an_engine_that_hangs_is_replaced(desks: Callable[..., Desk], options: EngineOptions) -> None:
    desk = desks(options)
    desk.first(telemetry.Loaded)
    pid = desk.host.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    assert desk.first(telemetry.Exited).restarting
    desk.until(lambda: len(desk.all(telemetry.Loaded)) == 2)


def test_a_slow_listener_never_delays_the_engine(options: EngineOptions) -> None:
    slow: list[telemetry.Telemetry] = []

    def listen(message: telemetry.Telemetry) -> None:
        slow.append(message)
        time.sleep(0.05 if isinstance(message, telemetry.Status) else 0)

    host = EngineHost(replace(options, tempo=480), listen)
    host.start()
    host.send(commands.Watch(memory=True, expectation=True))
    wait_for(lambda: sum(isinstance(each, telemetry.Played) for each in list(slow)) > 20)
    host.close()
    lateness = [note.time - note.intended for note in slow if isinstance(note, telemetry.Played)]
    assert sorted(lateness)[len(lateness) // 2] < 0.05
    assert any(isinstance(message, telemetry.StateFrame) for message in slow)
    assert any(isinstance(message, telemetry.Expectation) for message in slow)


def test_a_take_can_be_saved_without_arming_a_recording(
    desks: Callable[..., Desk], options: EngineOptions, tmp_path: Path
) -> None:
    desk = desks(options)
    desk.until(lambda: len(desk.notes()) > 10)
    desk.host.send(commands.SaveTake(str(tmp_path / "take.mid")))
    assert desk.first(telemetry.Saved).file == str(tmp_path / "take.mid")
    piece = midifile.read(tmp_path / "take.mid")
    assert len(piece.notes) >= 10
    assert piece.tempo == 240
    assert {part.name for part in piece.parts} <= {"Soprano", "Alto", "Tenor", "Bass"}
    first = desk.notes()[: len(piece.notes)]
    assert sorted(note.pitch for note in first[:8]) == sorted(note.pitch for note in piece.notes[:8])
    # On the grid, although sending is never exactly on time.
    assert all(abs(note.onset * 24 - round(note.onset * 24)) < 0.06 for note in piece.notes)
    desk.host.send(commands.SaveTake(str(tmp_path / "none" / "take.mid")))
    assert "take.mid" in desk.first(telemetry.Notice, lambda notice: notice.serious).text


def test_the_journal_continues_after_a_kill_and_is_offered(
    desks: Callable[..., Desk], options: EngineOptions, tmp_path: Path
) -> None:
    desk = desks(options)
    desk.until(lambda: len(desk.notes()) > 5)
    desk.kill()
    desk.until(lambda: len(desk.all(telemetry.Loaded)) == 2)
    count = len(desk.notes())
    desk.until(lambda: len(desk.notes()) > count + 5)
    folder = Path(options.journal or "")
    assert len(journal_files.files_of(folder, desk.host.session)) == 2
    desk.host.send(commands.SaveTake(str(tmp_path / "both.mid"), minutes=5))
    desk.first(telemetry.Saved)
    assert len(midifile.read(tmp_path / "both.mid").notes) > 10
    assert not cut_off(options)  # it is being played
    desk.host._closing = True
    desk.kill()  # and now, as in a power cut, nobody restarts it
    assert desk.host.wait(PATIENCE)
    desk.host._closing = False
    (one,) = cut_off(options)
    assert one.session == desk.host.session
    library(options).dismiss(one.session)
    assert not cut_off(options)


def test_after_a_kill_another_model_plays_where_the_one_that_played_is_gone(
    desks: Callable[..., Desk], options: EngineOptions, tmp_path: Path
) -> None:
    thrown_away = tmp_path / "so-far.onnx"
    shutil.copy(str(options.model), thrown_away)
    desk = desks(replace(options, model=str(thrown_away)))
    desk.until(lambda: len(desk.notes()) > 5)
    thrown_away.unlink()
    desk.kill()
    desk.until(lambda: [each.model for each in desk.all(telemetry.Loaded)][1:] == ["chorales"])
    assert desk.first(telemetry.Notice, lambda notice: "so-far.onnx" in notice.text).serious
    count = len(desk.notes())
    desk.until(lambda: len(desk.notes()) > count + 5)


@pytest.mark.jack
def test_a_killed_engines_chord_ends_on_the_real_port(
    desks: Callable[..., Desk], options: EngineOptions, listener: Ears
) -> None:
    desk = desks(replace(options, output=listener.full_name), crashes=(100, 1.0))
    desk.first(telemetry.Loaded)
    for _ in range(3):
        loads = len(desk.all(telemetry.Loaded))
        assert listener.wait(lambda: sum(listener.sounding().values()) >= 3)
        chord = listener.sounding()
        desk.kill()
        # The next engine plays only after these note-offs.
        desk.until(lambda: len(desk.all(telemetry.Loaded)) > loads)  # noqa: B023 - called at once
        ends = {bytes((0x80 | channel, pitch, 0)) for channel, pitch in chord}
        assert listener.wait(lambda: {message for _, message in listener.messages} >= ends)  # noqa: B023 - as above
    desk.host.send(commands.Stop())
    assert listener.wait(lambda: not listener.sounding())
    desk.host.close()
    time.sleep(0.1)
    assert not listener.sounding()


@pytest.mark.jack
def test_after_a_kill_its_virtual_ports_are_connected_as_they_were(
    desks: Callable[..., Desk], options: EngineOptions, listener: Ears
) -> None:
    desk = desks(replace(options, output="virtual", input="virtual"))
    desk.status(lambda status: status.output_alive and status.input_alive)
    client = listener.client
    (output,) = client.get_ports("musiclstm(-[0-9]+)?:out", is_output=True)
    (input_,) = client.get_ports("musiclstm(-[0-9]+)?:in", is_input=True)
    keys = client.midi_outports.register("keys")
    client.connect(output, listener.port)
    client.connect(keys, input_)
    listener.guard_looked()
    desk.kill()
    desk.first(telemetry.Exited)
    desk.status(lambda status: status.output_alive and status.input_alive)
    wait_for(lambda: [len(client.get_all_connections(port)) for port in (keys, listener.port)] == [1, 1])


@pytest.mark.jack
def test_after_a_kill_a_virtual_input_gets_back_what_plays_to_it(
    desks: Callable[..., Desk], options: EngineOptions, listener: Ears
) -> None:
    """Beside any output; and under another number, since another input was open before it."""
    client = listener.client
    keys, before = client.midi_outports.register("keys"), client.midi_outports.register("before")
    desk = desks(replace(options, output="null", input=before.name))
    desk.status(lambda status: status.input_alive)
    desk.host.send(commands.OpenInput("virtual"))
    desk.until(lambda: not client.get_all_connections(before))
    (input_,) = client.get_ports("musiclstm(-[0-9]+)?:in", is_input=True)
    client.connect(keys, input_)
    listener.guard_looked()
    desk.kill()
    desk.first(telemetry.Exited)
    desk.status(lambda status: status.input_alive)
    wait_for(lambda: len(client.get_all_connections(keys)) == 1)


def test_a_state_is_small(options: EngineOptions, desks: Callable[..., Desk]) -> None:
    desk = desks(options)
    for slot in "ABCDEFGH":
        desk.first(telemetry.Loaded)
        desk.host.send(commands.SetBookmark(slot))
    desk.until(lambda: len(desk.all(telemetry.BookmarkSet)) == 8)
    desk.status(lambda status: status.beat > 4)
    shared = SharedMemory.open(desk.host._shared.path)
    state = shared.read_state()
    shared.close()
    assert state is not None
    assert len(state) < 100_000


def test_a_script_that_listens_while_nothing_plays_is_told_of_the_next_engine(
    desks: Callable[..., Desk], options: EngineOptions
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as script:
        script.bind(("127.0.0.1", 0))
        port = script.getsockname()[1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as script:
        script.bind(("127.0.0.1", 0))
        script.settimeout(PATIENCE)
        desk = desks(replace(options, play=False, osc=port))
        desk.first(telemetry.Loaded)
        for _ in range(5):  # what has changed just before is stored
            desk.status()
        script.sendto(OscMessageBuilder("/musiclstm/subscribe").build().dgram, ("127.0.0.1", port))
        script.recv(65_536)
        for _ in range(5):
            desk.status()
        desk.kill()
        while OscMessage(script.recv(65_536)).address != "/musiclstm/loaded":
            pass


def test_a_script_plays_it_by_osc(desks: Callable[..., Desk], options: EngineOptions) -> None:
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
        desk.first(telemetry.Loaded)
        say("/musiclstm/subscribe")
        say("/musiclstm/control/density", 0.5)
        assert heard("/musiclstm/control_changed")[:2] == ["density", 0.5]
        script.sendto(b"rubbish", ("127.0.0.1", port))
        assert heard("/musiclstm/error")
        say("/musiclstm/set_tempo", 300.0)
        say("/musiclstm/play", 1.0)
        assert heard("/musiclstm/played")[4] > 0
        assert desk.status(lambda status: status.playing).tempo == 300
        desk.kill()  # the script is told all that comes, also by the next engine
        assert heard("/musiclstm/loaded")
        assert heard("/musiclstm/played")[4] > 0
        say("/musiclstm/shutdown")
        assert desk.until(lambda: desk.all(telemetry.Exited)[1:]) == [telemetry.Exited(0, restarting=False)]


def test_a_process_that_cannot_be_started_gives_a_message_of_one_line(
    options: EngineOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    host = EngineHost(options, lambda _: None)
    with pytest.raises(EngineError, match="cannot be started"):
        host.start()
    host.close()
    host = EngineHost(options, lambda _: None)
    host.send(commands.Play())
    host.close()  # never started


def test_an_engine_that_dies_at_once_is_not_restarted_for_ever(
    desks: Callable[..., Desk], options: EngineOptions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # As a broken installation does.
    (tmp_path / "onnxruntime.py").write_text("raise ImportError('broken')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    desk = desks(options)
    assert desk.host.wait(15)
    assert [gone.restarting for gone in desk.all(telemetry.Exited)] == [True, True, False]
    assert (
        "engine.log" in desk.until(lambda: [notice for notice in desk.all(telemetry.Notice) if notice.serious])[-1].text
    )
    assert "broken" in paths.engine_log().read_text()


def test_an_osc_port_that_is_taken_gives_a_message_of_one_line(
    desks: Callable[..., Desk], options: EngineOptions
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        desk = desks(replace(options, osc=taken.getsockname()[1]))
        assert "OSC port" in desk.first(telemetry.Notice).text
        desk.first(telemetry.Loaded)
