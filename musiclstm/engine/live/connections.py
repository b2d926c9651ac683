"""Connections: the engine's outputs by number, its inputs, and the ports there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from musiclstm.engine.live.worker import Worker
from musiclstm.engine.ports import registry as ports
from musiclstm.engine.ports.base import InputPort, OutputPort, Receive
from musiclstm.engine.ports.ledger import PORTS
from musiclstm.engine.scheduler.scheduler import Scheduler
from musiclstm.protocol.telemetry import Notice, PortsChanged, Telemetry

T = TypeVar("T")

MAIN = 0
"""The number of the output that all parts without a port of their own go to."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked for, whether it is there or not."""

    name: str
    latency: float = 0.0


class Connections:
    """Owned by the engine's thread; opening and listing go through the worker and never keep it waiting.

    A port that cannot be opened is said, and opened as soon as it appears. workers: one for opening and closing, one
    for looking which ports there are. heard, clock_heard: get what arrives at the
    input and at the port whose MIDI clock is followed, from third parties' threads. opened: called, from any thread,
    when an output is there that was not before: it knows no programs yet.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        workers: tuple[Worker, Worker],
        *,
        heard: Receive,
        clock_heard: Receive,
        emit: Callable[[Telemetry], None],
        opened: Callable[[], None],
    ) -> None:
        self._scheduler = scheduler
        self._worker, self._looker = workers
        self._heard = heard
        self._clock_heard = clock_heard
        self._emit = emit
        self._told_opened = opened
        self.wanted: dict[int, Wanted] = {}
        self._outputs: dict[int, OutputPort] = {}
        self.wanted_input: str | None = None
        self.wanted_clock: str | None = None
        self._input: InputPort | None = None
        self._clock: InputPort | None = None
        self._known: tuple[tuple[str, ...], tuple[str, ...]] | None = None
        self._listing = False
        self._opening = 0  # jobs of the worker's
        self._appeared = False  # what is wanted may be there now

    # ---- what is there ---------------------------------------------------------------------------------------------

    @property
    def output(self) -> OutputPort | None:
        """The main output, None before it is open."""
        return self._outputs.get(MAIN)

    @property
    def wanted_output(self) -> str:
        return self.wanted[MAIN].name if MAIN in self.wanted else "null"

    @property
    def input(self) -> InputPort | None:
        return self._input

    def numbers(self) -> tuple[int, ...]:
        """Of all outputs in use."""
        return tuple(self.wanted)

    # ---- outputs ---------------------------------------------------------------------------------------------------

    def open_output(self, name: str, latency: float = 0.0, number: int = MAIN) -> None:
        """Send to this port from when it is open; the one before is closed then. latency: milliseconds."""
        self.wanted[number] = wanted = Wanted(name, latency)
        current = self._outputs.get(number)
        if current is not None and current.name == name and current.alive:
            self._use(number, wanted, current)
            return
        self._open(partial(ports.open_output, name, self._report), partial(self._opened, number, wanted))

    def port_number(self, name: str | None) -> int:
        """The number of a part's own port, which is opened if need be; None is the main one."""
        if name is None:
            return MAIN
        for number, wanted in self.wanted.items():
            if wanted.name == name:
                return number
        for number in range(1, PORTS):
            if number not in self.wanted:
                self.open_output(name, number=number)
                return number
        self._emit(Notice(f"No more than {PORTS} ports can be used at once; {name} is left out.", serious=True))
        return MAIN

    def _open(self, job: Callable[[], T], then: Callable[[T], None]) -> None:
        self._opening += 1

        def opened(port: T) -> None:
            self._opening -= 1
            then(port)

        self._worker.do(job, opened, self._not_opened)

    def _not_opened(self) -> None:
        self._opening -= 1

    def _opened(self, number: int, wanted: Wanted, port: OutputPort) -> None:
        if self.wanted.get(number) != wanted:  # another wish came meanwhile
            self._close(port)
            return
        old = self._outputs.get(number)
        self._use(number, wanted, port)
        if old is not None:
            self._close(old)
        self._told_opened()

    def _use(self, number: int, wanted: Wanted, port: OutputPort) -> None:
        self._outputs[number] = port
        self._scheduler.set_output(number, port, wanted.latency / 1000)

    def _close(self, port: OutputPort | InputPort) -> None:
        self._worker.do(port.close, self._done)

    def _report(self, text: str, alive: bool) -> None:
        self._emit(Notice(f"{text}.", serious=not alive))
        if alive:
            self._told_opened()

    # ---- inputs ----------------------------------------------------------------------------------------------------

    def open_input(self, name: str | None) -> None:
        """Listen to this port alone, or to none."""
        self.wanted_input = name
        self._reopen_input(name, lambda: self.wanted_input == name, self._heard, self._set_input)
        if name is None:
            self._set_input(None)

    def open_clock(self, name: str | None) -> None:
        """Hear the MIDI clock of this port alone, or of none."""
        self.wanted_clock = name
        self._reopen_input(name, lambda: self.wanted_clock == name, self._clock_heard, self._set_clock)
        if name is None:
            self._set_clock(None)

    def _reopen_input(
        self,
        name: str | None,
        still: Callable[[], bool],
        heard: Receive,
        use: Callable[[InputPort | None], None],
    ) -> None:
        if name is None:
            return

        def opened(port: InputPort) -> None:
            if still():
                use(port)
            else:
                self._close(port)

        self._open(partial(ports.open_input, name, heard, self._report), opened)

    def _set_input(self, port: InputPort | None) -> None:
        old, self._input = self._input, port
        if old is not None:
            self._close(old)

    def _set_clock(self, port: InputPort | None) -> None:
        old, self._clock = self._clock, port
        if old is not None:
            self._close(old)

    # ---- which ports there are ---------------------------------------------------------------------------------------

    def look(self) -> None:
        """See which ports came and went; once a second or so."""
        if not self._listing:
            self._listing = True
            self._looker.do(ports.list_ports, self._listed, self._not_listed)

    def _listed(self, known: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
        self._listing = False
        if known != self._known:
            self._known = known
            self._appeared = True
            self._emit(PortsChanged(*known))
        # What is just being opened would be opened twice, and the notes played meanwhile ended with the first.
        if self._appeared and not self._opening:
            self._appeared = False
            self._reconnect(*known)

    def _reconnect(self, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
        """Open what is wanted and was not there."""
        for number, wanted in list(self.wanted.items()):
            if number not in self._outputs and wanted.name in outputs:
                self.open_output(wanted.name, wanted.latency, number)
        if self._input is None and self.wanted_input in inputs:
            self.open_input(self.wanted_input)
        if self._clock is None and self.wanted_clock in inputs:
            self.open_clock(self.wanted_clock)

    def _not_listed(self) -> None:
        self._listing = False

    def close(self) -> None:
        """Close all ports; blocks for as long as they need to send what they were given."""
        for port in (self._input, self._clock, *self._outputs.values()):
            if port is not None:
                port.close()

    def _done(self, _: None) -> None: ...
