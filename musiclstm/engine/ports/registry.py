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

_SHOWN = 16  # bytes of a broken message in the log


def list_ports() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the machine's (inputs, outputs) without our own. Empty where there is no MIDI system."""
    systems = _systems()
    return _names(systems, "inputs"), _names(systems, "outputs")


def open_output(name: str, report: Report | None = None, *, soundfont: str | None = None) -> OutputPort:
    """Open `synth` (or `synth:DRIVER`), `virtual` (others connect to it), `null`, or a port by its name.

    A name stands for a port as `matching` says. Ports of the machine reconnect automatically after a loss
    (`ports.resilient`); `report` is notified of both. soundfont: a file for the synth; None: the General MIDI one.
    Raises PortError that lists the choices.
    """
    if name == "null":
        return NullPort()
    if (driver := driver_of(name)) is not None:
        return _open_synth(driver, soundfont, report)
    from musiclstm.engine.ports.resilient import ResilientPort

    if name == "virtual":
        port = _open_virtual(lambda system: system.open_output(None))
        return ResilientPort(port, lambda: _open_virtual(lambda system: system.open_output(None)), report)
    place = Place(choose(name, _names(_systems(), "outputs"), "output", SPECIAL_OUTPUTS), "outputs")
    return ResilientPort(_open_output(place), lambda: _open_output(place), report)


def _open_synth(driver: str, soundfont: str | None, report: Report | None) -> OutputPort:
    """The built-in synth, which is lost with the JACK server that it plays to, and there again with the next one."""
    from musiclstm.engine.ports import jack as ports_jack
    from musiclstm.engine.ports.resilient import ResilientPort
    from musiclstm.engine.ports.synth import SynthPort

    def opened() -> SynthPort:
        return SynthPort(driver or None, Path(soundfont) if soundfont else None)

    def opened_again() -> SynthPort:
        ports_jack.client()  # as long as there is no server, no SoundFont need be read
        return opened()

    port = opened()
    return ResilientPort(port, opened_again, report) if port.driver == "jack" else port


def open_input(name: str, receive: Receive, report: Report | None = None) -> InputPort:
    """Open `virtual` or an input by its name; names, losses and errors are those of `open_output`.

    receive: gets whole messages only, whatever a device or driver delivers.
    """
    from musiclstm.engine.ports.resilient import ResilientInput

    receive = _whole_messages(receive)
    if name == "virtual":
        port = _open_virtual(lambda system: system.open_input(None, receive))
        return ResilientInput(port, lambda: _open_virtual(lambda system: system.open_input(None, receive)), report)
    place = Place(choose(name, _names(_systems(), "inputs"), "input", SPECIAL_INPUTS), "inputs")
    return ResilientInput(_open_input(place, receive), lambda: _open_input(place, receive), report)


def _whole_messages(receive: Receive) -> Receive:
    told = False

    def check(message: bytes, time: float) -> None:
        nonlocal told
        if midi_message.is_whole(message):
            receive(message, time)
        elif not told:  # what comes in pieces, as a long system exclusive does, would fill the log
            told = True
            log.info("not a MIDI message: %s", message[:_SHOWN].hex(" "))

    return check


def matching(name: str, names: Iterable[str]) -> tuple[str, ...]:
    """The ports that a name stands for; `synth` and the like stand for none.

    The one with exactly that name; or else those with that name but for the number that some systems give to a port;
    or else those whose names contain it, ignoring case.
    """
    from musiclstm.engine.ports.rtmidi import stable_name

    names = tuple(names)
    if not name or name in SPECIAL_OUTPUTS or driver_of(name) is not None:
        return ()
    if name in names:
        return (name,)
    stable, part = stable_name(name), name.casefold()
    renumbered = tuple(each for each in names if stable_name(each) == stable)
    return renumbered or tuple(each for each in names if part in each.casefold())


def choose(name: str, names: tuple[str, ...], kind: str, special: tuple[str, ...] = ()) -> str:
    """The one of `names` that `name` stands for. Raises PortError that lists the choices."""
    found = matching(name, names)
    if len(found) == 1:
        return found[0]
    if found:
        raise PortError(f"Several MIDI {kind}s match {name!r}: {', '.join(found)}. Give more of the name.")
    raise PortError(f"No MIDI {kind} named {name!r}. Available: {', '.join((*names, *special)) or 'none'}.")


class Place:
    """Where a port is plugged in: its name, which gets another number in some systems when it is plugged in again.

    name: the present one, or the last. Used by one thread at a time: the one that opens the port.
    """

    def __init__(self, name: str, kind: Literal["inputs", "outputs"]) -> None:
        self.name = name
        self._kind: Literal["inputs", "outputs"] = kind
        # Ports that existed beside it and differ in name only by the number: they are not this one.
        self._others: set[str] = set()

    def find(self) -> MidiSystem:
        """The system that has the port now. Raises PortError if it is gone, or nobody can tell which one it is."""
        from musiclstm.engine.ports.rtmidi import stable_name

        stable = stable_name(self.name)
        there = {
            name: system
            for system in reversed(_systems())  # where two systems have it, the better one
            for name in _names((system,), self._kind)
            if stable_name(name) == stable
        }
        if self.name not in there:
            found = there.keys() - self._others
            self._others &= there.keys()
            if len(found) != 1:
                raise PortError(f"{self.name} is no longer available.")
            (self.name,) = found
        self._others = there.keys() - {self.name}
        return there[self.name]


def _open_output(place: Place) -> OutputPort:
    return place.find().open_output(place.name)


def _open_input(place: Place, receive: Receive) -> InputPort:
    return place.find().open_input(place.name, receive)


def _open_virtual(open_on: Callable[[MidiSystem], PortT]) -> PortT:
    for system in _systems():
        with contextlib.suppress(PortError):
            return open_on(system)
    raise PortError(
        "No MIDI system of this machine has virtual ports. On Linux, ALSA and JACK do; on Windows, loopMIDI makes them."
    )


def _names(systems: Iterable[MidiSystem], kind: Literal["inputs", "outputs"]) -> tuple[str, ...]:
    names: list[str] = []
    for system in systems:
        with contextlib.suppress(PortError):
            names += system.inputs() if kind == "inputs" else system.outputs()
    return tuple(dict.fromkeys(name for name in names if name))


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
