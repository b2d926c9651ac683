"""The person and the model: who plays what, when, and how soon."""

from collections.abc import Sequence

import pytest

from musiclstm.engine.performer.midi_map import MidiMap
from musiclstm.music.note import Part
from musiclstm.protocol import messages as m
from tests.engine import fakes
from tests.engine.fakes import FakeSession
from tests.engine.stage import Stage

SOPRANO = 72  # a pitch in its range


def in_mode(mode: str, parts: Sequence[Part] = fakes.SATB, *commands: m.Command) -> Stage:
    stage = Stage(FakeSession(fakes.vocabulary(parts)))
    stage.do(m.SetControl("mode", mode), *commands)
    stage.play()
    return stage


def begun(stage: Stage, since: float = -1.0) -> list[m.Played]:
    return [x for x in stage.told if isinstance(x, m.Played) and x.velocity and x.time > since]


def by_model(stage: Stage, since: float = -1.0) -> list[m.Played]:
    return [x for x in begun(stage, since) if not x.by_person]


# ---- thru --------------------------------------------------------------------------------------------------------


def test_what_the_person_plays_sounds_at_once_and_in_order() -> None:
    stage = in_mode("accompany")
    stage.run(2)
    already = len(stage.messages())
    sent = [(0x90, 72, 80), (0x90, 76, 70), (0x80, 72, 0), (0xB0, 1, 9), (0xE0, 3, 4), (0x80, 76, 0)]
    for message in sent:
        stage.performer.received(bytes(message), stage.now)
    mine = [tuple(x) for _, x in stage.messages()[already:] if x[0] & 0x0F == 0]
    assert mine == sent
    assert {round(time, 9) for time, x in stage.messages()[already:] if x[0] & 15 == 0} == {2.0}


def test_without_thru_it_is_not_heard_but_known() -> None:
    stage = in_mode("accompany", fakes.SATB, m.SetControl("thru", False))
    stage.run(1)
    stage.key(SOPRANO)
    assert not stage.sounding()[0, 0, SOPRANO]
    assert (0, SOPRANO) in stage.session.context.sounding
    assert [x.pitch for x in begun(stage) if x.by_person] == [SOPRANO]
    stage.do(m.SetControl("thru", True))
    stage.key(SOPRANO, 0)
    stage.run(1)
    assert (0, SOPRANO) not in stage.performer.state.history.voices()
    assert stage.disagreement() == ""


def test_a_standing_instrument_is_a_keyboard() -> None:
    stage = Stage()
    stage.key(60, 99)
    stage.do(m.PlayerNote(64, 80))
    assert set(stage.sounding()) == {(0, 0, 60), (0, 0, 64)}
    assert stage.performer.person_plays
    stage.key(60, 0)
    stage.do(m.PlayerNote(64, 0))
    assert not stage.sounding()
    assert stage.session.tick == 0


def test_a_pedal_comes_up_where_it_went_down() -> None:
    stage = in_mode("accompany")
    stage.midi(0xB0, 64, 127)
    stage.do(m.SetPart(0, channel=5))
    stage.midi(0xB0, 64, 0)
    pedals = [tuple(x) for _, x in stage.messages() if x[0] & 0xF0 == 0xB0]
    assert pedals == [(0xB0, 64, 127), (0xB0, 64, 0), (0xB5, 64, 0)]
    stage.midi(0xB0, 64, 127)
    stage.do(m.Stop())
    assert stage.messages()[-1][1] == bytes((0xB5, 64, 0))


# ---- feeding -----------------------------------------------------------------------------------------------------


def test_a_persons_note_is_read_as_it_happens_and_replans() -> None:
    stage = in_mode("accompany")
    stage.run(3.33)
    told = len(stage.told)
    stage.key(SOPRANO, 90)
    assert any(isinstance(x, m.Withdrawn) for x in stage.told[told:])
    step = next(s for s in stage.performer.state.history.steps if s.event.pitch == SOPRANO)
    assert step.tick == round(3.33 * 2 * 24)
    assert step.event.velocity == 90
    assert stage.performer.state.beat_map.end >= stage.beat + 1  # planned on at once
    stage.run(2)
    # The model has the other parts, and does not end the person's note.
    assert {x.part for x in by_model(stage, 3.34)} <= {1, 2, 3}
    assert stage.sounding()[0, 0, SOPRANO] == 1
    stage.key(SOPRANO, 0)
    assert stage.disagreement() == ""


def test_with_one_part_both_share_it() -> None:
    stage = in_mode("accompany", fakes.PIANO)
    stage.run(2)
    stage.key(61)
    for _ in range(40):
        stage.run(0.1)
        assert stage.sounding()[0, 0, 61] == 1
        assert stage.disagreement() == ""
    assert by_model(stage, 2.1)
    stage.key(61, 0)
    assert stage.sounding()[0, 0, 61] == 0


def test_in_solo_the_person_is_only_heard() -> None:
    alone, together = in_mode("solo"), in_mode("solo")
    for stage in (alone, together):
        stage.run(2)
    together.key(62, 80, channel=9)
    together.run(1)
    together.key(62, 0, channel=9)
    for stage in (alone, together):
        stage.run(3 if stage is alone else 2)
    assert [(x.time, x.pitch) for x in by_model(alone)] == [(x.time, x.pitch) for x in by_model(together)]


def test_a_part_that_is_the_persons_is_left_to_them() -> None:
    stage = in_mode("solo", fakes.SATB, m.SetPart(3, mode="input", channel=5))
    stage.run(3)
    assert 3 not in {x.part for x in by_model(stage)}
    stage.key(40)
    assert stage.sounding()[0, 5, 40] == 1
    assert (3, 40) in stage.session.context.sounding
    assert stage.performer.part_modes == ("auto", "auto", "auto", "input")


def test_chord_lock_follows_the_left_hand() -> None:
    stage = in_mode("solo", fakes.SATB, m.SetControl("chord_lock", True))
    stage.run(1)
    for pitch in (48, 52, 55):
        stage.key(pitch, channel=8)
    now = stage.now
    stage.run(6)
    # 3 ms are committed already.
    assert {x.pitch % 12 for x in by_model(stage, now + 0.004)} == {0, 4, 7}
    for pitch in (48, 52, 55):
        stage.key(pitch, 0, channel=8)
    now = stage.now
    stage.run(6)
    assert len({x.pitch % 12 for x in by_model(stage, now + 0.004)}) > 5


# ---- modes -------------------------------------------------------------------------------------------------------


def test_continue_takes_over_after_a_rest_and_gives_way() -> None:
    stage = in_mode("continue", fakes.SATB, m.SetControl("rest", 2.0))
    stage.run(0.9)
    assert not by_model(stage)
    stage.key(SOPRANO)
    stage.run(3)
    assert not by_model(stage)
    stage.key(SOPRANO, 0)
    released = stage.now
    stage.run(5)
    first = by_model(stage)[0].time
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
    stage = in_mode("continue", fakes.SATB, m.SetControl("rest", 16.0))
    stage.run(1)
    stage.midi(0xB0, 64, 127)
    stage.run(3)
    assert by_model(stage)
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
    assert not by_model(stage, now)


def test_continue_takes_over_when_a_key_asks_for_it() -> None:
    midi_map = MidiMap()
    stage = Stage(midi_map=midi_map)
    stage.do(m.SetControl("mode", "continue"), m.SetControl("rest", 16.0), m.Learn("take over"))
    stage.midi(0x99, 36, 100)
    stage.play()
    stage.key(SOPRANO)
    stage.key(SOPRANO, 0)
    stage.run(1)
    assert not by_model(stage)
    stage.midi(0x99, 36, 100)
    stage.run(2)
    assert by_model(stage)


def test_call_and_response_takes_turns_by_bars() -> None:
    stage = in_mode("call and response", fakes.SATB, m.SetControl("response.bars", 1))
    stage.run(12)
    beats = [x.beat for x in by_model(stage)]
    assert beats
    assert all(beat % 8 >= 4 - 1e-6 for beat in beats)
    # In the person's bars the model is silent from the first moment.
    sounding: dict[int, float] = {}
    for x in stage.told:
        if isinstance(x, m.Played):
            if x.velocity:
                sounding[x.id] = x.beat
            else:
                begin = sounding.pop(x.id)
                assert begin // 4 == (x.beat - 1e-6) // 4 or x.beat - begin < 1e-6
    assert not sounding or stage.beat % 8 >= 4


@pytest.mark.parametrize("parts", [fakes.SATB, fakes.PIANO])
def test_harmonise_answers_each_note_at_once(parts: Sequence[Part]) -> None:
    stage = in_mode("harmonise", parts)
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
    assert len(by_model(stage)) == 3 * (len(parts) - 1 or 1)


def test_harmonise_a_legato_line_keeps_each_voice_single() -> None:
    stage = in_mode("harmonise")
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
    stage = in_mode("harmonise", fakes.SATB, m.SetControl("scale", "major"), m.SetControl("range.low", 50))
    for pitch in range(60, 80):
        stage.key(pitch)
        stage.run(0.1)
        stage.key(pitch, 0)
    answers = by_model(stage)
    assert len(answers) == 60
    assert all(x.pitch % 12 in (0, 2, 4, 5, 7, 9, 11) and x.pitch >= 50 for x in answers)


def test_a_follower_answers_a_part_of_the_model() -> None:
    stage = in_mode("solo", fakes.SATB, m.SetPart(2, mode="follow", source=0))
    stage.run(8)
    notes = by_model(stage)
    leaders = [round(x.beat, 6) for x in notes if x.part == 0]
    followers = [round(x.beat, 6) for x in notes if x.part == 2]
    assert leaders
    assert followers == leaders
    assert stage.disagreement() == ""
    stage.do(m.SetPart(2, mode="auto"), m.Stop())
    assert not stage.sounding()


def test_a_follower_of_the_person_answers_them_in_any_mode() -> None:
    stage = in_mode("solo", fakes.SATB, m.SetPart(1, mode="follow", source=-1))
    stage.run(1)
    now = stage.now
    stage.key(72)
    assert [x.part for x in by_model(stage) if x.time == now] == [1]
    stage.key(72, 0)
    assert not [key for key in stage.sounding() if key[1] == 1]


def test_punch_in_takes_a_part_and_gives_it_back() -> None:
    stage = in_mode("solo", fakes.SATB, m.SetPart(0, punch_in=True), m.SetControl("rest", 1.0))
    stage.run(3)
    stage.key(70)
    assert stage.performer.part_modes[0] == "input"
    now = stage.now
    stage.run(2)
    assert 0 not in {x.part for x in by_model(stage, now)}
    stage.key(70, 0)
    stage.run(0.4)
    assert stage.performer.part_modes[0] == "input"
    stage.run(0.2)
    assert stage.performer.part_modes[0] == "auto"
    stage.run(6)
    assert 0 in {x.part for x in by_model(stage, now)}


def test_changing_the_mode_leaves_nothing_hanging() -> None:
    stage = in_mode("solo")
    for mode in ("harmonise", "solo", "continue", "accompany", "call and response", "solo"):
        stage.run(2.3)
        stage.key(71)
        stage.do(m.SetControl("mode", mode))
        stage.run(0.004)
        assert stage.disagreement() == ""
        if mode in ("harmonise", "continue"):
            assert set(stage.sounding()) == {(0, 0, 71)}
        stage.key(71, 0)


# ---- our own output coming back ------------------------------------------------------------------------------------


def test_a_looped_port_is_recognised() -> None:
    stage = in_mode("accompany")
    stage.run(3)
    echoed = 0
    for _ in range(60):
        count = len(stage.messages())
        stage.run(0.05)
        for _, message in stage.messages()[count:]:
            stage.performer.received(message, stage.now)
            echoed += message[0] & 0xF0 == 0x90
    assert echoed > 5
    assert not stage.performer.person_plays
    assert not [x for x in begun(stage) if x.by_person]
    assert len([x for x in stage.told if isinstance(x, m.Notice)]) == 1
    # And a key that goes through and comes back sounds once.
    stage.key(SOPRANO, 77)
    stage.midi(0x90, SOPRANO, 77)
    assert stage.sounding()[0, 0, SOPRANO] == 1
    stage.key(SOPRANO, 0)
    stage.key(SOPRANO, 0)
    assert stage.sounding()[0, 0, SOPRANO] == 0


def test_the_same_note_from_a_person_a_little_later_is_heard() -> None:
    stage = in_mode("accompany")
    stage.key(SOPRANO, 64)
    stage.run(0.2)
    stage.key(SOPRANO, 0)
    stage.key(SOPRANO, 65)
    assert stage.sounding()[0, 0, SOPRANO] == 1


# ---- mapped knobs and keys -----------------------------------------------------------------------------------------


def test_a_knob_turns_a_control() -> None:
    stage = Stage(midi_map=MidiMap())
    stage.do(m.Learn("time.temperature"))
    stage.midi(0xB0, 21, 5)
    assert m.ControlChanged("time.temperature", 1.0, "CC 21 ch 1") in stage.told
    sent = len(stage.messages())
    stage.midi(0xB0, 21, 127)
    assert stage.performer.steering.values["time.temperature"] == 2.0
    assert len(stage.messages()) == sent  # a mapped knob is not music
    stage.do(m.Unlearn("time.temperature"))
    assert stage.told[-1] == m.ControlChanged("time.temperature", 2.0, None)
    stage.midi(0xB0, 21, 64)
    assert len(stage.messages()) == sent + 1


def test_keys_mean_commands() -> None:
    asked: list[m.Command] = []
    stage = Stage(midi_map=MidiMap(), asked=asked)
    targets = ("play", "panic", "hold", "forget", "save", "back", "bookmark.B", "return.B", "mute.2", "scale", "thru")
    for number, target in enumerate(targets):
        stage.do(m.Learn(target))
        stage.midi(0x9F, number, 100)
    for number in range(len(targets)):
        stage.midi(0x8F, number, 0)
        stage.midi(0x9F, number, 100)
    stage.do(m.Learn("morph.AB"))
    stage.midi(0xB0, 20, 1)
    stage.midi(0xB0, 20, 127)
    assert asked == [
        m.Play(),
        m.Panic(),
        m.Hold(True),
        m.Forget(),
        m.SaveTake(""),
        m.Back(1.0),
        m.SetBookmark("B"),
        m.Return("B"),
        m.SetPart(1, mode="muted"),
        m.SetControl("scale", "major"),
        m.SetControl("thru", False),
        m.Morph("A", "B", 1.0),
    ]


# ---- clocks --------------------------------------------------------------------------------------------------------


def test_a_leader_starts_jumps_and_stops_it() -> None:
    stage = Stage()
    stage.clock.start(16.0)
    stage.plan()
    assert stage.performer.playing
    stage.run(3)
    place = stage.performer.state.beat_map
    assert by_model(stage)[0].beat >= 16.0
    assert place.offset % 4 == 0
    stage.clock.start(2.0)  # a jump to the third beat of a bar
    stage.plan()
    (jumped,) = (x for x in stage.told if isinstance(x, m.Jumped) and x.reason == "clock")
    assert jumped.source == pytest.approx(jumped.beat + 20, abs=0.1)
    stage.run(1)
    context = stage.session.context
    assert context.position() / 24 == pytest.approx(place.beat_of(stage.session.tick) % 4, abs=1e-6)
    assert stage.disagreement() == ""
    stage.clock.stop()
    stage.plan()
    assert stage.performer.edge() == pytest.approx(4.0)  # it stands
    assert not stage.sounding()
    stage.clock.start(0.0)
    stage.plan()
    stage.run(2)
    assert stage.sounding()
    # Its past is before the leader's new beginning.
    oldest = stage.performer.state.time_machine.oldest
    assert oldest is not None
    assert oldest < 0


def test_small_corrections_of_a_clock_are_no_jumps() -> None:
    stage = Stage()
    stage.play()
    for step in range(50):
        stage.run(0.1)
        stage.do(m.SetTempo(120 + step % 3))
    assert not stage.heard(m.Jumped)
    assert not stage.heard(m.Withdrawn)
