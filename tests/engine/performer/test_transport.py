"""Play, stop, and clocks that somebody else leads."""

import pytest

from musiclstm.protocol import commands, telemetry
from tests.engine.fakes import FakeSession
from tests.engine.stage import Stage

EDGE = 0.002  # seconds: the scheduler's commit point


def test_stop_ends_every_note_and_play_goes_on_where_it_stopped() -> None:
    straight = Stage()
    straight.play()
    straight.run(8)

    stage = Stage()
    stage.play()
    stage.run(4)
    sounding = stage.sounding()
    assert sounding
    stage.do(commands.Stop())
    assert not stage.sounding()
    stage.run(3)
    resumed = stage.now
    stage.play()
    stage.run(4 - EDGE)
    # What sounded sounds again, and from there on it is the same music.
    assert stage.starts(resumed)[0][0] == pytest.approx(resumed, abs=2 * EDGE)
    later = stage.starts(resumed + 2 * EDGE)
    expected = [(t + 3 - EDGE, *rest) for t, *rest in straight.starts(4 + EDGE)]
    assert [(round(t, 4), *rest) for t, *rest in later] == [
        (round(t, 4), *rest) for t, *rest in expected if t <= stage.now
    ]


def test_what_is_about_to_end_does_not_sound_again() -> None:
    again, silent = 0, 0
    for number in range(40):
        stage = Stage(FakeSession(seed=number))
        stage.play()
        stage.run(2 + number * 0.0317)
        sounded = len(stage.sounding())
        stage.do(commands.Stop())
        resumed = stage.now
        stage.play()
        stage.run(0.5)
        first = [(t, x) for t, x in stage.notes() if resumed < t < resumed + 2 * EDGE and x[0] & 0xF0 == 0x90]
        for began, note in first:
            off = bytes((note[0] & 0x8F, note[1], 0))
            ends = [t for t, x in stage.notes() if x == off and t >= began]
            # An eighth of a beat at 120 a minute; 24 ticks a beat.
            assert not ends or ends[0] - began > 0.0625 - 0.5 / 24
        again += len(first)
        silent += sounded - len(first)
        assert stage.disagreement() == ""
    assert again > 40
    assert silent > 3


def test_tempo_moves_everything() -> None:
    stage = Stage()
    stage.play()
    stage.run(1)
    stage.do(commands.SetTempo(60.0))
    stage.run(2)
    assert stage.beat == pytest.approx(4.0)
    plain = Stage()
    plain.play()
    plain.run(2)
    assert [x for _, x in stage.notes()] == [x for _, x in plain.notes()]
    stage.do(commands.SetTempo(-3))
    assert isinstance(stage.telemetry[-1], telemetry.Notice)


def test_a_leader_starts_jumps_and_stops_it() -> None:
    stage = Stage()
    stage.clock.start(16.0)
    stage.plan()
    assert stage.performer.playing
    stage.run(3)
    place = stage.performer.state.beat_map
    assert stage.played_by_model()[0].beat >= 16.0
    assert place.offset % 4 == 0
    stage.clock.start(2.0)  # a jump to the third beat of a bar
    stage.plan()
    (jumped,) = (x for x in stage.telemetry if isinstance(x, telemetry.Jumped) and x.reason == "clock")
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
        stage.do(commands.SetTempo(120 + step % 3))
    assert not stage.emitted(telemetry.Jumped)
    assert not stage.emitted(telemetry.Withdrawn)
