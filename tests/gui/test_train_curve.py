"""The axis of the curve of a training: what is drawn fits on it, and it does not go below what a loss can be."""

from __future__ import annotations

import pytest

from musiclstm.gui.train.curve import span_of
from musiclstm.gui.train.runs import Point


def test_nothing_is_drawn_of_nothing() -> None:
    assert span_of([]) is None
    assert span_of([Point(0.0, None, None)]) is None


@pytest.mark.parametrize("lowest", [0.0, 0.001, 0.2, 3.0])
def test_the_axis_has_room_for_all_and_does_not_go_below_0(lowest: float) -> None:
    points = [Point(n / 10, 2.5 + lowest - n / 4, 1.0 + lowest) for n in range(11)]
    span = span_of(points)
    assert span is not None
    assert 0 <= span[0] <= lowest < 2.5 + lowest < span[1]
    assert span[0] == 0 or span[0] == pytest.approx(lowest - 0.2)


def test_the_fall_at_the_beginning_is_left_out() -> None:
    points = [Point(n / 100, 9.0 if n < 5 else 1.0, None) for n in range(100)]
    assert span_of(points) == (0.98, 1.02)
