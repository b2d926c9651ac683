"""First run without sound: if there is exactly one MIDI port, play to it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from musiclstm.gui.bridge import Bridge
from musiclstm.protocol.audio import driver_of
from musiclstm.protocol.commands import OpenOutput
from musiclstm.protocol.telemetry import PortsChanged, Status

NO_PORTS = frozenset({"synth", "virtual", "null"})


class FirstPort(QObject):
    """Chooses once, and only while the user has not chosen an output. Signal: `message(text)`."""

    message = Signal(str)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._ports: tuple[str, ...] = ()
        self._silent = False
        bridge.ports_changed.connect(self._ports_changed)
        bridge.status.connect(self._status)
        bridge.commanded.connect(self._commanded)

    def _ports_changed(self, message: PortsChanged) -> None:
        self._ports = tuple(name for name in message.outputs if name not in NO_PORTS)
        self._choose()

    def _status(self, status: Status) -> None:
        self._silent = driver_of(status.output) is not None and not status.output_alive
        self._choose()

    def _choose(self) -> None:
        if self._silent and len(self._ports) == 1:
            self._bridge.send(OpenOutput(self._ports[0]))
            self.message.emit(
                f"The built-in synth finds no sound; playing to {self._ports[0]}, the only port there is."
            )

    def _commanded(self, command: object) -> None:
        if isinstance(command, OpenOutput):
            self._bridge.status.disconnect(self._status)
            self._bridge.ports_changed.disconnect(self._ports_changed)
            self._bridge.commanded.disconnect(self._commanded)
            self._silent = False
