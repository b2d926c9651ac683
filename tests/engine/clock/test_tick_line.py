"""The least spread of a line is found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.engine.clock.tick_line import narrowest


@given(gaps=st.lists(st.integers(1, 5), min_size=1, max_size=30), period=st.floats(0.005, 0.1), seed=st.integers(0, 9))
def test_no_line_is_narrower(gaps: list[int], period: float, seed: int) -> None:
    dice = np.random.default_rng(seed)
    ticks = np.cumsum([0, *gaps]).astype(float)
    times = 100 + period * ticks + dice.uniform(0, 0.02, len(ticks))
    least = narrowest(ticks, times)
    assert least <= 0.02 + 1e-9
    for other in period + dice.uniform(-0.02, 0.02, 50):
        assert least <= np.ptp(times - other * ticks) + 1e-9


def test_a_step_is_as_wide_as_half_of_it_at_least() -> None:
    assert narrowest(np.arange(5.0), 0.02 * np.arange(5.0)) == pytest.approx(0, abs=1e-9)
    assert narrowest(np.arange(4.0), np.array([0, 0, 1.0, 1])) == pytest.approx(0.5)
