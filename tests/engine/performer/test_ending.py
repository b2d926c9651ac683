"""Live endings: the music stops on the bar line that was asked for, and nothing is left sounding."""

from __future__ import annotations

from math import ceil
from pathlib import Path
from random import Random

import pytest

from musiclstm.model.ending import tonic_of
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.session import Session
from musiclstm.music.event import Kind
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.commands import End, SetControl
from musiclstm.protocol.modes import MODES
from tests.engine.fakes import FakeSession
from tests.engine.stage import Stage


def told(stage: Stage) -> list[float | None]:
    return [each.end for each in stage.telemetry if isinstance(each, telemetry.EndChanged)]


def plays(stage: Stage) -> bool:
    return stage.performer.playing


def end_at(stage: Stage, bars: int) -> float:
    bar = stage.performer.bar
    line = stage.performer.state.beat_map.line
    return line + (ceil((stage.performer.edge() - line) / bar - 1e-6) + bars) * bar


def stage_at(beats: float, session: Session | None = None, *, horizon: float = 1.0, tempo: float = 120.0) -> Stage:
    stage = Stage(session or FakeSession(), tempo)
    stage.do(SetControl("horizon", horizon))
    stage.play()
    stage.run_beats(beats)
    return stage


@pytest.mark.parametrize("bars", [1, 2, 4, 9])
@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("horizon", [0.125, 1.0, 8.0])
def test_it_stops_on_the_bar_line_with_nothing_sounding(
    models: list[ModelFile], number: int, bars: int, horizon: float
) -> None:
    for seed in range(4):
        stage = stage_at(9.3 + seed, Session(models[number], seed), horizon=horizon)
        end = end_at(stage, bars)
        stage.do(End(bars))
        assert told(stage) == [end]
        stage.run_beats(end - stage.beat - 0.05)
        assert plays(stage)
        stage.run_beats(0.2)
        assert not plays(stage)
        assert not stage.clock.running
        assert told(stage) == [end, None]
        assert not stage.sounding()
        offs = [each.entry.beat for each in stage.sent if each.entry.message[0] & 0xF0 == 0x80]
        assert max(offs) < end + 0.3  # drums ring a moment
        assert all(each.beat < end for each in stage.played_by_model())


def test_a_close_is_found_and_played(models: list[ModelFile]) -> None:
    stage = stage_at(10.0, Session(models[0], 3))
    stage.do(End(4))
    ending, found = stage.performer.state.ending, False
    while stage.performer.playing:
        stage.run_beats(0.25)
        found |= ending.found
        assert stage.disagreement() == ""
    assert found
    assert not ending.plain


def test_of_a_close_too_only_what_it_is_sure_of_is_heard(models: list[ModelFile]) -> None:
    stage = stage_at(10.0, Session(models[0], 3))
    stage.do(SetControl("sure", 0.5))  # nats
    stage.run_beats(4.0)
    since = len(stage.sent)
    stage.do(End(4))
    while stage.performer.playing:
        stage.run_beats(0.25)
    assert not [each for each in stage.sent[since:] if each.entry.message[0] & 0xF0 == 0x90]


def test_the_same_moment_comes_to_the_same_close(models: list[ModelFile]) -> None:
    def played(tempo: float) -> list[tuple[float, int, int]]:
        stage = stage_at(10.0, Session(models[0], 3), tempo=tempo)
        stage.do(End(2))
        stage.run_beats(20)
        return [(round(each.beat, 4), each.part, each.pitch) for each in stage.played_by_model()]

    assert played(120.0) == played(120.0)


def test_it_can_be_called_off(models: list[ModelFile]) -> None:
    for wait in (0.0, 1.0, 3.0, 8.0, 15.0):
        stage = stage_at(10.0, Session(models[0], 1))
        stage.do(End(4, ritardando=True))
        stage.run_beats(wait)
        stage.do(End(0))
        assert told(stage)[-1] is None
        assert stage.clock.timeline.tempo == 120.0
        stage.run_beats(30)
        assert plays(stage)
        assert stage.disagreement() == ""


def test_a_knob_asks_for_it_and_calls_it_off() -> None:
    stage = stage_at(10.0)
    stage.do(commands.Learn("end"))
    for expected in (True, True, False):  # the first press maps it, and counts
        stage.midi(0xB0, 20, 127)
        stage.midi(0xB0, 20, 0)
        if expected is False:
            assert stage.performer.state.ending.end is None


def test_whatever_moves_the_music_calls_it_off(models: list[ModelFile]) -> None:
    for command in (commands.Back(1), commands.Forget(), commands.Stop(), commands.LoopLast(1)):
        stage = stage_at(12.0, Session(models[0], 1))
        stage.do(commands.SetBookmark("A"), End(2))
        stage.run_beats(2.0)
        stage.do(command)
        assert stage.performer.state.ending.end is None, command
        stage.run_beats(20)
        assert plays(stage) is not isinstance(command, commands.Stop)


def test_going_back_before_it_replays_what_was_heard(models: list[ModelFile]) -> None:
    stage = stage_at(8.0, Session(models[0], 5))
    stage.run_beats(8.0)
    before = [(round(x.beat, 2), x.part, x.pitch) for x in stage.played_by_model() if 8.1 < x.beat < 15.9]
    stage.do(End(1))
    stage.run_beats(10)
    assert not plays(stage)
    at = round(stage.performer.edge(), 1)
    stage.do(commands.GoTo(8.0))
    stage.play()
    stage.run_beats(7.8)
    after = [(round(x.beat - at + 8, 2), x.part, x.pitch) for x in stage.played_by_model() if x.beat > at + 0.1]
    assert set(after) <= set(before)
    assert len(after) > len(before) // 2


def test_it_becomes_slower_and_softer(models: list[ModelFile]) -> None:
    stage = stage_at(10.0, Session(models[1], 3))
    stage.do(End(4, ritardando=True, fade=True))
    tempos: list[float] = []
    while stage.performer.playing:
        stage.run_beats(0.25)
        tempos.append(stage.clock.timeline.tempo)
    assert tempos[0] == 120.0
    assert min(tempos) == pytest.approx(72, abs=6)
    assert tempos[:-1] == sorted(tempos[:-1], reverse=True)
    assert stage.clock.timeline.tempo == 120.0  # for what is played next
    notes = stage.played_by_model()
    last = [each.velocity for each in notes if each.beat > 22]
    assert sum(last) / len(last) < 0.5 * sum(each.velocity for each in notes if each.beat < 12) / len(
        [each for each in notes if each.beat < 12]
    )


def test_it_goes_on_afterwards(models: list[ModelFile]) -> None:
    stage = stage_at(10.0, Session(models[0], 1))
    stage.do(End(1))
    stage.run_beats(12)
    assert not plays(stage)
    count = len(stage.played_by_model())
    stage.play()
    stage.run_beats(24)
    assert plays(stage)
    assert len(stage.played_by_model()) > count + 5


def test_it_is_refused_with_one_line_where_it_makes_no_sense() -> None:
    stage = Stage()
    stage.do(End(4))
    stage.play()
    stage.run_beats(2)
    stage.do(End(-1), End(1000))
    assert len(stage.emitted(telemetry.Notice)) == 3
    assert not told(stage)


def test_nothing_hangs_whatever_is_done_meanwhile(models: list[ModelFile]) -> None:
    for seed in range(24):
        chance = Random(seed)
        stage = stage_at(
            chance.uniform(3, 12), Session(models[seed % 3], seed), horizon=chance.choice((0.25, 1.0, 4.0))
        )
        stage.do(SetControl("mode", chance.choice(MODES)))
        stage.do(End(chance.choice((1, 2, 3)), fade=chance.random() < 0.5))
        down: list[int] = []
        for _ in range(30):
            if down and chance.random() < 0.5:
                stage.key(down.pop(), 0)
            elif chance.random() < 0.5:
                down.append(chance.randrange(40, 90))
                stage.key(down[-1])
            else:
                stage.do(SetControl(chance.choice(("density", "velocity.scale", "time.temperature")), chance.random()))
            stage.run_beats(chance.uniform(0.0, 1.0))
            assert not (wrong := stage.stranded()), wrong
        for pitch in down:
            stage.key(pitch, 0)
        stage.run_beats(16)
        assert not plays(stage)
        assert not stage.sounding()


def test_the_ending_is_kept_out_of_a_model_that_is_loaded(models: list[ModelFile], tmp_path: Path) -> None:
    stage = stage_at(10.0, Session(models[0], 1))
    stage.do(End(4))
    stage.load(Session(models[1], 1), "band")
    assert stage.performer.state.ending.end is None
    stage.run_beats(30)
    assert plays(stage)


def until_it_stops(stage: Stage, seconds: float = 60.0) -> None:
    for _ in range(round(seconds * 10)):
        if not plays(stage):
            return
        stage.run(0.1)
    raise AssertionError("it goes on")


def test_what_is_played_next_begins_on_the_bar_line(models: list[ModelFile]) -> None:
    stage = stage_at(9.0, Session(models[0], 2))
    stage.do(End(1))
    until_it_stops(stage)
    assert stage.performer.state.position.beat == told(stage)[0]
    now = stage.now
    stage.play()
    stage.run_beats(8)
    assert min(each.beat for each in stage.played(now)) >= 16.0


def test_undo_lets_it_go_on_and_hold_too() -> None:
    for command in (commands.Undo(), commands.Hold(True)):
        stage = stage_at(9.0)
        stage.do(End(2, ritardando=True))
        stage.run_beats(8)
        assert stage.clock.timeline.tempo < 119
        stage.do(command, commands.Hold(False))
        assert stage.clock.timeline.tempo == 120
        stage.run_beats(16)
        assert plays(stage)
        assert told(stage)[-1] is None


def test_it_is_refused_while_hold_is_on_or_the_time_signature_changes() -> None:
    stage = stage_at(9.0)
    stage.do(commands.Hold(True), End(2), commands.Hold(False))
    stage.do(commands.SetMeter(3, 4), End(2))
    assert not told(stage)
    stage.run_beats(8)
    stage.do(End(2), commands.SetMeter(4, 4))
    said = " / ".join(str(each) for each in stage.emitted(telemetry.Notice))
    assert said.count("Hold is on") == 1
    assert said.count("time signature") == 2
    end = told(stage)[0]
    until_it_stops(stage)
    assert stage.performer.state.position.beat == end


def test_a_tempo_that_somebody_sets_meanwhile_stays() -> None:
    stage = stage_at(9.0)
    stage.do(End(2, ritardando=True))
    stage.run_beats(8)
    assert stage.performer.tempo == 120 > stage.clock.timeline.tempo  # the first is for after a crash
    stage.do(commands.SetTempo(150.0))
    until_it_stops(stage)
    assert stage.clock.timeline.tempo == 150


def test_it_slows_down_and_fades_from_where_it_was_asked_for(models: list[ModelFile]) -> None:
    """Not at once, where that is within the bars in which it does."""
    stage = stage_at(11.0, Session(models[1], 3))
    stage.do(End(1, ritardando=True, fade=True))
    stage.run_beats(0.1)
    assert stage.clock.timeline.tempo > 117
    assert stage.performer.state.ending.loudness(stage.beat + 0.1) > 0.9


def test_chords_that_lead_say_what_it_ends_on() -> None:
    closed = 0
    for seed in range(3):
        stage = stage_at(14.0, Session(open_model("chorales"), seed))
        stage.do(commands.Chords("Eb | Eb | Ab | Eb"), SetControl("chords", 0.7), End(4))
        until_it_stops(stage)
        end, leading = stage.performer.state.position.beat, stage.performer.steering.leading
        chord = None if leading is None else leading.at(end - 0.5).chord
        assert chord is not None
        last = max(x.beat for x in stage.played_by_model())
        closed += all(chord.classes >> x.pitch % 12 & 1 for x in stage.played_by_model() if x.beat > last - 0.06)
    assert closed == 3


def test_where_time_is_short_it_takes_what_was_found_by_then(models: list[ModelFile]) -> None:
    stage = stage_at(9.0, Session(models[0], 1))
    ending = stage.performer.state.ending
    stage.performer.handle(End(1), stage.now)
    for _ in range(1000):
        stage.performer.tick(stage.now)
        if ending._best is not None:
            break
    assert ending.searching
    ending.look_on(stage.performer.state.beat_map, 100.0)
    assert ending.found
    assert not ending.plain


def test_a_key_that_the_person_holds_sounds_on_until_it_stops(models: list[ModelFile]) -> None:
    stage = Stage(Session(models[0], 4))
    stage.do(SetControl("mode", "accompany"))
    stage.play()
    stage.run_beats(9.0)
    stage.key(72)
    stage.do(End(2))
    stage.run_beats(told(stage)[0] - stage.beat - 0.1)  # type: ignore[operator]
    assert stage.performer.person_plays
    assert any(key[2] == 72 for key in stage.sounding())
    until_it_stops(stage)
    stage.key(72, 0)
    assert not stage.sounding()


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
