"""What every port is: the two protocols, what a MIDI system offers, and the port that leads nowhere.

A message is the raw bytes of one whole MIDI message (90 3c 64). Times are `perf_counter` seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

CLIENT = "musiclstm"

Receive = Callable[[bytes, float], None]
"""(message, time): called from a third party's thread; must return at once and not raise."""

Report = Callable[[str, bool], None]
"""(one line for a person, alive): a port went away or came back. Called from the port's own watching thread."""


class OutputPort(Protocol):
    """Takes messages. One sender at a time (the scheduler's lock sees to it); `alive` may be read from any thread."""

    @property
    def name(self) -> str: ...

    @property
    def alive(self) -> bool:
        """False while what it is connected to is gone: messages are then dropped without an error."""

    @property
    def lead(self) -> float:
        """Seconds before its time that a message wants to be given to `send`; 0 for ports that send at once."""

    @property
    def lossy(self) -> bool:
        """Messages can get lost behind it, so the scheduler repeats note-offs (`Scheduler`: re-assertion)."""

    def send(self, message: bytes, time: float) -> None:
        """Send at `time` (only ports with a `lead` can) or else at once. Does not block.

        Raises PortError where the port fails; it may be used again afterwards.
        """

    def close(self) -> None:
        """Idempotent. Sends nothing: the scheduler ends the notes before."""


class InputPort(Protocol):
    """Calls what it was opened with for every message, until closed."""

    @property
    def name(self) -> str: ...

    @property
    def alive(self) -> bool: ...

    def close(self) -> None: ...


PortT = TypeVar("PortT", InputPort, OutputPort)


class NullPort:
    """Takes everything, sends nothing."""

    name = "null"
    alive = True
    lead = 0.0
    lossy = False

    def send(self, message: bytes, time: float) -> None:
        pass

    def close(self) -> None:
        pass


class MidiSystem(Protocol):
    """What has ports to list and open. All of it raises PortError."""

    def outputs(self) -> tuple[str, ...]: ...

    def inputs(self) -> tuple[str, ...]: ...

    def open_output(self, name: str | None) -> OutputPort: ...

    def open_input(self, name: str | None, receive: Receive) -> InputPort: ...
