"""Mixer: the volume of each part, as MIDI has it: CC 7 of its channel.

Parts that share a channel share its volume: the later change counts, and both show it. Nothing is sent until somebody
changes a volume, so a model sounds as it always did, and a device keeps what its own knobs say.
"""

from __future__ import annotations

from dataclasses import replace

from musiclstm.engine.performer.routing import Routing
from musiclstm.engine.performer.steering import Steering
from musiclstm.engine.scheduler.scheduler import Scheduler
from musiclstm.music import midi_message

VOLUME = 100
"""Of a channel whose volume nobody has set (General MIDI 1 Developer Guidelines)."""

Channel = tuple[int, int]
"""The scheduler's output number, and the MIDI channel on it."""


class Mixer:
    """Writes the parts' volumes, and remembers what each channel was sent last."""

    def __init__(self, steering: Steering, routing: Routing, scheduler: Scheduler) -> None:
        self._steering = steering
        self._routing = routing
        self._scheduler = scheduler
        self._sent: dict[Channel, int] = {}

    def share(self, part: int) -> list[int]:
        """The part's volume or channel was set: makes the volumes of its channel one. Returns the parts it changed."""
        parts = self._steering.parts
        others = [other for other in range(len(parts)) if other != part and self._channel(other) == self._channel(part)]
        if parts[part].volume is None:
            volume = next((parts[other].volume for other in others), None)
            self._steering.set_part(part, replace(parts[part], volume=volume))
            return []
        changed = [other for other in others if parts[other].volume != parts[part].volume]
        for other in changed:
            self._steering.set_part(other, replace(parts[other], volume=parts[part].volume))
        return changed

    def send(self, *, again: bool = False) -> None:
        """Sends the volumes that have changed. again: and those that have not, for the output may be another."""
        parts = self._steering.parts
        wanted = dict.fromkeys(self._sent, VOLUME)
        wanted |= {self._channel(part): each.volume for part, each in enumerate(parts) if each.volume is not None}
        for (port, channel), volume in sorted(wanted.items()):
            if again or self._sent.get((port, channel)) != volume:
                self._sent[port, channel] = volume
                message = midi_message.control_change(channel, midi_message.VOLUME, volume)
                self._scheduler.send_now(message, port=port)

    def _channel(self, part: int) -> Channel:
        settings = self._steering.parts[part]
        return self._routing.port_of(settings), settings.channel
