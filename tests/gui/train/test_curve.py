"""The curve of a training, and what is said of it: the axis, how long it takes, when to stop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from musiclstm.gui.train import words
from musiclstm.gui.train.curve import span_of
from musiclstm.gui.train.runs import Point, Run
from musiclstm.gui.train.state import Figures, State


def test_nothing_is_drawn_of_nothing() -> None:
    assert span_of([]) is None
    assert span_of([Point(0.0, None, None)]) is None


@pytest.mark.parametrize("lowest", [0.0, 0.001, 0.2, 3.0])
def test_the_axis_has_room_for_all_and_does_not_go_below_0(lowest: float) -> None:
    points = [Point(n / 10, 2.5 + lowest - n / 4, None) for n in range(11)]
    span = span_of(points)
    assert span is not None
    assert 0 <= span[0] <= lowest < 2.5 + lowest < span[1]
    step = (span[1] - span[0]) / 3
    assert 0.5 <= step <= 2.0
    assert [round(10 * (span[0] + line * step), 6) % 1 for line in range(4)] == [0.0] * 4


def test_the_fall_at_the_beginning_is_left_out() -> None:
    points = [Point(n / 100, 9.0 if n < 5 else 1.0, None) for n in range(100)]
    span = span_of(points)
    assert span is not None
    assert (span[0], span[1]) == pytest.approx((0.98, 1.04))


def test_what_is_measured_has_most_of_the_room() -> None:
    """Of fifty tunes from nothing: what it learns from falls from 6.7 to 0.7, what is held out from 1.4 to 1.1."""
    points = [
        Point(n / 100, 6.7 * 0.977**n, 1.1 + 0.3 * 0.9 ** (n - 10) if n % 10 == 0 < n else None) for n in range(100)
    ]
    span = span_of(points)
    assert span is not None
    assert span[0] <= 6.7 * 0.977**99 < 1.4 < span[1] < 3.5


@pytest.mark.parametrize(
    ("minutes", "since_best", "held_out", "offered"),
    [(0.9, 0.9, True, False), (3, 1.0, True, True), (20, 4, True, False), (20, 7, True, True), (20, 7, False, False)],
)
def test_it_is_offered_to_stop_when_nothing_gets_better(
    minutes: float, since_best: float, held_out: bool, offered: bool
) -> None:
    run = Run("mine", "/tunes", minutes=40, progress=0.5)
    figures = Figures(minutes=minutes, best=2.5, since_best=since_best, held_out=held_out)
    assert ("stop and keep the best?" in words.figures_words(run, State.TRAINING, figures)) == offered
    assert "stop and keep" not in words.figures_words(run, State.PAUSED, figures)


def test_of_few_files_it_takes_less_than_the_time_there_is() -> None:
    """What is left follows from how far it came."""
    run = Run("mine", "/tunes", minutes=20, progress=0.25)
    few, many = Figures(minutes=0.5), Figures(minutes=5)
    assert "about 2 minutes left" in words.figures_words(replace(run, progress=0.2), State.TRAINING, few)
    assert "about 15 minutes left" in words.figures_words(run, State.TRAINING, many)
    assert (words.end_words(run, few), words.end_words(run, many)) == ("2 minutes", "20 minutes")
    assert words.end_words(replace(run, progress=0.0), Figures()) == "20 minutes"
    assert words.end_words(replace(run, steps=50), few) == "50 steps"
