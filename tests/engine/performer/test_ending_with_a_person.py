"""Live endings while a person plays: whose note is last, and what is held to the bar line."""

from __future__ import annotations

from random import Random

import pytest

from musiclstm.model.ending import tonic_of
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.session import Session
from musiclstm.music.event import Kind
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.commands import End, SetControl
from tests.engine.performer.endings import plays, stage_at, told, until_it_stops
from tests.engine.stage import Stage


def with_a_person(
    model: ModelFile, mode: str, seed: int, bars: int, *, busy: float, until: float = 1000.0, beats: float = 9.0
) -> tuple[Stage, bool]:
    """Who plays each half beat with that likelihood up to a beat, until the end; whether a close was found."""
    chance, down, found = Random(seed), list[int](), False
    stage = stage_at(0.1, Session(model, seed))
    stage.do(SetControl("mode", mode))
    while plays(stage) and stage.beat < 200:
        if down and chance.random() < 0.6:
            stage.key(down.pop(), 0)
        if stage.beat < until and chance.random() < busy:
            down.append(chance.randrange(60, 80))
            stage.key(down[-1])
        if stage.beat > beats and not told(stage):
            stage.do(End(bars))
        stage.run_beats(chance.choice((0.25, 0.5)))
        assert stage.disagreement() == ""
        found |= stage.performer.state.ending.found
    for pitch in down:
        stage.key(pitch, 0)
    return stage, found


@pytest.mark.parametrize("mode", ["continue", "call and response", "accompany"])
@pytest.mark.parametrize("busy", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("bars", [1, 2, 5])
def test_the_model_closes_whoever_plays(models: list[ModelFile], mode: str, busy: float, bars: int) -> None:
    for seed in range(3):
        # The end comes in the person's turn and in the model's, and in the middle of it.
        stage, found = with_a_person(models[0], mode, seed, bars, busy=busy, beats=9 + 5 * seed)
        end = told(stage)[0]
        assert end is not None
        assert stage.performer.state.position.beat == end
        assert found
        assert all(x.beat < end for x in stage.played_by_model())
        assert not stage.sounding()


@pytest.mark.parametrize("mode", ["continue", "call and response"])
def test_what_sounds_last_is_the_tonic_s_chord(mode: str) -> None:
    model, closed = open_model("chorales"), 0
    for seed in range(3):
        stage, found = with_a_person(model, mode, seed, 3, busy=0.3, until=16.0)
        assert found
        last = max(x.beat for x in stage.played_by_model())
        chord = {x.pitch % 12 for x in stage.played_by_model() if x.beat > last - 0.06}
        closed += any(chord <= {root, (root + 3) % 12, (root + 4) % 12, (root + 7) % 12} for root in range(12))
    assert closed == 3


def test_it_gives_way_before_the_close_and_not_in_it(models: list[ModelFile]) -> None:
    gave_way = stayed = 0
    for seed in range(6):
        stage = stage_at(0.1, Session(models[0], seed))
        stage.do(SetControl("mode", "continue"))
        stage.run_beats(7)
        stage.do(End(4))
        ending = stage.performer.state.ending
        for close in (False, True):
            while (ending.close_at < stage.performer.edge() - 1) is not close:
                stage.run_beats(0.25)
            while not (before := stage.sounding()):
                stage.run_beats(0.25)
            stage.key(72)
            stage.run_beats(0.01)
            left = stage.sounding() & before
            stage.key(72, 0)
            gave_way += not close and not left
            stayed += close and bool(left)
        assert stage.disagreement() == ""
    assert (gave_way, stayed) == (6, 6)


def test_the_sign_says_that_the_model_closes(models: list[ModelFile]) -> None:
    stage, _ = with_a_person(models[0], "call and response", 3, 2, busy=0.3, beats=13.0)
    end, ending = told(stage)[0], stage.performer.state.ending
    assert end is not None
    assert ending.end is None
    signs = [x for x in stage.telemetry if isinstance(x, telemetry.TurnChanged)]
    assert telemetry.TurnChanged("model", end) in signs


def test_a_close_is_found_though_somebody_turns_a_knob_all_the_time(models: list[ModelFile]) -> None:
    stage = stage_at(9.0, Session(models[0], 1))
    stage.do(End(2))
    ending, found = stage.performer.state.ending, False
    while plays(stage):
        stage.performer.handle(SetControl("density", stage.beat % 1 - 0.5), stage.now)
        for _ in range(3):
            stage.performer.tick(stage.now)
        stage.scheduler.run_until(stage.now + 0.02)
        found |= ending.found
    assert found


def harmonising(model: ModelFile, seed: int, bars: int = 2) -> tuple[Stage, float]:
    """Who answers, in the last bar."""
    stage = stage_at(0.1, Session(model, seed))
    stage.do(SetControl("mode", "harmonise"))
    for pitch in (72, 76, 79, 72, 74, 71, 72):
        stage.key(pitch)
        stage.run_beats(0.9)
        stage.key(pitch, 0)
        stage.run_beats(0.1)
    stage.do(End(bars))
    end = told(stage)[0]
    assert end is not None
    stage.run_beats(end - stage.beat - 0.8 * stage.performer.bar)
    return stage, end


def test_the_last_answer_is_held_to_the_bar_line(models: list[ModelFile]) -> None:
    for seed in range(4):
        stage, end = harmonising(models[0], seed)
        stage.key(72)
        assert (first := {x for x in stage.sounding() if x[2] != 72})
        stage.run_beats(0.5)
        stage.key(72, 0)
        stage.run_beats(0.5)
        assert first <= set(stage.sounding())
        stage.key(74)
        stage.run_beats(0.01)
        assert not first & set(stage.sounding()) or len(stage.sounding()) <= 4  # it gives way to the next one
        stage.key(74, 0)
        assert (last := stage.sounding())
        stage.run_beats(end - stage.beat - 0.05)
        assert stage.sounding() == last
        assert stage.disagreement() == ""
        stage.run_beats(0.1)
        assert not plays(stage)
        assert not stage.sounding()


def test_what_was_held_ends_if_the_end_is_called_off(models: list[ModelFile]) -> None:
    for command in (commands.Undo(), End(0), SetControl("mode", "solo"), commands.Panic(), commands.Forget()):
        stage, _ = harmonising(models[0], 1)
        stage.key(72)
        stage.key(72, 0)
        assert (last := stage.sounding())
        stage.do(command)
        stage.run_beats(0.01)
        assert not set(stage.sounding()) & set(last)
        assert stage.disagreement() == ""


def test_a_note_of_the_tonic_s_chord_is_answered_by_that_chord() -> None:
    for seed in range(3):
        stage, _ = harmonising(open_model("chorales"), seed)
        goal = tonic_of(stage.performer.state.session)
        stage.key(60 + goal.root)
        stage.run_beats(0.01)
        pitches = [pitch for _, _, pitch in stage.sounding()]
        assert len(pitches) > 2
        assert all(goal.tones >> pitch % 12 & 1 for pitch in pitches)
        assert min(pitches) % 12 == goal.root


def test_a_key_that_is_held_leaves_room_for_the_close() -> None:
    """Where one part that plays one note at a time is all there is."""
    for mode in ("continue", "call and response"):
        stage = stage_at(0.1, Session(open_model("folk"), 1))
        stage.do(SetControl("mode", mode))
        stage.run_beats(9)
        stage.key(67)
        stage.do(End(2))
        until_it_stops(stage)
        end = told(stage)[0]
        assert end is not None
        assert [x for x in stage.played_by_model() if x.beat >= end - stage.performer.bar]
        stage.key(67, 0)
        assert not stage.sounding()


def test_where_nothing_was_found_in_time_a_shorter_close_is_looked_for(models: list[ModelFile]) -> None:
    stage = stage_at(9.0, Session(models[0], 1))
    ending = stage.performer.state.ending
    stage.performer.handle(End(4), stage.now)
    while not ending.searching:
        stage.performer.tick(stage.now)
    first = ending.close_at
    stage.scheduler.run_until(stage.clock.timeline.time_at(first + 0.1))  # the computer was busy with something else
    stage.plan()
    assert ending.close_at > first
    assert ending.found


def test_a_note_of_the_close_that_the_person_plays_goes_on_when_they_lift_it() -> None:
    went_on = 0
    for seed in range(8):
        stage = stage_at(9.0, Session(open_model("chorales"), seed))
        stage.do(SetControl("mode", "continue"), SetControl("rest", 0.0), End(2))
        ending = stage.performer.state.ending
        while ending._close is None:
            stage.run_beats(0.25)
        due, last = next((due, each) for due, each in reversed(ending._close) if each.kind is Kind.ON)
        stage.run_beats(due - stage.beat - 0.3)
        stage.key(last.pitch)
        part = next(iter(stage.performer.state.person.keys.values())).part
        stage.run_beats(0.6)
        stage.key(last.pitch, 0)
        stage.run_beats(0.02)
        if part == last.part:
            went_on += 1
            assert any(pitch == last.pitch for _, _, pitch in stage.sounding())
        assert stage.disagreement() == ""
        until_it_stops(stage)
        assert not stage.sounding()
    assert went_on
