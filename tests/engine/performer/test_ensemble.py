"""The person and the model: who plays what, and when."""

from collections.abc import Sequence

import pytest

from musiclstm.engine.performer.midi_map import MidiMap
from musiclstm.music.note import Part
from musiclstm.protocol import commands, telemetry
from tests.engine import fakes
from tests.engine.stage import Stage, stage_in_mode

SOPRANO = 72  # a pitch in its range


def test_continue_takes_over_after_a_rest_and_gives_way() -> None:
    stage = stage_in_mode("continue", fakes.SATB, commands.SetControl("rest", 2.0))
    stage.run(0.9)
    assert not stage.played_by_model()
    stage.key(SOPRANO)
    stage.run(3)
    assert not stage.played_by_model()
    stage.key(SOPRANO, 0)
    released = stage.now
    stage.run(5)
    first = stage.played_by_model()[0].time
    assert released + 1.0 <= first < released + 3.0
    while not stage.sounding():
        stage.run(0.05)
    stage.key(SOPRANO + 2)
    stage.run(0.004)
    assert set(stage.sounding()) == {(0, 0, SOPRANO + 2)}
    assert stage.disagreement() == ""
    stage.run(2)
    assert set(stage.sounding()) == {(0, 0, SOPRANO + 2)}


def test_continue_takes_over_when_a_pedal_asks_for_it() -> None:
    stage = stage_in_mode("continue", fakes.SATB, commands.SetControl("rest", 16.0))
    stage.run(1)
    stage.midi(0xB0, 64, 127)
    stage.run(3)
    assert stage.played_by_model()
    stage.midi(0xB0, 64, 0)
    stage.key(SOPRANO)
    stage.key(SOPRANO, 0)
    stage.run(0.004)
    assert not stage.sounding()
    # A pedal under held keys is a pedal.
    now = stage.now
    stage.key(SOPRANO)
    stage.midi(0xB0, 64, 127)
    stage.run(3)
    assert not stage.played_by_model(now)


def test_continue_takes_over_when_a_key_asks_for_it() -> None:
    midi_map = MidiMap()
    stage = Stage(midi_map=midi_map)
    stage.do(commands.SetControl("mode", "continue"), commands.SetControl("rest", 16.0), commands.Learn("take over"))
    stage.midi(0x99, 36, 100)
    stage.play()
    stage.key(SOPRANO)
    stage.key(SOPRANO, 0)
    stage.run(1)
    assert not stage.played_by_model()
    stage.midi(0x99, 36, 100)
    stage.run(2)
    assert stage.played_by_model()


def test_call_and_response_takes_turns_by_bars() -> None:
    stage = stage_in_mode("call and response", fakes.SATB, commands.SetControl("response.bars", 1))
    stage.run(12)
    beats = [x.beat for x in stage.played_by_model()]
    assert beats
    assert all(beat % 8 >= 4 - 1e-6 for beat in beats)
    # In the person's bars the model is silent from the first moment.
    sounding: dict[int, float] = {}
    for x in stage.telemetry:
        if isinstance(x, telemetry.Played):
            if x.velocity:
                sounding[x.id] = x.beat
            else:
                begin = sounding.pop(x.id)
                assert begin // 4 == (x.beat - 1e-6) // 4 or x.beat - begin < 1e-6
    assert not sounding or stage.beat % 8 >= 4


@pytest.mark.parametrize("parts", [fakes.SATB, fakes.PIANO])
def test_harmonise_answers_each_note_at_once(parts: Sequence[Part]) -> None:
    stage = stage_in_mode("harmonise", parts)
    stage.run(1.23)
    for pitch in (72, 74, 76):
        before = len(stage.messages())
        stage.performer.received(bytes((0x90, pitch, 80)), stage.now)
        new = [x for _, x in stage.messages()[before:] if x[0] & 0xF0 == 0x90]
        assert new[0] == bytes((0x90, pitch, 80))  # thru first
        assert len(new) == (4 if len(parts) == 4 else 2)  # and an answer in each other part
        stage.run(0.2)
        stage.key(pitch, 0)
        assert not stage.sounding()  # the answers end with the key
        stage.run(0.1)
        assert stage.disagreement() == ""
    assert len(stage.played_by_model()) == 3 * (len(parts) - 1 or 1)


def test_harmonise_a_legato_line_keeps_each_voice_single() -> None:
    stage = stage_in_mode("harmonise")
    stage.key(72)
    stage.run(0.2)
    stage.key(74)
    stage.run(0.05)
    stage.key(72, 0)
    stage.run(0.1)
    counts = stage.sounding()
    assert counts[0, 0, 74] == 1
    assert sorted(channel for _, channel, _ in counts) == [0, 1, 2, 3]
    stage.key(74, 0)
    assert not stage.sounding()


def test_answers_obey_the_scale() -> None:
    stage = stage_in_mode(
        "harmonise", fakes.SATB, commands.SetControl("scale", "major"), commands.SetControl("range.low", 50)
    )
    for pitch in range(60, 80):
        stage.key(pitch)
        stage.run(0.1)
        stage.key(pitch, 0)
    answers = stage.played_by_model()
    assert len(answers) == 60
    assert all(x.pitch % 12 in (0, 2, 4, 5, 7, 9, 11) and x.pitch >= 50 for x in answers)


def test_a_follower_answers_a_part_of_the_model() -> None:
    stage = stage_in_mode("solo", fakes.SATB, commands.SetPart(2, mode="follow", source=0))
    stage.run(8)
    notes = stage.played_by_model()
    leaders = [round(x.beat, 6) for x in notes if x.part == 0]
    followers = [round(x.beat, 6) for x in notes if x.part == 2]
    assert leaders
    assert followers == leaders
    assert stage.disagreement() == ""
    stage.do(commands.SetPart(2, mode="auto"), commands.Stop())
    assert not stage.sounding()


def test_a_follower_of_the_person_answers_them_in_any_mode() -> None:
    stage = stage_in_mode("solo", fakes.SATB, commands.SetPart(1, mode="follow", source=-1))
    stage.run(1.02)
    now = stage.now
    stage.key(72)
    assert [x.part for x in stage.played_by_model() if x.time == now] == [1]
    stage.key(72, 0)
    assert not [key for key in stage.sounding() if key[1] == 1]


def test_punch_in_takes_a_part_and_gives_it_back() -> None:
    stage = stage_in_mode("solo", fakes.SATB, commands.SetPart(0, punch_in=True), commands.SetControl("rest", 1.0))
    stage.run(3)
    stage.key(70)
    assert stage.performer.part_modes[0] == "input"
    now = stage.now
    stage.run(2)
    assert 0 not in {x.part for x in stage.played_by_model(now)}
    stage.key(70, 0)
    stage.run(0.4)
    assert stage.performer.part_modes[0] == "input"
    stage.run(0.2)
    assert stage.performer.part_modes[0] == "auto"
    stage.run(6)
    assert 0 in {x.part for x in stage.played_by_model(now)}


def test_changing_the_mode_leaves_nothing_hanging() -> None:
    stage = stage_in_mode("solo")
    for mode in ("harmonise", "solo", "continue", "accompany", "call and response", "solo"):
        stage.run(2.3)
        stage.key(71)
        stage.do(commands.SetControl("mode", mode))
        stage.run(0.004)
        assert stage.disagreement() == ""
        if mode in ("harmonise", "continue"):
            assert set(stage.sounding()) == {(0, 0, 71)}
        stage.key(71, 0)


def test_a_turn_goes_on_after_a_pause() -> None:
    stage = stage_in_mode("call and response", fakes.SATB, commands.SetControl("response.bars", 1))
    stage.run_beats(5.5)
    before = stage.emitted(telemetry.TurnChanged)[-1]
    stage.performer.pause(stage.now)
    stage.run(3)
    stage.play()
    stage.run_beats(0.5)
    assert before == stage.emitted(telemetry.TurnChanged)[-1] == telemetry.TurnChanged("model", 8.0)
