"""Beats and seconds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.music.timeline import Timeline

numbers = st.floats(-1e4, 1e4)
tempos = st.floats(20, 400)
timelines = st.builds(Timeline, tempos, numbers, numbers)


def test_a_beat_at_120_is_half_a_second() -> None:
    timeline = Timeline(120, 4.0, 10.0)
    assert timeline.time_at(4.0) == 10.0
    assert timeline.time_at(6.0) == 11.0
    assert timeline.beat_at(10.25) == 4.5


@given(timelines, numbers)
def test_both_ways_agree(timeline: Timeline, beat: float) -> None:
    assert timeline.beat_at(timeline.time_at(beat)) == pytest.approx(beat, abs=1e-6)


@given(timelines, tempos, numbers, st.floats(0, 100))
def test_a_new_tempo_does_not_jump(timeline: Timeline, tempo: float, time: float, later: float) -> None:
    after = timeline.with_tempo(tempo, time)
    assert after.beat_at(time) == pytest.approx(timeline.beat_at(time), abs=1e-6)
    assert after.beat_at(time + later) == pytest.approx(timeline.beat_at(time) + later * tempo / 60, abs=1e-6)


@pytest.mark.parametrize("tempo", [0, -1, float("nan")])
def test_a_tempo_is_above_zero(tempo: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Timeline(tempo)
