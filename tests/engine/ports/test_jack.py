"""Ports at a real JACK server, by JACK-Client and by RtMidi."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import jack
import pytest

from musiclstm.engine.ports import jack as ports_jack
from musiclstm.engine.ports.base import CLIENT, InputPort, OutputPort
from musiclstm.engine.ports.registry import list_ports, open_input, open_output
from musiclstm.engine.ports.rtmidi import RtMidiSystem
from musiclstm.errors import PortError
from tests import servers
from tests.engine.ears import Ears, ears
from tests.waiting import PATIENCE, wait_for

pytestmark = [pytest.mark.jack, pytest.mark.usefixtures("jack_server")]

# The server has no rights to be on time, so now and then a message gets lost or comes twice; what is sent is sent again
# until a whole round arrived.
ROUNDS = 50


@pytest.fixture(scope="module", autouse=True)
def _own_name(jack_server: object) -> None:
    """The client of tests before may be called musiclstm-01, if another process was musiclstm when it was made."""

    def named() -> bool:
        ports_jack.client().close()
        return bool(ports_jack.client()._jack.name == CLIENT)

    wait_for(named)


@pytest.fixture
def heard() -> Iterator[Ears]:
    with ears("Organ") as listening:
        yield listening


@pytest.fixture(params=["JACK-Client", "RtMidi"])
def open_named(request: pytest.FixtureRequest) -> Iterator[Callable[[str], OutputPort]]:
    """Open an output by its name, in one way and in the other."""
    opened: list[OutputPort] = []
    system = rtmidi_jack() if request.param == "RtMidi" else None

    def open_it(name: str) -> OutputPort:
        opened.append(open_output(name) if system is None else system.open_output(name))
        return opened[-1]

    yield open_it
    for port in opened:
        port.close()
    if system is not None:
        system.close()


def rtmidi_jack() -> RtMidiSystem:
    import rtmidi

    return RtMidiSystem(rtmidi.API_UNIX_JACK)


def kinds(heard: Ears) -> list[bytes]:
    return [message for _, message in list(heard.messages)]


def test_messages_arrive_whole_and_in_order(heard: Ears, open_named: Callable[[str], OutputPort]) -> None:
    port = open_named("Organ:in")
    assert port.alive
    score = [b"\xc0\x13", b"\x90\x3c\x40", b"\x90\x40\x40", b"\x80\x3c\x00", b"\x80\x40\x00", b"\xe0\x00\x40", b"\xf8"]
    for _ in range(ROUNDS):
        heard.messages.clear()
        for message in score:
            port.send(message, time.perf_counter())
        if heard.wait(lambda: kinds(heard) == score, 0.5):
            return
    pytest.fail(f"heard {kinds(heard)}")


def test_a_port_that_is_gone_is_not_alive(open_named: Callable[[str], OutputPort]) -> None:
    with ears("Organ"):
        port = open_named("Organ:in")
    wait_for(lambda: not port.alive)
    port.send(b"\x90\x3c\x40", 0.0)
    with pytest.raises(PortError, match="Organ"):
        open_named("Organ:in")


def test_it_is_listed_and_ours_are_not(heard: Ears) -> None:
    port = open_output("organ")
    virtual = open_output("virtual")
    inputs, outputs = list_ports()
    assert "Organ:in" in outputs
    assert not [name for name in inputs + outputs if name.startswith("musiclstm:")]
    virtual.close()
    port.close()


def test_messages_given_ahead_arrive_at_their_times(heard: Ears) -> None:
    port = open_output("Organ:in")
    assert port.lead > 0
    for _ in range(ROUNDS):
        heard.messages.clear()
        now = time.perf_counter() + 0.05
        port.send(b"\x90\x3e\x40", now + 0.06)
        port.send(b"\x90\x3c\x40", now)
        port.send(b"\x90\x3d\x40", now + 0.03)
        if heard.wait(lambda: [message[1] for message in kinds(heard)] == [0x3C, 0x3D, 0x3E], 0.5):
            break
    assert [message[1] for message in kinds(heard)] == [0x3C, 0x3D, 0x3E]
    port.close()


def test_the_end_of_a_note_does_not_overtake_it(heard: Ears) -> None:
    port = open_output("Organ:in")
    note, pedal = b"\x90\x3c\x40", b"\xb0\x40\x7f"
    for first, last in ((note, b"\x80\x3c\x00"), (note, b"\xb0\x7b\x00"), (pedal, b"\xb0\x40\x00")):
        for _ in range(ROUNDS):
            heard.messages.clear()
            port.send(first, time.perf_counter() + 0.03)
            port.send(last, time.perf_counter())
            if heard.wait(lambda both=[first, last]: kinds(heard) == both, 0.5):  # type: ignore[misc]
                break
        assert kinds(heard) == [first, last]
    port.close()


def test_closing_waits_for_what_was_given(heard: Ears) -> None:
    for _ in range(ROUNDS):
        heard.messages.clear()
        port = ports_jack.client().open_output("Organ:in")  # what is around it would send the end again
        port.send(b"\x90\x3c\x40", time.perf_counter())
        port.send(b"\x80\x3c\x00", time.perf_counter() + 0.01)
        port.close()
        if heard.wait(lambda: kinds(heard) == [b"\x90\x3c\x40", b"\x80\x3c\x00"], 0.5):
            return
    pytest.fail("it did not")


def test_losses_and_reconnections() -> None:
    news: list[tuple[str, bool]] = []
    listening = Ears("Organ")
    port = open_output("Organ:in", lambda text, alive: news.append((text, alive)))
    for number in range(3):
        port.send(b"\x90\x3c\x40", time.perf_counter())
        time.sleep(0.02)
        listening.close()
        if number < 2:
            wait_for(lambda number=number: len(news) == 2 * number + 1)  # type: ignore[misc]
            assert not port.alive
        # Otherwise it is back before the next check, but without its connections.
        listening = Ears("Organ")
        wait_for(lambda number=number: len(news) == 2 * number + 2)  # type: ignore[misc]
        assert port.alive
        assert arrives(port, listening, b"\x91\x3e\x40")
    assert news[:2] == [
        ("Organ:in disconnected; it reconnects automatically.", False),
        ("Organ:in reconnected.", True),
    ]
    port.close()
    listening.close()


def test_others_can_listen_to_the_virtual_port(heard: Ears) -> None:
    port = open_output("virtual")
    ours = [each.name for each in heard.client.get_ports(is_midi=True, is_output=True) if "musiclstm:" in each.name]
    heard.client.connect(ours[-1], heard.port)
    assert arrives(port, heard, b"\x90\x3c\x40")
    port.close()


@pytest.mark.parametrize("way", ["JACK-Client", "RtMidi"])
def test_what_is_played_arrives_with_its_time(way: str) -> None:
    got: list[tuple[bytes, float]] = []
    news = threading.Condition()

    def receive(message: bytes, moment: float) -> None:
        with news:
            got.append((message, moment))
            news.notify_all()

    system = rtmidi_jack() if way == "RtMidi" else None
    with mouth("Keys") as say:
        port: InputPort = open_input("keys", receive) if system is None else system.open_input("Keys:out", receive)
        assert port.alive
        for number in range(ROUNDS):
            say(bytes((0x90, number, 64)))
            say(b"\xf8")
            with news:
                if news.wait_for(lambda: len(got) >= 20, 0.1):
                    break
        times = [moment for _, moment in got]
        assert len(got) >= 20
        assert times == sorted(times)
        assert {message[0] for message, _ in got} == {0x90, 0xF8}
    wait_for(lambda: not port.alive)
    port.close()
    if system is not None:
        system.close()


class mouth:  # noqa: N801 - used as a function is
    """A JACK client with an output port."""

    def __init__(self, name: str) -> None:
        self.client = jack.Client(name, no_start_server=True)
        self.port = self.client.midi_outports.register("out")
        self.waiting: list[bytes] = []
        self.client.set_process_callback(self._process)

    def _process(self, _frames: int) -> None:
        self.port.clear_buffer()
        while self.waiting:
            self.port.write_midi_event(0, self.waiting.pop(0))

    def __enter__(self) -> Callable[[bytes], None]:
        self.client.activate()
        return self.waiting.append

    def __exit__(self, *_: object) -> None:
        self.client.deactivate()
        self.client.close()


def test_a_process_that_ends_with_open_ports_ends_well(heard: Ears) -> None:
    code = "from musiclstm.engine.ports.registry import *; open_output('Organ:in'); open_output('virtual')"
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


SERVER_ENDS = """
import sys
from musiclstm.engine.ports.registry import open_output
port = open_output(sys.argv[1], lambda text, alive: print(text, flush=True))
print("open", flush=True)
sys.stdin.readline()
port.send(b"\\x90\\x3c\\x40", 0.0)
port.close()
print("closed", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("name", "called"), [("virtual", "virtual (musiclstm:out)"), ("synth:jack", "synth:jack")])
def test_the_server_may_end_and_restart(name: str, called: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    log = tmp_path_factory.mktemp("jack") / "ends.log"
    with servers.jack(log) as server:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER_ENDS, name],
            env=os.environ | server.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        watchdog = threading.Timer(PATIENCE, process.kill)  # of lines that never come
        watchdog.start()
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
    assert process.stdout.readline() == f"{called} disconnected; it reconnects automatically.\n"
    with servers.jack(log):
        assert process.stdout.readline() == f"{called} reconnected.\n"
        out, noise = process.communicate("now\n", timeout=20)
    watchdog.cancel()
    ours = [line for line in noise.splitlines() if not line.startswith("fluidsynth: ")]
    assert (out, ours, process.returncode) == ("closed\n", [], 0)


def test_one_client_has_all_our_ports(heard: Ears) -> None:
    ports = [open_output("Organ:in"), open_output("virtual"), open_input("virtual", lambda _message, _time: None)]
    names = {each.name.split(":")[0] for each in heard.client.get_ports() if each.name.startswith("musiclstm")}
    assert names == {"musiclstm"}
    assert ports_jack.client() is ports_jack.client()
    for port in ports:
        port.close()
    with suppress(PortError):
        assert not [each for each in heard.client.get_ports() if each.name.startswith("musiclstm:")]


def test_a_port_is_called_the_same_whenever_it_is_opened(heard: Ears) -> None:
    """A DAW or a patchbay finds it by its name."""

    def ours() -> list[str]:
        return sorted(each.name for each in heard.client.get_ports() if each.name.startswith("musiclstm:"))

    output, input_ = open_output("virtual"), open_input("virtual", lambda _message, _time: None)
    assert ours() == ["musiclstm:in", "musiclstm:out"]
    second = open_output("virtual")
    output.close()
    assert ours() == ["musiclstm:in", "musiclstm:out 2"]
    input_.close()
    again = open_input("virtual", lambda _message, _time: None), open_output("virtual")
    assert ours() == ["musiclstm:in", "musiclstm:out", "musiclstm:out 2"]
    for port in (second, *again):
        port.close()


def test_a_port_with_an_odd_name_hides_no_other(heard: Ears, capfd: pytest.CaptureFixture[str]) -> None:
    other = jack.Client("odd", no_start_server=True)
    for raw in (b"od\xff\xfed", b"two\nlines", "日本".encode()):
        assert jack._lib.jack_port_register(other._ptr, raw, jack._MIDI, jack._lib.JackPortIsInput, 0)
    other.activate()
    port = open_output("Organ:in")
    try:
        found = set(list_ports()[1])
        assert {"Organ:in", "odd:two\nlines", "odd:日本"} <= found
        assert not [name for name in found if "od\ufffd" in name or "\udcff" in name]
        for name in ("odd:two\nlines", "odd:日本"):
            opened = open_output(name)
            assert opened.name == name
            opened.close()
    finally:
        other.close()
    assert arrives(port, heard, b"\x90\x3c\x40")
    port.close()
    assert capfd.readouterr().err == ""


class Guarded(ports_jack.JackClient):
    """Fails when one of its lists is changed without the lock that the process callback holds while it reads them."""

    def __setattr__(self, name: str, value: object) -> None:
        if name in ("_outputs", "_inputs") and hasattr(self, name):
            assert self._serving.locked(), f"{name} was changed without its lock"
        super().__setattr__(name, value)


@pytest.fixture
def _no_other_client() -> None:
    """Close the client of the tests before.

    Two clients of one process wait for the interpreter at the same time, and libjack, which ends the thread of one that
    is closed wherever it is, may end it there: then nobody gets the interpreter any more.
    """
    ports_jack.client().close()


@pytest.mark.usefixtures("_no_other_client")
def test_ports_that_are_opened_and_closed_at_once_are_all_served() -> None:
    """As after a restart of the server, when each lost port is opened again by its own thread."""
    client = Guarded()
    opened: list[OutputPort | InputPort] = []
    failed: list[Exception] = []

    def open_some() -> None:
        try:
            client.open_output(None).close()
            opened.extend((client.open_output(None), client.open_input(None, lambda _message, _time: None)))
        except (PortError, AssertionError) as error:
            failed.append(error)

    threads = [threading.Thread(target=open_some) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (failed, len(opened)) == ([], 12)
    assert set(client._ports()) == set(opened)
    client.close()
    assert not client._ports()


@pytest.mark.usefixtures("_no_other_client")
@pytest.mark.parametrize("kind", ["output", "input"])
def test_a_port_that_is_opened_as_the_server_ends_is_not_taken_for_open(kind: str) -> None:
    client = ports_jack.JackClient()
    free_name = client._free_name

    def ends(kind: str) -> str:
        client._shut_down(0, "the server ends just now")
        return free_name(kind)

    client._free_name = ends  # type: ignore[method-assign]
    try:
        with pytest.raises(PortError, match="the JACK server has ended"):
            _ = client.open_output(None) if kind == "output" else client.open_input(None, lambda _message, _time: None)
        assert not client._ports()
    finally:
        client.close()


def test_an_unknown_jack_client_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ports_jack.installed()
    monkeypatch.delattr(jack, "_libname")
    assert not ports_jack.installed()
    with pytest.raises(PortError, match="JACK-Client"):
        ports_jack.JackClient()


def arrives(port: OutputPort, heard: Ears, message: bytes) -> bool:
    for _ in range(ROUNDS):
        port.send(message, time.perf_counter())
        if heard.wait(lambda: message in kinds(heard), 0.5):
            return True
    return False
