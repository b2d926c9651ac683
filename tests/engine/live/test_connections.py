"""Connections: ports by number, opened and listed without blocking the engine's thread."""

import threading
import time
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue

import pytest

from musiclstm.engine.clock.base import ManualClock
from musiclstm.engine.live.background import Background
from musiclstm.engine.live.connections import Connections
from musiclstm.engine.ports import registry as ports
from musiclstm.engine.ports.base import InputPort, OutputPort, Receive, Report
from musiclstm.engine.ports.ledger import NoteLedger
from musiclstm.engine.ports.registry import choose
from musiclstm.engine.scheduler.scheduler import Scheduler
from musiclstm.errors import PortError
from musiclstm.protocol import telemetry
from tests.engine.ears import ears
from tests.engine.fakes import RecordingPort


class Machine:
    """A machine with ports that come and go, in place of `engine.ports`."""

    def __init__(self) -> None:
        self.outputs: dict[str, RecordingPort] = {}
        self.inputs: dict[str, RecordingPort] = {}
        self.receivers: dict[str, Receive] = {}
        self.reports: dict[str, Report | None] = {}
        self.soundfont: str | None = None

    def plug(self, name: str) -> None:
        self.outputs[name] = RecordingPort(name)
        self.inputs[name] = RecordingPort(name)

    def list_ports(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return tuple(self.inputs), tuple(self.outputs)

    def open_output(self, name: str, report: Report | None = None, *, soundfont: str | None = None) -> OutputPort:
        self.soundfont = soundfont
        name = name if name == "synth" and name in self.outputs else choose(name, tuple(self.outputs), "output")
        self.reports[name] = report
        self.outputs[name] = RecordingPort(name)
        return self.outputs[name]

    def open_input(self, name: str, receive: Receive, report: Report | None = None) -> InputPort:
        name = choose(name, tuple(self.inputs), "input")
        self.receivers[name] = receive
        self.reports[name] = report
        self.inputs[name] = RecordingPort(name)
        return self.inputs[name]


class Bench:
    """Connections on that machine; `settle` does what the thread that owns them would do."""

    def __init__(self, machine: Machine) -> None:
        self.emitted: list[telemetry.Telemetry] = []
        self.rerouted = 0
        self.found = 0
        self.inputs_gone = 0
        self.received: list[bytes] = []
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.background = Background(
            "test", self._calls.put, lambda text: self.emitted.append(telemetry.Notice(text, serious=True))
        )
        self.ledger = NoteLedger()
        self.scheduler = Scheduler(ManualClock(), ledger=self.ledger)
        self.connections = Connections(
            self.scheduler,
            self.background,
            self.background,
            receive=lambda message, _: self.received.append(message),
            receive_clock=lambda _message, _time: None,
            emit=self.emitted.append,
            on_rerouted=self._rerouted,
            on_main_found=self._main_found,
            on_input_gone=self._input_gone,
            soundfont="piano.sf2",
        )
        self.machine = machine

    def _rerouted(self) -> None:
        self.rerouted += 1

    def _main_found(self) -> None:
        self.found += 1

    def _input_gone(self) -> None:
        self.inputs_gone += 1

    def settle(self) -> None:
        """Run what was requested, and what follows from it."""
        for _ in range(3):
            done: list[bool] = []
            self.background.run(lambda: True, done.append)
            deadline = time.monotonic() + 5
            while not done:
                assert time.monotonic() < deadline
                try:
                    self._calls.get(timeout=0.1)()
                except Empty:
                    continue

    def turn(self) -> None:
        """Run the next call that the background has asked for."""
        self._calls.get(timeout=10)()

    def sent(self, number: int) -> list[bytes]:
        """What reaches the output of that number."""
        self.scheduler.send_now(b"\xc0\x01", port=number)
        return [message for _, message in self.machine.outputs[self.connections.requested[number].name].sent]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    machine = Machine()
    for name in ("list_ports", "open_output", "open_input"):
        monkeypatch.setattr(ports, name, getattr(machine, name))
    bench = Bench(machine)
    yield bench
    bench.connections.close()
    bench.background.close(wait=True)


def test_an_output_replaces_the_one_before(bench: Bench) -> None:
    bench.machine.plug("piano")
    bench.machine.plug("organ")
    bench.connections.open_output("piano")
    bench.connections.open_output("organ", 5.0)
    bench.settle()
    piano, organ = bench.machine.outputs["piano"], bench.machine.outputs["organ"]
    assert (piano.closed, organ.closed) == (True, False)
    assert bench.connections.output is organ
    assert bench.connections.requested_output.name == "organ"
    assert bench.sent(0) == [b"\xc0\x01"]
    assert bench.rerouted == 1


def test_a_missing_output_is_reported_and_opened_when_it_appears(bench: Bench) -> None:
    bench.connections.open_output("piano")
    bench.connections.open_input("keys")
    bench.connections.poll()
    bench.settle()
    assert [notice.text for notice in bench.emitted if isinstance(notice, telemetry.Notice)] == [
        "No MIDI output named 'piano'. Available: none.",
        "No MIDI input named 'keys'. Available: none.",
    ]
    assert bench.emitted[-1] == telemetry.PortsChanged((), ())
    bench.machine.plug("piano")
    bench.machine.plug("keys")
    bench.connections.poll()
    bench.settle()
    bench.settle()
    assert bench.connections.output is bench.machine.outputs["piano"]
    assert bench.connections.input is bench.machine.inputs["keys"]
    bench.machine.receivers["keys"](b"\x90\x3c\x40", 1.0)
    assert bench.received == [b"\x90\x3c\x40"]
    count = len(bench.emitted)
    bench.connections.poll()
    bench.settle()
    assert len(bench.emitted) == count  # nothing new


def test_a_port_being_opened_is_not_opened_again(bench: Bench) -> None:
    bench.machine.plug("piano")
    bench.connections.open_output("piano")
    bench.connections.open_input("piano")
    # A poll returns before the ports are open.
    bench.connections._listed(bench.machine.list_ports())
    bench.settle()
    output, input_ = bench.connections.output, bench.connections.input
    bench.connections.poll()
    bench.settle()
    bench.settle()
    assert bench.rerouted == 1
    assert bench.connections.output is output is bench.machine.outputs["piano"]
    assert bench.connections.input is input_ is bench.machine.inputs["piano"]


def test_a_port_that_appears_while_another_is_opened_is_used(bench: Bench) -> None:
    bench.machine.plug("main")
    bench.connections.open_output("organ", number=1)
    bench.settle()
    bench.connections.open_output("main")
    bench.machine.plug("organ")
    bench.connections._listed(bench.machine.list_ports())
    bench.settle()
    bench.connections.poll()
    bench.settle()
    bench.settle()
    assert bench.sent(1) == [b"\xc0\x01"]


def test_parts_have_ports_of_their_own(bench: Bench) -> None:
    for name in ("main", "bass", *(f"port {number}" for number in range(10))):
        bench.machine.plug(name)
    connections = bench.connections
    connections.open_output("main")
    assert connections.port_number(None) == 0
    assert connections.port_number("main") == 0
    assert connections.port_number("bass") == 1
    assert connections.port_number("bass") == 1
    bench.settle()
    assert bench.sent(1) == [b"\xc0\x01"]
    assert [connections.port_number(f"port {number}") for number in range(6)] == [2, 3, 4, 5, 6, 7]
    bench.settle()
    assert bench.found == 1
    bench.emitted.clear()
    for _ in range(3):  # as for three notes
        assert connections.port_number("port 6") == 0
    (notice,) = bench.emitted
    assert isinstance(notice, telemetry.Notice)
    assert "port 6" in notice.text


def test_the_main_output_plays_for_a_part_whose_port_is_missing(bench: Bench) -> None:
    """With one line for a person, from when that is known until the port is there, and again when it is lost."""
    bench.machine.plug("main")
    connections = bench.connections
    connections.open_output("main")
    bench.settle()
    assert connections.port_number("drums") == 1  # it is being opened
    before = bench.rerouted
    bench.settle()
    assert bench.rerouted == before + 1
    assert [connections.port_number("drums") for _ in range(3)] == [0, 0, 0]
    (notice,) = [each for each in bench.emitted if isinstance(each, telemetry.Notice)]
    assert "'drums'" in notice.text
    assert "main output" in notice.text
    appear(bench, "drums")
    assert bench.rerouted == before + 2
    assert connections.port_number("drums") == 1
    assert bench.sent(1) == [b"\xc0\x01"]
    report, drums = bench.machine.reports["drums"], bench.machine.outputs["drums"]
    assert report is not None
    drums.alive = False
    report("drums disconnected; it reconnects automatically.", False)
    assert (connections.port_number("drums"), bench.rerouted) == (0, before + 3)
    drums.alive = True
    report("drums reconnected.", True)
    assert (connections.port_number("drums"), bench.rerouted) == (1, before + 4)


def test_the_soundfont_reaches_the_port(bench: Bench) -> None:
    bench.connections.open_output("synth")
    bench.settle()
    assert bench.machine.soundfont == "piano.sf2"


def test_all_ports_are_closed_at_the_same_time(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes a quarter of a second, and whoever waits for the end of the engine does not wait for long."""
    both = threading.Barrier(2)
    for name in ("piano", "organ"):
        bench.machine.plug(name)
    bench.connections.open_output("piano")
    bench.connections.port_number("organ")
    bench.settle()
    met: list[int] = []
    for name in ("piano", "organ"):
        monkeypatch.setattr(bench.machine.outputs[name], "close", lambda: met.append(both.wait(10)))
    bench.connections.close()
    assert sorted(met) == [0, 1]
    monkeypatch.undo()


def test_an_output_that_was_about_to_be_closed_is_closed_with_the_others(bench: Bench) -> None:
    """Closing brings its pedals to rest, and nobody waits for the background any more."""
    bench.machine.plug("piano")
    bench.machine.plug("organ")
    bench.connections.open_output("piano")
    bench.settle()
    piano = bench.machine.outputs["piano"]
    busy = threading.Event()
    bench.connections.open_output("organ")
    bench.background.run(lambda: busy.wait(10), lambda _: None)
    while bench.connections.output is piano:
        bench.turn()
    closed_before = piano.closed
    bench.connections.close()
    assert (closed_before, piano.closed) == (False, True)
    busy.set()


def test_an_input_is_closed(bench: Bench) -> None:
    bench.machine.plug("keys")
    bench.connections.open_input("keys")
    bench.settle()
    port = bench.machine.inputs["keys"]
    bench.connections.open_input(None)
    bench.settle()
    assert bench.connections.input is None
    assert port.closed
    assert bench.connections.requested_input is None


def test_losses_and_reconnections_are_reported(bench: Bench) -> None:
    bench.machine.plug("piano")
    bench.connections.open_output("piano")
    bench.settle()
    report = bench.machine.reports["piano"]
    assert report is not None
    report("piano disconnected.", False)
    assert bench.ledger.port(0) == "piano"
    bench.machine.outputs["piano"].name = "piano 28:0"  # whoever ends a dead engine's notes must find it
    report("piano reconnected.", True)
    assert bench.ledger.port(0) == "piano 28:0"
    assert bench.emitted[-2:] == [
        telemetry.Notice("piano disconnected.", serious=True),
        telemetry.Notice("piano reconnected."),
    ]
    assert bench.rerouted == 2  # its programs must be sent again
    assert bench.found == 2


def test_keys_of_an_input_that_is_gone_are_released(bench: Bench) -> None:
    for name in ("keys", "organ", "clock"):
        bench.machine.plug(name)
    bench.connections.open_input("keys")
    bench.connections.open_clock("clock")
    bench.settle()
    assert bench.inputs_gone == 0
    keys = bench.machine.inputs["keys"]
    bench.connections.open_input("organ")
    bench.settle()
    assert (keys.closed, bench.inputs_gone) == (True, 1)
    lost, clock_lost = bench.machine.reports["organ"], bench.machine.reports["clock"]
    assert lost is not None
    assert clock_lost is not None
    clock_lost("clock disconnected; it reconnects automatically.", False)
    assert bench.inputs_gone == 1
    lost("organ disconnected; it reconnects automatically.", False)
    assert bench.inputs_gone == 2
    bench.connections.open_input(None)
    bench.settle()
    assert bench.inputs_gone == 3


def test_keys_are_released_though_their_input_does_not_close(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def close() -> None:
        raise PortError("The driver hangs.")

    bench.machine.plug("keys")
    bench.connections.open_input("keys")
    bench.settle()
    monkeypatch.setattr(bench.machine.inputs["keys"], "close", close)
    bench.connections.open_input(None)
    bench.settle()
    assert bench.inputs_gone == 1


def test_no_name_is_no_port(bench: Bench) -> None:
    """An empty name never opens a port: no input, the main output for a part, and a refusal for the main output."""
    bench.machine.plug("piano")
    bench.machine.plug("")
    connections = bench.connections
    connections.open_output("piano")
    connections.open_input("piano")
    connections.open_clock("piano")
    bench.settle()
    assert connections.port_number("") == connections.port_number(None) == 0
    assert set(connections.requested) == {0}
    connections.open_output("")
    connections.open_input("")
    connections.open_clock("")
    bench.settle()
    assert connections.requested_output.name == "piano"
    assert connections.input is None
    assert (connections.requested_input, connections.requested_clock) == (None, None)
    assert bench.machine.inputs["piano"].closed
    (notice,) = (x for x in bench.emitted if isinstance(x, telemetry.Notice))
    assert notice.text.startswith("An output needs a name")


KEYS = "Launchkey MK2 49:Launchkey MK2 49 MIDI 1 24:0"


def appear(bench: Bench, *names: str) -> None:
    for name in names:
        bench.machine.plug(name)
    bench.connections.poll()
    bench.settle()
    bench.settle()


@pytest.mark.parametrize("name", [KEYS, "launchkey", "MIDI 1 24:0", KEYS.replace("24:0", "28:0")])
def test_what_is_plugged_in_later_is_found_by_a_part_of_its_name(bench: Bench, name: str) -> None:
    connections = bench.connections
    connections.open_output(name)
    connections.open_output(name, number=3)
    connections.open_input(name)
    connections.open_clock(name)
    appear(bench, "piano")
    assert not connections._outputs
    appear(bench, KEYS)
    assert {number: port.name for number, port in connections._outputs.items()} == {0: KEYS, 3: KEYS}
    assert connections.input is not None
    assert connections._clock is not None
    assert set(bench.machine.receivers) == {KEYS}


def test_a_name_that_fits_several_ports_is_asked_about_once(bench: Bench) -> None:
    bench.connections.open_output("midi")
    appear(bench, "piano")
    bench.emitted.clear()
    appear(bench, "MIDI a", "MIDI b")
    appear(bench, "organ")
    (notice,) = (x for x in bench.emitted if isinstance(x, telemetry.Notice))
    assert "MIDI a, MIDI b" in notice.text
    assert bench.connections.output is None
    del bench.machine.outputs["MIDI a"], bench.machine.inputs["MIDI a"]
    appear(bench)
    assert bench.connections.output is bench.machine.outputs["MIDI b"]


def test_a_port_that_was_chosen_before_it_is_there_replaces_the_one_that_plays(bench: Bench) -> None:
    bench.machine.plug("piano")
    bench.connections.open_output("piano")
    bench.connections.open_input("piano")
    bench.connections.open_clock("piano")
    bench.settle()
    for choose_port in (
        bench.connections.open_output,
        bench.connections.open_input,
        bench.connections.open_clock,
    ):
        choose_port("organ")
    bench.settle()
    piano = bench.connections.output
    assert piano is bench.machine.outputs["piano"]
    appear(bench, "organ")
    assert bench.connections.output is bench.machine.outputs["organ"]
    assert bench.connections.input is not None
    assert bench.connections._clock is not None
    assert {bench.connections.input.name, bench.connections._clock.name} == {"organ"}
    # And it is opened once.
    opened = bench.rerouted
    appear(bench, "harp")
    assert bench.rerouted == opened


def test_the_synth_is_no_part_of_a_ports_name(bench: Bench) -> None:
    bench.connections.open_output("synth")
    bench.settle()
    appear(bench, "FLUID Synth:in")
    assert bench.connections.output is None


@pytest.mark.jack
@pytest.mark.usefixtures("jack_server")
def test_a_real_port_that_appears_later_is_found_by_a_part_of_its_name() -> None:
    bench = Bench(Machine())
    try:
        bench.connections.open_output("later orgA")
        bench.settle()
        assert not bench.connections._outputs
        with ears("Later Organ"):
            bench.connections.poll()
            bench.settle()
            bench.settle()
            assert [port.name for port in bench.connections._outputs.values()] == ["Later Organ:in"]
    finally:
        bench.connections.close()
        bench.background.close(wait=True)


def test_each_output_has_its_own_latency(bench: Bench) -> None:
    bench.machine.plug("piano")
    bench.machine.plug("organ")
    connections = bench.connections
    connections.open_output("piano", 5.0)
    connections.set_latency("organ", 30.0)  # before a part asks for it
    organ = connections.port_number("organ")
    bench.settle()

    def latencies() -> list[float]:
        queues = bench.scheduler._queues.outputs
        return [round(1000 * queues[number].latency, 6) for number in (0, organ)]

    assert latencies() == [5.0, 30.0]
    connections.set_latency("organ", -10.0)
    connections.set_latency("piano", 7.0)
    assert latencies() == [7.0, -10.0]


def test_an_output_is_played_with_the_pedal_whichever_number_it_has(bench: Bench) -> None:
    for name in ("piano", "organ", "other"):
        bench.machine.plug(name)
    connections = bench.connections
    connections.open_output("piano")
    connections.set_pedal("organ", on=True)  # before a part asks for it
    organ = connections.port_number("organ")
    bench.settle()

    def pedals() -> list[bool]:
        return [bench.scheduler._queues.outputs[number].pedal.on for number in (0, organ)]

    assert pedals() == [False, True]
    connections.set_pedal("", on=True)
    connections.set_pedal("organ", on=False)
    assert pedals() == [True, False]
    connections.open_output("other")  # the main output is another
    bench.settle()
    assert pedals() == [True, False]
    connections.set_pedal("", on=False)
    assert pedals() == [False, False]
