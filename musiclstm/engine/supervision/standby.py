"""Standby: second connections to the outputs, to end the notes of an engine that cannot do it any more."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from musiclstm.engine.ports.ledger import NAMES, PORTS, NoteLedger
from musiclstm.engine.ports.registry import SPECIAL_OUTPUTS
from musiclstm.engine.ports.rtmidi import RtMidiSystem, apis
from musiclstm.engine.supervision.standby_jack import JackStandby
from musiclstm.engine.supervision.standby_rtmidi import RtMidiStandby
from musiclstm.errors import PortError
from musiclstm.music import midi_message

log = logging.getLogger(__name__)
_REPEAT_AFTER = 0.1  # seconds from the first note-offs to their repetition


class System(Protocol):
    """A MIDI system, which can send to the engine's outputs without the engine. Each method may raise PortError."""

    def refresh(self, names: dict[int, str]) -> None:
        """Prepare connections to those of these ports that belong to it. names: by their places in the ledger."""

    def send(self, name: str, messages: list[bytes]) -> bool:
        """Send to a port at once; False if the port does not belong to it or cannot be opened."""

    def disconnect(self) -> None:
        """Close the connections, so that the next `send` makes new ones."""


def systems() -> tuple[System, ...]:
    """The MIDI systems of this machine."""
    found: list[System] = []
    with suppress(ImportError, OSError):
        import jack  # noqa: F401 - only whether it can be imported

        found.append(JackStandby())
    with suppress(PortError):
        for api in apis(jack=not found):
            with suppress(PortError):
                found.append(RtMidiStandby(RtMidiSystem(api)))
    return tuple(found)


class Standby:
    """Follows the ports that the ledger names. Not thread-safe.

    Ports that live and die with the engine (the built-in synth) need nothing. A virtual port dies with it too, but its
    listeners live on: in JACK they are known, in other systems they are not.
    """

    def __init__(self, ledger: NoteLedger, own: Sequence[System] | None = None) -> None:
        self._ledger = ledger
        self._systems = systems() if own is None else own

    def refresh(self) -> None:
        """Prepare connections to the engine's ports; called a few times a second."""
        names = {place: name for place in range(NAMES) if _outlives_engine(name := self._ledger.port(place))}
        for system in self._systems:
            with suppress(PortError):
                system.refresh(names)

    def end_notes(self, *, clear: bool = True) -> tuple[int, Callable[[], None]]:
        """End every note of the ledger on its port, as its pedals and wheels come to rest there.

        clear: clear the ledger, whose writer must be dead.

        Returns the number of notes, and a function that ends them once more through new connections, in case the first
        note-offs were lost or a standby connection had broken unnoticed. It blocks for a tenth of a second.
        """
        names = [self._ledger.port(port) for port in range(PORTS)]
        endings = [(name, self._note_offs(port)) for port, name in enumerate(names) if _outlives_engine(name)]
        count = sum(sounding for *_, sounding in self._ledger.sounding())
        if clear:
            self._ledger.clear()
        self._send(endings)

        def repeat() -> None:
            if any(messages for _, messages in endings):
                time.sleep(_REPEAT_AFTER)
                self.close()
                self._send(endings)

        return count, repeat

    def close(self) -> None:
        for system in self._systems:
            system.disconnect()

    def _send(self, endings: list[tuple[str, list[bytes]]]) -> None:
        for name, messages in endings:
            for system in self._systems if messages else ():
                try:
                    if system.send(name, messages):
                        break
                except PortError as error:
                    log.warning("standby: %s", error)

    def _note_offs(self, port: int) -> list[bytes]:
        """Note-offs for all that may sound and what ended just now; and how what was moved comes to rest."""
        keys = [(channel, pitch) for _, channel, pitch, count in self._ledger.sounding(port) for _ in range(count)]
        keys += sorted(self._ledger.just_ended(port) - set(keys))
        return [midi_message.note_off(channel, pitch) for channel, pitch in keys] + self._ledger.moved(port)


def _outlives_engine(name: str) -> bool:
    """Whether notes sent to this port still sound when the engine is dead."""
    return name.split(":", maxsplit=1)[0] not in ("", *SPECIAL_OUTPUTS)
