"""A piano as it hears MIDI: which notes sound, by keys and sustain pedal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

Span = tuple[float, float, int, int]
"""Start, end, channel, pitch."""


@dataclass
class Piano:
    """keys: those that are down, by (channel, pitch), and how often; pedals: the channels whose pedal is down."""

    keys: dict[tuple[int, int], int] = field(default_factory=dict)
    pedals: set[int] = field(default_factory=set)
    spans: list[Span] = field(default_factory=list)
    early: int = 0  # keys that came up while the pedal held their notes
    pressed: int = 0  # times that a pedal went down
    _sounding: dict[tuple[int, int], float] = field(default_factory=dict)

    def hear(self, messages: Iterable[tuple[float, bytes]]) -> Piano:
        for time, message in messages:
            self._take(time, message)
        return self

    def _take(self, time: float, message: bytes) -> None:
        kind, channel = message[0] & 0xF0, message[0] & 0x0F
        if kind == 0x90 and message[2]:
            key = channel, message[1]
            self._silence(key, time)
            self._sounding[key] = time
            self.keys[key] = self.keys.get(key, 0) + 1
        elif kind in (0x80, 0x90):
            key = channel, message[1]
            left = self.keys.pop(key, 0) - 1
            if left > 0:
                self.keys[key] = left
            elif channel in self.pedals:
                self.early += key in self._sounding
            else:
                self._silence(key, time)
        elif kind == 0xB0 and message[1] == 64:
            self.pressed += message[2] >= 64 and channel not in self.pedals
            (self.pedals.add if message[2] >= 64 else self.pedals.discard)(channel)
            if message[2] < 64:
                for key in [key for key in self._sounding if key[0] == channel and key not in self.keys]:
                    self._silence(key, time)
        elif kind == 0xB0 and message[1] == 120:
            for key in [key for key in self._sounding if key[0] == channel]:
                self._silence(key, time)

    def _silence(self, key: tuple[int, int], time: float) -> None:
        if key in self._sounding:
            self.spans.append((self._sounding.pop(key), time, *key))

    @property
    def silent(self) -> bool:
        """No key and no pedal is down, and nothing sounds."""
        return not (self.keys or self.pedals or self._sounding)
