"""Forget comes back, odd controls leave the music good, and everybody knows whose turn it is."""

import pickle
from pathlib import Path

import pytest

from musiclstm.model.modelfile import open_model
from musiclstm.model.session import Session
from musiclstm.music.form import Section, SetList, Song
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.controls import BY_NAME, Value
from musiclstm.protocol.telemetry import TurnChanged
from tests.engine import fakes
from tests.engine.stage import Stage, stage_in_mode
from tests.model.tiny import tiny_model

WILD = commands.SetControl("pitch.temperature", 2.0)
TAME = commands.SetControl("pitch.temperature", 1.0)


def jumps(stage: Stage) -> list[str]:
    return [each.reason for each in stage.telemetry if isinstance(each, telemetry.Jumped)]


def heard(stage: Stage, since: float, until: float) -> list[tuple[float, bytes]]:
    """Notes that start in between, from `since` on."""
    return [(round(t - since, 5), x) for t, x in stage.notes() if since + 0.01 < t <= until and x[0] & 0xF0 == 0x90]


# ---- Forget and back ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("standing", [True, False])
def test_what_was_forgotten_comes_back_exactly(tmp_path: Path, *, standing: bool) -> None:
    model = open_model(tiny_model(tmp_path, velocities=4))
    stage, other = Stage(Session(model, 7)), Stage(Session(model, 7))
    for each in (stage, other):
        each.play()
        each.run(9.31)
        if standing:
            each.do(commands.Stop())
    stage.do(commands.Forget())
    stage.run(4.0)  # two bars
    stage.do(commands.Undo())
    if standing:
        stage.play()
        other.play()
    since, elsewhere = stage.now, other.now
    stage.run(40)
    other.run(40)
    assert len(heard(stage, since, stage.now)) > 8
    assert heard(stage, since, stage.now) == heard(other, elsewhere, other.now)
    assert jumps(stage) == ["forget", "undo"]
    assert stage.disagreement() == ""


def test_there_is_nothing_to_take_back_twice_nor_of_another_model() -> None:
    stage = Stage()
    stage.play()
    stage.run(5)
    stage.do(commands.Undo())
    stage.do(commands.Forget(), commands.Undo(), commands.Undo())
    stage.do(commands.Forget())
    other = fakes.FakeSession(seed=3)
    loaded = telemetry.Loaded("other", "Other", (), 0, 127, 1, 4, "beats", 4.0)
    stage.performer.load(other, loaded)
    stage.do(commands.Undo())
    assert len(stage.emitted(telemetry.Notice)) == 3
    assert jumps(stage) == ["forget", "undo", "forget", "model"]


def test_a_reset_is_taken_back_too() -> None:
    stage, other = Stage(), Stage()
    for each in (stage, other):
        each.play()
        each.run(6)
        each.do(WILD)
        each.run(6)
    stage.do(commands.Reset())
    stage.run(4)
    stage.do(WILD, commands.Undo())
    since, elsewhere = stage.now, other.now
    stage.run(8)
    other.run(8)
    assert heard(stage, since, stage.now) == heard(other, elsewhere, other.now) != []
    # What it returned to was in style, so a reset finds the way back again.
    stage.do(commands.Reset())
    assert jumps(stage) == ["reset", "undo", "reset"]


# ---- recovery ----------------------------------------------------------------------------------------------------


def test_a_reset_goes_on_from_before_the_controls_left_their_style() -> None:
    stage, other = Stage(), Stage()
    for each in (stage, other):
        each.play()
        each.run(8.1)
    stage.do(WILD, commands.SetControl("density", 1.0))
    stage.run(8)  # four bars
    stage.do(commands.Reset())
    since, elsewhere = stage.now, other.now
    stage.run(8)
    other.run(8)
    assert heard(stage, since, stage.now) == heard(other, elsewhere, other.now) != []
    assert stage.performer.steering.values == other.performer.steering.values
    assert jumps(stage) == ["reset"]
    changed = {each.name: each.value for each in stage.telemetry if isinstance(each, telemetry.ControlChanged)}
    assert (changed["pitch.temperature"], changed["density"]) == (1.0, 0.0)


def test_a_reset_within_the_style_leaves_the_memory_alone_and_the_setup_too() -> None:
    stage = stage_in_mode("accompany")
    stage.run(4)
    stage.do(commands.SetControl("density", 0.3), commands.SetControl("swing", 1.0))
    setup: dict[str, Value] = {"thru": False, "nudge": -12.0, "count_in": 1, "mode": "accompany"}
    stage.do(*(commands.SetControl(name, value) for name, value in setup.items() if name != "mode"))
    stage.run(4)
    stage.do(commands.Reset())
    values = stage.performer.steering.values
    assert values == {name: each.default for name, each in BY_NAME.items()} | setup
    assert jumps(stage) == []


@pytest.mark.parametrize(("in_style", "recovers"), [(4.0, True), (90.0, False)])
def test_controls_turned_back_by_hand_leave_odd_music_for_a_while(in_style: float, *, recovers: bool) -> None:
    stage = Stage()
    stage.play()
    stage.run(4)
    stage.do(WILD)
    stage.run(4)
    stage.do(TAME)
    stage.run(in_style)
    stage.do(commands.Reset())
    assert jumps(stage) == ["reset"] * recovers
    stage.do(commands.Reset())
    assert jumps(stage) == ["reset"] * recovers  # once


def test_where_it_was_odd_from_the_start_or_after_a_restart_a_reset_begins_anew() -> None:
    stage = Stage()
    stage.do(WILD)
    stage.play()
    stage.run(6)
    checkpoint = stage.performer.checkpoint()
    stage.do(commands.Reset())
    assert jumps(stage) == ["reset"]
    resumed = Stage()
    resumed.performer.resume(checkpoint)
    resumed.play()
    resumed.run(2)
    resumed.do(commands.Reset())
    assert "reset" in jumps(resumed)
    assert resumed.performer.steering.values["pitch.temperature"] == 1.0
    assert resumed.disagreement() == ""


def test_after_forget_a_reset_does_not_bring_back_what_was_forgotten() -> None:
    stage = Stage()
    stage.play()
    stage.run(8)
    stage.do(WILD)
    stage.run(4)
    stage.do(commands.Forget())
    forgotten = stage.beat
    stage.run(8)
    stage.do(commands.Reset())
    last = stage.emitted(telemetry.Jumped)[-1]
    assert isinstance(last, telemetry.Jumped)
    assert last.reason == "reset"
    assert last.source is not None
    assert abs(last.source - forgotten) <= 2.0  # half a bar


# ---- whose turn it is ------------------------------------------------------------------------------------------------


def signs(stage: Stage) -> list[tuple[str, float | None]]:
    return [(each.who, each.until) for each in stage.telemetry if isinstance(each, TurnChanged)]


def test_call_and_response_takes_whole_bars_in_another_time_signature() -> None:
    stage = stage_in_mode("call and response", fakes.SATB, commands.SetControl("response.bars", 2))
    stage.run_beats(13)
    stage.do(commands.SetMeter(3, 4))
    stage.run_beats(14)
    turns = [(each.who, each.until) for each in stage.emitted(TurnChanged) if isinstance(each, TurnChanged)]
    assert turns[1:] == [("model", 16.0), ("person", 22.0), ("model", 28.0)]
    stage.do(commands.SetMeter(4, 4))  # from 28 on
    stage.run_beats(9)
    assert not [each for each in stage.played_by_model() if 16.01 < each.beat < 22 or 28.01 < each.beat < 36]
    assert stage.disagreement() == ""


def test_call_and_response_says_whose_turn_it_is_and_until_when() -> None:
    stage = stage_in_mode("call and response", fakes.SATB, commands.SetControl("response.bars", 2))
    stage.run_beats(20)
    assert signs(stage) == [("person", 8.0), ("model", 16.0), ("person", 24.0)]
    notes = stage.played_by_model()
    assert notes
    assert all(8 <= note.beat < 16 for note in notes)
    stage.do(commands.Stop())
    stage.plan()
    assert signs(stage)[-1] == ("", None)


def test_continue_listens_and_says_when_it_takes_over() -> None:
    stage = stage_in_mode("continue", fakes.SATB, commands.SetControl("rest", 2.0))
    stage.run_beats(1)
    stage.key(72)
    stage.run_beats(3)
    assert signs(stage)[-1] == ("listening", None)
    stage.key(72, 0)
    who, until = signs(stage)[-1]
    assert who == "listening"
    assert until == pytest.approx(stage.beat + 2.0)
    stage.run_beats(2.5)
    assert signs(stage)[-1] == ("model", None)
    assert stage.played_by_model()[0].beat >= (until or 0.0)
    stage.do(commands.SetControl("mode", "solo"))
    assert signs(stage)[-1] == ("", None)


@pytest.mark.parametrize("mode", ["solo", "accompany", "harmonise"])
def test_other_modes_take_no_turns(mode: str) -> None:
    stage = stage_in_mode(mode)
    stage.run_beats(10)
    assert signs(stage) == []


# ---- after a crash -----------------------------------------------------------------------------------------------


def after_a_crash(stage: Stage) -> Stage:
    """Another process, which goes on."""
    other = Stage()
    other.performer.resume(pickle.loads(pickle.dumps(stage.performer.checkpoint())))  # noqa: S301 - our own
    other.play()
    return other


@pytest.mark.parametrize("beats", [3.5, 5.0, 9.5, 12.5, 18.25])
def test_turns_go_on_after_a_crash(beats: float) -> None:
    stage = stage_in_mode("call and response")
    stage.run_beats(beats)
    other = after_a_crash(stage)
    stage.run_beats(0.01)
    other.run_beats(20)
    before = [each for each in stage.telemetry if isinstance(each, TurnChanged)][-1]
    told = [each for each in other.telemetry if isinstance(each, TurnChanged)]
    assert told[0] == before
    assert told[1].until == (before.until or 0) + 8


def test_the_model_goes_on_after_a_crash_where_it_had_taken_over() -> None:
    stage = stage_in_mode("continue")
    stage.run_beats(9)
    other = after_a_crash(stage)
    other.run_beats(1)
    assert [each.who for each in other.telemetry if isinstance(each, TurnChanged)] == ["model"]


def test_turns_begin_anew_after_a_crash_where_the_music_stood() -> None:
    stage = stage_in_mode("call and response")
    stage.run_beats(9)
    stage.do(commands.Stop())
    other = after_a_crash(stage)
    other.run_beats(1)
    assert [(each.who, each.until) for each in other.telemetry if isinstance(each, TurnChanged)] == [("person", 16.0)]


def test_a_section_that_was_asked_for_comes_after_a_crash() -> None:
    stage = Stage()
    sections = {letter: Section() for letter in "ABC"}
    stage.performer.form.take(SetList((Song("", sections),)))
    stage.play()
    stage.run_beats(5)
    stage.do(commands.Section("C"))
    other = after_a_crash(stage)
    other.run_beats(4)
    assert (other.performer.state.form.place.letter, other.performer.state.form.place.begin) == ("C", 8.0)


@pytest.mark.parametrize("beats", [0.5, 2.5, 2.9, 2.99, 3.01, 3.5])
def test_a_time_signature_that_was_asked_for_comes_after_a_crash(beats: float) -> None:
    stage = Stage()
    stage.play()
    stage.run_beats(5)
    stage.do(commands.SetMeter(3, 4))
    stage.run_beats(beats)
    other = after_a_crash(stage)
    other.run_beats(10)
    state = other.performer.state
    assert (state.beat_map.line, state.beat_map.bar) == (8.0, 3.0)
    assert other.session.context.bar_ticks == 72
    assert other.disagreement() == ""


@pytest.mark.parametrize("beats", [2.99, 3.01, 3.5, 4.5])
def test_it_comes_though_play_is_pressed_only_some_time_after_the_crash(beats: float) -> None:
    stage = Stage()
    stage.play()
    stage.run_beats(5)
    stage.do(commands.SetMeter(3, 4))
    stage.run_beats(beats)
    other = Stage()
    other.performer.resume(pickle.loads(pickle.dumps(stage.performer.checkpoint())))  # noqa: S301 - our own
    other.run(1)
    other.play()
    other.run_beats(10)
    state = other.performer.state
    assert (state.beat_map.line, state.beat_map.bar) == (8.0, 3.0)
    assert other.session.context.bar_ticks == 72


@pytest.mark.parametrize("beats", [0.5, 2.9, 3.01, 3.5])
def test_turns_and_a_time_signature_go_on_after_a_fault(beats: float) -> None:
    stage = stage_in_mode("call and response")
    stage.run_beats(5)
    stage.do(commands.SetMeter(3, 4))
    stage.run_beats(beats)
    before = [each for each in stage.telemetry if isinstance(each, TurnChanged)][-1]
    stage.performer.mend(stage.now)
    stage.run_beats(0.01)
    assert [each for each in stage.telemetry if isinstance(each, TurnChanged)][-1] == before
    stage.run_beats(10)
    state = stage.performer.state
    assert (state.beat_map.line, state.beat_map.bar) == (8.0, 3.0)
    assert stage.disagreement() == ""


def test_the_model_goes_on_after_a_crash_where_a_held_pedal_asks_for_it() -> None:
    stage = stage_in_mode("continue", fakes.SATB, commands.SetControl("rest", 16.0))
    stage.midi(0xB0, 64, 127)
    stage.run_beats(3)
    other = after_a_crash(stage)
    other.run_beats(3)
    assert [each.who for each in other.telemetry if isinstance(each, TurnChanged)] == ["model"]
    other.performer.release_keys(other.now)  # the pedal's input is gone
    other.run_beats(0.1)
    assert [each.who for each in other.telemetry if isinstance(each, TurnChanged)] == ["model", "listening"]


def test_a_part_that_a_person_has_taken_stays_theirs_after_a_crash() -> None:
    stage = stage_in_mode("solo", fakes.SATB, commands.SetPart(0, punch_in=True), commands.SetControl("rest", 2.0))
    stage.run_beats(3)
    stage.key(70)
    stage.key(70, 0)
    other = after_a_crash(stage)
    other.run_beats(1.5)
    assert other.performer.part_modes[0] == "input"
    other.run_beats(1)
    assert other.performer.part_modes[0] == "auto"
