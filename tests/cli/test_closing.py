"""Closing: when the engine is asked to end, and when all is over, with times and telemetry that are made up."""

from __future__ import annotations

from math import inf

import pytest

from musiclstm.cli.closing import Close, Closing
from musiclstm.protocol.commands import Command, End
from musiclstm.protocol.telemetry import EndChanged, Exited, Loaded, Status


class Talk:
    """What is sent and said; beats are seconds."""

    def __init__(self, close: Close, *, stays: bool = False) -> None:
        self.sent: list[Command] = []
        self.said: list[str] = []
        self.closing = Closing(close, self.sent.append, self.said.append, stays=stays)
        self.closing.hear(Loaded("m", "M", (), 0, 127, 1, 1, "beats", 4.0), 0.0)

    def status(self, beat: float, *, playing: bool = True) -> None:
        said = Status(beat, beat, 60.0, playing, "solo", "internal", True, "null", True, None, True)
        self.closing.hear(said, beat)

    def end(self, beat: float | None, now: float) -> None:
        self.closing.hear(EndChanged(beat), now)


@pytest.mark.parametrize("bars", [1, 2, 8, 9, 32, 200])
def test_so_many_bars_are_asked_for_once_in_time(bars: int) -> None:
    talk = Talk(Close(bars=bars, fade=True))
    beat, asked = -0.04, 0.0
    while beat < 4 * bars:
        talk.status(beat)
        if talk.sent and not asked:
            asked = beat
            talk.end(4.0 * bars, beat)
        beat += 0.1
    assert talk.sent == [End(bars, fade=True, since=0.46)]
    assert asked == pytest.approx(max(0, 4 * (bars - 9)), abs=0.7)
    talk.status(4.0 * bars, playing=False)
    assert 4 * bars < talk.closing.over < 4 * bars + 2


def test_without_a_close_it_stops_at_once() -> None:
    talk = Talk(Close())
    talk.status(0.0)
    talk.closing.stop(3.0)
    assert talk.closing.over == 3.0
    assert not talk.sent


def test_it_comes_to_a_close_where_somebody_wants_it_to_end_and_stops_the_second_time() -> None:
    for again in (True, False):
        talk = Talk(Close(within=2))
        talk.status(0.0)
        talk.closing.stop(3.0)
        assert talk.sent == [End(2)]
        talk.end(12.0, 3.0)
        assert talk.closing.over == inf
        if again:
            talk.closing.stop(5.0)
            assert talk.closing.over == 5.0
        else:
            talk.end(None, 12.0)
            talk.status(12.0, playing=False)
            assert 12 < talk.closing.over < 14
        assert len(talk.sent) == 1


def test_an_engine_that_cannot_end_is_stopped() -> None:
    talk = Talk(Close(within=2))
    talk.status(0.0)
    talk.closing.stop(3.0)
    assert 3 < talk.closing.over < 6
    talk = Talk(Close(bars=2))
    for tenth in range(140):
        talk.status(tenth / 10)
        if talk.closing.over < inf:
            break
    assert 8 < talk.closing.over < 13


def test_before_it_plays_there_is_nothing_to_close() -> None:
    talk = Talk(Close(within=2))
    talk.closing.stop(1.0)
    assert talk.closing.over == 1.0


def test_an_engine_that_was_started_again_is_asked_again() -> None:
    talk = Talk(Close(bars=8))
    talk.status(1.0)
    talk.end(32.0, 1.0)
    talk.closing.hear(Exited(-9, restarting=True), 4.0)
    talk.status(5.0)
    assert len(talk.sent) == 2


def test_who_calls_the_end_off_wants_it_to_go_on() -> None:
    talk = Talk(Close(bars=4, within=1))
    talk.status(0.0)
    talk.end(16.0, 0.0)
    talk.end(None, 9.0)
    for beat in range(9, 40):
        talk.status(float(beat))
    assert talk.closing.over == inf
    assert len(talk.sent) == 1
    assert talk.said == ["The end was called off."]
    talk.closing.stop(40.0)
    assert talk.sent[1:] == [End(1)]


@pytest.mark.parametrize("stays", [True, False])
def test_the_end_of_a_song_of_a_set_list_is_not_the_end_of_all(stays: bool) -> None:
    talk = Talk(Close(within=2), stays=stays)
    talk.status(0.0)
    talk.end(24.0, 4.0)
    talk.status(20.0)
    talk.end(None, 24.0)
    talk.status(24.0, playing=False)
    assert (talk.closing.over == inf) == stays
    if stays:  # what is asked for here still ends it
        talk.status(30.0)
        talk.closing.stop(31.0)
        assert talk.sent == [End(2)]
        talk.end(40.0, 31.1)
        talk.end(None, 40.0)
        talk.status(40.0, playing=False)
        assert talk.closing.over < inf
        assert not any("called off" in each for each in talk.said)
