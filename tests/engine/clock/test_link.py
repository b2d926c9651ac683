"""Ableton Link, with two members of a session."""

import sys
import time
from collections.abc import Callable, Iterator

import pytest

from musiclstm.engine.clock.base import Change, ClockChange
from musiclstm.engine.clock.link import LinkClock
from musiclstm.errors import UsageError


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


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


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
