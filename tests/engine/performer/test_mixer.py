"""Volume, mute and solo: they change what is heard, and nothing that is played."""

from __future__ import annotations

from random import Random

import pytest

from musiclstm.engine.ports.base import NullPort
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.commands import SetPart
from tests.engine.fakes import FakeSession
from tests.engine.stage import Stage


def volumes(stage: Stage, port: int = 0) -> list[tuple[int, int]]:
    """(channel, value) of each CC 7 that was sent."""
    return [(m[0] & 15, m[2]) for _, m in stage.messages(port) if m[0] & 0xF0 == 0xB0 and m[1] == 7]


def told(stage: Stage) -> list[telemetry.PartChanged]:
    return [each for each in stage.telemetry if isinstance(each, telemetry.PartChanged)]


def heard(stage: Stage, channels: set[int], since: float) -> list[tuple[float, int, int]]:
    return [note for note in stage.starts(since) if note[1] in channels]


@pytest.mark.parametrize("change", [SetPart(2, mute=True), SetPart(2, mode="muted")])
def test_a_muted_part_falls_silent_at_once_and_comes_back_in_place(change: SetPart) -> None:
    stage, plain = Stage(), Stage()
    for each in (stage, plain):
        each.play()
        each.run(2)
    while not any(channel == 2 for _, channel, _ in stage.sounding()):
        stage.run(0.1)
        plain.run(0.1)
    muted = stage.now
    stage.do(change)
    stage.run(0.01)
    assert not any(channel == 2 for _, channel, _ in stage.sounding())
    stage.run(3.99)
    unmuted = stage.now
    stage.do(SetPart(2, mute=False))
    stage.run(4)
    plain.run(8)
    assert heard(stage, {0, 1, 3}, muted) == heard(plain, {0, 1, 3}, muted)
    assert not [note for note in heard(stage, {2}, muted) if note[0] < unmuted]
    assert heard(stage, {2}, unmuted + 0.01) == heard(plain, {2}, unmuted + 0.01) != []
    assert stage.disagreement() == ""


def test_muting_keeps_who_plays_the_part() -> None:
    stage = Stage()
    stage.do(SetPart(1, mode="follow", source=0), SetPart(1, mute=True))
    assert stage.performer.part_modes[1] == "muted"
    stage.do(SetPart(1, mute=False))
    assert stage.performer.part_modes[1] == "follow"
    # As older presets and OSC clients say it.
    stage.do(SetPart(1, mode="muted"), SetPart(1, mode="auto"))
    assert not stage.performer.steering.parts[1].mute


def test_solo_silences_the_others_and_says_so() -> None:
    stage, plain = Stage(), Stage()
    for each in (stage, plain):
        each.play()
        each.run(2)
    stage.do(SetPart(0, solo=True), SetPart(3, solo=True), SetPart(3, mute=True))
    parts = {each.part: each for each in told(stage)}
    assert [parts[part].silent for part in range(4)] == [False, True, True, True]
    stage.run(4)
    plain.run(4)
    assert {channel for _, channel, _ in stage.starts(2.01)} == {0}
    assert heard(stage, {0}, 2.01) == heard(plain, {0}, 2.01)
    stage.do(SetPart(0, solo=False), SetPart(3, solo=False, mute=False))
    stage.run(4)
    plain.run(4)
    assert stage.starts(6.1) == plain.starts(6.1)


def test_the_persons_notes_are_heard_in_a_muted_part() -> None:
    stage = Stage()
    stage.do(commands.SetControl("mode", "accompany"), SetPart(0, mute=True), SetPart(1, solo=True))
    stage.play()
    stage.run(1)
    stage.key(60)
    assert (0, 0, 60) in stage.sounding()


def test_no_volume_is_sent_until_one_is_set() -> None:
    stage = Stage()
    stage.play()
    stage.do(SetPart(0, program=3), SetPart(1, channel=5))
    stage.performer.send_programs()
    assert not volumes(stage)
    stage.do(SetPart(0, volume=64))
    assert volumes(stage) == [(0, 64)]
    assert told(stage)[-1].volume == 64


def test_the_volume_goes_along_and_is_sent_again_to_a_new_output() -> None:
    stage = Stage()
    stage.do(SetPart(0, volume=64), SetPart(0, channel=7))
    assert volumes(stage)[1:] == [(0, 100), (7, 64)]
    stage.do(SetPart(0, port="second"))
    assert volumes(stage, 1) == [(7, 64)]
    before = len(volumes(stage, 1))
    stage.scheduler.set_output(0, NullPort())
    stage.performer.send_programs()
    assert volumes(stage, 1)[before:] == [(7, 64)]


def test_another_model_begins_with_the_usual_volume() -> None:
    stage = Stage()
    stage.do(SetPart(0, volume=3))
    session = FakeSession(seed=3)
    parts = tuple((part.name, part.program, part.channel) for part in session.vocabulary.parts)
    stage.performer.load(session, telemetry.Loaded("b", "B", parts, 28, 96, 1, 1, "beats", 4.0))
    assert volumes(stage) == [(0, 3), (0, 100)]


def test_parts_of_one_channel_share_its_volume() -> None:
    stage = Stage()
    stage.do(SetPart(0, volume=64), SetPart(1, channel=0))
    assert stage.performer.steering.parts[1].volume == 64
    stage.do(SetPart(1, volume=20))
    assert stage.performer.steering.parts[0].volume == 20
    assert {(each.part, each.volume) for each in told(stage)[-2:]} == {(0, 20), (1, 20)}
    assert volumes(stage) == [(0, 64), (0, 20)]


def test_a_restarted_engine_sends_the_volumes_again() -> None:
    stage, other = Stage(), Stage()
    stage.do(SetPart(2, volume=30), SetPart(1, mute=True), SetPart(0, solo=True))
    other.performer.resume(stage.performer.checkpoint())
    assert volumes(other) == [(2, 30)]
    assert [part.silent for part in told(other)[-4:]] == [False, True, True, True]


def test_a_knob_mutes_solos_and_turns_the_volume() -> None:
    stage = Stage()
    for number, target in enumerate(("mute.2", "solo.1", "volume.3", "volume.9")):
        stage.do(commands.Learn(target))
        stage.midi(0xB0, 20 + number, 127)
        stage.midi(0xB0, 20 + number, 0)
    stage.midi(0xB0, 22, 64)
    stage.midi(0xB0, 20, 127)
    stage.midi(0xB0, 21, 127)
    stage.midi(0xB0, 23, 127)  # this model has no such part
    parts = stage.performer.steering.parts
    assert (parts[1].mute, parts[0].solo, parts[2].volume) == (True, True, 64)
    assert volumes(stage)[-1] == (2, 64)


def test_a_volume_out_of_range_is_refused() -> None:
    stage = Stage()
    stage.do(SetPart(0, volume=128))
    assert not volumes(stage)
    assert "volume" in str(stage.emitted(telemetry.Notice)[-1])


@pytest.mark.parametrize("seed", range(20))
def test_mute_and_solo_in_any_order_change_nothing_that_is_played(seed: int) -> None:
    """Whatever was muted when: what is heard is a part of what would have been, and afterwards all of it."""
    chance = Random(seed)
    stage, plain = Stage(FakeSession(seed=seed)), Stage(FakeSession(seed=seed))
    for each in (stage, plain):
        each.play()
    for _ in range(15):
        part = chance.randrange(4)
        stage.do(chance.choice((SetPart(part, mute=chance.random() < 0.5), SetPart(part, solo=chance.random() < 0.5))))
        wait = chance.choice((0.0, 0.004, 0.3, 1.0))
        stage.run(wait)
        plain.run(wait)
        assert stage.disagreement() == ""
        silent = {part for part in range(4) if stage.performer.steering.silent(part)}
        assert not [key for key in stage.sounding() if key[1] in silent and wait > 0.1]
    stage.do(*(SetPart(part, mute=False, solo=False) for part in range(4)))
    then = stage.now
    stage.run(4)
    plain.run(4)
    assert set(stage.starts()) <= set(plain.starts())
    assert stage.starts(then + 0.01) == plain.starts(then + 0.01)
    stage.do(commands.Stop())
    assert not stage.sounding()
