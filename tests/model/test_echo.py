"""The match model, against a slow and simple search; branches do not disturb each other."""

from __future__ import annotations

import pickle
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.model.echo import CHUNK, SEARCH_LENGTH, SEARCH_REACH, Echo, EventLog


def slow(what: list[int]) -> tuple[int, int]:
    """(pointer, length), the length counted up to SEARCH_LENGTH."""
    best = (0, 0)
    for at in range(max(1, len(what) - SEARCH_REACH + 1), len(what)):
        length = 0
        while length < min(at, SEARCH_LENGTH) and what[at - 1 - length] == what[-1 - length]:
            length += 1
        if length and length >= best[1]:
            best = (at, length)
    return best


def fed(what: list[int], echo: Echo | None = None) -> Echo:
    echo = echo or Echo()
    for number, each in enumerate(what):
        echo = echo.after(echo.log.after(*divmod(each, 128), number * 2, 1 + number % 100))
    return echo


def pitches(log: EventLog) -> list[int]:
    return [log.pitch(number) for number in range(log.dropped, log.count)]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=80))
def test_it_finds_the_latest_of_the_longest_runs(what: list[int]) -> None:
    at, length = slow(what)
    assert fed(what).log.longest_match(False) == (at, length)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=80))
def test_following_a_match_is_as_good_as_searching_for_it(what: list[int]) -> None:
    echo = fed(what)
    assert min(echo.length, SEARCH_LENGTH) == slow(what)[1]
    if echo.length:
        run = min(echo.length, SEARCH_LENGTH)
        assert what[echo.pointer - run : echo.pointer] == what[-run:]
        assert echo.expected == (*divmod(what[echo.pointer], 128), 2 * len(what), 1 + echo.pointer % 100)
        assert echo.distance() == 2 * (len(what) - echo.pointer)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=80))
def test_it_follows_matches_by_intervals(what: list[int]) -> None:
    echo = fed(what, Echo(intervals=True))
    steps = [128, *(128 + b - a for a, b in pairwise(what))]
    assert min(echo.length, SEARCH_LENGTH) == slow(steps)[1]
    if echo.length:
        assert echo.expected[1] == what[-1] + what[echo.pointer] - what[echo.pointer - 1]


@pytest.mark.parametrize("trunk", [0, 3, CHUNK - 2, CHUNK, CHUNK + 3])
@given(one=st.lists(st.integers(0, 2), max_size=5), other=st.lists(st.integers(0, 2), max_size=5))
def test_branches_do_not_change_each_other(trunk: int, one: list[int], other: list[int]) -> None:
    before = [number % 7 for number in range(trunk)]
    root = fed(before)
    a, b = fed(one, root), fed(other, root)
    for echo, what in ((root, before), (a, before + one), (b, before + other)):
        assert pitches(echo.log) == what
        assert (echo.length > 0) == (fed(what).length > 0)


def test_branches_share_what_they_have_in_common() -> None:
    root = fed([number % 100 for number in range(3 * CHUNK + 5)]).log
    left, right = root.after(0, 1, 0, 1), root.after(0, 2, 0, 1)
    assert left.chunks[:-1] == right.chunks[:-1] == root.chunks[:-1]
    assert left.chunks[-1] is root.chunks[-1] is not right.chunks[-1]


@given(st.lists(st.integers(0, 2), max_size=30), st.lists(st.integers(0, 2), min_size=1))
def test_a_pickled_copy_continues_alike(trunk: list[int], more: list[int]) -> None:
    echo = fed(trunk)
    again = pickle.loads(pickle.dumps(echo))  # noqa: S301 - our own
    here, there = fed(more, echo), fed(more, again)
    assert (here.log.count, here.pointer, here.length) == (there.log.count, there.pointer, there.length)
    assert len(pickle.dumps(echo)) < 1500


def test_events_are_found_by_their_tick() -> None:
    log = fed([number % 100 for number in range(2 * CHUNK)]).log
    for number in (0, 1, CHUNK - 1, CHUNK, 2 * CHUNK - 1):
        assert log.first_from(2 * number) == log.first_from(2 * number - 1) == number
    assert log.first_from(4 * CHUNK) == log.count


@pytest.mark.parametrize(("between", "found"), [(0, True), (SEARCH_REACH - 2, True), (SEARCH_REACH - 1, False)])
def test_it_searches_as_far_back_as_it_says(between: int, found: bool) -> None:
    """The last SEARCH_REACH events, the last of them included; however many more are kept."""
    log = fed([0]).log
    for number in range(between):
        log = log.after(*divmod(1 + number, 128), 2 * number, 1)
    echo = Echo(log).after(log.after(0, 0, 2 * between, 1))
    assert (echo.pointer, echo.length) == ((1, 1) if found else (log.count + 1, 0))


@pytest.mark.parametrize("alike", [SEARCH_LENGTH - 1, SEARCH_LENGTH])
def test_it_compares_as_many_events_as_it_says(alike: int) -> None:
    """Of runs that agree so far back, the latest is taken, although an earlier one agrees further."""
    run = list(range(10, 10 + SEARCH_LENGTH + 3))
    keys = [*run, 0, *run[-alike:], 1, *run]
    latest = len(run) + 1 + alike
    assert fed(keys).log.longest_match(False) == (
        (latest, alike) if alike == SEARCH_LENGTH else (len(run), SEARCH_LENGTH)
    )


def test_what_was_between_two_ticks_however_much_was_dropped() -> None:
    """Both ticks included; of chords, which share a tick, all. Before the first event there is nothing."""
    events = [(0, number % 128, 3 * (number // 2), 1 + number % 127) for number in range(SEARCH_REACH + 4 * CHUNK + 7)]
    assert list(EventLog().between(0, 100)) == []
    assert EventLog().first_from(5) == 0
    log = EventLog()
    for event in events:
        log = log.after(*event)
    assert log.dropped > 0
    kept = [(tick, pitch, velocity) for _, pitch, tick, velocity in events[log.dropped :]]
    last = kept[-1][0]
    edges = [events[log.dropped + CHUNK * n][2] for n in (0, 1, 5)]
    for first, end in ((last - 40, last), (last - 40, last + 9), (last - 41, last - 20), *((e, e + 3) for e in edges)):
        wanted = [each for each in kept if first <= each[0] <= end]
        assert list(log.between(first, end)) == wanted
        following = [log.tick(number) for number in range(log.first_from(end), log.count)]
        assert following == [tick for tick, *_ in kept if tick >= end]
    for tick in (edges[1] - 1, edges[1], edges[1] + 1):
        assert log.first_from(tick) == next(n for n, each in enumerate(events) if each[2] >= tick)


def test_its_size_is_bounded_and_it_continues_to_match() -> None:
    tune = [number % 128 for number in range(SEARCH_REACH // 2 + 1)]
    echo = fed(tune * 5)
    assert SEARCH_REACH <= echo.log.count - echo.log.dropped <= SEARCH_REACH + CHUNK
    assert len(echo.log.chunks) == 1 + SEARCH_REACH // CHUNK
    assert echo.expected[:2] == (0, tune[0])
    assert echo.length > SEARCH_REACH
