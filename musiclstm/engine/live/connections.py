"""Connections: the engine's outputs by number, its inputs, and the ports of the machine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from musiclstm.engine.live.background import Background
from musiclstm.engine.ports import registry as ports
from musiclstm.engine.ports.base import InputPort, OutputPort, Receive, Report
from musiclstm.engine.ports.ledger import CLOCK, INPUT, PORTS
from musiclstm.engine.scheduler.scheduler import Scheduler
from musiclstm.errors import PortError
from musiclstm.protocol.telemetry import Notice, PortsChanged, Telemetry

T = TypeVar("T")

VIRTUAL = "virtual"
MAIN = 0
"""The number of the output that all parts without a port of their own go to."""
INSTEAD = " Until it is there, its parts play on the main output."


@dataclass(frozen=True, slots=True)
class Request:
    """An output that was asked for, whether it exists or not. latency: milliseconds."""

    name: str
    latency: float = 0.0


class Connections:
    """Which ports are requested and which are open. Owned by the engine's thread, which never waits for a port.

    A port that cannot be opened is reported, and opened as soon as it appears.

    opener: opens and closes ports. poller: lists them. receive, receive_clock: get what arrives at the input and at the
    port whose MIDI clock is followed, from third parties' threads. on_rerouted: called, from any thread, when an output
    was opened or found again, which needs the programs, or a part's own is missing. on_main_found: the same, when the
    main output was opened or found again. on_input_gone: the same, when the input was closed or disconnected, so that
    keys held on it must be released. soundfont: of the built-in synth; None: the default one.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        opener: Background,
        poller: Background,
        *,
        receive: Receive,
        receive_clock: Receive,
        emit: Callable[[Telemetry], None],
        on_rerouted: Callable[[], None],
        on_main_found: Callable[[], None],
        on_input_gone: Callable[[], None],
        soundfont: str | None = None,
    ) -> None:
        self._scheduler = scheduler
        self._opener, self._poller = opener, poller
        self._receive = receive
        self._receive_clock = receive_clock
        self._emit = emit
        self._on_rerouted = on_rerouted
        self._on_main_found = on_main_found
        self._on_input_gone = on_input_gone
        self._soundfont = soundfont
        self.latencies: dict[str, float] = {}  # milliseconds, by the name of an output
        self.pedals: set[str] = set()  # names of the outputs that are played with the sustain pedal, "": the main one
        self.requested: dict[int, Request] = {}
        self._outputs: dict[int, OutputPort] = {}
        # For which of the requests the open ports were opened: until another one can be, the last port stays.
        self._fulfilled: dict[int, Request] = {}
        self._fulfilled_input: str | None = None
        self._fulfilled_clock: str | None = None
        self.requested_input: str | None = None
        self.requested_clock: str | None = None
        self._input: InputPort | None = None
        self._clock: InputPort | None = None
        self._known: tuple[tuple[str, ...], tuple[str, ...]] | None = None
        self._refused: set[str] = set()  # ports of parts for which there was no number left
        self._missing: set[int] = set()  # outputs of parts that could not be opened
        self._closing: list[OutputPort | InputPort] = []  # in the background, which may be busy with something else
        self._listing = False
        self._opening = 0  # jobs that have not ended
        self._ports_changed = False  # a requested port may have appeared
        self._ambiguous: dict[str | None, tuple[str, ...]] = {}  # name: the ports it stood for when they were listed

    # ---- open now --------------------------------------------------------------------------------------------------

    @property
    def output(self) -> OutputPort | None:
        """The main output, None before it is open."""
        return self._outputs.get(MAIN)

    @property
    def requested_output(self) -> Request:
        """Of the main output."""
        return self.requested.get(MAIN, Request("null"))

    @property
    def input(self) -> InputPort | None:
        return self._input

    # ---- outputs ---------------------------------------------------------------------------------------------------

    def open_output(self, name: str, latency: float = 0.0, number: int = MAIN) -> None:
        """Send to this port once it is open, and close the previous one then. latency: milliseconds."""
        if not name:
            self._emit(Notice("An output needs a name: a port's, synth, virtual or null.", serious=True))
            return
        self.requested[number] = request = Request(name, latency)
        current, before = self._outputs.get(number), self._fulfilled.get(number)
        if current is not None and before is not None and before.name == name and current.alive:
            self._use(number, request, current)
            return
        report = self._report_main if number == MAIN else self._report_own

        def job() -> OutputPort:
            try:
                return ports.open_output(name, report, soundfont=self._soundfont)
            except PortError as error:
                raise PortError(f"{error}{'' if number == MAIN else INSTEAD}") from error

        self._open(job, partial(self._opened, number, request), partial(self._not_opened, number))

    def set_latency(self, name: str, latency: float) -> None:
        """Send to an output so many milliseconds ahead of time, now if it is open and whenever a part opens it."""
        self.latencies[name] = latency
        for number, request in list(self.requested.items()):
            if request.name == name:
                self.open_output(name, latency, number)

    def set_pedal(self, name: str, *, on: bool) -> None:
        """Play an output with the sustain pedal or without, now if it is open and whenever it is opened."""
        (self.pedals.add if on else self.pedals.discard)(name)
        for number, request in self.requested.items():
            self._set_pedal(number, request)

    def _set_pedal(self, number: int, request: Request) -> None:
        on = request.name in self.pedals or (number == MAIN and "" in self.pedals)
        self._scheduler.set_pedal(number, on=on)

    def port_number(self, name: str | None) -> int:
        """The number of a part's own port, which is opened if it is new; None or "" is the main one.

        While it is missing, the main one plays instead.
        """
        if not name:
            return MAIN
        for number, request in self.requested.items():
            if request.name == name:
                return MAIN if self._is_missing(number) else number
        for number in range(1, PORTS):
            if number not in self.requested:
                self.open_output(name, self.latencies.get(name, 0.0), number)
                return number
        if name not in self._refused:  # it is asked for with every note
            self._refused.add(name)
            text = f"All {PORTS} ports are in use; what is for {name} goes to the main one. Use fewer, and start again."
            self._emit(Notice(text, serious=True))
        return MAIN

    def _is_missing(self, number: int) -> bool:
        """Not while it is being opened, which does not take long."""
        output = self._outputs.get(number)
        return number in self._missing if output is None else not output.alive

    def _open(self, job: Callable[[], T], done: Callable[[T], None], failed: Callable[[], None] = lambda: None) -> None:
        self._opening += 1

        def opened(port: T) -> None:
            self._opening -= 1
            done(port)

        def not_opened() -> None:
            self._opening -= 1
            failed()

        self._opener.run(job, opened, not_opened)

    def _not_opened(self, number: int) -> None:
        if number != MAIN and number not in self._missing:
            self._missing.add(number)
            self._on_rerouted()

    def _opened(self, number: int, request: Request, port: OutputPort) -> None:
        if self.requested.get(number) != request:  # another request came meanwhile
            self._close(port)
            return
        old = self._outputs.get(number)
        self._use(number, request, port)
        if old is not None:
            self._close(old)
        self._missing.discard(number)
        self._on_rerouted()
        if number == MAIN:
            self._on_main_found()

    def _use(self, number: int, request: Request, port: OutputPort) -> None:
        self._outputs[number], self._fulfilled[number] = port, request
        self._scheduler.set_output(number, port, request.latency / 1000)
        self._set_pedal(number, request)

    def _close(self, port: OutputPort | InputPort) -> None:
        self._closing.append(port)
        self._opener.run(port.close, lambda _: self._closing.remove(port), lambda: self._closing.remove(port))

    def _report(self, text: str, alive: bool) -> None:
        self._emit(Notice(text, serious=not alive))
        if alive:
            self._scheduler.note_names()
            self._on_rerouted()

    def _report_main(self, text: str, alive: bool) -> None:
        self._report(text, alive)
        if alive:
            self._on_main_found()

    def _report_own(self, text: str, alive: bool) -> None:
        """Of an output of some parts."""
        self._report(text if alive else f"{text}{INSTEAD}", alive)
        if not alive:
            self._on_rerouted()

    def _report_input(self, text: str, alive: bool) -> None:
        self._report(text, alive)
        if alive:
            self._note_inputs()
        else:
            self._on_input_gone()

    def _report_clock(self, text: str, alive: bool) -> None:
        self._report(text, alive)
        self._note_inputs()

    def _note_inputs(self) -> None:
        """The ledger has the names of those that are virtual, for whoever connects them after a crash."""
        for place, port, name in (
            (INPUT, self._input, self._fulfilled_input),
            (CLOCK, self._clock, self._fulfilled_clock),
        ):
            self._scheduler.note_input(place, port.name if port is not None and name == VIRTUAL else "")

    # ---- inputs ----------------------------------------------------------------------------------------------------

    @property
    def clock_is_input(self) -> bool:
        """Whether the clock arrives at the virtual input, so that a DAW needs one port of ours for both."""
        return self.requested_clock == VIRTUAL == self.requested_input

    def open_input(self, name: str | None) -> None:
        """Listen to this port alone, or (None or "") to none."""
        before = self.clock_is_input
        self.requested_input = name = name or None
        if before != self.clock_is_input:
            self.open_clock(self.requested_clock)
        if name is None:
            self._set_input(None)
        else:
            use = partial(self._set_input, name=name)
            self._open_input(name, lambda: self.requested_input == name, self._receive, use, self._report_input)

    def open_clock(self, name: str | None) -> None:
        """Receive the MIDI clock of this port alone, or (None or "") of none."""
        self.requested_clock = name = name or None
        if name is None or self.clock_is_input:
            self._set_clock(None, name)
        else:
            use = partial(self._set_clock, name=name)
            self._open_input(name, lambda: self.requested_clock == name, self._receive_clock, use, self._report_clock)

    def _open_input(
        self,
        name: str,
        still_requested: Callable[[], bool],
        receive: Receive,
        use: Callable[[InputPort | None], None],
        report: Report,
    ) -> None:
        def opened(port: InputPort) -> None:
            if still_requested():
                use(port)
            else:
                self._close(port)

        self._open(partial(ports.open_input, name, receive, report), opened)

    def _set_input(self, port: InputPort | None, name: str | None = None) -> None:
        """name: the request that the port was opened for."""
        old, self._input, self._fulfilled_input = self._input, port, name
        self._note_inputs()
        if old is not None:
            # Once it is closed: until then it may still deliver a note-on.
            self._opener.run(old.close, lambda _: self._on_input_gone(), self._on_input_gone)

    def _set_clock(self, port: InputPort | None, name: str | None = None) -> None:
        old, self._clock, self._fulfilled_clock = self._clock, port, name
        self._note_inputs()
        if old is not None:
            self._close(old)

    # ---- the ports of the machine ------------------------------------------------------------------------------------

    def poll(self) -> None:
        """Find out which ports came and went; called about once a second."""
        if not self._listing:
            self._listing = True
            self._poller.run(ports.list_ports, self._listed, self._not_listed)

    def _listed(self, known: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
        self._listing = False
        if known != self._known:
            self._known = known
            self._ports_changed = True
            self._emit(PortsChanged(*known))
        # A port that is just being opened would be opened twice, and notes played meanwhile ended with the first.
        if self._ports_changed and not self._opening:
            self._ports_changed = False
            self._connect_requested(*known)

    def _connect_requested(self, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
        """Open the requested ports that did not exist before."""
        for number, request in list(self.requested.items()):
            if self._fulfilled.get(number) != request and self._appeared(request.name, outputs):
                self.open_output(request.name, request.latency, number)
        if self._fulfilled_input != self.requested_input and self._appeared(self.requested_input, inputs):
            self.open_input(self.requested_input)
        if self._fulfilled_clock != self.requested_clock and self._appeared(self.requested_clock, inputs):
            self.open_clock(self.requested_clock)

    def _appeared(self, name: str | None, names: tuple[str, ...]) -> bool:
        """Whether a requested port is there now; or several, which is reported once, by trying to open it."""
        found = ports.matching(name or "", names)
        if len(found) > 1 and self._ambiguous.get(name) == found:
            return False
        self._ambiguous[name] = found
        return bool(found)

    def _not_listed(self) -> None:
        self._listing = False

    def close(self) -> None:
        """Close all ports at the same time; blocks until they have sent what they were given."""
        there = (self._input, self._clock, *self._outputs.values(), *self._closing)
        threads = [threading.Thread(target=port.close, name="close") for port in there if port is not None]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
