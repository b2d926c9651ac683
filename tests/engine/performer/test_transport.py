"""Play, stop, and clocks that somebody else leads."""

import pytest

from musiclstm.engine.clock.base import ManualClock
from musiclstm.engine.scheduler.midi_clock import MidiClockSender
from musiclstm.gui.roll.model import RollModel
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


def heard(stage: Stage, since: float) -> list[tuple[float, bytes]]:
    """Notes of almost two seconds, by the time from `since` on."""
    return [(round(t - since, 5), x) for t, x in stage.notes() if since + 2 * EDGE < t < since + 1.9]


@pytest.mark.parametrize(("stop", "again"), [(10.0, 0.0), (10.65, 0.0), (10.0, 64.0), (10.65, 16.0)])
def test_after_a_leaders_start_each_moment_is_where_the_window_shows_it(stop: float, again: float) -> None:
    """Until now the roll drew over the passage before, and clicks led to other beats than those clicked."""
    stage, roll, taken = Stage(), RollModel(), 0

    def take() -> None:
        nonlocal taken
        for message in stage.telemetry[taken:]:
            roll.take(message, stage.now, stage.beat)
        taken = len(stage.telemetry)

    def at(time: float, low: float, high: float) -> float:
        """The beat at which the roll shows the note that started at that time."""
        pitches = {x[1] for t, x in stage.notes() if x[0] & 0xF0 == 0x90 and abs(t - time) < 1e-4}
        found = [x for x in stage.played() if x.time == pytest.approx(time, abs=1e-4)]
        assert pitches
        assert found
        beats = {note.beat for note in roll.between(low, high) if note.id in {x.id for x in found}}
        (beat,) = {round(beat, 3) for beat in beats}
        return beat

    stage.clock.start(0.0)
    stage.plan()
    stage.run(stop)
    take()
    stage.clock.stop()
    stage.plan()
    stage.run(1)
    began = stage.now
    stage.clock.start(again)
    stage.plan()
    take()
    shift = again - 2 * stop
    stage.run(8)  # 16 beats: in the bar where it began
    take()
    assert roll.played > 20
    (jumped,) = (x for x in stage.telemetry if isinstance(x, telemetry.Jumped))
    assert jumped.beat == again
    assert jumped.source == pytest.approx(2 * stop)
    first, second = ([t for t, *_ in stage.starts() if low < t < low + 3] for low in (5.0, began + 2))
    # The roll shows both passages, one after the other, as they were heard.
    for time in first:
        assert at(time, -100, again) == pytest.approx(2 * time + shift, abs=1e-3)
    for time in second:
        assert at(time, again, 200) == pytest.approx(2 * (time - began) + again, abs=1e-3)
    # And a click there leads there, first into the second passage, then into the first.
    jump = stage.now
    stage.do(commands.GoTo(again + 4))
    stage.run(2)
    assert heard(stage, jump)
    assert heard(stage, jump) == heard(stage, began + 2)
    jump = stage.now
    place = stage.beat
    stage.do(commands.GoTo(12 + shift))
    stage.run(2)
    (source,) = [x.source for x in stage.telemetry if isinstance(x, telemetry.Jumped) and x.beat >= place][-1:]
    assert source is not None
    assert abs(source - 12 - shift) <= 2  # at most half a bar away, for the bar lines
    assert heard(stage, jump)
    assert heard(stage, jump) == heard(stage, (source - shift) / 2 - EDGE)
    assert stage.disagreement() == ""


@pytest.mark.parametrize("beats", [1.0, 3.0, 40.0, -2.0])
@pytest.mark.parametrize("sends_first", [False, True])
def test_what_a_leader_jumps_over_is_not_heard_at_once(beats: float, sends_first: bool) -> None:
    """Whether the thread that sends or the one that plans hears of it first."""
    stage = Stage(FakeSession(seed=3))
    stage.do(commands.SetControl("horizon", 4.0), commands.SetControl("density", 1.0))
    stage.play()
    stage.run(2.0)
    jump = stage.now
    stage.clock.start(stage.beat + beats)
    if sends_first:
        stage.scheduler.run_until(jump + 0.01)
    stage.plan()
    stage.run(3.0)
    assert [each for each in stage.sent if each.time - each.due > 0.02] == []
    assert stage.starts(jump + 0.02)
    assert stage.disagreement() == ""
    stage.do(commands.Stop())
    assert not stage.sounding()


@pytest.mark.parametrize("nudge", [0.0, -60.0])
@pytest.mark.parametrize("count_in", [0, 1])
def test_the_first_beat_is_on_time_on_an_output_with_latency(count_in: int, nudge: float) -> None:
    """The clock starts once it can be: the first click came late, and several ticks of MIDI clock at once."""
    heard: list[list[tuple[float, bytes]]] = []
    ticks: list[list[float]] = []
    for latency in (0.0, 0.12):
        stage = Stage()
        stage.clock._ahead = 0.01  # as the clock of the instrument
        for port in (0, 1):
            stage.scheduler.set_output(port, stage.ports[port], latency)
        MidiClockSender(stage.scheduler, stage.clock, (1,))
        stage.do(*(commands.SetControl(*each) for each in (("count_in", count_in), ("nudge", nudge))))
        stage.do(commands.SetControl("metronome", True))
        stage.play()
        stage.run(5)
        begun = 0.01 + max(0.0, latency - nudge / 1000) + nudge / 1000 - latency
        heard.append([(round(t - begun, 6), x) for t, x in stage.notes() if x[0] & 0xF0 == 0x90 and t - begun < 4])
        found = [time - begun for time, message in stage.ports[1].sent if message == b"\xf8"]
        ticks.append([round(time, 6) for time in found[:24]])
    assert heard[0] == heard[1]
    assert heard[0][0][0] == 0.0
    assert ticks[0] == ticks[1]
    assert len(set(ticks[0])) == 24


class _Session(ManualClock):
    """As Link: it starts where the session's next bar does, up to a bar later, and others may stop it."""

    leads = False


@pytest.mark.parametrize("stopped", ["", "by a command", "by a peer"])
def test_nothing_is_played_before_the_bar_of_the_others(stopped: str) -> None:
    """What was held sounded again at once, and the past was out of order: Back went anywhere."""
    clock = _Session()
    stage, plain = Stage(FakeSession(seed=2), leader=clock), Stage(FakeSession(seed=2))
    for each in (stage, plain):
        each.play()
        each.run(7.7)
        each.do(commands.Stop())
    stood = plain.performer.edge()
    assert plain.session.context.sounding
    clock._ahead = 1.7
    if stopped:
        stage.play()
        stage.run(0.4)
        if stopped == "by a command":
            stage.do(commands.Stop())
        else:
            clock.stop()
            stage.plan()
        assert not stage.performer.playing
        assert stage.performer.edge() == stood
    pressed = stage.now, plain.now
    for each in (stage, plain):
        each.play()
    stage.run(1.7)
    for each in (stage, plain):
        each.run(6)
    begun = pressed[0] + 1.7, pressed[1]
    assert stage.starts(pressed[0])[0][0] == pytest.approx(begun[0])  # what was held sounds again
    later, straight = (
        [(round(t - since, 4), channel, pitch) for t, channel, pitch in each.starts(since + 0.01) if t < since + 5.9]
        for each, since in zip((stage, plain), begun, strict=True)
    )
    assert later == straight != []
    beats = [moment.beat for moment in stage.performer.state.time_machine.between(0.0, 100.0)]
    assert beats == sorted(beats)
    back = stage.now
    stage.do(commands.Back(2.0))
    stage.run(4)
    (jump,) = stage.emitted(telemetry.Jumped)
    assert isinstance(jump, telemetry.Jumped)
    assert jump.source == pytest.approx(jump.beat - 8.0)
    assert len(stage.starts(back)) > 4
