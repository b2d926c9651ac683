"""Ticks with jitter, lost ticks and late ticks give a steady beat."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from musiclstm.engine.clock.tick_filter import TickFilter

Times = NDArray[np.float64]


def ticks(tempo: Callable[[float], float], seconds: float = 16) -> Times:
    """The times of the ticks of a leader with that tempo, a function of time."""
    times = np.arange(0, seconds, 1e-3)
    beats = np.cumsum([tempo(time) / 60 * 1e-3 for time in times])
    return np.asarray(np.interp(np.arange(int(beats[-1] * 24)) / 24, beats, times))


def exact(times: Times, dice: np.random.Generator) -> Times:
    return times + dice.normal(0, 2e-5, len(times))


def serial(times: Times, dice: np.random.Generator) -> Times:
    """USB polls each millisecond; now and then the reader has no time."""
    late = np.where(dice.random(len(times)) < 0.02, dice.uniform(0.003, 0.03, len(times)), 0)
    return times + dice.uniform(-0.0005, 0.0005, len(times)) + late


def periods(times: Times, _: np.random.Generator) -> Times:
    """JACK without frames: all ticks of a period of 256 at 48 kHz arrive at once."""
    period = 256 / 48000
    return np.floor(times / period) * period + period / 2


def beat_errors(true: Times, seen: Times) -> tuple[Times, TickFilter]:
    """The error in seconds of the prediction of each next tick."""
    filtered = TickFilter(0.5 / 24)
    errors = []
    for number, (time, arrival) in enumerate(zip(true, seen, strict=True)):
        errors.append(filtered.time + (number - filtered.tick) * filtered.period - time)
        filtered.feed(arrival)
    return np.abs(errors), filtered


@pytest.mark.parametrize("tempo", [60.0, 120.0, 187.5])
@pytest.mark.parametrize(("connection", "bound"), [(exact, 0.0002), (serial, 0.001), (periods, 0.002)])
def test_a_steady_tempo(tempo: float, connection: Callable[..., Times], bound: float) -> None:
    true = ticks(lambda _: tempo)
    for seed in range(3):
        errors, filtered = beat_errors(true, connection(true, np.random.default_rng(seed)))
        assert filtered.steady
        assert np.quantile(errors[true > 2], 0.99) < bound


@pytest.mark.parametrize(("connection", "bound"), [(exact, 0.0005), (serial, 0.0015), (periods, 0.003)])
def test_a_ramp(connection: Callable[..., Times], bound: float) -> None:
    true = ticks(lambda time: min(140.0, 90 + 5 * max(0.0, time - 4)))
    errors, _ = beat_errors(true, connection(true, np.random.default_rng(1)))
    assert np.quantile(errors[true > 2], 0.99) < bound


@pytest.mark.parametrize("jump", [60.0, 132.0, 240.0])
def test_a_jump_of_tempo_is_followed_within_half_a_second(jump: float) -> None:
    true = ticks(lambda time: 120 if time < 8 else jump)
    errors, _ = beat_errors(true, exact(true, np.random.default_rng(2)))
    assert errors[true > 8.5].max() < 0.002


@pytest.mark.parametrize("lost", [1, 2, 3, 12, 24, 60])
@pytest.mark.parametrize("connection", [exact, serial])
def test_lost_ticks_do_not_move_the_beat(lost: int, connection: Callable[..., Times]) -> None:
    true = ticks(lambda _: 120)
    seen = connection(true, np.random.default_rng(3))
    filtered = TickFilter(0.5 / 24)
    for number, time in enumerate(seen):
        if not 200 <= number < 200 + lost:
            filtered.feed(time)
    assert filtered.tick == len(true) - 1


@pytest.mark.parametrize("first", [2, 3, 4, 5])
def test_a_tick_lost_at_the_beginning(first: int) -> None:
    true = ticks(lambda _: 120, 4)
    filtered = TickFilter(0.5 / 24)
    for number, time in enumerate(true):
        if number != first:
            filtered.feed(time)
    assert filtered.tick == len(true) - 1


@pytest.mark.parametrize("held", [3, 6, 12])
def test_ticks_that_were_delayed_and_arrive_at_once(held: int) -> None:
    true = ticks(lambda _: 120)
    seen = true.copy()
    seen[200 : 200 + held] = seen[200 + held] - 0.0001 * np.arange(held, 0, -1)
    errors, filtered = beat_errors(true, seen)
    assert filtered.tick == len(true) - 1
    assert errors[true > 2].max() < 0.002


def test_a_doubled_tick_counts_once() -> None:
    true = ticks(lambda _: 120)
    filtered = TickFilter(0.5 / 24)
    for number, time in enumerate(true):
        filtered.feed(time)
        if number == 200:
            filtered.feed(time + 0.0001)
    assert filtered.tick == len(true) - 1


def test_ticks_at_one_moment_are_survived() -> None:
    filtered = TickFilter(0.02)
    for _ in range(50):
        filtered.feed(1.0)
    assert filtered.period > 0
