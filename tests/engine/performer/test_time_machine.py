"""The time machine: how much of the past it keeps."""

from musiclstm.engine.performer.time_machine import EVENTS, TimeMachine
from musiclstm.protocol import commands
from tests.engine.fakes import FakeSession
from tests.engine.stage import Stage


def test_the_ring_keeps_an_hour_and_no_more() -> None:
    time_machine = TimeMachine(moments=100, seconds=30.0)
    snapshot = FakeSession().snapshot()
    for beat in range(1000):
        time_machine.add(float(beat), 0.0, beat * 0.1, snapshot, ())
    assert len(time_machine) == 100
    for beat in range(1000, 1200):
        time_machine.add(float(beat), 0.0, 100 + (beat - 1000) * 0.5, snapshot, ())
    # An eviction a moment, until those that are left are young enough.
    assert time_machine.oldest is not None
    assert len(time_machine) <= 100
    moment = time_machine.at(1150.7)
    assert moment is not None
    assert time_machine.beat_of(moment) == 1150.0
    before = time_machine.at(0.0)
    assert before is not None
    assert time_machine.beat_of(before) == time_machine.oldest


def test_a_moment_keeps_a_bounded_number_of_events() -> None:
    stage = Stage()
    time_machine = stage.performer.state.time_machine
    stage.do(commands.SetControl("mode", "accompany"))
    stage.play()
    for _ in range(EVENTS):
        stage.performer.received(bytes((0x90, 70, 1)), stage.now)
        stage.performer.received(bytes((0x80, 70, 1)), stage.now)
    stage.run(0.2)
    moment = time_machine.at(stage.beat)
    assert moment is not None
    assert len(moment.packed_log) == EVENTS


def test_relabelled_beats_are_found() -> None:
    time_machine = TimeMachine()
    snapshot = FakeSession().snapshot()
    for beat in range(10):
        time_machine.add(float(beat), 0.0, 0.0, snapshot, ())
    time_machine.relabel(-9.0)
    assert time_machine.oldest == -9.0
    moment = time_machine.at(-4.5)
    assert moment is not None
    assert (time_machine.beat_of(moment), time_machine.offset_of(moment)) == (-5.0, -9.0)
