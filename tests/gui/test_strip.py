"""The strip of bars: long takes are legible, no flag hides another."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest

from musiclstm.gui.bar.bars_layout import FLAG, bars_in_a_column, numbers, place_flags, widest_gap
from musiclstm.gui.look.colours import mix, rgb
from musiclstm.protocol import commands, telemetry
from tests.gui.conftest import Bench
from tests.gui.test_painting import pixels

PLACES = st.dictionaries(st.sampled_from("ABCDEFGH"), st.floats(0, 400), max_size=8)


@given(PLACES)
def test_flags_do_not_overlap_and_stay_in_order(places: dict[str, float]) -> None:
    flags = place_flags(places, 400)
    assert flags.keys() == places.keys()
    for one, other in combinations(flags, 2):
        assert not flags[one].intersects(flags[other])
        if places[one] < places[other]:
            assert flags[one].left() < flags[other].left()
    for flag in flags.values():
        assert flag.left() >= 0
        assert flag.right() <= 400


@given(PLACES, st.floats(0, 200), st.floats(1, 200), st.floats(1, 150))
def test_a_name_finds_its_place_between_flags(places: dict[str, float], left: float, room: float, width: float) -> None:
    flags = place_flags(places, 400)
    begin, end = widest_gap(flags.values(), left, left + room, width)
    for flag in flags.values():
        assert end <= begin or flag.right() <= begin or flag.left() >= end
    if not places:
        assert (begin, end) == (left, left + room)


@given(st.integers(-40, 100), st.integers(32, 5000), st.integers(200, 1500), st.floats(20, 80))
def test_numbers_have_room_and_are_many_enough(first: int, count: int, width: int, room: float) -> None:
    bar = width / count
    shown = numbers(first, count, bar, room)
    assert all(first <= number < first + count for number in shown)
    assert all((later - earlier) * bar >= room for earlier, later in pairwise(shown))
    assert len(shown) >= int(width / room / 6)


def test_a_models_name_cuts_no_number(bench: Bench) -> None:
    bars = bench.window.strip.bars
    bars.models = [(-np.inf, "Chorales"), (40.0, "folk50 so far"), (52.0, "folk50")]
    bars.resize(400, 46)
    titles = bars._titles()
    assert titles[0][1] == "Chorales"
    picture = QImage(400, 46, QImage.Format.Format_ARGB32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    bars._paint_numbers(painter, [box for box, _ in titles])
    painter.end()
    drawn = pixels(picture)
    assert drawn.any()
    assert not any(drawn[:, round(box.left()) : round(box.right())].any() for box, _ in titles)


@given(st.floats(0.05, 60))
def test_columns_are_wide_enough_to_be_seen(bar_width: float) -> None:
    bars = bars_in_a_column(bar_width)
    assert bars * bar_width >= 3
    assert bars == 1 or bars * bar_width < 6


@pytest.fixture
def hour(bench: Bench) -> Bench:
    """An hour of four parts in a moment: 1,500 bars, the first half of them sparse."""
    bars = bench.window.strip.bars
    for bar in range(1500):
        for part in range(4 if bar >= 750 else 1):
            bars.count(bar * 4.0 + part / 4, part)
    bench.host._beat = 6000.0
    bench.host.status()
    bench.run(0.2)
    return bench


def test_an_hour_shows_how_dense_each_part_was(hour: Bench) -> None:
    bars, theme = hour.window.strip.bars, hour.look.theme
    picture = pixels(bars.grab().toImage())
    colours = [np.array(rgb(mix(theme.part(part), theme.ground, 0.75)))[::-1] for part in range(4)]

    def heights(bar: int) -> list[int]:
        column = picture[20:, round(bars._x(bar))].astype(int)
        return [int((np.abs(column - colour).max(axis=1) <= 3).sum()) for colour in colours]

    sparse, dense = heights(400), heights(1100)
    assert sparse[0] > 3
    assert sparse[1:] == [0, 0, 0]
    assert min(dense) > 3
    assert max(dense) - min(dense) <= 1


def test_flags_of_one_moment_are_each_seen_and_clicked(hour: Bench) -> None:
    bars = hour.window.strip.bars
    for number, slot in enumerate("ABCD"):
        hour.box.put(telemetry.BookmarkSet(slot, 4000.0 + number))
        hour.host._slots[slot] = 4000.0 + number
    hour.bridge.fetch()
    picture, accent = pixels(bars.grab().toImage()), np.array(rgb(hour.look.theme.accent))[::-1]
    for slot, flag in bars.flags().items():
        assert (picture[2, round(flag.left()) + 1 : round(flag.right()) - 1] == accent).all()
        QTest.mouseClick(bars, Qt.MouseButton.LeftButton, pos=flag.center().toPoint())
        assert hour.sent(commands.Return)[-1] == commands.Return(slot)
    assert not hour.sent(commands.GoTo)
    QTest.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(round(bars._x(300)) + 1, round(FLAG) + 20))
    assert hour.sent(commands.GoTo)
