"""Where notes are sent: from a part and a pitch to a port, a channel and a pitch."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from musiclstm.engine.performer.part_settings import PartSettings
from musiclstm.engine.performer.steering import Steering
from musiclstm.music import midi_message


class Destination(NamedTuple):
    """Where a note sounds. port: an output number of the scheduler. pitch: as it is sent, after transposition."""

    port: int
    channel: int
    pitch: int

    def note_on(self, velocity: int) -> bytes:
        return midi_message.note_on(self.channel, self.pitch, velocity)

    def note_off(self) -> bytes:
        return midi_message.note_off(self.channel, self.pitch)


class Routing:
    """Reads the parts' settings; holds nothing itself.

    port_number: the scheduler's output number for a port's name (None: the main output); may raise PortError.
    """

    def __init__(self, steering: Steering, port_number: Callable[[str | None], int]) -> None:
        self._steering = steering
        self._port_number = port_number

    def port_of(self, settings: PartSettings) -> int:
        """Raises PortError if the part's port cannot be opened."""
        return self._port_number(settings.port)

    def destination(self, part: int, pitch: int) -> Destination | None:
        """Where a note of the part sounds; None if its transposition leaves MIDI's range."""
        settings = self._steering.parts[part]
        sent = pitch + settings.transpose
        return Destination(self._port_number(settings.port), settings.channel, sent) if 0 <= sent <= 127 else None
