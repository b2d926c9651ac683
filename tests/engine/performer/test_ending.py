"""Live endings: the music stops on the bar line that was asked for, and nothing is left sounding."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.session import Session
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.commands import End, SetControl
from musiclstm.protocol.modes import MODES
from tests.engine.performer.endings import end_at, plays, stage_at, told, until_it_stops
from tests.engine.stage import Stage


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


@pytest.mark.parametrize(("back", "end"), [(0.5, 18.0), (0.25, 21.0), (1.0, 20.0)])
def test_the_bar_line_is_the_musics(back: float, end: float) -> None:
    """Half a bar back, it lies in the middle of the clock's bars, and a close there would be in that of the music's."""
    stage = Stage()
    stage.play()
    stage.run_beats(13.1)
    stage.do(commands.Back(back))
    stage.run_beats(0.5)
    stage.do(End(1))
    assert told(stage) == [end]
    stage.run_beats(end - stage.beat + 0.1)
    assert not plays(stage)
    assert stage.session.tick % stage.session.context.bar_ticks == 0


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
