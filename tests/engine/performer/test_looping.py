"""Bars of the past that go round: the same notes each time, in time, whatever is done meanwhile."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from musiclstm.model.modelfile import open_model
from musiclstm.model.session import Session
from musiclstm.music.note import TimeBase
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.commands import Loop, LoopLast, SetControl
from tests.engine import fakes
from tests.engine.fakes import FakeSession
from tests.engine.performer.forms import song, stage_of
from tests.engine.stage import Stage
from tests.model.tiny import tiny_model

Note = tuple[float, int, int]


def starts(stage: Stage, begin: float, end: float, origin: float | None = None) -> list[Note]:
    """(beat, part, pitch) of what the model started between two beats, counted from `origin`."""
    found = [
        (round(each.beat - (begin if origin is None else origin), 4), each.part, each.pitch)
        for each in stage.played_by_model()
        if begin - 1e-6 <= each.beat < end - 1e-6
    ]
    return sorted(found)


def told(stage: Stage) -> list[tuple[float | None, float | None]]:
    return [(x.start, x.end) for x in stage.telemetry if isinstance(x, telemetry.LoopChanged)]


def stage_at(beats: float, session: FakeSession | None = None, *, horizon: float = 1.0) -> Stage:
    stage = Stage(session or FakeSession())
    stage.do(SetControl("horizon", horizon))
    stage.play()
    stage.run_beats(beats)
    return stage


@pytest.mark.parametrize("begin", [8.0, 16.0])
def test_what_was_silent_is_silent_in_the_loop_and_what_was_heard_is_heard(begin: float) -> None:
    """Whichever phrases *How often* makes silent by then."""
    stage = Stage(FakeSession(seed=3))
    stage.do(SetControl("often", 0.5), SetControl("density", 1.0))
    stage.play()
    stage.run_beats(25.2)
    first = [note for note in starts(stage, begin, begin + 8) if note[0] > 0]
    assert (len(first) > 5) == (begin == 16.0)
    stage.do(Loop(begin, begin + 8))
    stage.run_beats(64)
    for round_ in range(1, 7):
        assert [note for note in starts(stage, 24 + 8 * round_, 32 + 8 * round_) if note[0] > 0] == first


@pytest.mark.parametrize("horizon", [0.125, 1.0, 8.0])
@pytest.mark.parametrize("base", list(TimeBase))
def test_the_bars_come_again_and_again_and_in_time(horizon: float, base: TimeBase) -> None:
    stage = stage_at(18.3, FakeSession(fakes.vocabulary(base=base)), horizon=horizon)
    stage.do(Loop(4.0, 12.0))
    assert told(stage) == [(4.0, 12.0)]
    stage.run_beats(40)
    first = starts(stage, 4, 12)
    assert len(first) > 5
    # From the second beat of the loop's first bar on, for the clock was there.
    assert [n for n in starts(stage, 16, 24) if n[0] > 2.5] == [n for n in first if n[0] > 2.5]
    for round_ in range(3):
        begin = 24 + 8 * round_
        again = starts(stage, begin, begin + 8)
        assert [note for note in again if note[0] > 0] == [note for note in first if note[0] > 0]
        assert {note for note in first if note[0] == 0} <= set(again)
    assert all(each.time - each.due < 1e-6 for each in stage.sent if each.entry.beat > 19)
    assert stage.disagreement() == ""


def test_it_is_whole_bars_of_what_was_played() -> None:
    stage = stage_at(18.3)
    stage.do(Loop(5.1, 9.0))
    stage.do(Loop(-3.0, 4.0))
    stage.do(Loop(0.0, 100.0))
    assert [each for each in told(stage) if each[0] is not None] == [(4.0, 12.0), (0.0, 4.0), (0.0, 16.0)]
    stage.do(Loop(17.0, 18.0))
    assert "whole bars" in str(stage.emitted(telemetry.Notice)[-1])
    assert stage.performer.state.looping.loop is not None


def test_the_last_bars_and_the_knob_that_loops_them() -> None:
    stage = stage_at(18.3)
    stage.do(LoopLast(2))
    assert told(stage)[-1] == (8.0, 16.0)
    stage.do(LoopLast(0))
    assert told(stage)[-1] == (None, None)
    stage.do(commands.Learn("loop"))
    stage.midi(0xB0, 20, 127)
    stage.midi(0xB0, 20, 0)
    stage.midi(0xB0, 20, 127)
    assert stage.performer.state.looping.loop is not None
    stage.midi(0xB0, 20, 0)
    stage.midi(0xB0, 20, 127)
    assert stage.performer.state.looping.loop is None


def test_without_a_past_there_is_nothing_to_loop() -> None:
    stage = Stage()
    stage.do(Loop(0.0, 4.0), LoopLast(2), Loop())
    assert len(stage.emitted(telemetry.Notice)) == 2
    stage.play()
    stage.run_beats(3)
    stage.do(LoopLast(2))
    assert len(stage.emitted(telemetry.Notice)) == 3
    stage.run_beats(5)
    assert stage.played()


def test_the_person_plays_over_it_and_it_stays_the_same() -> None:
    stage = stage_at(18.3)
    stage.do(SetControl("mode", "accompany"))
    stage.run_beats(0.1)
    stage.do(Loop(4.0, 12.0))
    first = [note for note in starts(stage, 4, 12) if note[0] > 0]
    chance = Random(5)
    down: list[int] = []
    while stage.beat < 48:
        if down and chance.random() < 0.5:
            stage.key(down.pop(), 0)
        else:
            down.append(chance.randrange(97, 120))
            stage.key(down[-1])
        stage.run_beats(chance.uniform(0.1, 1.0))
        assert stage.disagreement() == ""
    assert [note for note in starts(stage, 32, 40) if note[0] > 0] == first
    assert len([each for each in stage.played() if each.by_person]) > 20


def test_what_the_person_played_in_it_comes_again() -> None:
    stage = Stage()
    stage.do(SetControl("mode", "accompany"))
    stage.play()
    stage.run_beats(5)
    stage.key(93)
    stage.run_beats(1)
    stage.key(93, 0)
    stage.run_beats(4)
    stage.do(SetControl("mode", "solo"), Loop(4.0, 8.0))
    stage.run_beats(12)
    mine = [each.beat for each in stage.played_by_model() if each.pitch == 93 and each.beat > 12]
    assert [round(beat, 1) for beat in mine] == [13.0, 17.0, 21.0]


def test_leaving_it_goes_on_from_there() -> None:
    stage = stage_at(18.3)
    stage.do(Loop(4.0, 12.0))
    stage.run_beats(20)
    stage.do(Loop())
    assert told(stage)[-1] == (None, None)
    before = stage.beat
    stage.run_beats(16)
    assert len(starts(stage, before + 1, before + 16)) > 8
    assert stage.disagreement() == ""
    assert starts(stage, before + 2, before + 10) != starts(stage, before + 10, before + 18)


@pytest.mark.parametrize(
    "command",
    [
        commands.Back(1.0),
        commands.GoTo(3.0),
        commands.Forget(),
        commands.Return("A"),
    ],
)
def test_going_elsewhere_leaves_it(command: commands.Command) -> None:
    stage = stage_at(18.3)
    stage.do(commands.SetBookmark("A"), Loop(4.0, 12.0))
    stage.run_beats(3)
    stage.do(command)
    assert told(stage)[-1] == (None, None)
    stage.run_beats(6)
    assert stage.disagreement() == ""


def test_stop_play_hold_mute_and_tempo_keep_it() -> None:
    stage = stage_at(18.3)
    stage.do(Loop(4.0, 12.0))
    first = [note for note in starts(stage, 4, 12) if note[0] > 0]
    stage.run_beats(2)
    stage.do(commands.Stop())
    stage.run(1)
    stage.do(commands.Play(), commands.SetTempo(90.0), commands.Hold(True))
    stage.run(1)
    stage.do(commands.Hold(False), commands.SetPart(1, mute=True))
    stage.run_beats(2)
    stage.do(commands.SetPart(1, mute=False), SetControl("scale", "blues"), SetControl("density", -1.0))
    stage.run_beats(33 - stage.beat)
    assert [note for note in starts(stage, 24, 32) if note[0] > 0] == first
    assert len(told(stage)) == 1


def test_the_time_signature_stays_while_bars_go_round() -> None:
    stage = stage_at(18.3)
    stage.do(Loop(4.0, 12.0), commands.SetMeter(3, 4))
    assert "leave the loop" in str(stage.emitted(telemetry.Notice)[-1])
    assert stage.emitted(telemetry.MeterChanged)[-1] == telemetry.MeterChanged(16.0, 4, 4)  # so that a window shows it
    stage.run_beats(12)
    assert stage.performer.bar == 4.0
    stage.do(Loop(), commands.SetMeter(3, 4))
    stage.run_beats(8)
    assert stage.performer.bar == 3.0


def test_drums_go_round_too() -> None:
    stage = stage_at(18.3, FakeSession(fakes.vocabulary(fakes.BAND)))
    stage.do(Loop(4.0, 12.0))
    stage.run_beats(30)
    first = [note for note in starts(stage, 4, 12) if note[0] > 0]
    assert [note for note in starts(stage, 24, 32) if note[0] > 0] == first
    stage.do(commands.Stop())
    assert not stage.sounding()


@pytest.mark.parametrize("seed", range(25))
def test_any_loop_repeats_whatever_led_to_it(seed: int) -> None:
    """Bars with jumps, keys, other time signatures and swing in them; and no note hangs."""
    chance = Random(seed)
    stage = Stage(FakeSession(seed=seed))
    stage.play()
    for _ in range(12):
        stage.run_beats(chance.uniform(0.3, 4))
        match chance.randrange(6):
            case 0:
                stage.do(commands.Back(1.0))
            case 1:
                stage.do(commands.GoTo(chance.uniform(0, stage.beat)))
            case 2:
                stage.do(commands.SetMeter(*chance.choice(fakes.METERS)))
            case 3:
                stage.key(chance.randrange(40, 90))
            case _:
                stage.do(SetControl("mode", chance.choice(("solo", "accompany"))))
    stage.performer.release_keys(stage.now)
    stage.run_beats(8)
    begin = chance.uniform(0, stage.beat - 8)
    stage.do(Loop(begin, begin + chance.uniform(1, 8)))
    loop = stage.performer.state.looping.loop
    assert loop is not None
    entered = stage.beat
    stage.run_beats(4 * loop.length + 8)
    first = entered + loop.length - (entered - stage.performer.state.looping._begin) % loop.length
    one, two = (starts(stage, first + n * loop.length, first + (n + 1) * loop.length) for n in (1, 2))
    assert one == two
    assert len(one) >= sum(event.beat > 0 and event.kind.name == "ON" for event in loop.events) - 2
    assert stage.disagreement() == ""
    stage.do(commands.Stop())
    assert not stage.sounding()


def test_the_real_network_goes_round_too(tmp_path: Path) -> None:
    model = open_model(tiny_model(tmp_path, TimeBase.BEATS, name="voices"))
    stage = Stage(Session(model, 1))
    stage.play()
    stage.run_beats(70)
    stage.do(Loop(48.0, 64.0))
    stage.run_beats(60)
    first = [note for note in starts(stage, 48, 64) if note[0] > 0]
    assert len(first) > 2
    assert [note for note in starts(stage, 84, 100) if note[0] > 0] == first
    assert stage.disagreement() == ""


def test_chords_and_sections_go_round_with_the_bars() -> None:
    """And in a place of a later round they are what they were there."""
    stage = stage_of(song("AB", bars=6))
    stage.do(commands.Chords("Dm7 | G7 | C"))
    stage.play()
    stage.run_beats(9.1)

    def now() -> tuple[str, str, int]:
        state, edge = stage.performer.state, stage.performer.edge()
        chord = state.steering.chords.at(edge).chord if state.steering.chords else None
        return "" if chord is None else chord.text, state.form.place.letter, int(edge - state.form.place.begin) // 4

    stage.do(Loop(0.0, 8.0))
    for bar in range(13):
        assert now() == (("Dm7", "G7")[bar % 2], "A", bar % 2)
        stage.run_beats(4)
    stage.do(Loop())
    assert now() == ("G7", "A", 1)
    stage.run_beats(4)
    assert now() == ("C", "A", 2)
    stage.do(commands.GoTo(29.0))
    assert now() == ("G7", "A", 1)
    stage.run_beats(16)
    assert now() == ("C", "A", 5)
    stage.run_beats(4)
    assert now()[1:] == ("B", 0)


@pytest.mark.parametrize("mode", ["call and response", "continue"])
def test_it_is_nobodys_turn_while_bars_go_round(mode: str) -> None:
    stage = Stage(FakeSession())
    stage.do(SetControl("mode", mode))
    stage.play()
    stage.run_beats(18)
    assert stage.emitted(telemetry.TurnChanged)[-1] != telemetry.TurnChanged("")
    stage.do(LoopLast(2))
    looped = len(stage.telemetry)
    stage.run_beats(30)
    turns = [each for each in stage.telemetry[looped - 3 :] if isinstance(each, telemetry.TurnChanged)]
    assert turns == [telemetry.TurnChanged("")]
    stage.do(LoopLast(0))
    stage.run_beats(0.5)
    assert stage.emitted(telemetry.TurnChanged)[-1] != telemetry.TurnChanged("")
