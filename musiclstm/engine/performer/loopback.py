"""Telling a person's playing from our own messages that come back in."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from math import inf
from random import Random

from musiclstm.music import midi_message

RETURN_TIME = 0.06
"""Seconds within which a message that we sent usually comes back in over a looped port."""
LONGEST_RETURN = 0.25
"""Seconds that the slowest loop takes."""
_TRUST = 10.0
"""Seconds for which a probe that did not come back proves that there is no loop."""
_EARLY = 0.005
"""Seconds by which a message may seem to come back before it left: the times of two clocks are compared."""
_DISORDER = 0.01
"""Seconds by which messages may overtake each other in a loop."""
_REMEMBERED = 2048
_PROVEN = 3
"""Messages of the model's that come back, none missing between them, and prove a loop."""
_FRESH = 2.0
"""Seconds for which a loop counts as proven; halfway, what comes back asks for another proof."""
_DOUBTS = (4, 64)
"""Equal messages, at first and at most, that are taken for the person's before a probe is sent."""


class Verdict(Enum):
    """Whose a message is. DOUBTFUL: it waits until a probe has come back, or has not."""

    PERSON = 0
    OURS = 1
    DOUBTFUL = 2


@dataclass(slots=True)
class _Record:
    time: float
    message: bytes
    port: int
    by_person: bool


@dataclass(frozen=True, slots=True)
class Probe:
    """A message that nobody plays, to be sent to a port: pressure on a key that is not down, which sounds nowhere."""

    message: bytes
    port: int
    time: float


class LoopbackFilter:
    """Recognises our own messages when they come back in, as they do when a port's output is connected to our input.

    That a message equals one of ours proves nothing: pedals go up and down, drums repeat a note, and a person may play
    what the model has just played. What proves a loop is

    - a probe that comes back (`Probe`; pitch and value are random, and the key is not down), or
    - three messages of the model's in a row, of which none failed to come back, among them the end of a note whose key
      the person does not hold.

    Until then a message that we passed on for the person and that arrives again is the person's. Where there is a loop
    it would go round for ever, so after a few of them a probe is sent, and what goes round ends with its return. A
    message that equals one of *ours* within `RETURN_TIME` is rare from a person, and playing it would let the model
    answer itself: it waits for a probe, and is played, late, if none comes back. A probe that does not come back
    proves for some seconds that there is no loop; nothing waits then.

    Once proven, each message that returns is taken for ours once. The proof is renewed every second or two. After a
    pause, whatever equals a message that we sent waits for the next probe, because the loop may be gone. Channels are
    not compared where no message of the same channel fits, because devices in a loop may change them.

    Not seen: a loop that takes longer than `LONGEST_RETURN`, or through a device that keeps key pressure to itself,
    unless the model plays. Where a loop loses messages, or was there a moment ago, the person's may be lost with them.
    """

    def __init__(self) -> None:
        self.proven = False
        self._lock = threading.Lock()
        self._sent: deque[_Record] = deque(maxlen=_REMEMBERED)
        self._random = Random(0)
        self._probes: list[Probe] = []  # on their way
        self._window = LONGEST_RETURN  # of the loop that is proven
        self._proven_until = -inf
        self._looped = False  # there was a loop, and nothing has shown that it is gone
        self._wanted: tuple[int, int] | None = None  # (port, channel) to be probed
        self._no_loop_until = -inf
        self._returned = 0  # messages of the model's in a row
        self._ended = False  # one of those that returned ended a note
        self._doubts, self._most_doubts, self._last_doubt = 0, _DOUBTS[0], -inf

    def sent(self, message: bytes, time: float, *, port: int = 0, by_person: bool) -> None:
        """A message left. by_person: it only passed through. Any thread."""
        with self._lock:
            if all(message != probe.message for probe in self._probes):
                self._sent.append(_Record(time, message, port, by_person))

    def judge(self, message: bytes, time: float, *, key_is_down: bool) -> Verdict:
        """Whose a channel message is that arrived at `time`. key_is_down: the person holds a key of its pitch."""
        with self._lock:
            self._expire(time)
            self.proven = time < self._proven_until
            if self._came_back(message, time):
                return Verdict.OURS
            record = self._match(message, time)
            if record is None:
                return Verdict.PERSON
            # Without a key that is held a note-off means nothing, and with one it must not get lost.
            note_off = midi_message.is_note_off(message)
            if note_off and key_is_down:
                return Verdict.PERSON
            if not record.by_person and time - record.time <= self.wait:
                self._count(record, time, note_off=note_off)
            self._sent.remove(record)
            if self.proven:
                if time > self._proven_until - _FRESH / 2 and not self._probes:
                    self._wanted = (record.port, midi_message.channel(record.message))
                return Verdict.OURS
            if note_off:
                return Verdict.PERSON
            return self._doubt(record, time, key_is_down=key_is_down)

    def _count(self, record: _Record, time: float, *, note_off: bool) -> None:
        """A message of the model's has come back, or the person has sent the same."""
        # A loop keeps the order.
        if any(not sent.by_person and sent.time < record.time - _DISORDER for sent in self._sent):
            self._returned, self._ended = 0, False
        self._returned += 1
        self._ended |= note_off
        if self._ended and self._returned >= _PROVEN:
            self._prove(time)

    def _prove(self, time: float) -> None:
        self.proven = self._looped = True
        self._proven_until = time + _FRESH
        self._no_loop_until = -inf

    def _doubt(self, record: _Record, time: float, *, key_is_down: bool) -> Verdict:
        if time - self._last_doubt > 1.0:
            self._doubts, self._most_doubts = 0, _DOUBTS[0]
        self._last_doubt = time
        self._doubts += 1
        trusted = time < self._no_loop_until
        ours = self._looped or not record.by_person
        # Hardly any instrument starts a note twice without ending it.
        again = key_is_down and midi_message.is_note_on(record.message)
        if self._doubts >= self._most_doubts or ((ours or again) and not trusted and not self._probes):
            self._doubts = 0
            self._wanted = (record.port, midi_message.channel(record.message))
        soon = time - record.time <= self.wait
        return Verdict.DOUBTFUL if ours and soon and not trusted else Verdict.PERSON

    @property
    def wait(self) -> float:
        """Seconds within which what is doubtful has come back, and a probe does."""
        return self._window if self._looped else RETURN_TIME

    @property
    def wants_probe(self) -> bool:
        return self._wanted is not None

    def probe(self, now: float, silent: Callable[[int, int, int], bool]) -> Probe | None:
        """A probe to be sent now, if one is needed. silent: whether no such note sounds, (port, channel, pitch)."""
        with self._lock:
            if self._probes and now - self._probes[0].time > LONGEST_RETURN:
                self._probes.clear()
                self._trust(now)
            if self._wanted is None:
                return None
            (port, channel), self._wanted = self._wanted, None
            # Far below what anybody plays.
            pitches = [pitch for pitch in range(12) if silent(port, channel, pitch)]
            if not pitches:
                return None
            pressure = bytes(
                (midi_message.KEY_PRESSURE | channel, self._random.choice(pitches), 1 + self._random.randrange(127))
            )
            # Another one while one is on its way, because that may get lost, and where a message goes to several parts
            # each round is larger than the one before.
            self._probes.append(Probe(pressure, port, now))
            return self._probes[-1]

    def no_loop(self, now: float) -> None:
        """What was doubtful has waited long enough for its probe."""
        with self._lock:
            self._trust(now)

    def _trust(self, now: float) -> None:
        if now < self._proven_until:
            return
        self._looped = False
        self._no_loop_until = now + _TRUST
        self._doubts, self._most_doubts = 0, min(_DOUBTS[1], 2 * self._most_doubts)

    def _came_back(self, message: bytes, time: float) -> bool:
        data = _without_channel(message)
        probe = next((probe for probe in self._probes if _without_channel(probe.message) == data), None)
        if probe is None or not probe.time - _EARLY <= time <= probe.time + LONGEST_RETURN:
            return False
        self._probes.remove(probe)
        self._window = min(LONGEST_RETURN, max(RETURN_TIME, 1.5 * (time - probe.time) + 0.01))
        self._wanted = None
        self._prove(time)
        return True

    def _match(self, message: bytes, time: float) -> _Record | None:
        """What it may be the return of: the oldest equal message, of its own channel if there is one."""
        data, found = _without_channel(message), None
        longest = self._window if self.proven else LONGEST_RETURN
        for record in self._sent:
            if time - longest <= record.time <= time + _EARLY and _without_channel(record.message) == data:
                if record.message == message:
                    return record
                found = found or record
        return found

    def _expire(self, time: float) -> None:
        """Forget what does not come back any more."""
        while self._sent and self._sent[0].time < time - LONGEST_RETURN:
            if not self._sent.popleft().by_person:
                self._returned, self._ended = 0, False


def _without_channel(message: bytes) -> bytes:
    return bytes((message[0] & 0xF0,)) + message[1:]
