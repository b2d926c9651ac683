"""Ableton Link, with two members of a session."""

import asyncio
import math
import sys
import threading
import time
import types
from collections.abc import Iterator

import pytest

from musiclstm.engine.clock import link
from musiclstm.engine.clock.base import Change, ClockChange
from musiclstm.engine.clock.link import LinkClock
from musiclstm.errors import EngineError, UsageError
from tests.waiting import wait_for


@pytest.fixture
def pair() -> Iterator[tuple[LinkClock, LinkClock]]:
    one, other = LinkClock(100), LinkClock(140)
    try:
        # Link looks for its peers by multicast, which a machine may not allow.
        until = time.monotonic() + 5
        while not (one.peers and other.peers):
            if time.monotonic() > until:
                pytest.skip("no multicast here")
            time.sleep(0.05)
        yield one, other
    finally:
        one.close()
        other.close()


def test_tempo_and_start_and_stop_are_shared(pair: tuple[LinkClock, LinkClock]) -> None:
    one, other = pair
    one.set_tempo(133)
    wait_for(lambda: abs(other.timeline.tempo - 133) < 0.01)
    told: list[ClockChange] = []
    other.subscribe(told.append)
    one.start()
    wait_for(lambda: other.running)
    assert [each.change for each in told if each.change is not Change.TEMPO] == [Change.START]
    # Both are at the same place of the same bar.
    now = time.perf_counter()
    apart = (one.timeline.beat_at(now) - other.timeline.beat_at(now)) % 4
    assert min(apart, 4 - apart) < 0.1
    other.stop()
    wait_for(lambda: not one.running)


def test_who_leaves_the_session_does_not_stop_the_others(pair: tuple[LinkClock, LinkClock]) -> None:
    one, other = pair
    one.start()
    wait_for(lambda: other.running)
    one.leave()
    assert not one.running
    time.sleep(0.3)
    assert other.running


def test_alone_it_counts_from_the_given_beat() -> None:
    clock = LinkClock(120)
    told: list[ClockChange] = []
    clock.subscribe(told.append)
    clock.start(6.5)
    start = next(each for each in told if each.change is Change.START)
    assert start.beat == 6.5
    assert clock.timeline.time_at(6.5) == pytest.approx(start.time, abs=0.01)
    assert clock.locked
    with pytest.raises(ValueError, match="above 0"):
        clock.set_tempo(0)
    clock.close()


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aalink", None)
    with pytest.raises(UsageError, match="aalink"):
        LinkClock()


class Session:
    """aalink's Link, as far as it is used: refuses what the real one refuses."""

    def __init__(self, bpm: float) -> None:
        asyncio.get_running_loop()
        self.tempo = float(bpm)
        self.quantum = 4.0
        self.enabled = self.playing = self.start_stop_sync_enabled = False
        self.num_peers = 0
        self.beat = 0.0


class Failing(Session):
    def __init__(self, bpm: float) -> None:
        super().__init__(bpm)
        raise OSError("no such device")


class Hanging(Session):
    over = threading.Event()

    def __init__(self, bpm: float) -> None:
        super().__init__(bpm)
        self.over.wait()


class Dying(Session):
    """It is open, and fails after a moment."""

    @property
    def num_peers(self) -> int:
        self._asked = getattr(self, "_asked", 0) + 1
        if self._asked > 3:
            raise OSError("gone")
        return 0

    @num_peers.setter
    def num_peers(self, value: int) -> None:
        pass


class Mad(Session):
    """Tempo and beat are no numbers, as after `tempo = nan` in the real one."""

    def __init__(self, bpm: float) -> None:
        super().__init__(bpm)
        self.tempo = self.beat = float("nan")


def fake(monkeypatch: pytest.MonkeyPatch, session: type[Session]) -> None:
    module = types.ModuleType("aalink")
    module.__dict__["Link"] = session
    monkeypatch.setitem(sys.modules, "aalink", module)
    monkeypatch.setattr(link, "_PATIENCE", 0.2)


def link_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "link"]


def test_a_session_that_fails_is_an_error_and_not_a_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    fake(monkeypatch, Failing)
    with pytest.raises(EngineError, match=r"Link could not be opened \(no such device\)"):
        LinkClock()


def test_a_session_that_hangs_is_an_error_and_is_left_when_it_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    fake(monkeypatch, Hanging)
    with pytest.raises(EngineError, match="does not answer"):
        LinkClock()
    Hanging.over.set()
    wait_for(lambda: not link_threads())


def test_a_session_that_dies_leaves_the_beats_running(monkeypatch: pytest.MonkeyPatch) -> None:
    fake(monkeypatch, Dying)
    clock = LinkClock(60)
    clock.start()
    wait_for(lambda: not clock.locked)
    before = clock.timeline.beat_at(clock.now())
    clock.set_tempo(100)
    clock.set_quantum(3)
    assert clock.running
    wait_for(lambda: clock.timeline.beat_at(clock.now()) > before)
    clock.stop()
    clock.close()


def test_a_tempo_that_is_no_number_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    fake(monkeypatch, Mad)
    clock = LinkClock(60)
    clock.start(2)
    time.sleep(0.1)
    assert clock.timeline.tempo == 60
    assert clock.locked
    clock.close()


@pytest.mark.parametrize("quantum", [3.0, 5.0])
def test_the_quantum_is_the_bars(pair: tuple[LinkClock, LinkClock], quantum: float) -> None:
    """Two members whose music has that bar are at the same place in it, whenever each joined."""
    one, other = pair
    one.set_tempo(240)
    one.set_quantum(quantum)
    one.start(2)
    wait_for(lambda: other.running)
    other.set_quantum(quantum)  # while it runs
    wait_for(lambda: abs(other.timeline.tempo - 240) < 0.01)

    def apart() -> float:
        now = time.perf_counter()
        return abs(math.remainder(one.timeline.beat_at(now) - other.timeline.beat_at(now), quantum))

    wait_for(lambda: apart() < 0.05)
    until = time.monotonic() + 1
    while time.monotonic() < until:
        assert apart() < 0.1
        time.sleep(0.02)
    other.stop()
    other.start(1)
    assert apart() < 0.1


@pytest.mark.parametrize("quantum", [0.0, -1.0, math.nan, math.inf])
def test_a_bar_without_beats_is_refused(monkeypatch: pytest.MonkeyPatch, quantum: float) -> None:
    fake(monkeypatch, Session)
    clock = LinkClock()
    with pytest.raises(ValueError, match="more than 0 beats"):
        clock.set_quantum(quantum)
    clock.close()
