"""BesideDaw: an instrument beside a DAW, by one command: two virtual ports, and the DAW's MIDI clock leads."""

from __future__ import annotations

import sys
from collections.abc import Callable

from musiclstm.engine.live.connections import VIRTUAL, Connections
from musiclstm.engine.live.sync import Sync
from musiclstm.errors import UsageError
from musiclstm.protocol.commands import BesideDaw as Command
from musiclstm.protocol.commands import OpenInput, OpenOutput, SetSync

_NO_PORTS = (
    "Windows has no virtual MIDI ports of its own: make two with loopMIDI or Windows MIDI Services, and choose them as "
    "input and output."
)


class BesideDaw:
    """Owned by the engine's thread. carry_out: does the commands that it consists of.

    The parts have channels of their own, so the DAW gets each on its channel; the built-in synth is closed, because
    the virtual port takes its place. What was open before is opened again afterwards. before: what that is, where it
    was not this engine that opened it; () for whatever is open when the command comes.
    """

    def __init__(
        self,
        connections: Connections,
        sync: Sync,
        carry_out: Callable[[OpenOutput | OpenInput | SetSync], None],
        before: tuple[OpenOutput | OpenInput | SetSync, ...] = (),
    ) -> None:
        self._connections, self._sync, self._carry_out = connections, sync, carry_out
        self._given = before
        self._before: tuple[OpenOutput | OpenInput | SetSync, ...] = ()

    @property
    def on(self) -> bool:
        setting = self._sync.setting
        names = (self._connections.requested_output.name, self._connections.requested_input, setting.port)
        return setting.source == "midi" and names == (VIRTUAL, VIRTUAL, VIRTUAL)

    @property
    def before(self) -> tuple[OpenOutput | OpenInput | SetSync, ...]:
        """What is opened again afterwards; () before there is anything."""
        return self._before or self._given

    def set(self, command: Command) -> None:
        """Raises UsageError where there are no virtual ports."""
        if command.on == self.on:
            return
        if not command.on:
            for each in self.before or (OpenOutput("synth"), OpenInput(None), SetSync("internal")):
                self._carry_out(each)
            self._before = self._given = ()
            return
        if sys.platform == "win32":
            raise UsageError(_NO_PORTS)
        output, setting = self._connections.requested_output, self._sync.setting
        now = (OpenOutput(output.name, output.latency), OpenInput(self._connections.requested_input), setting)
        self._before, self._given = self._given or now, ()
        for each in (OpenOutput(VIRTUAL), OpenInput(VIRTUAL), SetSync("midi", VIRTUAL)):
            self._carry_out(each)
