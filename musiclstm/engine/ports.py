"""Ports: where MIDI goes to and comes from.

A message is the raw bytes of one MIDI message (`b"\\x90\\x3c\\x64"`), never part of one. Times are `perf_counter`
seconds. This module holds the two protocols, the ports that need no third party, and the doors `list_ports`,
`open_output`, `open_input`; each third party has an adapter of its own (`ports_rtmidi`, `ports_jack`, `synth`), imported
only when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

CLIENT = "musiclstm"

# Names that mean something else than a port of the machine.
SPECIAL_OUTPUTS = ("synth", "virtual", "null")
SPECIAL_INPUTS = ("virtual",)

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

        `time` never goes back for the messages of one note. Raises PortError where the port fails; it may be used again afterwards.
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


class RecordingPort:
    """Keeps (time, message) of all that is sent, for tests and offline render."""

    alive = True
    lead = 0.0
    lossy = False

    def __init__(self, name: str = "recording") -> None:
        self.name = name
        self.sent: list[tuple[float, bytes]] = []
        self.closed = False

    def send(self, message: bytes, time: float) -> None:
        self.sent.append((time, message))

    def close(self) -> None:
        self.closed = True


def list_ports() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the (inputs, outputs) this machine has now, our own left out. Empty where there is no MIDI system."""
    raise NotImplementedError


def open_output(name: str, report: Report | None = None) -> OutputPort:
    """Open `synth`, `virtual` (others connect to it), `null`, or a port by its name.

    A name matches exactly, or else without regard to case as part of just one port's name. Ports of the machine come
    back by themselves after a loss (`ports_resilient`), which `report` is told. Raises PortError, listing the choices.
    """
    raise NotImplementedError


def open_input(name: str, receive: Receive, report: Report | None = None) -> InputPort:
    """Open `virtual` or an input by its name; names, losses and errors as with `open_output`."""
    raise NotImplementedError
