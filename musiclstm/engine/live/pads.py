"""Pads: a grid of lit pads that shows what the instrument does and steers it, beside whatever else is plugged in.

It hears the telemetry, as the window does, so the note path knows nothing of it; a thread of its own sends the lights.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from musiclstm.engine.live import pad_table
from musiclstm.engine.live.background import Background
from musiclstm.engine.live.pad_lights import HEARD, PadLights
from musiclstm.engine.live.pad_table import PadTable
from musiclstm.engine.performer.midi_map import Trigger
from musiclstm.engine.ports import registry as ports
from musiclstm.engine.ports.base import InputPort, OutputPort
from musiclstm.errors import MusicLSTMError, PortError, UsageError
from musiclstm.protocol.commands import Command
from musiclstm.protocol.telemetry import PortsChanged, Telemetry

log = logging.getLogger(__name__)


class Pads:
    """Owned by the engine's thread, except `hear`.

    call_later: schedules a call there. problem: takes a line for a person. command: carries one out. key: does what a
    key does that is mapped to this target. The device is found when it is plugged in; ports reconnect by themselves.
    """

    def __init__(
        self,
        call_later: Callable[[Callable[[], None]], None],
        problem: Callable[[str], None],
        *,
        command: Callable[[Command], None],
        key: Callable[[str], None],
    ) -> None:
        self._call_later, self._problem, self._command, self._key = call_later, problem, command, key
        self._sender = Background("pads", call_later, problem)
        self._lights = PadLights()
        self._tables: list[PadTable] | None = None
        self._table: PadTable | None = None  # of the device that is, or is being, opened
        self._ports: tuple[OutputPort, InputPort] | None = None
        self._shown: dict[Trigger, str] = {}

    # ---- from other threads ----------------------------------------------------------------------------------------

    def hear(self, message: Telemetry) -> None:
        """Any thread; never blocks."""
        if isinstance(message, (*HEARD, PortsChanged)):
            self._call_later(partial(self._take, message))

    def _arrived(self, message: bytes, _time: float) -> None:
        self._call_later(partial(self._press, message))

    def _report(self, text: str, alive: bool) -> None:
        log.info("%s", text)
        if alive:
            self._call_later(self._begin)

    # ---- the engine's thread ---------------------------------------------------------------------------------------

    def _take(self, message: Telemetry) -> None:
        if isinstance(message, PortsChanged):
            self._find(message)
        else:
            self._lights.take(message)
            self._show()

    def _find(self, there: PortsChanged) -> None:
        if self._table is not None:
            return
        for table in self._known_tables():
            output, input_ = table.port(there.outputs), table.port(there.inputs)
            if output is not None and input_ is not None:
                self._table = table
                self._sender.run(partial(self._open, output, input_), self._opened, self._not_opened)
                return

    def _known_tables(self) -> list[PadTable]:
        if self._tables is None:
            found = [self._read(path) for path in pad_table.all_tables()]
            self._tables = [table for table in found if table is not None]
        return self._tables

    def _read(self, path: Path) -> PadTable | None:
        try:
            return pad_table.read(path)
        except UsageError as error:
            self._problem(str(error))
            return None

    def _open(self, output: str, input_: str) -> tuple[OutputPort, InputPort]:
        port = ports.open_output(output, self._report)
        try:
            return port, ports.open_input(input_, self._arrived)
        except MusicLSTMError:
            port.close()
            raise

    def _opened(self, opened: tuple[OutputPort, InputPort]) -> None:
        self._ports = opened
        self._begin()

    def _not_opened(self) -> None:
        self._table = None

    def _begin(self) -> None:
        """The device was plugged in: all of its pads are lit anew."""
        if self._table is not None and self._ports is not None:
            self._shown = {}
            self._send(self._table.begin)
            self._show()

    def _press(self, message: bytes) -> None:
        pressed = Trigger.of(message)
        if self._table is None or pressed is None or not message[2] or message[0] & 0xF0 == 0x80:
            return
        target = self._table.pads.get(Trigger(pressed.kind, pressed.number, None))
        if target is None:
            return
        meant = self._lights.press(target)
        if isinstance(meant, str):
            self._key(meant)
        elif meant is not None:
            self._command(meant)
        self._show()

    def _show(self) -> None:
        """Sends the lights that have changed."""
        table = self._table
        if table is None or self._ports is None:
            return
        wanted = self._lights.lights(table)
        changed = {pad: colour for pad, colour in wanted.items() if self._shown.get(pad) != colour}
        if changed:
            self._shown = wanted
            self._send(tuple(table.light(pad, colour) for pad, colour in changed.items()))

    def _send(self, messages: tuple[bytes, ...]) -> None:
        if self._ports is not None:
            self._sender.run(partial(_send, self._ports[0], messages), lambda _: None)

    def close(self) -> None:
        """The pads go dark, and the device goes back to what it was."""
        self._sender.close(wait=True)
        opened, self._ports = self._ports, None
        if opened is None or self._table is None:
            return
        output, input_ = opened
        input_.close()
        _send(output, tuple(self._table.light(pad, "off") for pad in self._table.pads) + self._table.end)
        output.close()


def _send(port: OutputPort, messages: tuple[bytes, ...]) -> None:
    with suppress(PortError):  # it is being pulled out
        for message in messages:
            port.send(message, 0.0)
