"""Telling a person's playing from our own messages that come back in."""

from __future__ import annotations

import threading
from collections import deque

from musiclstm.music import midi_message

RETURN_TIME = 0.06
"""Seconds within which a message that we sent may come back in over a looped port."""
_REMEMBERED = 512


class LoopbackFilter:
    """Recognises our own messages when they come back in, as they do when a port's output is connected to our input.

    A note-on that equals one sent within `RETURN_TIME` seconds, velocity included, is ours, once; so is any other
    message. One that only passed through from the person's own key is ours only while that key is down: a keyboard with
    fixed velocity may repeat a note as fast as it likes. Note-offs need no filter: without a key that is held they mean
    nothing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent: deque[tuple[float, bytes, bool]] = deque(maxlen=_REMEMBERED)

    def sent(self, message: bytes, time: float, *, by_person: bool) -> None:
        """A message left. by_person: it only passed through. Any thread."""
        with self._lock:
            self._sent.append((time, message, by_person))

    def is_own(self, message: bytes, time: float, *, key_is_down: bool) -> bool:
        """Whether a message that arrived at `time` is ours. Each message that was sent is recognised once."""
        if midi_message.kind(message) == midi_message.NOTE_OFF:
            return False
        with self._lock:
            for index in range(len(self._sent) - 1, -1, -1):
                when, sent, by_person = self._sent[index]
                # Messages with a latency are noted when they leave, and come back somewhat later.
                if when < time - RETURN_TIME:
                    return False
                if sent == message and (key_is_down or not by_person):
                    del self._sent[index]
                    return True
        return False
