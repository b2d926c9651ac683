"""Standby connections by RtMidi, for one MIDI system of the machine."""

from __future__ import annotations

import time

from musiclstm.engine.ports.base import OutputPort
from musiclstm.engine.ports.rtmidi import RtMidiSystem
from musiclstm.errors import PortError

RETRY = 2.0  # seconds between two attempts to open something


class RtMidiStandby:
    """A `standby.System`. Connections are opened in advance, because opening one when it is needed takes too long.

    Where a port can be opened only once (Windows) opening in advance fails; it is opened when it is needed, when the
    dead engine's own connection is gone.
    """

    def __init__(self, system: RtMidiSystem) -> None:
        self._system = system
        self._outputs: dict[str, OutputPort] = {}
        self._failed: dict[str, float] = {}

    def refresh(self, names: dict[int, str]) -> None:
        wanted = set(names.values())
        for name in [name for name, output in self._outputs.items() if name not in wanted or not output.alive]:
            self._outputs.pop(name).close()
        for name in wanted - set(self._outputs):
            if time.monotonic() - self._failed.get(name, 0.0) > RETRY:
                self._open(name)

    def send(self, name: str, messages: list[bytes]) -> bool:
        if name not in self._outputs:
            self._open(name)
        output = self._outputs.get(name)
        if output is not None:
            for message in messages:
                output.send(message, time.perf_counter())
        return output is not None

    def disconnect(self) -> None:
        outputs, self._outputs = list(self._outputs.values()), {}
        for output in outputs:
            output.close()

    def _open(self, name: str) -> None:
        try:
            self._outputs[name] = self._system.open_output(name)
        except PortError:
            self._failed[name] = time.monotonic()
