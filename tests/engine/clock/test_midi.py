"""MIDI clock, followed and sent."""

import math
from itertools import pairwise

import pytest

from musiclstm.engine.clock.base import Change, ClockChange, ManualClock
from musiclstm.engine.clock.midi import MidiClockFollower
from musiclstm.engine.scheduler.midi_clock import MidiClockSender
from musiclstm.engine.scheduler.scheduler import Scheduler
from musiclstm.music.timeline import Timeline
from tests.engine.clock.made_up import in_blocks, steady
from tests.engine.fakes import RecordingPort

TICK, START, CONTINUE, STOP = b"\xf8", b"\xfa", b"\xfb", b"\xfc"


class Leader:
    """Feeds a follower, and gives it the time."""

    def __init__(self, tempo: float = 120) -> None:
        self.now = 10.0
        self.period = 60 / tempo / 24
        self.clock = MidiClockFollower(now=lambda: self.now)
        self.told: list[ClockChange] = []
        self.clock.subscribe(self.told.append)

    def say(self, message: bytes) -> None:
        assert self.clock.feed(message, self.now)

    def tick(self, count: int = 1) -> None:
        for _ in range(count):
            self.say(TICK)
            self.now += self.period

    @property
    def beat(self) -> float:
        return self.clock.timeline.beat_at(self.now)

    def runs(self) -> bool:
        return self.clock.running

    def locked(self) -> bool:
        return self.clock.locked

    def kinds(self) -> list[Change]:
        return [each.change for each in self.told if each.change is not Change.TEMPO]


def test_start_makes_the_next_tick_beat_0() -> None:
    leader = Leader()
    leader.say(START)
    assert not leader.runs()
    leader.tick(49)
    assert leader.runs()
    assert leader.locked()
    assert leader.beat == pytest.approx(49 / 24, abs=1e-3)
    assert leader.clock.timeline.tempo == pytest.approx(120, rel=1e-3)
    assert leader.kinds() == [Change.START, Change.LOCK]


def test_a_leader_that_ticks_while_stopped_starts_on_time() -> None:
    leader = Leader()
    leader.tick(48)
    assert not leader.runs()
    leader.now -= leader.period / 2
    leader.say(START)
    # Half a tick before its first beat: what is due then can leave then.
    assert leader.runs()
    assert leader.beat == pytest.approx(-0.5 / 24, abs=1e-3)
    leader.now += leader.period / 2
    leader.tick(24)
    assert leader.beat == pytest.approx(1, abs=1e-3)


def test_stop_and_continue() -> None:
    leader = Leader()
    leader.say(START)
    leader.tick(30)
    leader.say(STOP)
    leader.now += 3
    assert not leader.runs()
    leader.say(CONTINUE)
    leader.tick(18)
    assert leader.beat == pytest.approx(2, abs=2e-3)
    assert [kind for kind in leader.kinds() if kind is not Change.LOCK] == [Change.START, Change.STOP, Change.START]


def test_song_position() -> None:
    leader = Leader()
    leader.say(bytes((0xF2, 0x10, 0x01)))  # 144 sixteenths
    leader.say(CONTINUE)
    leader.tick(24)
    assert leader.beat == pytest.approx(37, abs=1e-3)


def position(sixteenths: int) -> bytes:
    return bytes((0xF2, sixteenths & 0x7F, sixteenths >> 7))


@pytest.mark.parametrize("before_stop", [True, False])
@pytest.mark.parametrize("silent", [0.0, 0.05, 3.0])
@pytest.mark.parametrize("ticking", [True, False])
def test_a_song_position_counts_for_the_next_continue(*, before_stop: bool, silent: float, ticking: bool) -> None:
    leader = Leader()
    leader.say(START)
    leader.tick(100)
    for message in (position(144), STOP) if before_stop else (STOP, position(144)):
        leader.say(message)
    if ticking:
        leader.tick(round(silent / leader.period))
    else:
        leader.now += silent
    leader.say(CONTINUE)
    leader.tick(24)
    assert leader.beat == pytest.approx(37, abs=2e-3)
    leader.say(STOP)
    leader.say(CONTINUE)  # the position has been used
    leader.tick(24)
    assert leader.beat == pytest.approx(38, abs=2e-3)


def test_a_song_position_before_start_does_not_count() -> None:
    leader = Leader()
    leader.say(position(144))
    leader.say(START)
    leader.tick(24)
    leader.say(STOP)
    leader.say(CONTINUE)
    leader.tick(24)
    assert leader.beat == pytest.approx(2, abs=2e-3)


def test_a_song_position_while_it_plays_moves_nothing_until_continue() -> None:
    leader = Leader()
    leader.say(START)
    leader.tick(24)
    leader.say(position(144))
    leader.tick(24)
    assert leader.beat == pytest.approx(2, abs=2e-3)
    leader.say(CONTINUE)
    leader.tick(24)
    assert leader.beat == pytest.approx(37, abs=2e-3)


def test_continue_while_it_plays_goes_on() -> None:
    leader = Leader()
    leader.tick(40)
    leader.clock.start(8)
    leader.tick(24)
    leader.say(CONTINUE)
    leader.tick(24)
    assert leader.beat == pytest.approx(10, abs=2e-3)
    assert leader.kinds().count(Change.START) == 1


@pytest.mark.parametrize("periods", [2.0, 3.0, 5.0, 7.5, 12.0])
def test_a_pause_before_a_start_is_no_loss(periods: float) -> None:
    leader = Leader()
    leader.say(START)
    leader.tick(96)
    leader.say(STOP)
    leader.now += (periods - 1) * leader.period
    leader.say(START)
    leader.tick(240)
    assert leader.beat == pytest.approx(10, abs=2e-3)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf")])
def test_a_time_that_is_no_number_is_now(wrong: float) -> None:
    leader = Leader()
    leader.say(START)
    leader.tick(48)
    assert leader.clock.feed(TICK, wrong)
    leader.now += leader.period
    leader.tick(47)
    assert leader.beat == pytest.approx(4, abs=2e-3)
    assert leader.locked()


@pytest.mark.parametrize("message", [b"", b"\xf2", b"\xf2\x10"])
def test_an_incomplete_message_is_ignored(message: bytes) -> None:
    assert not MidiClockFollower().feed(message, 0.0)


@pytest.mark.parametrize(
    ("tempo", "block"), [(114.0, 512 / 48000), (120.0, 1024 / 48000), (300.0, 0.025), (20.0, 0.016)]
)
def test_a_leader_whose_messages_arrive_in_blocks(tempo: float, block: float) -> None:
    """114 BPM in blocks of 512 frames was followed at 117.6, and was 2.4 beats ahead after half a minute."""
    now = 0.0
    follower = MidiClockFollower(now=lambda: now)
    true = steady(tempo, 30)
    for number, (moment, now) in enumerate(zip(true, in_blocks(true, block, 0.3), strict=True)):
        if number == 5:
            follower.feed(START, now)
        follower.feed(TICK, now)
        if moment > true[0] + 3:
            ahead = follower.timeline.beat_at(moment) - (number - 5) / 24
            assert abs(ahead) * 60 / tempo < block / 2 + 0.002
    assert follower.timeline.tempo == pytest.approx(tempo, rel=0.002)
    assert follower.locked


def test_it_joins_a_running_leader() -> None:
    leader = Leader()
    leader.tick(40)
    leader.clock.start(8)
    leader.tick(24)
    assert leader.beat == pytest.approx(9, abs=1e-3)
    leader.clock.stop()
    assert not leader.runs()


def test_without_ticks_it_continues_and_is_not_locked() -> None:
    leader = Leader()
    leader.say(START)
    leader.tick(48)
    leader.now += 5
    assert leader.runs()
    assert not leader.locked()
    assert leader.beat == pytest.approx(12, abs=0.01)


def test_other_messages_are_ignored() -> None:
    follower = MidiClockFollower()
    assert not follower.feed(b"\x90\x3c\x40", 0.0)
    assert not follower.feed(b"\xfe", 0.0)


def test_only_the_leader_sets_the_tempo() -> None:
    leader = Leader(90)
    leader.say(START)
    leader.tick(48)
    leader.clock.set_tempo(200)
    assert leader.clock.timeline.tempo == pytest.approx(90, rel=1e-3)


# -- leading


@pytest.mark.parametrize(("quantum", "beat"), [(4.0, 8.0), (3.0, 7.5), (4.0, 0.3)])
@pytest.mark.parametrize("position", [None, 144])
def test_play_joins_a_leader_that_plays_on_in_its_bar(position: int | None, quantum: float, beat: float) -> None:
    """It came in at the next tick, off the beat of what the leader played."""
    leader = Leader()
    leader.clock.set_quantum(quantum)
    if position is not None:
        leader.say(bytes((0xF2, position & 0x7F, position >> 7)))
    leader.say(START if position is None else CONTINUE)
    leader.tick(24 * 9 + 5)
    leader.clock.stop()
    leader.tick(24 * 2 + 7)
    pressed = leader.now
    leader.clock.start(beat, 0.05)
    (start,) = (each for each in leader.told[-1:] if each.change is Change.START)
    assert start.beat == beat
    assert pressed + 0.05 - 1e-6 <= start.time < pressed + 0.05 + 60 / 120 * quantum
    leader.tick(24 * 8)
    theirs = (position or 0) / 4 + 9 + 2 + 8 + 12 / 24
    assert math.remainder(leader.beat - theirs, quantum) == pytest.approx(0.0, abs=1e-3)
    # A leader that has stopped is nowhere, though it ticks on.
    leader.clock.stop()
    leader.say(STOP)
    leader.tick(5)
    leader.clock.start(beat)
    leader.tick(24)
    assert leader.beat == pytest.approx(beat + 1, abs=2e-3)


def test_a_leader_that_continues_is_followed_from_where_it_stopped_itself() -> None:
    """Not from where the person had stopped before, which is another place in the bar."""
    leader = Leader()
    leader.say(START)
    leader.tick(24 * 9 + 10)
    leader.clock.stop()
    leader.tick(24 * 3)
    leader.say(STOP)
    leader.now += 2
    leader.say(CONTINUE)
    leader.tick(24)
    assert leader.beat == pytest.approx(13 + 10 / 24, abs=2e-3)


@pytest.mark.parametrize("pause", [0.013, 0.7, 2.31])
@pytest.mark.parametrize("first", ["play", "ticks"])
def test_a_follower_after_a_crash_finds_the_leader_again(first: str, pause: float) -> None:
    """It came in at the next tick, wherever the leader was."""
    leader = Leader(97)
    assert leader.clock.leader() is None
    leader.say(START)
    leader.tick(24 * 9 + 5)
    place = leader.clock.leader()
    assert place is not None
    ticks = round(pause / leader.period)
    leader.now += ticks * leader.period
    after = MidiClockFollower(97, now=lambda: leader.now)
    after.expect(place)
    leader.clock = after
    if first == "play":
        after.start(8.3)
        leader.tick()
    else:
        leader.tick()
        after.start(8.3)
    leader.tick(24 * 8)
    theirs = 9 + 8 + (5 + ticks + 1) / 24
    assert after.running
    assert math.remainder(leader.beat - theirs, 4.0) == pytest.approx(0.0, abs=2e-3)
    leader.say(STOP)
    assert after.leader() is None


def played(clock: ManualClock, port: RecordingPort) -> list[tuple[float, bytes]]:
    return [(round(time, 6), message) for time, message in port.sent]


def test_it_sends_24_ticks_a_quarter_and_start_and_stop() -> None:
    clock, port = ManualClock(60), RecordingPort()
    scheduler = Scheduler(clock, [port])
    sender = MidiClockSender(scheduler, clock, [0])
    clock.start()
    scheduler.run_until(0.999)
    clock.set_tempo(120)
    scheduler.run_until(1.499)
    clock.stop()
    scheduler.run_until(9)
    sent = played(clock, port)
    assert [sent[0], sent[-1]] == [(0, START), (1.499, STOP)]
    ticks = [time for time, message in sent if message == TICK]
    assert ticks[:24] == pytest.approx([number / 24 for number in range(24)], abs=1e-5)
    assert len(ticks) == 48
    sender.close()
    assert len(port.sent) == len(sent)


def test_in_the_middle_it_sends_the_position() -> None:
    clock, port = ManualClock(60), RecordingPort()
    scheduler = Scheduler(clock, [port])
    clock.start(37.3)
    sender = MidiClockSender(scheduler, clock, [0])
    scheduler.run_until(0.25)
    sent = played(clock, port)
    # The next sixteenth is the 150th, a fifth of a second away.
    assert sent[:3] == [(0, bytes((0xF2, 22, 1))), (0, CONTINUE), (0.2, TICK)]
    sender.close()
    assert port.sent[-1][1] == STOP


def following(port: RecordingPort) -> MidiClockFollower:
    """A follower of all that was sent there."""
    now = 0.0
    follower = MidiClockFollower(now=lambda: now)
    for now, message in port.sent:
        follower.feed(message, now)
    return follower


def test_the_sent_clock_can_be_followed() -> None:
    clock, port = ManualClock(97), RecordingPort()
    scheduler = Scheduler(clock, [port])
    MidiClockSender(scheduler, clock, [0])
    clock.start(3)
    scheduler.run_until(4)
    follower = following(port)
    assert follower.running
    assert follower.timeline.beat_at(4) == pytest.approx(clock.timeline.beat_at(4), abs=1e-3)


class JumpingClock(ManualClock):
    """Is moved by others, as Link is."""

    def jump(self, beat: float) -> None:
        self._timeline = Timeline(self._timeline.tempo, beat, self.now())
        self._emit(Change.TEMPO, self.now(), beat)


@pytest.mark.parametrize("beats", [-8.0, -0.1, 0.1, 2.0, 13.3])
def test_whoever_follows_the_sent_clock_is_taken_along_where_ours_jumps(beats: float) -> None:
    """After a jump back of two bars, no tick came for two bars."""
    clock, port = JumpingClock(97), RecordingPort()
    scheduler = Scheduler(clock, [port])
    MidiClockSender(scheduler, clock, [0])
    clock.start(20)
    scheduler.run_until(4)
    clock.jump(clock.timeline.beat_at(4) + beats)
    scheduler.follow_jump()
    scheduler.run_until(8)
    follower = following(port)
    assert follower.running
    assert follower.timeline.beat_at(8) == pytest.approx(clock.timeline.beat_at(8), abs=0.01)


@pytest.mark.parametrize("then", ["plugged in", "switched on", "jumped"])
def test_no_ticks_come_at_once_on_an_output_with_latency(then: str) -> None:
    """Whoever follows took several of them, sent at once, for another tempo."""
    clock, port = JumpingClock(120), RecordingPort()
    scheduler = Scheduler(clock, [port])
    scheduler.set_output(0, port, 0.12)
    sender = MidiClockSender(scheduler, clock, [0]) if then != "switched on" else None
    clock.start(20, 0.12)
    scheduler.run_until(1.3)
    port.sent.clear()
    if sender is None:
        MidiClockSender(scheduler, clock, [0])
    elif then == "jumped":
        clock.jump(40.1)
        scheduler.follow_jump()
    else:
        sender.send_again()
    scheduler.run_until(3)
    ticks = [time for time, message in port.sent if message == TICK]
    assert min(b - a for a, b in pairwise(ticks)) == pytest.approx(60 / 120 / 24)
    late = [(time, message) for time, message in port.sent if message != STOP]
    port.sent[:] = [(time + 0.12 if message == TICK else time, message) for time, message in late]
    assert following(port).timeline.beat_at(3) == pytest.approx(clock.timeline.beat_at(3), abs=0.01)


def test_cancelling_music_leaves_the_ticks() -> None:
    clock, port = ManualClock(60), RecordingPort()
    scheduler = Scheduler(clock, [port])
    MidiClockSender(scheduler, clock, [0])
    clock.start()
    scheduler.put(0.5, b"\x90\x3c\x40")
    assert len(scheduler.cancel_from(0)) == 1
    scheduler.stop()
    scheduler.run_until(0.999)
    assert [message for _, message in port.sent].count(TICK) == 24
