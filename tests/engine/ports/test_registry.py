"""Finding ports by name; machines without MIDI."""

import logging
import os
import subprocess
import sys

import pytest

from musiclstm.engine.ports import registry as ports
from musiclstm.engine.ports.base import InputPort, NullPort, Receive
from musiclstm.engine.ports.registry import Place, choose, open_input, open_output
from musiclstm.engine.ports.rtmidi import stable_name
from musiclstm.errors import PortError
from tests.engine.fakes import RecordingPort

NAMES = ("FLUID Synth:in", "Piano:1", "Piano:10", "Keys:Keys MIDI 1 24:0", "Keys:Keys MIDI 2 24:1", "organ:in")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Piano:1", "Piano:1"),
        ("fluid", "FLUID Synth:in"),
        ("ORGAN", "organ:in"),
        ("piano:10", "Piano:10"),
        ("Keys:Keys MIDI 1 28:0", "Keys:Keys MIDI 1 24:0"),  # as it was numbered the last time
    ],
)
def test_a_name_matches_exactly_or_as_a_unique_part(name: str, found: str) -> None:
    assert choose(name, NAMES, "output") == found


def test_an_ambiguous_name_lists_the_matches() -> None:
    with pytest.raises(PortError, match=r"Several MIDI outputs match 'piano': Piano:1, Piano:10"):
        choose("piano", NAMES, "output")


@pytest.mark.parametrize("name", ["harp", ""])
def test_an_unknown_name_lists_the_choices(name: str) -> None:
    with pytest.raises(PortError, match=r"Available: FLUID Synth:in, .*organ:in, null\.$"):
        choose(name, NAMES, "output", ("null",))


@pytest.mark.parametrize(
    ("name", "stable"),
    [
        ("FLUID Synth (1234):Synth input port 128:0", "FLUID Synth (1234):Synth input port:0"),
        ("IAC Driver Bus 1", "IAC Driver Bus 1"),
        ("organ:in", "organ:in"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="WinMM puts an index after each name")
def test_a_changing_number_is_not_part_of_the_name(name: str, stable: str) -> None:
    assert stable_name(name) == stable


class Plugs:
    """A MIDI system whose outputs come and go."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def outputs(self) -> tuple[str, ...]:
        return self.names

    def open_output(self, name: str | None) -> RecordingPort:
        assert name in self.names
        return RecordingPort(str(name))


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (("A 24:0",), ("A 24:0",), "A 24:0"),
        (("A 24:0",), ("A 28:0",), "A 28:0"),
        (("A 24:0",), (), None),
        (("A 24:0",), ("B 24:0",), None),
        (("A 24:0",), ("A 28:0", "A 32:0"), None),  # nobody can tell
        (("A 24:0", "A 28:0"), ("A 28:0",), None),  # another of the same make
        (("A 24:0", "A 28:0"), ("A 28:0", "A 32:0"), "A 32:0"),
        (("A 24:0", "A 24:1"), ("A 28:0", "A 28:1"), "A 28:0"),
        (("Bus 1",), ("Bus 2",), None),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="WinMM puts an index after each name")
def test_a_port_that_comes_back_is_the_same_port(
    monkeypatch: pytest.MonkeyPatch, before: tuple[str, ...], after: tuple[str, ...], found: str | None
) -> None:
    system = Plugs(*before)
    monkeypatch.setattr(ports, "_systems", lambda: (system,))
    place = Place(before[0], "outputs")
    place.find()
    system.names = after
    if found is None:
        with pytest.raises(PortError, match="no longer available"):
            place.find()
        # Once it is back, it is found.
        system.names = before
        place.find()
        assert place.name == before[0]
    else:
        place.find()
        assert place.name == found


def test_odd_names_are_listed_and_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a system calls its ports; but a port without a name cannot be asked for."""
    odd = ("Orgel ä", "two\nlines", "  ", "日本語 24:0", "{0} %s [x", "(", "a" * 300)
    monkeypatch.setattr(ports, "_systems", lambda: (Plugs(*odd, "", "("),))
    assert ports._names(ports._systems(), "outputs") == odd
    for name in odd:
        port = open_output(name)
        assert port.name == name
        port.close()
    with pytest.raises(PortError, match="No MIDI output named ''"):
        open_output("")


def test_a_thousand_ports_are_found_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    names = tuple(f"Port {number}:out {number}:0" for number in range(1000))
    monkeypatch.setattr(ports, "_systems", lambda: (Plugs(*names),))
    port = open_output("port 999:")
    assert port.name == names[999]
    port.close()


def test_null_drops_everything_and_recording_records_it() -> None:
    null, recording = NullPort(), RecordingPort()
    for port in (null, recording):
        port.send(b"\x90\x3c\x40", 1.5)
        port.close()
    assert recording.sent == [(1.5, b"\x90\x3c\x40")]
    assert recording.closed


def test_null_is_opened_by_its_name() -> None:
    assert open_output("null").name == "null"


@pytest.mark.usefixtures("nothing_there")
def test_a_machine_without_midi_is_reported_in_a_line() -> None:
    assert ports.list_ports() == ((), ())
    with pytest.raises(PortError, match=r"^No MIDI output named 'harp'\. Available: synth, virtual, null\.$"):
        open_output("harp")
    with pytest.raises(PortError, match=r"^No MIDI input named 'harp'\. Available: virtual\.$"):
        open_input("harp", lambda _message, _time: None)
    with pytest.raises(PortError, match="virtual"):
        open_output("virtual")


@pytest.fixture
def nothing_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_systems", tuple)


def test_systems_that_do_not_work_make_no_noise() -> None:
    code = """
import sys
if {without}: sys.modules["jack"] = None
from musiclstm.engine.ports.registry import list_ports, open_output
from musiclstm.errors import PortError
list_ports()
try:
    open_output("no such port")
except PortError:
    print("asked")
"""
    env = os.environ | {"JACK_DEFAULT_SERVER": "none-runs-here", "JACK_NO_START_SERVER": "1"}
    for without in (False, True):
        command = [sys.executable, "-c", code.format(without=without)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        assert (done.stdout, done.stderr) == ("asked\n", "")


@pytest.mark.parametrize("name", ["virtual", "Keyboard"])
def test_an_input_delivers_whole_messages_only(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A cut or malformed message of a device must not reach the engine, by whichever MIDI system it comes."""
    caplog.set_level(logging.INFO)
    deliver: list[Receive] = []

    class Keyboard:
        alive = True

        def __init__(self, receive: Receive) -> None:
            self.name = name
            deliver.append(receive)

        def close(self) -> None: ...

    class System:
        def inputs(self) -> tuple[str, ...]:
            return ("Keyboard",)

        def open_input(self, _name: str | None, receive: Receive) -> InputPort:
            return Keyboard(receive)

    monkeypatch.setattr(ports, "_systems", lambda: (System(),))
    arrived: list[bytes] = []
    port = open_input(name, lambda message, _time: arrived.append(message))
    try:
        for text in ("90 3c", "b0 40", "90 3c ff", "", "3c 40", "90 3c 40", "f8", "80 3c 00"):
            deliver[0](bytes.fromhex(text), 1.0)
        caplog.clear()
        for _ in range(100):  # pieces of a long system exclusive
            deliver[0](bytes(256), 1.0)
        assert not caplog.records
    finally:
        port.close()
    assert [message.hex(" ") for message in arrived] == ["90 3c 40", "f8", "80 3c 00"]
