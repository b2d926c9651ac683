"""Sync: one clock for all, whichever leads."""

import math
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from musiclstm.engine.clock.base import Change, ClockChange, ManualClock
from musiclstm.engine.clock.link import LinkClock
from musiclstm.engine.clock.midi import MidiClockFollower
from musiclstm.engine.clock.switch import SwitchClock
from musiclstm.engine.live.command_router import CommandRouter
from musiclstm.engine.live.sync import Sync
from musiclstm.engine.scheduler.scheduler import Scheduler
from musiclstm.errors import EngineError, UsageError
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.options import EngineOptions
from tests.engine.desk import Desk
from tests.engine.fakes import RecordingPort
from tests.waiting import wait_for


class Ports:
    """Records which clock ports were requested."""

    def __init__(self) -> None:
        self.requested: list[str | None] = []

    def open_clock(self, name: str | None) -> None:
        self.requested.append(name)


def made() -> tuple[ManualClock, SwitchClock, Ports, Sync, RecordingPort]:
    leader = ManualClock(100)
    clock, ports, output = SwitchClock(leader), Ports(), RecordingPort()
    scheduler = Scheduler(clock, [output])
    ports_: Any = ports
    return leader, clock, ports, Sync(clock, scheduler, ports_), output


def test_changes_come_from_the_clock_that_leads() -> None:
    first, second = ManualClock(100), ManualClock(90)
    clock = SwitchClock(first)
    changes: list[ClockChange] = []
    clock.subscribe(changes.append)
    clock.start(4.0)
    first.advance(0.6)
    assert clock.timeline.beat_at(clock.now()) == pytest.approx(5.0)
    clock.stop()
    clock.switch(second)
    first.set_tempo(10)
    clock.set_tempo(95)
    clock.start(5.0)
    assert second.running
    assert clock.running
    assert clock.locked
    kinds = [change.change for change in changes]
    assert kinds == [Change.START, Change.STOP, Change.TEMPO, Change.TEMPO, Change.START]
    assert clock.timeline.tempo == 95
    clock.close()


def test_another_source_leads() -> None:
    _, clock, ports, sync, _ = made()
    sync.set(commands.SetSync("midi", "clock:out"))
    follower: object = clock.leader
    assert isinstance(follower, MidiClockFollower)
    assert clock.timeline.tempo == 100  # until it receives ticks
    sync.set(commands.SetSync("midi", "other:out"))
    assert clock.leader is follower
    now = time.perf_counter()
    for tick in range(48):
        sync.feed(b"\xf8", now + tick * 60 / 24 / 75)
    assert clock.timeline.tempo == pytest.approx(75, rel=0.01)
    sync.set(commands.SetSync("internal"))
    assert ports.requested == ["clock:out", "other:out", None]
    assert clock.timeline.tempo == pytest.approx(75, rel=0.01)
    sync.feed(b"\xf8", now)  # a late tick, which nobody receives
    sync.close()


def test_a_person_leads_from_the_tempo_that_was_set() -> None:
    _, clock, _, sync, _ = made()
    sync.set(commands.SetSync("person"))
    assert clock.leads
    clock.start(0.0)
    start = clock.now()
    for beat in range(40):
        clock.heard(start + beat * 60 / 108, 80)
    assert clock.timeline.tempo == pytest.approx(108, rel=0.02)
    clock.stop()
    sync.set(commands.SetSync("internal"))
    assert clock.timeline.tempo == pytest.approx(108, rel=0.02)
    clock.heard(start + 100, 80)
    sync.close()


@pytest.mark.parametrize("setting", [commands.SetSync("sun"), commands.SetSync("midi")])
def test_a_bad_setting_changes_nothing(setting: commands.SetSync) -> None:
    """Nor does the music pause for it."""
    leader, clock, _, sync, _ = made()
    paused: list[float] = []
    models = types.SimpleNamespace(performer=types.SimpleNamespace(playing=True, pause=paused.append))
    router: Any = types.SimpleNamespace(_models=models, _devices=types.SimpleNamespace(clock=clock, sync=sync))
    with pytest.raises(UsageError):
        CommandRouter._set_sync(router, setting)
    assert not paused
    assert sync.setting == commands.SetSync("internal")
    assert clock.leader is leader


def test_midi_clock_is_sent() -> None:
    leader, clock, _, sync, output = made()
    sync.set(commands.SetSync("internal", send=True))
    clock.start(0.0)
    assert [message for _, message in output.sent] == [b"\xfa"]
    sync.set(commands.SetSync("internal"))
    assert output.sent[-1][1] == b"\xfc"
    clock.stop()
    assert [message for _, message in output.sent].count(b"\xfc") == 1
    assert leader is clock.leader


@pytest.mark.parametrize("beat", [0.0, 9.5])
def test_what_is_plugged_in_meanwhile_follows_the_clock_that_is_sent(beat: float) -> None:
    """It got ticks, and never a start."""
    leader, clock, ports, _, _ = made()
    ports_: Any = ports
    drums = RecordingPort()
    scheduler = Scheduler(clock, [RecordingPort()])
    sync = Sync(clock, scheduler, ports_)
    sync.send_again()  # nothing is sent
    sync.set(commands.SetSync("internal", send=True))
    sync.send_again()  # nothing runs
    clock.start(beat)
    scheduler.set_output(0, drums)
    leader.advance(3.0)
    sync.send_again()
    follower = MidiClockFollower(now=leader.now)
    for _ in range(400):
        leader.advance(0.01)
        scheduler._queues.dispatch()
    for moment, message in drums.sent:
        follower.feed(message, moment)
    assert follower.running
    assert follower.timeline.beat_at(leader.now()) == pytest.approx(clock.timeline.beat_at(leader.now()), abs=0.05)
    sync.close()


@pytest.mark.parametrize("running", [True, False])
def test_an_output_that_is_left_is_told_that_the_clock_stops(running: bool) -> None:
    """What follows it would go on, or wait for the next tick; and nobody else's transport is stopped."""
    _, clock, ports, _, output = made()
    ports_: Any = ports
    scheduler = Scheduler(clock, [output])
    sync = Sync(clock, scheduler, ports_)
    sync.set(commands.SetSync("internal", send=running))
    clock.start(9.5)
    before = len(output.sent)
    scheduler.set_output(0, output, 0.02)  # the same one, with another latency
    assert len(output.sent) == before
    drums = RecordingPort()
    scheduler.set_output(0, drums)
    assert [message for _, message in output.sent[before:]] == [b"\xfc"] * running
    sync.send_again()
    clock.stop()
    told = len(drums.sent)
    scheduler.set_output(0, output)
    assert len(drums.sent) == told  # that it has stopped, already


def test_what_is_plugged_in_while_it_is_counted_in_starts_with_the_music() -> None:
    leader, clock, _, sync, output = made()
    sync.set(commands.SetSync("internal", send=True))
    clock.count_in(8.0, 12.0)
    leader.advance(0.3)
    first = list(output.sent)
    output.sent.clear()
    sync.send_again()
    assert [message for _, message in output.sent] == [b"\xfc", *(message for _, message in first)]


def test_link_leads_and_ends() -> None:
    pytest.importorskip("aalink")
    _, clock, _, sync, _ = made()
    sync.set(commands.SetSync("link"))
    clock.start(0.0)
    wait_for(lambda: clock.running)
    clock.stop()
    sync.set(commands.SetSync("internal"))
    assert not [thread for thread in threading.enumerate() if thread.name == "link"]


def test_a_link_session_that_cannot_be_opened_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Link:
        def __init__(self, _bpm: float) -> None:
            raise RuntimeError("no network")

    module = types.ModuleType("aalink")
    module.__dict__["Link"] = Link
    monkeypatch.setitem(sys.modules, "aalink", module)
    leader, clock, ports, sync, _ = made()
    with pytest.raises(EngineError, match="no network"):
        sync.set(commands.SetSync("link"))
    assert sync.setting == commands.SetSync("internal")
    assert clock.leader is leader
    sync.set_bar(3.0)
    sync.set(commands.SetSync("midi", "clock:out"))
    assert ports.requested == ["clock:out"]
    sync.close()


@pytest.mark.parametrize("bar", [3.0, 4.0, 3.5])
def test_links_quantum_is_the_bar_of_the_music(monkeypatch: pytest.MonkeyPatch, bar: float) -> None:
    quanta: list[float] = []

    class Link(LinkClock):
        def __init__(self, tempo: float, quantum: float) -> None:
            super().__init__(tempo, quantum)
            quanta.append(quantum)

        def set_quantum(self, quantum: float) -> None:
            super().set_quantum(quantum)
            quanta.append(quantum)

    pytest.importorskip("aalink")
    monkeypatch.setattr("musiclstm.engine.clock.link.LinkClock", Link)
    _, _, _, sync, _ = made()
    sync.set_bar(bar)
    sync.set(commands.SetSync("link"))
    sync.set_bar(bar)
    sync.set_bar(2.0)
    assert quanta == [bar, 2.0]
    sync.set(commands.SetSync("internal"))
    sync.set_bar(bar)
    assert quanta == [bar, 2.0]
    sync.close()


def test_a_leader_is_joined_in_the_bar_of_the_music(monkeypatch: pytest.MonkeyPatch) -> None:
    quanta: list[float] = []

    class Follower(MidiClockFollower):
        def __init__(self, tempo: float, *, quantum: float) -> None:
            super().__init__(tempo, quantum=quantum)
            quanta.append(quantum)

        def set_quantum(self, quantum: float) -> None:
            super().set_quantum(quantum)
            quanta.append(quantum)

    monkeypatch.setattr("musiclstm.engine.live.sync.MidiClockFollower", Follower)
    _, _, _, sync, _ = made()
    sync.set_bar(3.0)
    sync.set(commands.SetSync("midi", "clock:out"))
    sync.set_bar(3.0)
    sync.set_bar(2.5)
    assert quanta == [3.0, 2.5]
    sync.close()


class Leader:
    """A JACK client that sends MIDI clock, exact to the frame."""

    def __init__(self, tempo: float) -> None:
        import jack

        self._client = jack.Client("leader", no_start_server=True)
        self._port = self._client.midi_outports.register("clock")
        self._frames = self._client.samplerate * 60 / tempo / 24
        self._next = 0.0
        self._at = 0
        self._starts = False
        self._tempo = tempo
        self._ticks = -1  # since it started
        self._place = (0.0, 0.0)  # the time of the last tick, and its beat
        self._client.set_process_callback(self._process)
        self._client.activate()

    def _process(self, frames: int) -> None:
        self._port.clear_buffer()
        while self._next < self._at + frames:
            frame = int(self._next - self._at)
            if self._starts:
                self._port.write_midi_event(frame, b"\xfa")
                self._starts, self._ticks = False, -1
            self._port.write_midi_event(frame, b"\xf8")
            self._ticks += 1
            self._place = (time.perf_counter(), self._ticks / 24)
            self._next += self._frames
        self._at += frames

    def silence(self) -> None:
        self._next = math.inf

    def start(self) -> None:
        self._starts = True

    def beat(self, moment: float) -> float:
        """At a time shortly before or after now."""
        then, beat = self._place
        return beat + (moment - then) * self._tempo / 60

    def close(self) -> None:
        self._client.deactivate()
        self._client.close()


@pytest.fixture
def leader(jack_server: object) -> Iterator[Leader]:
    leader = Leader(90)
    yield leader
    leader.close()


@pytest.mark.jack
@pytest.mark.skipif(sys.platform == "win32", reason="JACK")
def test_the_engine_follows_a_clock_on_a_real_port(
    leader: Leader, desks: Callable[..., Desk], options: EngineOptions
) -> None:
    desk = desks(replace(options, tempo=120))
    desk.first(telemetry.Loaded)
    assert "leader:clock" in desk.first(telemetry.PortsChanged).inputs
    desk.until(lambda: len(desk.notes()) > 3)
    desk.host.send(commands.SetSync("midi", "leader:clock"))
    # How well it follows is tested elsewhere: a JACK server on a busy machine is unsteady itself.
    assert desk.status(lambda status: status.playing and status.tempo != 120).sync == "midi"
    count = len(desk.notes())
    desk.until(lambda: len(desk.notes()) > count + 3)
    desk.kill()  # the next engine follows as well
    desk.until(lambda: len(desk.all(telemetry.Loaded)) == 2)
    desk.status(lambda status: status.sync == "midi" and status.playing)
    desk.host.send(commands.SetSync("internal"))
    assert desk.status(lambda status: status.sync == "internal").playing
    desk.host.close()
    assert not desk.hanging()


@pytest.mark.jack
@pytest.mark.skipif(sys.platform == "win32", reason="JACK")
@pytest.mark.parametrize("crash", [True, False])
def test_it_comes_in_in_the_leaders_bar(
    crash: bool, leader: Leader, desks: Callable[..., Desk], options: EngineOptions
) -> None:
    """After a stop, or a crash, in the middle of a beat."""
    desk = desks(replace(options, play=False, controls=(("density", 1.0),)))
    desk.first(telemetry.Loaded)
    desk.host.send(commands.SetSync("midi", "leader:clock"))
    desk.status(lambda status: status.sync == "midi" and status.tempo < 95)
    leader.start()
    desk.until(lambda: len(desk.notes()) > 8)
    stopped = time.perf_counter()
    if crash:
        desk.kill()
        desk.until(lambda: len(desk.all(telemetry.Loaded)) == 2)
    else:
        desk.host.send(commands.Stop())
        desk.status(lambda status: not status.playing)
        time.sleep(0.3)
        desk.host.send(commands.Play())
    note = desk.until(lambda: [note for note in desk.notes() if note.time > stopped + 0.3])[0]
    assert math.remainder(note.beat - leader.beat(note.time), 4.0) == pytest.approx(0.0, abs=0.2)
    desk.host.close()


@pytest.mark.jack
@pytest.mark.skipif(sys.platform == "win32", reason="JACK")
def test_music_that_waits_for_a_clock_is_stopped(
    leader: Leader, desks: Callable[..., Desk], options: EngineOptions
) -> None:
    leader.silence()
    desk = desks(replace(options, play=False))
    desk.first(telemetry.Loaded)
    desk.host.send(commands.SetSync("midi", "leader:clock"))
    desk.status(lambda status: status.sync == "midi")
    desk.host.send(commands.Play())
    assert not desk.status(lambda status: status.waiting).playing
    desk.host.send(commands.Stop())
    desk.until(lambda: not desk.all(telemetry.Status)[-1].waiting)
    desk.host.close()
    assert not desk.notes()


def test_the_engine_follows_a_person(options: EngineOptions, desks: Callable[..., Desk]) -> None:
    desk = desks(replace(options, tempo=150.0))
    desk.until(desk.notes)
    desk.host.send(commands.SetSync("person"))
    desk.status(lambda status: status.playing and status.sync == "person" and not status.locked)
    begun = time.monotonic()
    for beat in range(10):
        time.sleep(max(0.0, begun + beat * 60 / 165 - time.monotonic()))
        desk.host.send(commands.PlayerNote(60, 90))
        desk.host.send(commands.PlayerNote(60, 0))
    assert desk.status(lambda status: status.tempo > 152).locked
    desk.host.close()
    assert not desk.hanging()


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"tempo": -5.0}, "tempo"),
        ({"tempo": 1e12}, "tempo"),
        ({"tempo": float("nan")}, "tempo"),
        ({"seed": -1}, "seed"),
    ],
)
def test_impossible_options_do_not_keep_the_engine_from_playing(
    wrong: dict[str, Any], word: str, options: EngineOptions, desks: Callable[..., Desk]
) -> None:
    """The window started such an engine again and again."""
    desk = desks(replace(options, **{"tempo": 120.0, **wrong}))
    assert desk.status(lambda status: status.playing).tempo == 120.0
    assert word in desk.first(telemetry.Notice).text


def test_a_leader_that_never_came_is_left_and_the_music_goes_on(
    options: EngineOptions, desks: Callable[..., Desk]
) -> None:
    desk = desks(replace(options, tempo=120.0))
    desk.until(desk.notes)
    desk.host.send(commands.SetSync("midi", "nobody:there"))
    desk.status(lambda status: status.sync == "midi" and not status.playing)
    desk.host.send(commands.SetSync("internal"))
    desk.status(lambda status: status.sync == "internal" and status.playing)
    desk.host.close()


def test_another_clock_goes_on_without_a_count_in(options: EngineOptions, desks: Callable[..., Desk]) -> None:
    desk = desks(replace(options, tempo=240.0, controls=(("count_in", 1),)))
    desk.until(desk.notes)
    for source in ("person", "internal"):
        since = len(desk.heard)
        desk.host.send(commands.SetSync(source))
        desk.until(lambda: desk.status().sync == source and desk.status().playing)  # noqa: B023 - called here
        assert not any(each.counting for each in desk.heard[since:] if isinstance(each, telemetry.Status))
    desk.host.send(commands.Stop())
    desk.status(lambda status: not status.playing)
    desk.host.send(commands.Play())
    desk.status(lambda status: status.counting)
    desk.host.close()
