"""What a key or pedal does: thru, the model that reads it, the part it goes to."""

from musiclstm.protocol import commands, telemetry
from tests.engine import fakes
from tests.engine.stage import Stage, stage_in_mode

SOPRANO = 72  # a pitch in its range


def test_what_the_person_plays_sounds_at_once_and_in_order() -> None:
    stage = stage_in_mode("accompany")
    stage.run(2)
    already = len(stage.messages())
    sent = [(0x90, 72, 80), (0x90, 76, 70), (0x80, 72, 0), (0xB0, 1, 9), (0xE0, 3, 4), (0x80, 76, 0)]
    for message in sent:
        stage.performer.received(bytes(message), stage.now)
    mine = [tuple(x) for _, x in stage.messages()[already:] if x[0] & 0x0F == 0]
    assert mine == sent
    assert {round(time, 9) for time, x in stage.messages()[already:] if x[0] & 15 == 0} == {2.0}


def test_without_thru_it_is_silent_and_the_model_reads_it() -> None:
    stage = stage_in_mode("accompany", fakes.SATB, commands.SetControl("thru", False))
    stage.run(1)
    stage.key(SOPRANO)
    assert not stage.sounding()[0, 0, SOPRANO]
    assert (0, SOPRANO) in stage.session.context.sounding
    assert [x.pitch for x in stage.played() if x.by_person] == [SOPRANO]
    stage.do(commands.SetControl("thru", True))
    stage.key(SOPRANO, 0)
    stage.run(1)
    assert (0, SOPRANO) not in stage.performer.state.history.voices()
    assert stage.disagreement() == ""


def test_a_standing_instrument_is_a_keyboard() -> None:
    stage = Stage()
    stage.key(60, 99)
    stage.do(commands.PlayerNote(64, 80))
    assert set(stage.sounding()) == {(0, 0, 60), (0, 0, 64)}
    assert stage.performer.person_plays
    stage.key(60, 0)
    stage.do(commands.PlayerNote(64, 0))
    assert not stage.sounding()
    assert stage.session.tick == 0


def test_a_pedal_comes_up_where_it_went_down() -> None:
    stage = stage_in_mode("accompany")
    stage.midi(0xB0, 64, 127)
    stage.do(commands.SetPart(0, channel=5))
    stage.midi(0xB0, 64, 0)
    pedals = [tuple(x) for _, x in stage.messages() if x[0] & 0xF0 == 0xB0]
    assert pedals == [(0xB0, 64, 127), (0xB0, 64, 0), (0xB5, 64, 0)]
    stage.midi(0xB0, 64, 127)
    stage.do(commands.Stop())
    assert stage.messages()[-1][1] == bytes((0xB5, 64, 0))


def test_a_persons_note_is_read_as_it_happens_and_replans() -> None:
    stage = stage_in_mode("accompany")
    stage.run(3.33)
    count = len(stage.telemetry)
    stage.key(SOPRANO, 90)
    assert any(isinstance(x, telemetry.Withdrawn) for x in stage.telemetry[count:])
    step = next(s for s in stage.performer.state.history.steps if s.event.pitch == SOPRANO)
    assert step.tick == round(3.33 * 2 * 24)
    assert step.event.velocity == 90
    assert stage.performer.state.beat_map.end >= stage.beat + 1  # planned on at once
    stage.run(2)
    # The model has the other parts, and does not end the person's note.
    assert {x.part for x in stage.played_by_model(3.34)} <= {1, 2, 3}
    assert stage.sounding()[0, 0, SOPRANO] == 1
    stage.key(SOPRANO, 0)
    assert stage.disagreement() == ""


def test_with_one_part_both_share_it() -> None:
    stage = stage_in_mode("accompany", fakes.PIANO)
    stage.run(2)
    stage.key(61)
    for _ in range(40):
        stage.run(0.1)
        assert stage.sounding()[0, 0, 61] == 1
        assert stage.disagreement() == ""
    assert stage.played_by_model(2.1)
    stage.key(61, 0)
    assert stage.sounding()[0, 0, 61] == 0


def test_in_solo_the_person_is_only_heard() -> None:
    alone, together = stage_in_mode("solo"), stage_in_mode("solo")
    for stage in (alone, together):
        stage.run(2)
    together.key(62, 80, channel=9)
    together.run(1)
    together.key(62, 0, channel=9)
    for stage in (alone, together):
        stage.run(3 if stage is alone else 2)
    one, other = ([(x.time, x.pitch) for x in stage.played_by_model()] for stage in (alone, together))
    assert one == other


def test_a_part_that_is_the_persons_is_left_to_them() -> None:
    stage = stage_in_mode("solo", fakes.SATB, commands.SetPart(3, mode="input", channel=5))
    stage.run(3)
    assert 3 not in {x.part for x in stage.played_by_model()}
    stage.key(40)
    assert stage.sounding()[0, 5, 40] == 1
    assert (3, 40) in stage.session.context.sounding
    assert stage.performer.part_modes == ("auto", "auto", "auto", "input")


def test_chord_lock_follows_the_left_hand() -> None:
    stage = stage_in_mode("solo", fakes.SATB, commands.SetControl("chord_lock", True))
    stage.run(1)
    for pitch in (48, 52, 55):
        stage.key(pitch, channel=8)
    now = stage.now
    stage.run(6)
    # 3 ms are committed already.
    assert {x.pitch % 12 for x in stage.played_by_model(now + 0.004)} == {0, 4, 7}
    for pitch in (48, 52, 55):
        stage.key(pitch, 0, channel=8)
    now = stage.now
    stage.run(6)
    assert len({x.pitch % 12 for x in stage.played_by_model(now + 0.004)}) > 5


def test_keys_and_pedals_of_an_input_that_is_gone_come_up() -> None:
    stage = stage_in_mode("continue", fakes.SATB, commands.SetControl("rest", 1.0))
    stage.run(1)
    stage.key(60)
    stage.key(SOPRANO)
    stage.midi(0xB0, 64, 127)
    stage.run(5)
    assert not stage.played_by_model(since=1.5), "the person holds keys, so it waits"
    gone = stage.now
    stage.performer.release_keys(gone)
    assert not stage.sounding()
    assert [tuple(x)[1:] for _, x in stage.messages() if x[0] & 0xF0 == 0xB0][-1] == (64, 0)
    assert not stage.performer.person_plays
    stage.run(5)
    assert stage.played_by_model(since=gone), "it takes over, as after any silence"
    assert stage.disagreement() == ""


def test_an_input_that_is_gone_changes_nothing_while_no_key_is_held() -> None:
    one, other = stage_in_mode("accompany"), stage_in_mode("accompany")
    for stage in (one, other):
        stage.run(3)
    one.performer.release_keys(one.now)
    for stage in (one, other):
        stage.run(3)
    assert one.messages() == other.messages()


def test_keys_held_while_it_stands_come_up_too() -> None:
    stage = Stage()
    stage.key(60)
    stage.performer.release_keys(stage.now)
    assert not stage.sounding()
