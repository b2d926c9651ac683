"""Standby: second connections to the outputs, to end the notes of an engine that cannot do it any more."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from musiclstm.engine.ports.base import OutputPort
from musiclstm.engine.ports.ledger import PORTS, NoteLedger
from musiclstm.engine.ports.registry import SPECIAL_OUTPUTS
from musiclstm.engine.ports.rtmidi import RtMidiSystem, apis
from musiclstm.engine.supervision.standby_jack import JackStandby
from musiclstm.errors import PortError

log = logging.getLogger(__name__)
_AGAIN = 0.1  # seconds from the first ends to the second
_RETRY = 2.0  # seconds between two attempts at what does not open


class System(Protocol):
    """A MIDI system, by which ports can be sent to beside the engine."""

    def refresh(self, names: set[str]) -> None:
        """Be ready for these ports (those that are its own)."""

    def end(self, name: str, messages: list[bytes]) -> bool:
        """Send to a port, now; False if it is not one of its own, or cannot be."""

    def renew(self) -> None:
        """Let go of connections, so that the next `end` makes new ones."""


class RtMidiStandby:
    """A system of RtMidi's. Connections are opened in advance, because in need everything is slow.

    Where a port can be opened only once (Windows) that fails, and it is opened when it is needed: the dead engine's
    own connection is gone then.
    """

    def __init__(self, system: RtMidiSystem) -> None:
        self._system = system
        self._outputs: dict[str, OutputPort] = {}
        self._failed: dict[str, float] = {}

    def refresh(self, names: set[str]) -> None:
        for name in [name for name, output in self._outputs.items() if name not in names or not output.alive]:
            self._outputs.pop(name).close()
        for name in names - set(self._outputs):
            if time.monotonic() - self._failed.get(name, 0.0) > _RETRY:
                self._open(name)

    def end(self, name: str, messages: list[bytes]) -> bool:
        if name not in self._outputs:
            self._open(name)
        output = self._outputs.get(name)
        if output is not None:
            for message in messages:
                output.send(message, time.perf_counter())
        return output is not None

    def renew(self) -> None:
        outputs, self._outputs = list(self._outputs.values()), {}
        for output in outputs:
            output.close()

    def _open(self, name: str) -> None:
        try:
            self._outputs[name] = self._system.open_output(name)
        except PortError:
            self._failed[name] = time.monotonic()


class Jack:
    """JACK, whenever its server runs."""

    def __init__(self) -> None:
        self._jack: JackStandby | None = None
        self._failed = -_RETRY

    def refresh(self, names: set[str]) -> None:
        if self._jack is not None and not self._jack.alive:
            self._jack.close()
            self._jack = None
        if self._jack is None and names and time.monotonic() - self._failed > _RETRY:
            self._failed = time.monotonic()
            self._jack = JackStandby()
        if self._jack is not None and "virtual" in names:
            self._jack.refresh_virtual()

    def end(self, name: str, messages: list[bytes]) -> bool:
        if self._jack is None or not self._jack.alive:
            self._jack = JackStandby()
        if not self._jack.knows(name):
            return False
        self._jack.end(name, messages)
        return True

    def renew(self) -> None:
        """Connections are made each time."""


def systems() -> tuple[System, ...]:
    """Those of this machine."""
    try:
        import jack  # noqa: F401 - that it can be
    except (ImportError, OSError):
        own: tuple[System, ...] = ()
    else:
        own = (Jack(),)
    found: list[System] = [*own]
    with suppress(PortError):
        for api in apis(jack=not own):
            with suppress(PortError):
                found.append(RtMidiStandby(RtMidiSystem(api)))
    return tuple(found)


class Standby:
    """Follows the ports that the ledger names. Not thread-safe.

    What lives and dies with the engine (the built-in synth) needs nothing. A virtual port dies with it too, but those
    who listened to it live on: in JACK they are known, in other systems they are not.
    """

    def __init__(self, ledger: NoteLedger, own: Sequence[System] | None = None) -> None:
        self._ledger = ledger
        self._systems = systems() if own is None else own

    def refresh(self) -> None:
        """Be ready; a few times a second."""
        names = {name for port in range(PORTS) if _outlives(name := self._ledger.port(port))}
        for system in self._systems:
            with suppress(PortError):
                system.refresh(names)

    def end_notes(self, *, clear: bool = True) -> tuple[int, Callable[[], None]]:
        """End every note of the ledger on its port, and clear it. The writer must be dead to do that.

        How many there were; and what ends them a second time, through new connections, for the case that the first
        ends were lost or a standby connection had come off unnoticed. It takes a tenth of a second.
        """
        names = [self._ledger.port(port) for port in range(PORTS)]
        endings = [(name, self._endings(port)) for port, name in enumerate(names) if _outlives(name)]
        count = sum(sounding for *_, sounding in self._ledger.sounding())
        if clear:
            self._ledger.clear()
        self._send(endings)

        def again() -> None:
            if any(messages for _, messages in endings):
                time.sleep(_AGAIN)
                for system in self._systems:
                    system.renew()
                self._send(endings)

        return count, again

    def close(self) -> None:
        for system in self._systems:
            system.renew()

    def _send(self, endings: list[tuple[str, list[bytes]]]) -> None:
        for name, messages in endings:
            for system in self._systems if messages else ():
                try:
                    if system.end(name, messages):
                        break
                except PortError as error:
                    log.warning("standby: %s", error)

    def _endings(self, port: int) -> list[bytes]:
        """Note-offs for all that may sound and for what ended just now, and the sustain pedal up on their channels."""
        keys = [(channel, pitch) for _, channel, pitch, count in self._ledger.sounding(port) for _ in range(count)]
        keys += sorted(self._ledger.just_ended(port) - set(keys))
        channels = sorted({channel for channel, _ in keys})
        offs = [bytes((0x80 | channel, pitch, 0)) for channel, pitch in keys]
        return offs + [bytes((0xB0 | channel, 64, 0)) for channel in channels]


def _outlives(name: str) -> bool:
    """Whether somebody behind that port still sounds when the engine is dead."""
    return name == "virtual" or name.split(":", maxsplit=1)[0] not in ("", *SPECIAL_OUTPUTS)
