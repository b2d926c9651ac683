"""Ports: where MIDI goes to and comes from.

A message is the raw bytes of one MIDI message (90 3c 64), never part of one. Times are `perf_counter` seconds. This
module holds the two protocols, the ports that need no third party, and the doors `list_ports`, `open_output`,
`open_input`; each third party has an adapter of its own (`ports_rtmidi`, `ports_jack`, `synth`), imported only when it
is asked for.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, Protocol, TypeVar

from musiclstm.errors import PortError

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


class _System(Protocol):
    """What has ports to list and open. All of it raises PortError."""

    def outputs(self) -> tuple[str, ...]: ...

    def inputs(self) -> tuple[str, ...]: ...

    def open_output(self, name: str | None) -> OutputPort: ...

    def open_input(self, name: str | None, receive: Receive) -> InputPort: ...


def list_ports() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the (inputs, outputs) this machine has now, our own left out. Empty where there is no MIDI system."""
    systems = _systems()
    return _names(systems, "inputs"), _names(systems, "outputs")


def open_output(name: str, report: Report | None = None) -> OutputPort:
    """Open `synth` (or `synth:DRIVER`), `virtual` (others connect to it), `null`, or a port by its name.

    A name matches exactly, or else without regard to case as part of just one port's name. Ports of the machine come
    back by themselves after a loss (`ports_resilient`), which `report` is told. Raises PortError, listing the choices.
    """
    if name == "null":
        return NullPort()
    if name == "synth" or name.startswith("synth:"):
        from musiclstm.engine.ports.synth import SynthPort

        return SynthPort(name.partition(":")[2] or None)
    from musiclstm.engine.ports.resilient import ResilientPort

    if name == "virtual":
        port = _open_virtual(lambda system: system.open_output(None))
        return ResilientPort(port, lambda: _open_virtual(lambda system: system.open_output(None)), report)
    full = choose(name, _names(_systems(), "outputs"), "output", SPECIAL_OUTPUTS)
    return ResilientPort(_open_output(full), lambda: _open_output(full), report)


def open_input(name: str, receive: Receive, report: Report | None = None) -> InputPort:
    """Open `virtual` or an input by its name; names, losses and errors as with `open_output`."""
    from musiclstm.engine.ports.resilient import ResilientInput

    if name == "virtual":
        port = _open_virtual(lambda system: system.open_input(None, receive))
        return ResilientInput(port, lambda: _open_virtual(lambda system: system.open_input(None, receive)), report)
    full = choose(name, _names(_systems(), "inputs"), "input", SPECIAL_INPUTS)
    return ResilientInput(_open_input(full, receive), lambda: _open_input(full, receive), report)


def choose(name: str, names: tuple[str, ...], kind: str, special: tuple[str, ...] = ()) -> str:
    """The one of `names` that is meant. Raises PortError that lists the choices."""
    if name in names:
        return name
    found = [each for each in names if name.casefold() in each.casefold()] if name else []
    if len(found) == 1:
        return found[0]
    if found:
        raise PortError(f"More than one MIDI {kind} is called {name!r}: {', '.join(found)}")
    raise PortError(f"No MIDI {kind} is called {name!r}; there is {', '.join((*names, *special))}")


def _open_output(name: str) -> OutputPort:
    system, full = _find(name, "outputs")
    return system.open_output(full)


def _open_input(name: str, receive: Receive) -> InputPort:
    system, full = _find(name, "inputs")
    return system.open_input(full, receive)


def _open_virtual(open_on: Callable[[_System], PortT]) -> PortT:
    for system in _systems():
        with contextlib.suppress(PortError):
            return open_on(system)
    raise PortError("No MIDI system of this machine makes virtual ports (on Linux ALSA or JACK does)")


def _find(name: str, kind: Literal["inputs", "outputs"]) -> tuple[_System, str]:
    """Where the port of that name is, and what it is called now: some systems number what comes back anew."""
    from musiclstm.engine.ports.rtmidi import stable_name

    systems = _systems()
    for same in (lambda full: full == name, lambda full: stable_name(full) == stable_name(name)):
        for system in systems:
            for full in _names((system,), kind):
                if same(full):
                    return system, full
    raise PortError(f"{name} is gone")


def _names(systems: Iterable[_System], kind: Literal["inputs", "outputs"]) -> tuple[str, ...]:
    names: list[str] = []
    for system in systems:
        with contextlib.suppress(PortError):
            names += system.inputs() if kind == "inputs" else system.outputs()
    return tuple(dict.fromkeys(names))


_rtmidi: dict[int, _System] = {}
_systems_lock = threading.Lock()


def _systems() -> tuple[_System, ...]:
    """The MIDI systems that work on this machine now, best first."""
    with _systems_lock:
        return tuple(_working())


def _working() -> Iterator[_System]:
    from musiclstm.engine.ports import jack as ports_jack
    from musiclstm.engine.ports import rtmidi as ports_rtmidi

    with contextlib.suppress(PortError):
        yield ports_jack.client()
    with contextlib.suppress(PortError):
        for api in ports_rtmidi.apis(jack=not ports_jack.installed()):
            with contextlib.suppress(PortError):
                if api not in _rtmidi:
                    _rtmidi[api] = ports_rtmidi.RtMidiSystem(api)
                yield _rtmidi[api]
