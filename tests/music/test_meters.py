"""Time signatures by the length of their bars."""

import pytest

from musiclstm.music.meters import simplest_meter
from musiclstm.music.note import Meter


@pytest.mark.parametrize(
    ("beats", "numerator", "denominator"),
    [(4.0, 4, 4), (3.0, 3, 4), (3.5, 7, 8), (1.25, 5, 16), (0.3, 1, 4), (4.3, 4, 4), (1000.0, 255, 4)],
)
def test_the_simplest_one_is_found(beats: float, numerator: int, denominator: int) -> None:
    assert simplest_meter(beats) == Meter(numerator, denominator)
