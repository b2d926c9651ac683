"""Clocks that lead."""

import pytest

from musiclstm.engine.clock.base import Change, ClockChange, InternalClock, ManualClock


def test_a_started_clock_counts_beats_at_its_tempo() -> None:
    clock = ManualClock(90, time=100.0)
    before = clock.running
    clock.start(4)
    clock.advance(2)
    assert (before, clock.running) == (False, True)
    assert clock.timeline.beat_at(clock.now()) == pytest.approx(7)


def test_a_new_tempo_keeps_the_present_beat() -> None:
    clock = ManualClock(60)
    clock.start()
    clock.set(3)
    clock.set_tempo(120)
    assert clock.timeline.beat_at(3) == pytest.approx(3)
    assert clock.timeline.time_at(5) == pytest.approx(4)


def test_subscribers_are_notified() -> None:
    clock = ManualClock(60)
    told: list[ClockChange] = []
    clock.subscribe(told.append)
    clock.start(2)
    clock.set(1)
    clock.set_tempo(30)
    clock.set(3)
    clock.stop()
    clock.stop()
    assert told == [
        ClockChange(Change.START, 0, 2),
        ClockChange(Change.TEMPO, 1, 3),
        ClockChange(Change.STOP, 3, 4),
    ]


@pytest.mark.parametrize("tempo", [0.0, -3.0])
def test_a_tempo_is_above_0(tempo: float) -> None:
    clock = ManualClock(60)
    with pytest.raises(ValueError, match="above 0"):
        clock.set_tempo(tempo)
    assert clock.timeline.tempo == 60


def test_time_goes_forward() -> None:
    clock = ManualClock(time=5)
    with pytest.raises(ValueError, match="cannot go back"):
        clock.set(4)


def test_its_first_beat_is_a_moment_ahead() -> None:
    clock = InternalClock(60, now=lambda: 7.0, ahead=0.25)
    told: list[ClockChange] = []
    clock.subscribe(told.append)
    clock.start(8)
    assert told == [ClockChange(Change.START, 7.25, 8)]
    assert clock.timeline.beat_at(7.25) == 8
