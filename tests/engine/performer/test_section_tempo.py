"""A section's own tempo: it counts from the section's first beat on, unless somebody sets another."""

from __future__ import annotations

import pytest

from musiclstm.engine.performer.form import Form
from musiclstm.engine.performer.place import ComingTempo
from musiclstm.music.form import Section, Song
from musiclstm.protocol import commands
from tests.engine.performer.forms import changes, stage_of
from tests.engine.stage import Stage


def tempos(stage: Stage) -> list[tuple[float, float]]:
    """(beat, BPM) of each change of tempo from now on, as they happen."""
    found: list[tuple[float, float]] = []
    stage.clock.subscribe(lambda change: found.append((round(change.beat, 3), stage.clock.timeline.tempo)))
    return found


def slow_and_fast(at_end: str = "repeat", fast_bars: int = 1) -> Song:
    sections = {"A": Section(bars=1, tempo=60.0), "B": Section(bars=fast_bars, tempo=180.0)}
    return Song("", sections, tuple("AB"), at_end)


def test_a_section_begins_with_its_own_tempo() -> None:
    stage = stage_of(slow_and_fast())
    stage.play()
    found = tempos(stage)
    for _ in range(13):
        stage.run_beats(1)
    assert found == [(4.0, 180.0), (8.0, 60.0), (12.0, 180.0)]


@pytest.mark.parametrize("beat", [3.9, 3.95])
def test_a_tempo_that_is_set_just_before_a_section_stays(beat: float) -> None:
    stage = stage_of(slow_and_fast())
    stage.play()
    found = tempos(stage)
    stage.run_beats(beat)
    assert stage.performer.state.form.place.letter == "B"
    stage.do(commands.SetTempo(90.0))
    stage.run_beats(2)
    assert found == [(beat, 90.0)]


def test_stopped_just_before_a_section_it_has_its_tempo() -> None:
    stage = stage_of(slow_and_fast())
    stage.play()
    stage.run_beats(3.95)
    assert stage.performer.tempo == 180.0  # another process would go on with it
    stage.do(commands.Stop())
    assert (stage.clock.timeline.tempo, stage.performer.state.form.tempo) == (180.0, None)


def test_an_end_that_is_asked_for_just_before_a_section_slows_down_from_its_tempo() -> None:
    stage = stage_of(slow_and_fast(fast_bars=2))
    stage.play()
    stage.run_beats(3.95)
    stage.do(commands.End(1, ritardando=True))
    stage.run_beats(1.5)
    assert 60.0 < stage.clock.timeline.tempo < 150.0
    stage.run_beats(4)
    assert not stage.performer.playing
    assert stage.clock.timeline.tempo == 180.0


def test_the_past_holds_the_tempo_of_a_section_and_not_a_ritardando() -> None:
    stage = stage_of(slow_and_fast())
    stage.play()
    stage.run_beats(4.5)
    stage.do(commands.End(1, ritardando=True))
    stage.run_beats(5)
    assert stage.clock.timeline.tempo < 170.0
    stage.do(commands.GoTo(2.0))
    stage.run_beats(1)
    assert stage.clock.timeline.tempo == 60.0
    stage.do(commands.GoTo(6.0))
    stage.run_beats(0.2)
    assert stage.clock.timeline.tempo == 180.0


def test_an_end_that_is_far_away_leaves_a_section_its_tempo() -> None:
    stage = stage_of(slow_and_fast())
    stage.play()
    stage.run_beats(3.95)
    stage.do(commands.End(8, ritardando=True))
    stage.run_beats(1)
    assert stage.clock.timeline.tempo == 180.0


@pytest.mark.parametrize(("seconds", "bpm"), [(3.95, 60.0), (4.05, 180.0)])
def test_going_back_past_a_section_brings_its_tempo_back(seconds: float, bpm: float) -> None:
    stage = stage_of(slow_and_fast())
    stage.play()
    stage.run(seconds)
    assert stage.clock.timeline.tempo == bpm
    stage.do(commands.Back(0.5))
    stage.run(0.2)
    assert stage.clock.timeline.tempo == 60.0
    found = tempos(stage)
    stage.run(2.0)
    assert found == [(6.0, 180.0)]


def test_a_tempo_that_was_tapped_stays_until_another_one_is_asked_for() -> None:
    sections = {"A": Section(bars=1), "B": Section(bars=1), "C": Section(bars=1, tempo=90.0)}
    stage = stage_of(Song("", sections, tuple("ABCA"), "repeat", tempo=150.0))
    assert stage.clock.timeline.tempo == 150.0
    stage.play()
    stage.do(commands.SetTempo(200.0))
    stage.run_beats(5)
    assert changes(stage)[-1][0] == "B"
    assert stage.clock.timeline.tempo == 200.0
    stage.run_beats(4)
    assert stage.clock.timeline.tempo == 90.0
    stage.run_beats(4)
    assert stage.clock.timeline.tempo == 150.0


def test_beats_that_are_called_otherwise_take_a_coming_tempo_with_them() -> None:
    form = Form()
    form.tempo = ComingTempo(8.0, 90.0)
    form.shift(100.0)
    assert form.tempo == ComingTempo(108.0, 90.0)
