"""Desk: a host whose telemetry is recorded, with the queries of the tests."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any, TypeVar

from musiclstm.engine.supervision.host import EngineHost
from musiclstm.protocol import telemetry
from musiclstm.protocol.options import EngineOptions

T = TypeVar("T")


class Desk:
    """Started at once. `until` and the methods built on it wait for telemetry, and fail if it does not come."""

    def __init__(self, options: EngineOptions, **settings: Any) -> None:
        self.heard: list[telemetry.Telemetry] = []
        self.host = EngineHost(options, self.heard.append, **settings)
        self.host.start()

    def all(self, kind: type[T]) -> list[T]:
        return [message for message in list(self.heard) if isinstance(message, kind)]

    def until(self, found: Callable[[], T], timeout: float = 15) -> T:
        deadline = time.monotonic() + timeout
        while not (result := found()):
            assert time.monotonic() < deadline, f"timeout; the last telemetry was {self.heard[-5:]}"
            time.sleep(0.01)
        return result

    def first(self, kind: type[T], which: Callable[[T], bool] = lambda _: True) -> T:
        return self.until(lambda: [message for message in self.all(kind) if which(message)])[0]

    def status(self, which: Callable[[telemetry.Status], bool] = lambda _: True) -> telemetry.Status:
        """The next status that fulfils the condition."""
        since = len(self.heard)
        return self.until(lambda: [s for s in self.heard[since:] if isinstance(s, telemetry.Status) and which(s)])[0]

    def notes(self) -> list[telemetry.Played]:
        return [note for note in self.all(telemetry.Played) if note.velocity]

    def kill(self) -> None:
        pid = self.host.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    def hanging(self) -> set[int]:
        """Ids of notes that started and did not end, since the last engine died (the guard ends its notes)."""
        on: set[int] = set()
        for message in list(self.heard):
            if isinstance(message, telemetry.Exited) and message.code:
                on.clear()
            elif isinstance(message, telemetry.Played):
                (on.add if message.velocity else on.discard)(message.id)
        return on
