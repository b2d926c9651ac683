"""Sampling, by its definitions."""

from __future__ import annotations

from math import exp, log, nextafter
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from musiclstm.model import linear
from musiclstm.model.sampling import FieldSampling, Sampler, masked_softmax

LOGITS = arrays.arrays(np.float32, st.integers(1, 12), elements=st.floats(-8, 8, width=32))
UNIFORM = st.floats(0, 1, exclude_max=True)


def sample(
    logits: Any, possible: Any, allowed: Any, settings: FieldSampling, uniform: float, bias: Any = None
) -> tuple[int, float]:
    sampler = Sampler(len(logits))
    tempered = logits if bias is None else logits + bias
    masks = possible.view(np.uint8), allowed.view(np.uint8)
    sampler.draw(logits, tempered, *masks, settings.temperature, settings.top_p, uniform)
    return sampler.index, sampler.surprise


def surprise(logits: Any, possible: Any, index: int) -> float:
    sampler = Sampler(len(logits))
    sampler.rate(logits, possible.view(np.uint8), index)
    return sampler.surprise


def top_p_filter(weights: Any, top_p: float) -> Any:
    filtered = np.asarray(weights, dtype=np.float64)
    linear.keep_likeliest(filtered, top_p)
    return filtered


def softmax(values: Any) -> Any:
    weights = np.exp(np.asarray(values, dtype=np.float64) - np.max(values))
    return weights / weights.sum()


@st.composite
def masked(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    """Logits, what is possible, and what of it is allowed, of which there is something."""
    logits = draw(LOGITS)
    masks = arrays.arrays(np.bool_, len(logits))
    possible = draw(masks)
    allowed = possible & draw(masks)
    assume(allowed.any())
    return logits, possible, allowed


@given(LOGITS, st.floats(0.01, 0.99))
def test_top_p_keeps_the_smallest_set_that_holds_p(logits: Any, top_p: float) -> None:
    """The likeliest choices, in order, until they hold p (Holtzman et al. 2020): none too few, none too many."""
    weights = np.exp(logits)
    kept = top_p_filter(weights, top_p) > 0
    np.testing.assert_array_equal(top_p_filter(weights, top_p)[kept], weights[kept])
    shares = softmax(logits)
    assert shares[kept].sum() >= top_p - 1e-5
    assert shares[kept].sum() - shares[kept].min() < top_p + 1e-5
    if not kept.all():
        assert weights[kept].min() >= weights[~kept].max()


@pytest.mark.parametrize(
    ("top_p", "kept"), [(0.01, 1), (0.49, 1), (0.5, 1), (0.51, 2), (0.75, 2), (0.76, 3), (0.87, 3), (0.9, 4), (1.0, 4)]
)
def test_top_p_of_halves(top_p: float, kept: int) -> None:
    weights = np.array([0.125, 0.5, 0.125, 0.25], dtype=np.float32)
    wanted = [0.125 * (kept > 2), 0.5, 0.125 * (kept > 3), 0.25 * (kept > 1)]
    assert top_p_filter(weights, top_p).tolist() == wanted


@given(masked(), st.floats(0.05, 4), UNIFORM)
def test_a_sample_is_where_the_cumulative_distribution_passes_the_number(
    choices: tuple[Any, Any, Any], temperature: float, uniform: float
) -> None:
    """P(index) is proportional to exp(logit / temperature) among the allowed; inverse transform sampling."""
    logits, possible, allowed = choices
    index, nats = sample(logits, possible, allowed, FieldSampling(temperature), uniform)
    assert allowed[index]
    shares = np.zeros(len(logits))
    shares[allowed] = softmax(logits[allowed].astype(np.float64) / temperature)
    cumulative = shares.cumsum()
    assert cumulative[index] - shares[index] - 1e-4 <= uniform <= cumulative[index] + 1e-4
    # The surprise is the model's own: of all that is possible, at temperature 1.
    own = np.zeros(len(logits))
    own[possible] = softmax(logits[possible])
    assert nats == pytest.approx(-log(own[index]), abs=1e-4)
    assert nats == pytest.approx(surprise(logits, possible, index), abs=1e-4)


@given(masked())
def test_the_largest_number_is_still_a_choice(choices: tuple[Any, Any, Any]) -> None:
    logits, possible, allowed = choices
    for uniform in (0.0, 1 - 2**-53, nextafter(1, 0)):
        for settings in (FieldSampling(), FieldSampling(0.3, 0.5)):
            assert allowed[sample(logits, possible, allowed, settings, uniform)[0]]


@given(LOGITS, st.integers(0, 11), st.floats(-5, 5))
def test_a_bias_multiplies_the_odds_and_not_the_surprise(logits: Any, at: int, amount: float) -> None:
    at %= len(logits)
    bias = np.zeros_like(logits)
    bias[at] = amount
    possible = np.ones(len(logits), dtype=np.bool_)
    counted = [sample(logits, possible, possible, FieldSampling(), u, bias=bias) for u in np.arange(0.5, 400) / 400]
    share = sum(index == at for index, _ in counted) / 400
    weights = softmax(logits + bias)
    assert share == pytest.approx(weights[at], abs=0.006)
    for index, nats in counted[::50]:
        assert nats == pytest.approx(surprise(logits, possible, index), abs=1e-4)


def test_a_low_temperature_takes_the_likeliest() -> None:
    logits = np.array([0.0, 1.0, 0.5], dtype=np.float32)
    every = np.ones(3, dtype=np.bool_)
    assert {sample(logits, every, every, FieldSampling(0.0), u / 10)[0] for u in range(10)} == {1}
    assert {sample(logits, every, every, FieldSampling(1.0, 1e-9), u / 10)[0] for u in range(10)} == {1}


@given(masked())
def test_an_impossible_event_is_told_among_all(choices: tuple[Any, Any, Any]) -> None:
    logits, possible, _ = choices
    for index in np.flatnonzero(~possible):
        assert surprise(logits, possible, int(index)) == pytest.approx(-log(softmax(logits)[index]), abs=1e-4)


@given(masked())
def test_masked_softmax(choices: tuple[Any, Any, Any]) -> None:
    logits, possible, _ = choices
    found = masked_softmax(logits, possible)
    np.testing.assert_allclose(found[possible], softmax(logits[possible]), atol=1e-5)
    assert not found[~possible].any()
    assert not masked_softmax(logits, np.zeros_like(possible)).any()
    assert exp(0) == pytest.approx(found.sum(), abs=1e-5)
