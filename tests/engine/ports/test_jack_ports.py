"""What JACK's ports do without a server: periods come when the test says so."""

from __future__ import annotations

import math
import threading
from typing import Any

import pytest

from musiclstm.engine.ports import jack_ports
from musiclstm.engine.ports.jack_ports import JackOutput
from tests.waiting import wait_for

PERIOD, FRAMES, RATE = 0.001, 48, 48_000


class FakePort:
    name = "musiclstm:out"


class FakeCalls:
    """A port's buffer, all that was ever written into it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def port(self, _port: object) -> int:
        return 1

    def buffer(self, _port: int, _frames: int) -> int:
        return 1

    def clear(self, _buffer: int) -> None: ...

    def write(self, _buffer: int, _offset: int, message: bytes) -> bool:
        self.written.append(message)
        return True


class FakeOwner:
    rate, period = RATE, PERIOD

    def __init__(self) -> None:
        self.calls: Any = FakeCalls()
        self.removed: list[object] = []

    def remove(self, port: object) -> None:
        self.removed.append(port)


def test_closing_waits_for_a_server_that_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key stayed on when JACK lost more than two periods just then."""
    monkeypatch.setattr(jack_ports, "PATIENCE", 20.0)
    owner = FakeOwner()
    output = JackOutput(owner, FakePort(), None)
    output.send(b"\x80\x3c\x00", 0.0)
    closing = threading.Thread(target=output.close)
    closing.start()
    closing.join(100 * PERIOD)
    assert owner.removed == []
    output.fill(0.0, FRAMES, keep=False)
    wait_for(lambda: owner.removed == [output])
    assert owner.calls.written == [b"\x80\x3c\x00"]
    closing.join()


def test_closing_gives_up_a_server_that_never_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jack_ports, "PATIENCE", 0.01)
    owner = FakeOwner()
    output = JackOutput(owner, FakePort(), None)
    output.send(b"\x80\x3c\x00", 0.0)
    output.close()
    assert (owner.removed, output.alive) == ([output], False)


def test_closing_does_not_wait_for_a_server_that_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jack_ports, "PATIENCE", math.inf)
    owner = FakeOwner()
    output = JackOutput(owner, FakePort(), None)
    output.send(b"\x80\x3c\x00", 0.0)
    closing = threading.Thread(target=output.close)
    closing.start()
    output.alive = False
    wait_for(lambda: owner.removed == [output])
    closing.join()
