"""The person: which keys and pedals they hold down, and when they played last."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from musiclstm.engine.performer.routing import Destination


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A key that the person holds. destination: where it sounds, None if nowhere. part: None if the model ignores it.

    time: seconds, when it went down.
    """

    id: int
    channel: int
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
    """keys: by (channel, pitch). controllers: those moved from their rest, by the message that brings them back to it.

    last: the beat at which they last started or ended a note. The person asks the model to play: take_over, until
    their next note; pedal_asks, as long as the pedal is down.
    """

    keys: dict[tuple[int, int], HeldKey] = field(default_factory=dict)
    controllers: dict[bytes, HeldController] = field(default_factory=dict)
    last: float = -inf
    take_over: bool = False
    pedal_asks: bool = False

    def press(self, key: HeldKey, beat: float) -> None:
        self.keys[key.channel, key.pitch] = key
        self.last = beat

    def lift(self, channel: int, pitch: int) -> HeldKey | None:
        """Releases the key; None if it is not down."""
        return self.keys.pop((channel, pitch), None)

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
