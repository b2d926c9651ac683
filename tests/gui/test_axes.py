"""The roll's axes follow the music: what sounds is in view, and nothing jumps."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.gui.axes.ahead import EASE, MARGIN, MEMORY, Ahead
from musiclstm.gui.axes.drum_lanes import LANES, Kit, drum_name
from musiclstm.gui.axes.pitch_axis import MOST_ROW, MOVE, PATIENCE, PitchAxis
from musiclstm.gui.axes.time_axis import TimeAxis

RANGE = st.tuples(st.integers(24, 100), st.integers(0, 60)).map(lambda pair: (pair[0], min(108, sum(pair))))


def pitches(height: float = 480.0) -> PitchAxis:
    axis = PitchAxis()
    axis.resize(height)
    return axis


def seen(axis: PitchAxis, pitch: int) -> bool:
    return axis.y(pitch) >= -0.01 and axis.y(pitch) + axis.row <= axis.height + 0.01


class TestPitchAxis:
    @given(st.lists(RANGE, min_size=1, max_size=6))
    def test_what_is_needed_comes_into_view(self, ranges: list[tuple[int, int]]) -> None:
        axis, now = pitches(), 0.0
        for low, high in ranges:
            axis.need(low, high, now)
            now += MOVE
            axis.ease(now)
            assert seen(axis, low)
            assert seen(axis, high)
            assert axis.row <= MOST_ROW
            assert axis.row == int(axis.row)  # sharp edges

    @given(RANGE, RANGE)
    def test_it_glides(self, one: tuple[int, int], other: tuple[int, int]) -> None:
        axis = pitches()
        places = []
        for step in range(200):
            now = step / 60
            axis.need(*(one if step < 60 else other), now)
            axis.ease(now)
            places.append((axis.y(60), axis.y(72)))
        far = max(abs(places[59][i] - places[-1][i]) for i in (0, 1))
        for before, after in pairwise(places[60:]):
            assert max(abs(a - b) for a, b in zip(before, after, strict=True)) <= 0.15 * far + 0.1

    @given(st.lists(st.tuples(st.integers(50, 56), st.integers(66, 72)), max_size=30))
    def test_it_stands_still_while_what_is_needed_is_in_view(self, ranges: list[tuple[int, int]]) -> None:
        axis = pitches()
        axis.need(50, 72, 0.0)
        axis.ease(MOVE)
        moved: list[bool] = []
        axis.changed.connect(lambda: moved.append(True))
        for index, (low, high) in enumerate(ranges):
            now = 1 + index * PATIENCE / 40
            axis.need(low, high, now)
            axis.ease(now)
        assert not moved

    def test_rows_grow_once_less_is_needed_for_long(self) -> None:
        axis = pitches()
        axis.need(30, 96, 0.0)
        axis.ease(MOVE)
        thin = axis.row
        for now in (1.0, PATIENCE - 1, PATIENCE + 2):
            axis.need(60, 72, now)
            axis.ease(now + MOVE)
        assert axis.row >= 2 * thin

    @pytest.mark.parametrize("by_hand", ["zoom", "scroll"])
    def test_what_the_person_chose_stays_until_it_is_let_go(self, by_hand: str) -> None:
        axis = pitches()
        if by_hand == "zoom":
            axis.zoom(2.0, 100)
        else:
            axis.scroll(30.0)
        chosen = axis.row, axis.top
        axis.need(90, 100, 1.0)
        axis.ease(2.0)
        assert (axis.row, axis.top) == chosen
        axis.release()
        axis.need(90, 100, 3.0)
        axis.ease(4.0)
        assert seen(axis, 100)

    @given(st.floats(0.3, 6), st.floats(0, 480))
    def test_zoom_keeps_what_is_under_the_mouse(self, factor: float, y: float) -> None:
        axis = pitches()
        axis.zoom(1.5, 240)
        pitch = axis.pitch(y)
        axis.zoom(factor, y)
        if 0 < axis.top < 127 and axis.top > axis.height / axis.row:
            assert abs(axis.pitch(y) - pitch) <= 1


class TestKit:
    def test_every_key_has_one_lane(self) -> None:
        keys = [key for lane in LANES for key in lane.keys]
        assert sorted(keys) == list(range(128))
        assert [drum_name(key) for key in (36, 38, 42, 46, 51, 49)] == [
            "Kick",
            "Snare",
            "Hi-hat",
            "Open hat",
            "Ride",
            "Crash",
        ]

    def test_lanes_are_those_of_the_range_and_those_that_have_sounded(self) -> None:
        kit = Kit(36, 46)
        names = [lane.name for lane in kit.lanes]
        assert "Ride" not in names
        assert names[-1] == "Kick"
        assert kit.include({51, 56})
        assert not kit.include({51, 36})
        names = [lane.name for lane in kit.lanes]
        assert names.index("Ride") < names.index("Cowbell") < names.index("Kick")
        for lane in kit.lanes:
            assert all(kit.lanes[kit.row(key)] is lane for key in lane.keys)

    @given(st.integers(0, 127), st.integers(0, 127), st.sets(st.integers(0, 127)))
    def test_what_sounds_has_its_own_lane(self, low: int, high: int, keys: set[int]) -> None:
        axis = pitches()
        axis.set_range(min(low, high), max(low, high), drums=True)
        axis.show(keys, 0.0)
        for key in keys:
            assert seen(axis, key)
            assert axis.name(axis.pitch(axis.y(key) + axis.row / 2)) == drum_name(key)


class TestAhead:
    def wide(self, horizon: float, beats: list[float]) -> list[float]:
        """Widths right of now, frame by frame; a plan so far ahead comes with every tenth."""
        axis = TimeAxis()
        axis.resize(1200)
        ahead = Ahead(axis)
        ahead.horizon = horizon
        widths = []
        for step in range(900):
            now = step / 60
            if step % 10 == 0:
                ahead.plan(beats[min(step // 10, len(beats) - 1)], now)
            ahead.ease(now)
            widths.append(axis.width - axis.now_x)
        return widths

    @given(st.floats(0.2, 6), st.lists(st.floats(0, 7), min_size=1, max_size=30))
    def test_the_plan_just_fits(self, horizon: float, beats: list[float]) -> None:
        widths = self.wide(horizon, beats)
        needed = max(horizon, beats[-1]) * TimeAxis().scale
        assert widths[-1] >= min(needed, 0.45 * 1200) - 1
        assert widths[-1] <= max(needed + 14 + MARGIN, 96) + 1

    @given(st.lists(st.floats(0, 7), min_size=1, max_size=30))
    def test_the_line_glides(self, beats: list[float]) -> None:
        widths = self.wide(1.0, beats)
        assert all(abs(after - before) <= 0.45 * 1200 / 60 / EASE + 1 for before, after in pairwise(widths))

    def test_it_stands_still_while_plans_come_and_go(self) -> None:
        widths = self.wide(1.0, [0.6, 1.4, 0.9, 1.2] * 10)
        assert MEMORY > 4 * 10 / 60
        assert len(set(widths[200:400])) == 1
