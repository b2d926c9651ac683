"""Another time signature while it plays: from the next bar line on, for the model, the bars and the metronome."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from musiclstm.engine.performer.metronome import HIGH
from musiclstm.model.band import open_session
from musiclstm.model.modelfile import open_model
from musiclstm.model.session import Session
from musiclstm.music.note import Part
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.commands import SetControl, SetMeter
from tests.engine import fakes
from tests.engine.fakes import FakeSession
from tests.engine.performer.models import heard
from tests.engine.stage import Stage
from tests.model.tiny import tiny_model


def told(stage: Stage) -> list[tuple[float, int, int]]:
    return [
        (round(x.beat, 6), x.numerator, x.denominator) for x in stage.telemetry if isinstance(x, telemetry.MeterChanged)
    ]


def accents(stage: Stage) -> list[float]:
    return [round(x.entry.beat, 6) for x in stage.sent if not x.entry.id and x.entry.message[1:2] == bytes((HIGH,))][
        ::2
    ]


def jumps(stage: Stage) -> list[telemetry.Jumped]:
    return [each for each in stage.telemetry if isinstance(each, telemetry.Jumped)]


def wrong(stage: Stage) -> str:
    """How the bars of session, map and clock disagree."""
    state = stage.performer.state
    context, beat_map = state.session.context, state.beat_map
    if not beat_map.metrical:
        return ""
    if state.meters.change is None and context.bar_ticks / beat_map.ticks_per_beat != beat_map.bar:
        return f"the session's bar has {context.bar_ticks} ticks, the map's {beat_map.bar} beats"
    bar, offset = context.bar_ticks / beat_map.ticks_per_beat, beat_map.offset_of(context)
    if not state.meters.changing and beat_map.counted[1] != context.meter:
        bar, offset = beat_map.bar, beat_map.offset  # no event of the new bar has been read yet
    bars = (offset - beat_map.line) / bar
    ahead = state.meters.change is not None and state.meters.change[0] > state.position.edge()
    return "" if ahead or abs(bars - round(bars)) < 1e-6 else f"{bars} bars from the clock's line"


def test_the_next_bar_has_it_and_nothing_before_it_changes() -> None:
    plain, stage = Stage(), Stage()
    for each in (plain, stage):
        each.do(SetControl("metronome", True), SetControl("horizon", 4.0))
        each.play()
        each.run_beats(5.3)
    stage.do(SetMeter(3, 4))
    assert told(stage) == [(8.0, 3, 4)]
    for each in (plain, stage):
        each.run_beats(10)
    music = [(t, c, p) for t, c, p in stage.starts() if c != 9]
    assert [n for n in music if n[0] < 4] == [n for n in plain.starts() if n[0] < 4 and n[1] != 9]
    assert accents(stage) == [0, 4, 8, 11, 14]
    context = stage.session.context
    assert context.bar_ticks == 72
    assert stage.performer.state.beat_map.beat_of(context.bar_origin) % 3 == 2
    assert stage.performer.bar == 3
    assert wrong(stage) == stage.disagreement() == ""
    edge = stage.performer.edge()
    stage.do(commands.Back(1.0))
    assert jumps(stage)[-1].source == pytest.approx(edge - 3, abs=1e-3)
    assert told(stage) == [(8.0, 3, 4)]


def test_the_model_reads_the_bar_as_it_does_in_a_file() -> None:
    """Before the first event after the bar line, not before."""
    stage = Stage()
    stage.do(SetControl("horizon", 4.0))
    stage.play()
    stage.run_beats(5.3)
    stage.do(SetMeter(3, 4))
    seen = []
    for step in stage.performer.state.history.steps:
        context = step.before.context
        begin = stage.performer.state.beat_map.beat_of(step.before.tick)
        seen.append(context.bar_ticks)
        assert context.bar_ticks == (72 if begin >= 8 else 96)
    assert set(seen) == {72, 96}


def test_while_it_stands_it_is_the_next_bar_too() -> None:
    stage = Stage()
    stage.do(SetMeter(3, 4), SetControl("metronome", True))
    stage.play()
    stage.run_beats(7)
    assert accents(stage) == [0, 3, 6]
    stage.do(commands.Stop(), SetMeter(4, 4))
    stage.play()
    stage.run_beats(9)
    assert accents(stage)[3:] == [9, 13]
    assert told(stage) == [(0, 3, 4), (9, 4, 4)]


def test_what_the_model_does_not_know_is_refused_and_nothing_changes() -> None:
    stage, plain = Stage(), Stage()
    for each in (stage, plain):
        each.play()
        each.run(2)
    stage.do(SetMeter(7, 8), SetMeter(0, 0))
    assert "It knows 4/4, 3/4, 6/8." in str(stage.emitted(telemetry.Notice)[0])
    stage.run(4)
    plain.run(4)
    assert stage.notes() == plain.notes()
    assert set(told(stage)) == {(4, 4, 4)}  # as before, for a window that shows what was asked for


def test_going_back_over_the_change_brings_the_old_bars_back() -> None:
    stage = Stage()
    stage.do(SetControl("metronome", True))
    stage.play()
    stage.run_beats(5)
    stage.do(SetMeter(3, 4))
    stage.run_beats(9.5)
    stage.do(commands.GoTo(2.0))
    stage.run_beats(9)
    assert stage.session.context.bar_ticks == 96
    beat, numerator, denominator = told(stage)[-1]
    assert (numerator, denominator) == (4, 4)
    assert all((accent - beat) % 4 == 0 for accent in accents(stage) if accent > 15)
    assert wrong(stage) == stage.disagreement() == ""


def test_a_place_after_the_change_is_found_again_exactly() -> None:
    stage = Stage()
    stage.play()
    stage.run_beats(5)
    stage.do(SetMeter(3, 4))
    stage.run_beats(15)
    edge = stage.performer.edge()
    stage.do(commands.Back(2.0))
    stage.run_beats(5.9)
    then = [(round(t * 2 + 6, 3), c, p) for t, c, p in stage.starts() if edge - 5.9 < t * 2 < edge - 0.05]
    again = [(round(t * 2, 3), c, p) for t, c, p in stage.starts(stage.now - 2.9) if t * 2 > edge + 0.1]
    assert again
    assert set(again) <= set(then)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("beats", [8.0, 8.4, 9.3, 10.6])
def test_so_is_one_in_the_first_bar_that_has_it(seed: int, beats: float) -> None:
    """Also where no event has happened in that bar yet."""
    stage = Stage(FakeSession(seed=seed))
    stage.do(SetControl("horizon", 4.0))
    stage.play()
    stage.run_beats(5)
    stage.do(SetMeter(3, 4))
    stage.run_beats(3 + 9 + beats - 8)
    stage.do(commands.Back(3.0))
    assert jumps(stage)[-1].source == pytest.approx(beats, abs=0.01)
    assert stage.session.context.bar_ticks == 72
    stage.run_beats(5)
    assert told(stage) == [(8.0, 3, 4)]
    assert wrong(stage) == stage.disagreement() == ""


@pytest.mark.parametrize("beats", [8.0, 8.4, 9.3, 10.6])
def test_the_same_music_follows_in_the_first_bar_that_has_it(beats: float, tmp_path: Path) -> None:
    """Of a network, which reads the bar lines: before the first event of the bar, and after it."""
    model = open_model(tiny_model(tmp_path, velocities=4))
    for seed in range(6):
        stage = Stage(Session(model, seed))
        stage.do(SetControl("density", -0.5))
        stage.play()
        stage.run_beats(5)
        stage.do(SetMeter(3, 4))
        stage.run_beats(beats + 9 - 5)
        now = stage.now
        stage.do(commands.Back(3.0))
        stage.run_beats(9)
        then = heard(stage, now - 4.5, 4.5)
        assert then
        assert heard(stage, now, 4.5) == then


def test_what_is_rolled_back_before_the_first_event_of_the_bar_is_planned_again(tmp_path: Path) -> None:
    model = open_model(tiny_model(tmp_path, velocities=4))
    for seed in range(6):
        stages = Stage(Session(model, seed)), Stage(Session(model, seed))
        for stage in stages:
            stage.do(SetControl("density", -0.5))
            stage.play()
            stage.run_beats(5)
            stage.do(SetMeter(3, 4))
            stage.run_beats(3.1)
        stages[1].performer.reroute(stages[1].now)
        for stage in stages:
            stage.run_beats(9)
        assert stages[0].notes() == stages[1].notes()


def test_a_band_keeps_it_too(tmp_path: Path) -> None:
    kit = tiny_model(tmp_path, parts=(Part("Kit", channel=9, percussive=True),), velocities=4, name="kit")
    stage = Stage(open_session(open_model(f"{tiny_model(tmp_path)}+{kit}"), 2))
    stage.do(SetControl("horizon", 8.0), SetControl("density", -1.0))
    stage.play()
    stage.run_beats(5)
    stage.do(SetMeter(3, 4))
    stage.run_beats(12.1)
    stage.do(commands.Back(3.0))
    stage.run_beats(1)
    assert stage.session.context.bar_ticks == 72
    assert told(stage) == [(8.0, 3, 4)]
    assert wrong(stage) == stage.disagreement() == ""


def test_a_change_that_was_still_ahead_is_dropped_by_a_jump() -> None:
    stage = Stage()
    stage.play()
    stage.run_beats(5)
    stage.do(SetMeter(3, 4), commands.Back(1.0))
    stage.run_beats(8)
    assert stage.session.context.bar_ticks == 96
    assert told(stage)[-1][1:] == (4, 4)


def test_the_bars_outlast_a_restart_of_the_engine() -> None:
    stage = Stage()
    stage.play()
    stage.run_beats(5)
    stage.do(SetMeter(3, 4))
    stage.run_beats(7)
    other = Stage(FakeSession())
    other.performer.resume(stage.performer.checkpoint())
    other.do(SetControl("metronome", True))
    other.play()
    other.run_beats(7)
    assert accents(other) == [14, 17]
    assert wrong(other) == ""


def test_the_bars_outlast_a_fault() -> None:
    stage = Stage()
    stage.do(SetControl("metronome", True))
    stage.play()
    stage.run_beats(5)
    stage.do(SetMeter(3, 4))
    stage.run_beats(7.5)
    stage.performer.mend(stage.now)
    stage.run_beats(7)
    assert accents(stage)[-2:] == [14, 17]
    assert wrong(stage) == stage.disagreement() == ""


@pytest.mark.parametrize("seed", range(40))
def test_bars_agree_whatever_happens(seed: int) -> None:
    chance = Random(seed)
    lineup = chance.choice((fakes.SATB, fakes.BAND))
    stage = Stage(FakeSession(fakes.vocabulary(lineup), seed))
    stage.do(SetControl("metronome", True), SetControl("horizon", chance.choice((0.5, 1.0, 4.0))))
    stage.play()
    stage.run(8)
    for _ in range(25):
        stage.do(
            chance.choice(
                (
                    SetMeter(*chance.choice(fakes.METERS)),
                    SetMeter(*chance.choice(fakes.METERS)),
                    commands.Back(chance.choice((1.0, 3.0))),
                    commands.GoTo(chance.uniform(0, stage.beat)),
                    commands.SetBookmark("A"),
                    commands.Return("A"),
                    commands.Hold(chance.random() < 0.5),
                    commands.Forget(),
                    SetControl("swing", chance.random()),
                    chance.choice((commands.Stop(), commands.Play())),
                    commands.Play(),
                )
            )
        )
        if chance.random() < 0.4:
            stage.key(chance.randrange(40, 80), chance.choice((0, 90)))
        stage.run(chance.choice((0.01, 0.3, 1.0, 3.0)))
        assert wrong(stage) == "", _
        if lineup is fakes.SATB:
            assert stage.disagreement() == ""
    for each in stage.sent:
        if not each.entry.id and each.entry.message[0] & 0xF0 == 0x90:
            assert each.time - each.due < 0.02
