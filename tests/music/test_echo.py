"""Echoes: what came the last time, against a search that is slow and plain; branches do not disturb each other."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from musiclstm.music.echo import CAPACITY, LONGEST, REACH, Echo, Line, find


def slow(what: list[int]) -> tuple[int, int]:
    """(at, length), the length counted up to LONGEST."""
    best = (0, 0)
    for at in range(max(1, len(what) - REACH + 1), len(what)):
        length = 0
        while length < min(at, LONGEST) and what[at - 1 - length] == what[-1 - length]:
            length += 1
        if length and length >= best[1]:
            best = (at, length)
    return best


def fed(what: list[int], echo: Echo | None = None) -> Echo:
    echo = echo or Echo(Line())
    for number, each in enumerate(what):
        echo = echo.after(*divmod(each, 128), number * 2, 1 + number % 100)
    return echo


@given(st.lists(st.integers(0, 3), min_size=1, max_size=80))
def test_it_finds_the_longest_run_and_of_several_the_latest(what: list[int]) -> None:
    line = fed(what).line
    assert find(line, len(what)) == slow(what)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=80))
def test_following_a_run_is_as_good_as_looking_for_it(what: list[int]) -> None:
    echo = fed(what)
    assert min(echo.length, LONGEST) == slow(what)[1]
    if echo.length:
        run = min(echo.length, LONGEST)
        assert what[echo.at - run : echo.at] == what[-run:]
        assert echo.expected == (*divmod(what[echo.at], 128), 2 * len(what), 1 + echo.at % 100)
        assert echo.distance == 2 * (len(what) - echo.at)


@given(st.lists(st.integers(0, 2), max_size=30), st.lists(st.integers(0, 2)), st.lists(st.integers(0, 2)))
def test_a_branch_leaves_the_other_as_it_is(trunk: list[int], one: list[int], other: list[int]) -> None:
    root = fed(trunk)
    a, b = fed(one, root), fed(other, root)
    for echo, what in ((root, trunk), (a, trunk + one), (b, trunk + other)):
        assert list(echo.line.pitch[: echo.count]) == what
        assert (echo.length > 0) == (fed(what).length > 0)


@given(st.lists(st.integers(0, 2), max_size=30), st.lists(st.integers(0, 2), min_size=1))
def test_pickled_it_goes_on_alike(trunk: list[int], more: list[int]) -> None:
    echo = fed(trunk)
    again = pickle.loads(pickle.dumps(echo))  # noqa: S301 - our own
    here, there = fed(more, echo), fed(more, again)
    assert (here.count, here.at, here.length) == (there.count, there.at, there.length)
    assert len(pickle.dumps(echo)) < 1000


def test_without_end_it_stays_small_and_goes_on_finding() -> None:
    tune = list(range(REACH // 2))
    echo = fed(tune * (3 * CAPACITY // len(tune)))
    assert echo.count <= CAPACITY
    assert echo.expected[:2] == (0, tune[0])
    assert echo.length > CAPACITY
