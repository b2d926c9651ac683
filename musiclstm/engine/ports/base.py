"""The protocols of ports and MIDI systems, and the null port.

A message is the raw bytes of one complete MIDI message (90 3c 64). Times are `perf_counter` seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

CLIENT = "musiclstm"

Receive = Callable[[bytes, float], None]
"""(message, time): called from a third party's thread; must return at once and not raise."""

Report = Callable[[str, bool], None]
"""(one line for the user, alive): a port disconnected or reconnected. Called from the port's own watching thread."""


class OutputPort(Protocol):
    """Sends messages. One sender at a time, ensured by the scheduler's lock; `alive` may be read from any thread."""

    @property
    def name(self) -> str: ...

    @property
    def alive(self) -> bool:
        """False while the receiver is disconnected: messages are then dropped without an error."""

    @property
    def lead(self) -> float:
        """Seconds before its time that a message must be given to `send`; 0 for ports that send at once."""

    @property
    def lossy(self) -> bool:
        """Whether messages can get lost; the scheduler then repeats note-offs (`Scheduler`: re-assertion)."""

    def send(self, message: bytes, time: float) -> None:
        """Send at `time` if the port has a `lead`, or else at once. Does not block.

        Raises PortError if the port fails; it may be used again afterwards.
        """

    def close(self) -> None:
        """Idempotent. Sends no note-offs: the scheduler has sent them before."""


class InputPort(Protocol):
    """Calls the `Receive` it was opened with for every message, until closed."""

    @property
    def name(self) -> str: ...

    @property
    def alive(self) -> bool: ...

    def close(self) -> None: ...


PortT = TypeVar("PortT", InputPort, OutputPort)


class NullPort:
    """Accepts everything and sends nothing."""

    name = "null"
    alive = True
    lead = 0.0
    lossy = False

    def send(self, message: bytes, time: float) -> None:
        pass

    def close(self) -> None:
        pass


class MidiSystem(Protocol):
    """Lists and opens the ports of one MIDI system. Every method may raise PortError."""

    def outputs(self) -> tuple[str, ...]: ...

    def inputs(self) -> tuple[str, ...]: ...

    def open_output(self, name: str | None) -> OutputPort: ...

    def open_input(self, name: str | None, receive: Receive) -> InputPort: ...
