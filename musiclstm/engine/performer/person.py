"""The person: which keys and pedals they hold down, and when they played last."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from musiclstm.engine.performer.routing import Destination

WINDOW = 16
"""Added to the channels of keys of the window, which are others than an instrument's."""


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A note that the person holds. destination: where it sounds, None if nowhere. part: None if the model ignores it.

    time: seconds, when its key went down.
    """

    id: int
    pitch: int
    velocity: int
    destination: Destination | None
    part: int | None
    time: float


@dataclass(frozen=True, slots=True)
class HeldController:
    """A pedal, wheel or the like that the person has moved from its rest. message: the last one, on their own channel.

    targets: (port, channel) wherever it was sent.
    """

    message: bytes
    targets: frozenset[tuple[int, int]]


@dataclass(slots=True)
class Person:
    """keys: by (channel, pitch); those of the window from channel `WINDOW` on. Several keys may hold one note.

    controllers: those moved from their rest, by the message that brings them back to it.

    last: the beat at which they last started or ended a note. The person asks the model to play: take_over, until
    their next note; pedal_asks, as long as the pedal is down.
    """

    keys: dict[tuple[int, int], HeldKey] = field(default_factory=dict)
    controllers: dict[bytes, HeldController] = field(default_factory=dict)
    last: float = -inf
    take_over: bool = False
    pedal_asks: bool = False

    def press(self, channel: int, key: HeldKey, beat: float) -> None:
        self.keys[channel, key.pitch] = key
        self.last = beat

    def lift(self, channel: int, pitch: int) -> HeldKey | None:
        """Releases the key; None if it is not down, or another one holds its note."""
        key = self.keys.pop((channel, pitch), None)
        return None if key in self.keys.values() else key

    def playing(self, part: int | None, pitch: int, destination: Destination | None) -> list[tuple[int, int]]:
        """The keys, by (channel, pitch), that sound there or that the model has read as that very note."""
        return [
            place
            for place, key in self.keys.items()
            if (destination is not None and key.destination == destination)
            or (part is not None and (key.part, key.pitch) == (part, pitch))
        ]

    def reset(self) -> None:
        """They have not played yet, and ask for nothing. What is held down stays."""
        self.last = -inf
        self.take_over = self.pedal_asks = False

    def occupied(self) -> set[Destination]:
        """Where keys sound that are held."""
        return {key.destination for key in self.keys.values() if key.destination is not None}

    def pitches(self) -> list[int]:
        return [key.pitch for key in self.keys.values()]

    def parts(self, since: float = -inf) -> set[int]:
        """Parts in which a key is held that went down at `since` or later, in seconds."""
        return {key.part for key in self.keys.values() if key.part is not None and key.time >= since}

    def bits(self, parts: int) -> tuple[int, ...] | None:
        """The held pitches of each part as bits, None if no part has any."""
        bits = [0] * parts
        for key in self.keys.values():
            if key.part is not None:
                bits[key.part] |= 1 << key.pitch
        return tuple(bits) if any(bits) else None
