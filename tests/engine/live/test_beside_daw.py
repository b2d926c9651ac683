"""Beside a DAW: two virtual ports and its clock, by one command, and back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from musiclstm.engine.live.beside_daw import BesideDaw
from musiclstm.engine.live.connections import Request
from musiclstm.errors import UsageError
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.options import EngineOptions
from tests.engine.desk import Desk


class Desktop:
    """What `BesideDaw` knows of the engine, without ports."""

    def __init__(self) -> None:
        self.requested_output = Request("organ", 5.0)
        self.requested_input: str | None = "keys"
        self.setting = commands.SetSync("internal", send=True)

    def carry_out(self, command: Any) -> None:
        match command:
            case commands.OpenOutput(name, latency):
                self.requested_output = Request(name, latency)
            case commands.OpenInput(name):
                self.requested_input = name
            case _:
                self.setting = command


def made() -> tuple[Any, BesideDaw]:
    desk: Any = Desktop()
    return desk, BesideDaw(desk, desk, desk.carry_out)


def test_what_was_open_comes_back() -> None:
    desk, beside = made()
    for _ in range(2):  # a second time is no other state
        beside.set(commands.BesideDaw(True))
        assert beside.on
        assert (desk.requested_output.name, desk.requested_input) == ("virtual", "virtual")
        assert desk.setting == commands.SetSync("midi", "virtual")
    for _ in range(2):
        beside.set(commands.BesideDaw(False))
        assert not beside.on
        assert (desk.requested_output, desk.requested_input) == (Request("organ", 5.0), "keys")
        assert desk.setting == commands.SetSync("internal", send=True)


def test_windows_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, beside = made()
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(UsageError, match="loopMIDI"):
        beside.set(commands.BesideDaw(True))
    assert desk.requested_output.name == "organ"


def test_what_is_to_be_opened_afterwards_is_told_at_the_start_and_opened_once() -> None:
    desk, _ = made()
    wanted = (commands.OpenOutput("piano", 3.0), commands.OpenInput(None), commands.SetSync("internal"))
    beside = BesideDaw(desk, desk, desk.carry_out, wanted)
    assert beside.before == wanted
    beside.set(commands.BesideDaw(True))
    assert beside.before == wanted
    beside.set(commands.BesideDaw(False))
    assert (desk.requested_output, desk.requested_input) == (Request("piano", 3.0), None)
    desk.carry_out(commands.OpenOutput("organ"))
    beside.set(commands.BesideDaw(True))
    beside.set(commands.BesideDaw(False))
    assert desk.requested_output == Request("organ")


@pytest.mark.jack
@pytest.mark.usefixtures("jack_server")
@pytest.mark.skipif(sys.platform == "win32", reason="JACK")
def test_what_was_open_comes_back_after_a_crash_too(tmp_path: Path) -> None:
    desk = Desk(EngineOptions(output="null", journal=str(tmp_path / "journal")))
    try:
        desk.first(telemetry.Loaded)
        desk.host.send(commands.BesideDaw(on=True))
        desk.status(lambda status: status.output == "virtual" and status.output_alive and status.sync == "midi")
        desk.status()  # by then the state is stored
        desk.kill()
        desk.until(lambda: len(desk.all(telemetry.Loaded)) == 2)
        desk.status(lambda status: status.output == "virtual" and status.output_alive and status.sync == "midi")
        desk.host.send(commands.BesideDaw(on=False))
        desk.status(lambda status: (status.input, status.sync) == (None, "internal") and status.output != "virtual")
        assert desk.status(lambda status: status.output_alive).output == "null"
    finally:
        desk.host.close()


class Daw:
    """A JACK client that sends MIDI clock at 90 BPM into our input, and hears our output."""

    def __init__(self) -> None:
        import jack

        self._client = jack.Client("daw", no_start_server=True)
        self._out = self._client.midi_outports.register("out")
        self._in = self._client.midi_inports.register("in")
        self._step = self._client.samplerate * 60 / 90 / 24
        self._next, self._at = 0.0, 0
        self.say: list[bytes] = []
        self.heard: list[bytes] = []
        self._client.set_process_callback(self._process)
        self._client.activate()

    def _process(self, frames: int) -> None:
        self._out.clear_buffer()
        self.heard += [bytes(data) for _, data in self._in.incoming_midi_events()]
        if self.say:
            self._out.write_midi_event(0, self.say.pop(0))
        while self._next < self._at + frames:
            self._out.write_midi_event(int(self._next - self._at), b"\xf8")
            self._next += self._step
        self._at += frames

    def connect(self) -> bool:
        """To our two ports, once they are there."""
        ours = self._client.get_ports("musiclstm.*", is_midi=True)
        sources = [port for port in ours if port.is_output]
        sinks = [port for port in ours if port.is_input]
        if len(sources) != 1 or len(sinks) != 1:
            return False
        self._client.connect(self._out, sinks[0])
        self._client.connect(sources[0], self._in)
        return True

    def close(self) -> None:
        self._client.deactivate()
        self._client.close()


@pytest.fixture
def daw(jack_server: object) -> Iterator[Daw]:
    made = Daw()
    yield made
    made.close()


@pytest.mark.jack
@pytest.mark.skipif(sys.platform == "win32", reason="JACK")
def test_a_daw_starts_and_stops_the_music(daw: Daw, tmp_path: Path) -> None:
    desk = Desk(EngineOptions(output="null", tempo=200.0, journal=str(tmp_path / "journal")))
    try:
        desk.first(telemetry.Loaded)
        desk.host.send(commands.BesideDaw(on=True))
        desk.status(lambda status: status.output == "virtual" and status.output_alive and status.sync == "midi")
        desk.until(daw.connect)  # one port each way, for notes and clock
        # How well it follows is tested elsewhere: a JACK server on a busy machine is unsteady itself.
        desk.status(lambda status: status.tempo < 150)
        assert not desk.notes()
        daw.say += [b"\xf2\x10\x00", b"\xfb"]  # from beat 4 on
        desk.status(lambda status: status.playing)
        desk.until(lambda: any(message[0] & 0xF0 == 0x90 for message in daw.heard))
        assert min(note.beat for note in desk.notes()) >= 3.9
        daw.say.append(b"\xfc")
        desk.status(lambda status: not status.playing)
        desk.host.send(commands.BesideDaw(on=False))
        desk.status(lambda status: (status.output, status.input, status.sync) == ("null", None, "internal"))
    finally:
        desk.host.close()
    assert not desk.hanging()
