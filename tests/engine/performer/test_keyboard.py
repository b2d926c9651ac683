"""What a key or pedal does: thru, the model that reads it, the part it goes to."""

from collections.abc import Callable

import pytest

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


def window_key(stage: Stage, pitch: int, velocity: int) -> None:
    stage.do(commands.PlayerNote(pitch, velocity))


def channel_one(stage: Stage, pitch: int, velocity: int) -> None:
    stage.key(pitch, velocity, channel=1)


@pytest.mark.parametrize("thru", [True, False])
@pytest.mark.parametrize("first_up", [0, 1])
@pytest.mark.parametrize("other", [channel_one, window_key])
def test_a_note_that_two_keys_play_ends_with_the_last(
    other: Callable[[Stage, int, int], None], first_up: int, thru: bool
) -> None:
    """On two channels, or in the window and on an instrument."""
    stage = stage_in_mode("accompany", fakes.SATB, commands.SetControl("thru", thru))
    stage.run(1)
    hands = [Stage.key, other]
    for strike in hands:
        strike(stage, SOPRANO, 80)
        stage.run(0.5)
    assert stage.sounding()[0, 0, SOPRANO] == thru  # a synth that does not count would stop at the first end
    hands[first_up](stage, SOPRANO, 0)
    stage.run(0.5)
    assert stage.sounding()[0, 0, SOPRANO] == thru
    assert (0, SOPRANO) in stage.session.context.sounding
    assert len(stage.performer.state.person.keys) == 1
    assert stage.disagreement() == ""
    hands[1 - first_up](stage, SOPRANO, 0)
    assert (0, SOPRANO) not in stage.performer.state.history.voices()
    assert not stage.performer.state.person.keys
    assert stage.disagreement() == ""
    played = [note for note in stage.telemetry if isinstance(note, telemetry.Played) and note.by_person]
    # It is struck again, and ends once.
    assert [note.time for note in played if not note.velocity] == pytest.approx([1.5, stage.now])


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


def controllers(stage: Stage, since: int = 0) -> list[tuple[int, ...]]:
    """What was sent but notes."""
    return [tuple(x) for _, x in stage.messages()[since:] if x[0] & 0xE0 != 0x80]


MOVED = [
    (0xB0, 64, 127),
    (0xB0, 64, 30),  # half a pedal
    (0xB0, 66, 127),
    (0xB0, 67, 127),
    (0xB0, 69, 127),
    (0xB0, 1, 80),
    (0xB0, 11, 5),
    (0xE0, 0, 127),
    (0xD0, 90),
    (0xA0, 60, 90),
]
AT_REST = [
    (0xB0, 64, 0),
    (0xB0, 64, 0),
    (0xB0, 66, 0),
    (0xB0, 67, 0),
    (0xB0, 69, 0),
    (0xB0, 1, 0),
    (0xB0, 11, 127),
    (0xE0, 0, 64),
    (0xD0, 0),
    (0xA0, 60, 0),
]


@pytest.mark.parametrize(("moved", "rest"), list(zip(MOVED, AT_REST, strict=True)))
def test_whatever_the_person_moved_goes_to_rest_where_it_was_moved(
    moved: tuple[int, ...], rest: tuple[int, ...]
) -> None:
    reset, channel_5 = (0xB2, 121, 0), commands.SetPart(0, channel=5)
    on_channel_2 = (moved[0] | 2, *moved[1:])
    ends: tuple[Callable[[Stage], None], ...] = (
        lambda stage: stage.performer.release_keys(stage.now),
        lambda stage: stage.do(commands.Panic()),
        lambda stage: stage.midi(*reset),
    )
    for end in ends:
        stage = stage_in_mode("accompany")
        stage.midi(*on_channel_2)
        stage.do(channel_5)
        count = len(stage.messages())
        end(stage)
        assert controllers(stage, count)[0] == rest
        # And once only.
        count = len(stage.messages())
        stage.performer.release_keys(stage.now)
        assert not controllers(stage, count)


def test_stop_lifts_the_pedals_and_leaves_the_wheels() -> None:
    stage = stage_in_mode("accompany")
    for message in MOVED:
        stage.midi(*message)
    count = len(stage.messages())
    stage.do(commands.Stop())
    assert {each[1] for each in controllers(stage, count)} == {64, 66, 67, 69}


def test_a_wheel_moves_where_the_part_is_now() -> None:
    stage = stage_in_mode("accompany")
    stage.midi(0xE0, 0, 100)
    stage.do(commands.SetPart(0, channel=5))
    count = len(stage.messages())
    stage.midi(0xE0, 0, 101)
    stage.midi(0xE0, 0, 64)
    assert controllers(stage, count) == [(0xE0, 0, 64), (0xE5, 0, 101), (0xE5, 0, 64)]


def test_in_continue_the_model_stops_when_the_input_with_the_pedal_is_gone() -> None:
    for thru in (True, False):
        stage = stage_in_mode(
            "continue", fakes.SATB, commands.SetControl("rest", 4.0), commands.SetControl("thru", thru)
        )
        stage.run(0.5)
        stage.midi(0xB0, 64, 127)
        stage.run(2)
        assert stage.played_by_model()
        gone = stage.now
        stage.performer.release_keys(gone)
        stage.run(0.01)
        assert not stage.sounding()
        stage.run(1.9)
        assert not stage.played_by_model(gone + 0.01)
        stage.run(3)
        assert stage.played_by_model(gone + 0.01), "as after any silence"


CHANNEL_MODES = range(120, 128)


@pytest.mark.parametrize("mode", ["solo", "accompany", "continue", "harmonise"])
def test_channel_mode_messages_at_the_start_change_nothing(mode: str) -> None:
    plain, other = stage_in_mode(mode), stage_in_mode(mode)
    for stage in (plain, other):
        stage.run(2.5)
        for channel in range(16 if stage is other else 0):
            for number in CHANNEL_MODES:
                stage.midi(0xB0 | channel, number, 0)
                stage.midi(0xB0 | channel, number, 127)
        stage.run(2.5)
    assert plain.messages() == other.messages()


@pytest.mark.parametrize("number", CHANNEL_MODES)
def test_channel_mode_messages_end_the_persons_keys_of_their_channel(number: int) -> None:
    stage = stage_in_mode("accompany", fakes.SATB, commands.SetPart(0, channel=1))
    stage.run(2)
    stage.key(SOPRANO, channel=0)
    stage.key(SOPRANO + 3, channel=4)
    stage.midi(0xB0, 64, 127)
    before = stage.sounding()
    stage.midi(0xB0, number, 0)
    lost = set(before - stage.sounding())
    ends = number not in (121, 122)
    assert lost == ({(0, 1, SOPRANO)} if ends else set())
    assert set(stage.performer.state.person.keys) == ({(4, SOPRANO + 3)} if ends else {(0, SOPRANO), (4, SOPRANO + 3)})
    assert not [x for x in controllers(stage) if x[0] & 0xF0 == 0xB0 and x[1] >= 120]
    pedal = {120: [127, 0, 127], 121: [127, 0]}.get(number, [127])
    assert [x[2] for x in controllers(stage) if x[0] & 0xF0 == 0xB0] == pedal
    stage.run(2)
    assert stage.disagreement() == ""


def test_channel_mode_messages_are_not_learnt() -> None:
    stage = Stage()
    stage.do(commands.Learn("density"))
    for number in CHANNEL_MODES:
        stage.midi(0xB0, number, 127)
    stage.midi(0xB0, 119, 127)
    assert stage.performer.state.midi_map.text("density") == "CC 119 ch 1"


def test_reset_all_controllers_leaves_volume_pan_and_bank() -> None:
    stage = Stage()
    for number in (0, 7, 10, 32, 74, 91):
        stage.midi(0xB0, number, 99)
    count = len(stage.messages())
    stage.midi(0xB0, 121, 0)
    assert not controllers(stage, count)


def test_what_is_no_whole_message_does_nothing() -> None:
    stage = stage_in_mode("accompany")
    stage.run(1)
    count = len(stage.sent)
    cut = ("", "90", "90 3c", "90 3c 50 40", "90 80 50", "b0 40", "3c 50", "f0 7e", "f7", "f4", "c0", "e0 00", "f8")
    for text in cut:
        stage.performer.received(bytes.fromhex(text), stage.now)
    assert len(stage.sent) == count
