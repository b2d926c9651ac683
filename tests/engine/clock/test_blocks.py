"""A leader whose ticks arrive in blocks is followed: every tick counts, and phase and tempo are right."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.engine.clock.made_up import Times, follow, in_blocks, steady, with_jitter

FRAMES = (512 / 48000, 1024 / 48000, 512 / 44100, 1024 / 44100)


@pytest.mark.parametrize("block", [0.0, 0.001, 0.0075, *FRAMES, 0.016, 0.025])
@pytest.mark.parametrize("tempo", [20.0, 60.0, 114.0, 117.0, 120.0, 174.0, 300.0])
def test_it_is_settled_in_two_seconds(tempo: float, block: float) -> None:
    true = steady(tempo, 24)
    found = follow(true, with_jitter(in_blocks(true, block, 0.3), 0.0002, np.random.default_rng(1)))
    assert found.counted == len(true)
    assert found.phase_p99(2) < block / 2 + 0.002
    assert found.tempo_max(20) < 0.002
    assert found.tempo_max(0, while_steady=True) < 0.015
    assert found.steady[-1]


@settings(max_examples=15)
@given(
    tempo=st.floats(20, 300),
    block=st.just(0.0) | st.floats(1e-4, 0.025),
    offset=st.floats(0, 1, exclude_max=True),
    jitter=st.floats(0, 0.001),
    seed=st.integers(0, 99),
)
def test_two_minutes(tempo: float, block: float, offset: float, jitter: float, seed: int) -> None:
    true = steady(tempo, 120)
    seen = with_jitter(in_blocks(true, block, offset), jitter, np.random.default_rng(seed)) - jitter / 2
    check(true, seen, block + jitter)


@settings(max_examples=20)
@given(
    block=st.sampled_from([0.0075, *FRAMES, 0.015, 0.016, 0.025]),
    ratio=st.sampled_from([0.5, 1, 1.5, 2, 3]),
    drift=st.floats(-0.03, 0.03),
    offset=st.floats(0, 1, exclude_max=True),
)
# Ticks at the edges of blocks: rounding throws each into one or the next.
@example(block=0.025, ratio=2, drift=0.0, offset=0.0)
def test_blocks_and_ticks_that_drift_past_each_other(block: float, ratio: float, drift: float, offset: float) -> None:
    """For a long time they look like a clock without any jitter, and with another tempo."""
    tempo = 2.5 / (block * ratio * (1 + drift))
    if 20 <= tempo <= 300:
        true = steady(tempo, 60)
        check(true, in_blocks(true, block, offset), block)


@pytest.mark.parametrize("ratio", [0.5, 1, 1.5, 2, 2.5, 3, 4])
@pytest.mark.parametrize("block", [0.016, 0.025])
def test_ticks_at_random_in_one_block_or_the_next_are_not_taken_for_lost(block: float, ratio: float) -> None:
    """The first few may look like quite another tempo."""
    true = steady(2.5 / (block * ratio), 5)
    for seed in range(40):
        dice = np.random.default_rng(seed)
        for late in (dice.integers(0, 2, len(true)), dice.random(len(true))):
            assert follow(true, np.maximum.accumulate(true + late * block)).counted == len(true)


def check(true: Times, seen: Times, block: float) -> None:
    found = follow(true, seen)
    assert found.counted == len(true)
    # Never a beat off. At first a period is assumed that may be a sixth of the leader's.
    assert np.abs(found.phase[2:]).max() < 24 * (true[1] - true[0])
    assert found.phase_max(6) < block / 2 + 0.002
    assert found.tempo_max(30) < 0.002
    assert found.steady[-1]


@pytest.mark.parametrize("tempo", [53.5, 55.0, 57.0, 58.5, 90.0, 120.0])
def test_a_block_as_long_as_the_period_is_found_out(tempo: float) -> None:
    """2,048 frames: regular for seconds, then one tick seems to be lost; but not again and again."""
    true = steady(tempo, 120)
    found = follow(true, in_blocks(true, 2048 / 48000, 0.3))
    assert found.counted - len(true) in (0, 1)
    assert found.tempo_max(60) < 0.003


def hiccup(true: Times) -> Times:
    """Ticks are held up for 200 ms, then arrive at once."""
    end = true[0] + 20.2
    return np.where((true > end - 0.2) & (true < end), end + 1e-5 * np.arange(len(true)), true)


def drained(true: Times) -> Times:
    """Ticks are held up for a second, then arrive twice as fast until all are there."""
    end = true[0] + 21
    held = (true > end - 1) & (true < end + 1)
    return np.where(held, end + (true - end + 1) / 2, true)


def late(true: Times) -> Times:
    """One tick in twenty is up to 40 ms late, and with it those behind it."""
    dice = np.random.default_rng(5)
    seen = true + np.where(dice.random(len(true)) < 0.05, dice.uniform(0, 0.04, len(true)), 0)
    return np.asarray(np.maximum.accumulate(seen))


def thirds(true: Times) -> Times:
    """BLE: three connection intervals of 15 ms, of which one is left out."""
    slot = np.ceil(true / 0.015).astype(int)
    return np.where(slot % 3 == 0, slot + 1, slot) * 0.015


def begin(true: Times) -> Times:
    """The blocks begin when somebody changes the audio settings."""
    return np.where(true < true[0] + 20, true, in_blocks(true, 0.025))


@pytest.mark.parametrize("kind", [hiccup, drained, late, thirds, begin])
@pytest.mark.parametrize("block", [0.0, 0.001, 0.0107, 0.025])
@pytest.mark.parametrize("tempo", [40.0, 120.0, 174.0, 300.0])
def test_whatever_delays_ticks_loses_and_invents_none(tempo: float, block: float, kind: object) -> None:
    assert callable(kind)
    true = steady(tempo, 40)
    seen = kind(in_blocks(true, block))
    found = follow(true, seen)
    assert found.counted == len(true)
    # It finds back.
    assert found.phase_p99(35) < block / 2 + 0.025


def test_a_clock_that_drifts_is_followed() -> None:
    """The leader's quartz gets warm: one in a thousand more after a minute."""
    numbers = np.arange(60 * 48)
    true = 100 + numbers / 48 * (1 + 0.0005 * numbers / len(numbers))
    for block in (0.0, FRAMES[0], 0.025):
        found = follow(true, in_blocks(true, block))
        assert found.counted == len(true)
        assert found.phase_max(6) < block / 2 + 0.002
        assert found.tempo_max(20) < 0.003
