"""The ports of this machine, by name: listing and opening them.

Each third party has its own adapter (`rtmidi`, `jack`, `synth`), imported only when it is needed.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal

from musiclstm.engine.ports.base import InputPort, MidiSystem, NullPort, OutputPort, PortT, Receive, Report
from musiclstm.errors import PortError
from musiclstm.music import midi_message
from musiclstm.protocol.audio import driver_of

log = logging.getLogger(__name__)

# Names that do not stand for a port of the machine.
SPECIAL_OUTPUTS = ("synth", "virtual", "null")
SPECIAL_INPUTS = ("virtual",)


def list_ports() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the machine's (inputs, outputs) without our own. Empty where there is no MIDI system."""
    systems = _systems()
    return _names(systems, "inputs"), _names(systems, "outputs")


def open_output(name: str, report: Report | None = None, *, soundfont: str | None = None) -> OutputPort:
    """Open `synth` (or `synth:DRIVER`), `virtual` (others connect to it), `null`, or a port by its name.

    A name matches exactly, or else, ignoring case, as part of just one port's name. Ports of the machine reconnect
    automatically after a loss (`ports.resilient`); `report` is notified of both. soundfont: a file for the synth; None:
    the General MIDI one. Raises PortError that lists the choices.
    """
    if name == "null":
        return NullPort()
    if (driver := driver_of(name)) is not None:
        from musiclstm.engine.ports.synth import SynthPort

        return SynthPort(driver or None, Path(soundfont) if soundfont else None)
    from musiclstm.engine.ports.resilient import ResilientPort

    if name == "virtual":
        port = _open_virtual(lambda system: system.open_output(None))
        return ResilientPort(port, lambda: _open_virtual(lambda system: system.open_output(None)), report)
    full = choose(name, _names(_systems(), "outputs"), "output", SPECIAL_OUTPUTS)
    return ResilientPort(_open_output(full), lambda: _open_output(full), report)


def open_input(name: str, receive: Receive, report: Report | None = None) -> InputPort:
    """Open `virtual` or an input by its name; names, losses and errors are those of `open_output`.

    receive: gets whole messages only, whatever a device or driver delivers.
    """
    from musiclstm.engine.ports.resilient import ResilientInput

    receive = _whole_messages(receive)
    if name == "virtual":
        port = _open_virtual(lambda system: system.open_input(None, receive))
        return ResilientInput(port, lambda: _open_virtual(lambda system: system.open_input(None, receive)), report)
    full = choose(name, _names(_systems(), "inputs"), "input", SPECIAL_INPUTS)
    return ResilientInput(_open_input(full, receive), lambda: _open_input(full, receive), report)


def _whole_messages(receive: Receive) -> Receive:
    def check(message: bytes, time: float) -> None:
        if midi_message.is_whole(message):
            receive(message, time)
        else:
            log.info("not a MIDI message: %s", message.hex(" "))

    return check


def choose(name: str, names: tuple[str, ...], kind: str, special: tuple[str, ...] = ()) -> str:
    """The one of `names` that `name` stands for. Raises PortError that lists the choices."""
    if name in names:
        return name
    found = [each for each in names if name.casefold() in each.casefold()] if name else []
    if len(found) == 1:
        return found[0]
    if found:
        raise PortError(f"Several MIDI {kind}s match {name!r}: {', '.join(found)}. Give more of the name.")
    raise PortError(f"No MIDI {kind} named {name!r}. Available: {', '.join((*names, *special)) or 'none'}.")


def _open_output(name: str) -> OutputPort:
    system, full = _find(name, "outputs")
    return system.open_output(full)


def _open_input(name: str, receive: Receive) -> InputPort:
    system, full = _find(name, "inputs")
    return system.open_input(full, receive)


def _open_virtual(open_on: Callable[[MidiSystem], PortT]) -> PortT:
    for system in _systems():
        with contextlib.suppress(PortError):
            return open_on(system)
    raise PortError("No MIDI system of this machine has virtual ports. On Linux, ALSA and JACK do.")


def _find(name: str, kind: Literal["inputs", "outputs"]) -> tuple[MidiSystem, str]:
    """The system of the port of that name, and its present name: some systems renumber a port that reconnects."""
    from musiclstm.engine.ports.rtmidi import stable_name

    systems = _systems()
    for same in (lambda full: full == name, lambda full: stable_name(full) == stable_name(name)):
        for system in systems:
            for full in _names((system,), kind):
                if same(full):
                    return system, full
    raise PortError(f"{name} is no longer available.")


def _names(systems: Iterable[MidiSystem], kind: Literal["inputs", "outputs"]) -> tuple[str, ...]:
    names: list[str] = []
    for system in systems:
        with contextlib.suppress(PortError):
            names += system.inputs() if kind == "inputs" else system.outputs()
    return tuple(dict.fromkeys(names))


_rtmidi: dict[int, MidiSystem] = {}
_systems_lock = threading.Lock()


def _systems() -> tuple[MidiSystem, ...]:
    """The MIDI systems that work on this machine now, best first."""
    with _systems_lock:
        return tuple(_working())


def _working() -> Iterator[MidiSystem]:
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
