"""Controllers: what a person's pedals, wheels and knobs did, beside their notes."""

from __future__ import annotations

from math import inf

from musiclstm.music import midi_message
from musiclstm.music.midifile import Move

BEFORE = -inf
"""The beat given to what was moved before the music began."""


class Controllers:
    """Every move of a session, in order. Messages are given on any channel: the person's notes are one part."""

    def __init__(self) -> None:
        self._moves: list[Move] = []
        self._latest: dict[bytes, bytes] = {}

    def add(self, beat: float, message: bytes) -> None:
        """A message was passed on; the same one to several channels is one move."""
        message = midi_message.with_channel(message, 0)
        if self._latest.get(_controller(message)) != message:
            self._latest[_controller(message)] = message
            self._moves.append((beat, message))

    def rest(self, beat: float) -> None:
        """Everything was released, as after a crash."""
        for message in _at_rest(self._latest):
            self.add(beat, message)

    def shift(self, beats: float) -> None:
        """Add this to every beat so far."""
        self._moves = [(beat + beats, message) for beat, message in self._moves]

    def cut(self, start: float, end: float) -> list[Move]:
        """The moves from beat `start`, as beat 0, to `end`; first the state at `start`, last the release of it all."""
        moved = {_controller(message): message for beat, message in self._moves if beat <= start}
        within = [(beat - start, message) for beat, message in self._moves if start < beat < end]
        first = [(0.0, message) for message in moved.values() if message != midi_message.at_rest(message)]
        moved.update((_controller(message), message) for _, message in within)
        return [*first, *within, *((end - start, message) for message in _at_rest(moved))]


def _controller(message: bytes) -> bytes:
    """Identifies what the message moves: two that move the same thing differ only in their last byte."""
    numbered = midi_message.kind(message) in (midi_message.CONTROL_CHANGE, midi_message.KEY_PRESSURE)
    return message[: 2 if numbered else 1]


def _at_rest(moved: dict[bytes, bytes]) -> list[bytes]:
    """The messages that release everything that was moved."""
    resting = [(message, midi_message.at_rest(message)) for message in moved.values()]
    return [rest for message, rest in resting if rest is not None and rest != message]
