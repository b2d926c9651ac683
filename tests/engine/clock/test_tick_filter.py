"""Ticks with jitter and late ticks give a steady beat; every tick counts; lost ones are told from late ones."""

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


@pytest.mark.parametrize(("connection", "bound"), [(exact, 0.0005), (serial, 0.002), (periods, 0.003)])
def test_a_ramp(connection: Callable[..., Times], bound: float) -> None:
    true = ticks(lambda time: min(140.0, 90 + 5 * max(0.0, time - 4)))
    errors, _ = beat_errors(true, connection(true, np.random.default_rng(1)))
    assert np.quantile(errors[true > 2], 0.99) < bound


@pytest.mark.parametrize("jump", [60.0, 132.0, 240.0])
def test_a_jump_of_tempo_is_followed_within_half_a_second(jump: float) -> None:
    true = ticks(lambda time: 120 if time < 8 else jump)
    errors, _ = beat_errors(true, exact(true, np.random.default_rng(2)))
    assert errors[true > 8.5].max() < 0.002


@pytest.mark.parametrize(
    ("tempo", "lost"), [(30, 1), (60, 1), (60, 2), (120, 2), (120, 3), (120, 12), (120, 24), (120, 60)]
)
@pytest.mark.parametrize("connection", [exact, serial])
def test_lost_ticks_do_not_move_the_beat(tempo: float, lost: int, connection: Callable[..., Times]) -> None:
    true = ticks(lambda _: tempo)
    seen = connection(true, np.random.default_rng(3))
    filtered = TickFilter(0.5 / 24)
    for number, time in enumerate(seen):
        if not 100 <= number < 100 + lost:
            filtered.feed(time)
    assert filtered.tick == len(true) - 1


@pytest.mark.parametrize("when", [8.0, 10.7, 13.0])
def test_a_tick_lost_in_a_ramp(when: float) -> None:
    """Which is shorter than a block may be; but in blocks of that length the ticks before would not lie as they do."""
    true = ticks(lambda time: min(150.0, 90 + 5 * max(0.0, time - 5)), 20)
    lost = int(np.searchsorted(true, when))
    filtered = TickFilter(0.5 / 24)
    errors = []
    for number, time in enumerate(exact(true, np.random.default_rng(1)).tolist()):
        if number != lost:
            filtered.feed(time)
            errors.append(abs(time - filtered.time))
    assert filtered.tick == len(true) - 1
    assert max(errors[lost + 24 :]) < 0.002


@pytest.mark.parametrize("first", [6, 7, 8])
def test_a_tick_lost_at_the_beginning(first: int) -> None:
    true = ticks(lambda _: 30, 4)
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


def test_two_ticks_at_one_instant_are_two() -> None:
    true = ticks(lambda _: 120)
    seen = true.copy()
    seen[::2] = seen[1::2] if len(seen) % 2 == 0 else np.append(seen[1::2], seen[-1])
    errors, filtered = beat_errors(true, seen)
    assert filtered.tick == len(true) - 1
    assert errors[true > 2].max() < 0.0125


def test_ticks_at_one_moment_are_survived() -> None:
    filtered = TickFilter(0.02)
    for _ in range(50):
        filtered.feed(1.0)
    assert filtered.period > 0


@pytest.mark.parametrize("tempo", [40.0, 120.0, 300.0])
@pytest.mark.parametrize("seed", range(2))
def test_a_sender_that_is_held_up_again_and_again_means_no_other_tempo(tempo: float, seed: int) -> None:
    """Ticks that are held up arrive at once. They were followed at up to 1,250 BPM, until more of them came."""
    dice = np.random.default_rng(seed)
    seen = ticks(lambda _: tempo, 40)
    for begin in 3 + np.cumsum(dice.uniform(0.2, 2, 40)):
        end = begin + dice.uniform(0.02, 1)
        held = (seen > begin) & (seen < end)
        seen[held] = end + 1e-5 * np.arange(held.sum())
    filtered, highest = TickFilter(60 / tempo / 24), 0.0
    for time in np.maximum.accumulate(seen):
        filtered.feed(time)
        highest = max(highest, 60 / filtered.period / 24)
    assert highest < 3 * tempo


def test_a_tempo_that_is_not_steady_is_not_called_so() -> None:
    """Half of the ticks are missing, at random."""
    true = ticks(lambda _: 120)
    filtered, steady = TickFilter(0.5 / 24), []
    for time in true[np.random.default_rng(4).random(len(true)) < 0.5]:
        filtered.feed(time)
        steady.append(filtered.steady)
    assert np.mean(steady) < 0.05


@pytest.mark.parametrize("shift", [-1000.0, -5.0, -0.2])
def test_a_clock_that_is_set_back_goes_on(shift: float) -> None:
    true = ticks(lambda _: 120)
    seen = true + np.where(true > 8, shift, 0)
    filtered = TickFilter(0.5 / 24)
    for time in seen:
        filtered.feed(time)
    assert filtered.tick == len(true) - 1
    assert filtered.steady
    assert filtered.time == pytest.approx(seen[-1], abs=1e-4)
