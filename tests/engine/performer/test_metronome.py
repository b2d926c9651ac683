"""The metronome and the count-in: in time with whatever leads, and nobody's music."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from musiclstm.engine.performer.metronome import HIGH, LOW
from musiclstm.engine.performer.telemetry import CLICK
from musiclstm.engine.scheduler.midi_clock import MidiClockSender
from musiclstm.music.note import Meter
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.commands import SetControl
from tests.engine.fakes import FakeSession, vocabulary
from tests.engine.performer.test_loopback import Loop, play
from tests.engine.scripts import LedClock
from tests.engine.stage import Stage


def clicks(stage: Stage, since: float = -1.0) -> list[tuple[float, int]]:
    """(seconds, pitch) of each click."""
    return [
        (round(each.time, 6), each.entry.message[1])
        for each in stage.sent
        if each.entry.id == CLICK and each.entry.message[0] & 0xF0 == 0x90 and each.time > since
    ]


def click_beats(stage: Stage) -> list[float]:
    return [
        round(each.entry.beat, 6)
        for each in stage.sent
        if each.entry.id == CLICK and each.entry.message[0] & 0xF0 == 0x90
    ]


def ticking(session: FakeSession | None = None) -> Stage:
    stage = Stage(session or FakeSession())
    stage.do(SetControl("metronome", True))
    return stage


def test_it_clicks_on_each_beat_and_accents_the_bar() -> None:
    stage = ticking()
    assert not clicks(stage)
    stage.play()
    stage.run(4.2)
    assert clicks(stage) == [(n / 2, LOW if n % 4 else HIGH) for n in range(9)]
    assert {each.entry.message[0] & 15 for each in stage.sent if each.entry.id == CLICK} == {9}
    stage.do(commands.Stop())
    assert not stage.sounding()
    stage.run(2)
    assert not clicks(stage, 4.2)


@pytest.mark.parametrize(
    ("meter", "beats"),
    [
        (Meter(3, 4), [0, 1, 2, 3]),
        (Meter(6, 8), [0, 1.5, 3, 4.5]),
        (Meter(5, 8), [0, 0.5, 1, 1.5, 2, 2.5]),
        (Meter(2, 2), [0, 2, 4, 6]),
    ],
)
def test_it_counts_what_a_conductor_counts(meter: Meter, beats: list[float]) -> None:
    known = replace(vocabulary(), meters=((4, 4), (meter.numerator, meter.denominator)))
    stage = ticking(FakeSession(known, meter=meter))
    stage.play()
    stage.run(8)
    found = click_beats(stage)
    assert found[: len(beats)] == beats
    accents = [
        each.entry.beat for each in stage.sent if each.entry.message[1:2] == bytes((HIGH,)) and not each.entry.id
    ]
    assert all(beat % meter.bar_beats < 0.11 for beat in accents)
    assert len(accents) > 2


def test_the_music_is_the_same_and_no_model_hears_it_and_no_take_holds_it() -> None:
    plain, stage = Stage(), ticking()
    for each in (plain, stage):
        each.play()
        each.run(8)
    music = [note for note in stage.notes() if note[1][0] & 15 != 9]
    assert music == plain.notes()
    assert [str(each) for each in stage.emitted(telemetry.Played)] == [str(x) for x in plain.emitted(telemetry.Played)]
    assert stage.session.snapshot().context == plain.session.snapshot().context


def test_it_keeps_time_when_the_tempo_changes_and_the_person_plays() -> None:
    stage = ticking()
    stage.play()
    chance = Random(3)
    down: list[int] = []
    for _ in range(60):
        if chance.random() < 0.2:
            stage.do(commands.SetTempo(chance.choice((50.0, 120.0, 240.0))))
        elif down and chance.random() < 0.5:
            stage.key(down.pop(), 0)
        else:
            down.append(chance.randrange(40, 80))
            stage.key(down[-1])
        stage.run(chance.random())
    found = click_beats(stage)
    assert found == [float(n) for n in range(int(found[0]), int(found[0]) + len(found))]
    for each in stage.sent:
        if each.entry.id == CLICK:
            assert each.time == pytest.approx(each.due, abs=1e-6)


def test_back_and_bookmarks_keep_the_bar_that_it_counts() -> None:
    stage = ticking()
    stage.play()
    stage.run(5.3)
    stage.do(commands.SetBookmark("A"), commands.Back(1.0))
    stage.run(1.1)
    stage.do(commands.Return("A"))
    stage.run(3)
    assert all(pitch == (LOW if round(time * 2) % 4 else HIGH) for time, pitch in clicks(stage))
    assert len(clicks(stage)) >= 18


def test_it_follows_a_leader_that_jumps() -> None:
    clock = LedClock(120.0)
    stage = Stage(FakeSession(), leader=clock)
    stage.do(SetControl("metronome", True))
    stage.play()
    clock.follower.feed(b"\xfa", stage.now)
    for tick in range(24 * 8):
        if tick == 100:
            clock.follower.feed(b"\xf2\x01\x00", stage.now)
            clock.follower.feed(b"\xfb", stage.now)
        clock.follower.feed(b"\xf8", stage.now)
        stage.run(60 / 120 / 24)
    beats = click_beats(stage)
    assert all(beat == round(beat) for beat in beats)
    assert 1.0 in beats[3:]
    assert all(each.time - each.due < 0.02 for each in stage.sent if each.entry.id == CLICK)


def test_its_switch_its_loudness_and_its_channel_act_at_once() -> None:
    stage = ticking()
    stage.play()
    stage.run(1.1)
    stage.do(SetControl("metronome.channel", 4), SetControl("metronome.level", 0.1))
    stage.run(1)
    later = [each.entry.message for each in stage.sent if each.entry.id == CLICK and each.time > 1.2]
    assert {message[0] & 15 for message in later} == {3}
    assert max(message[2] for message in later) <= 13
    stage.do(SetControl("metronome", False))
    stage.run(2)
    assert not clicks(stage, 2.1)
    stage.do(SetControl("metronome", True))
    stage.run(0.9)
    assert clicks(stage, 4.1)


def test_it_does_not_come_back_in_as_the_persons_notes() -> None:
    stage = ticking()
    stage.play()
    play(stage, (), Loop(0.004), seconds=8)
    assert clicks(stage)
    assert not [x for x in stage.played() if x.by_person]


# ---- count-in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bars", [1, 2])
def test_bars_are_counted_before_the_same_music(bars: int) -> None:
    plain, stage = Stage(), Stage()
    plain.play()
    plain.run(4)
    stage.do(SetControl("count_in", bars))
    stage.play()
    before = stage.performer.counting
    stage.run(2 * bars + 4)
    assert (before, stage.performer.counting) == (True, False)
    counted = clicks(stage)
    assert counted == [(n / 2, LOW if n % 4 else HIGH) for n in range(4 * bars)]
    first = min(each.beat for each in stage.played())
    assert first >= 0.0
    music = [(round(t - 2 * bars, 4), c, p) for t, c, p in stage.starts() if c != 9]
    assert music[:20] == [(round(t, 4), c, p) for t, c, p in plain.starts()][:20]
    assert stage.disagreement() == ""


def test_what_follows_our_clock_starts_with_the_music() -> None:
    stage = Stage()
    stage.play()
    stage.run(3)
    stage.do(commands.Stop(), SetControl("count_in", 1))
    begun = stage.now
    MidiClockSender(stage.scheduler, stage.clock, (1,))
    stage.play()
    stage.run(4)
    followed = [(round(time - begun, 3), message) for time, message in stage.ports[1].sent]
    # Told where at once; and the first tick, on which it goes on, comes after the bar that is counted.
    assert [message[0] for _, message in followed[:2]] == [0xF2, 0xFB]
    assert 2.0 <= next(time for time, message in followed if message == b"\xf8") < 2.13


def test_stop_ends_the_count_and_play_counts_again_from_where_it_stood() -> None:
    stage = Stage()
    stage.play()
    stage.run(3)
    stage.do(commands.Stop(), SetControl("count_in", 1))
    stood = stage.performer.edge()
    stage.play()
    assert stage.performer.playing
    stage.run(1)
    stage.do(commands.Stop())
    assert not stage.scheduler.pending()
    assert stage.performer.edge() == stood
    played = len(stage.played())
    stage.run(3)
    assert len(stage.played()) == played
    stage.play()
    stage.run(4)
    assert len(stage.played()) > played
    assert min(each.beat for each in stage.played()[played:]) >= stood - 1e-6


@pytest.mark.parametrize("when", [0.3, 1.0, 1.9, 1.97])
def test_what_is_done_while_it_counts_keeps_the_count(when: float) -> None:
    stage = Stage()
    stage.play()
    stage.run(4.1)
    stage.do(commands.Stop(), SetControl("count_in", 1))
    stood, begun = stage.performer.edge(), stage.now
    stage.play()
    stage.run(when)
    stage.key(64)
    stage.do(commands.SetPart(1, mute=True), commands.Back(1.0), SetControl("density", 0.3), commands.SetTempo(120.0))
    stage.run(0.02)
    stage.key(64, 0)
    assert [x.beat >= stood - 1e-6 for x in stage.played_by_model(begun)] == [True] * len(stage.played_by_model(begun))
    stage.run(4)
    assert stage.played_by_model(begun + 2)
    assert stage.disagreement() == ""
    stage.do(commands.Stop())
    assert not stage.sounding()


def test_nobody_counts_in_a_clock_that_leads_us() -> None:
    clock = LedClock(120.0)
    stage = Stage(FakeSession(), leader=clock)
    stage.do(SetControl("count_in", 2))
    stage.play()
    clock.follower.feed(b"\xfa", stage.now)
    for _ in range(96):
        clock.follower.feed(b"\xf8", stage.now)
        stage.run(60 / 120 / 24)
    assert not clicks(stage)
    assert stage.played()
