"""Ears: a JACK client that records what arrives at a real port, and counts hanging notes."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import jack

from musiclstm.engine.ports.base import CLIENT
from tests.waiting import wait_for

_TWICE = 0.05  # seconds


class Ears:
    """Listens on one port, `full_name`, until closed. messages: (perf_counter seconds of the period, bytes)."""

    def __init__(self, name: str) -> None:
        self.client = jack.Client(name, no_start_server=True)
        self.port = self.client.midi_inports.register("in")
        self.messages: list[tuple[float, bytes]] = []
        self._news = threading.Condition()
        self.client.set_process_callback(self._process)
        self.client.activate()

    @property
    def full_name(self) -> str:
        return str(self.port.name)

    def _process(self, _frames: int) -> None:
        heard = [(time.perf_counter(), bytes(data)) for _, data in self.port.incoming_midi_events()]
        if heard:
            with self._news:
                self.messages += heard
                self._news.notify_all()

    def wait(self, enough: Callable[[], bool], timeout: float = 15) -> bool:
        """Wait until `enough` returns true. Returns False on timeout."""
        with self._news:
            return self._news.wait_for(enough, timeout)

    def sounding(self) -> Counter[tuple[int, int]]:
        """(channel, pitch) of notes that started and did not end."""
        notes: Counter[tuple[int, int]] = Counter()
        for _, message in list(self.messages):
            kind, key = message[0] & 0xF0, (message[0] & 0x0F, message[1])
            if kind == 0x90 and message[2]:
                notes[key] += 1
            elif kind in (0x80, 0x90) and notes[key]:
                notes[key] -= 1
        return +notes

    def ons(self) -> int:
        return sum(message[0] & 0xF0 == 0x90 and message[2] > 0 for _, message in list(self.messages))

    def begun(self) -> "Counter[int]":
        """Pitches of the notes that began. The same note-on at once again is the same one, delivered twice.

        Whoever catches up on two periods reads again what a port kept in its buffer for those that are slower.
        """
        begun: Counter[int] = Counter()
        last: dict[tuple[int, int], float] = {}
        for seconds, message in list(self.messages):
            if message[0] & 0xF0 == 0x90 and message[2]:
                key = (message[0], message[1])
                begun[message[1]] += seconds - last.get(key, 0.0) > _TWICE
                last[key] = seconds
        return begun

    def guard_looked(self) -> None:
        """Wait until the guard, which starts in its own time, has seen what is connected to the engine's ports."""
        wait_for(self._guard_is_there)
        time.sleep(0.6)  # it looks several times a second

    def _guard_is_there(self) -> bool:
        try:
            return bool(self.client.get_uuid_for_client_name(f"{CLIENT}-guard"))
        except jack.JackError:
            return False

    def close(self) -> None:
        self.client.deactivate()
        self.client.close()


@contextmanager
def ears(name: str = "ears") -> Iterator[Ears]:
    listening = Ears(name)
    try:
        yield listening
    finally:
        listening.close()
