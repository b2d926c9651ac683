"""The person's keys: what they hold and where it sounds; and telling their playing from our own coming back."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from musiclstm.engine.performer.voices import Wire

ECHO = 0.06
"""Seconds within which a message that we sent may come back over a looped port."""
_SENT = 512


class EchoGuard:
    """Knows our own messages when they come back in, as they do when a port's output is connected to our input.

    A note-on that is the same, velocity included, as one sent within `ECHO` seconds is ours, once; so is a controller.
    One that went through from the person's own key is ours only while that key is down: a fixed-velocity keyboard may
    repeat it as fast as one likes. Note-offs need no guard: one whose key nobody holds means nothing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent: deque[tuple[float, bytes, bool]] = deque(maxlen=_SENT)

    def sent(self, message: bytes, time: float, *, by_person: bool) -> None:
        """A message left. by_person: it only went through. Any thread."""
        with self._lock:
            self._sent.append((time, message, by_person))

    def is_echo(self, message: bytes, time: float, *, held: bool) -> bool:
        """Whether a message that arrived at `time` is ours; that one is then used up. held: its key is down."""
        if message[0] & 0xF0 == 0x80:
            return False
        with self._lock:
            for index in range(len(self._sent) - 1, -1, -1):
                when, sent, by_person = self._sent[index]
                # Messages with a latency are noted when they leave, and come back somewhat later.
                if when < time - ECHO:
                    return False
                if sent == message and (held or not by_person):
                    del self._sent[index]
                    return True
        return False


@dataclass(frozen=True, slots=True)
class Held:
    """A key that the person holds. wire: where it sounds, None if nowhere. part: None if the model was not told."""

    id: int
    channel: int
    pitch: int
    velocity: int
    wire: Wire | None
    part: int | None
    time: float


class Keys:
    """The keys a person holds, by channel and pitch."""

    def __init__(self) -> None:
        self.held: dict[tuple[int, int], Held] = {}

    def pitches(self) -> list[int]:
        return [held.pitch for held in self.held.values()]

    def parts(self, since: float = float("-inf")) -> set[int]:
        """Parts in which a key is held that went down at `since` or later."""
        return {held.part for held in self.held.values() if held.part is not None and held.time >= since}

    def kept(self, parts: int) -> tuple[int, ...] | None:
        """The held pitches of each part as bits, None if there are none."""
        bits = [0] * parts
        for held in self.held.values():
            if held.part is not None:
                bits[held.part] |= 1 << held.pitch
        return tuple(bits) if any(bits) else None
