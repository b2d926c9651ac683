"""Sections beside what else moves the music: endings, loops, a clock that jumps."""

from __future__ import annotations

from pathlib import Path

import pytest

from musiclstm.engine.scheduler.midi_clock import MidiClockSender
from musiclstm.model.modelfile import open_model
from musiclstm.model.session import Session
from musiclstm.music.form import Section, SetList, Song
from musiclstm.protocol import commands
from musiclstm.protocol.telemetry import Jumped
from tests.engine.performer.forms import changes, end_of, song, stage_of
from tests.engine.stage import Stage
from tests.model.tiny import tiny_model


def test_a_chain_comes_to_a_close_of_its_own(tmp_path: Path) -> None:
    model = open_model(tiny_model(tmp_path))
    stage = Stage(Session(model, 3))
    stage.load(stage.session, "tiny")
    sections = {"A": Section(bars=3), "B": Section({"density": 0.4}, bars=5)}
    stage.performer.form.take(SetList((Song("", sections, ("A", "B"), "end"),)))
    stage.play()
    stage.run_beats(14)
    assert end_of(stage) == 32.0
    stage.run_beats(22)
    assert not stage.performer.playing
    assert not stage.sounding()
    assert changes(stage)[-1][0] == "A"
    # Who moves on instead takes the end back.
    stage.play()
    stage.run_beats(14)
    assert end_of(stage) is not None
    stage.do(commands.Section("A"))
    stage.run_beats(5)
    assert end_of(stage) is None
    assert stage.performer.playing


@pytest.mark.parametrize("at_end", ["stop", "end", "repeat"])
def test_the_next_song_is_counted_in_from_the_bar_line_on_which_the_last_one_stopped(at_end: str) -> None:
    """It stopped a moment after it, so that drum machines came in late; and no click was heard after a section."""
    stage = stage_of(song("AB", at_end), song("C"))
    stage.do(commands.SetControl("count_in", 1))
    MidiClockSender(stage.scheduler, stage.clock, (1,))
    stage.play()
    stage.run_beats(4 + 16 if at_end == "repeat" else 22)
    stage.do(commands.Stop())
    stood, begun = stage.performer.edge(), stage.now
    assert stood == (pytest.approx(16.0, abs=0.005) if at_end == "repeat" else 16.0)
    stage.play()
    stage.run_beats(4.5)
    counted = [x.entry.beat for x in stage.sent if not x.entry.id and x.entry.message[0] == 0x99 and x.time >= begun]
    assert counted == ([13.0, 14.0, 15.0, 16.0] if stood > 16.0 else [12.0, 13.0, 14.0, 15.0])
    first = next(time for time, message in stage.ports[1].sent if message == b"\xf8" and time > begun)
    assert at_end == "repeat" or first == pytest.approx(begun + 2.0)


def test_an_end_that_a_person_asked_for_holds_the_form() -> None:
    stage = stage_of(song("AB", "repeat", bars=1))
    stage.play()
    stage.run_beats(1)
    stage.do(commands.End(4))
    stage.run_beats(18.5)
    assert stage.performer.playing
    assert [letter for letter, _ in changes(stage)] == ["A"]
    stage.run_beats(7)
    assert not stage.performer.playing


def test_a_leader_that_jumps_takes_the_form_with_it() -> None:
    stage = stage_of(song("AB"))
    stage.play()
    stage.run_beats(5)
    stage.clock.start(21.0)
    stage.plan()
    assert stage.performer.state.form.place.begin == pytest.approx(16.0, abs=0.01)
    stage.run_beats(4)
    assert changes(stage)[-1] == ("B", 24.0)


@pytest.mark.parametrize("standing", [False, True])
@pytest.mark.parametrize("to", [20.0, 21.5, 23.0, 18.7])
def test_chords_and_sections_stay_on_the_bars_wherever_it_jumps(to: float, standing: bool) -> None:
    stage = stage_of(song("AB", bars=4))
    stage.play()
    stage.run_beats(6.5)
    if standing:
        stage.do(commands.Stop())
    stage.clock.start(to)
    stage.plan()
    line = stage.performer.steering.leading
    assert line is not None
    begin = stage.performer.state.beat_map.offset
    assert begin % 4 == 0
    assert line.origin == pytest.approx(begin)
    assert stage.performer.state.form.place.begin == pytest.approx(begin)
    stage.run_beats(18)
    assert changes(stage)[-1] == ("B", begin + 16)


def test_no_section_changes_while_bars_go_round() -> None:
    stage = stage_of(song("ABAB", bars=3))
    stage.play()
    stage.run_beats(9)
    stage.do(commands.LoopLast(1))
    stage.run_beats(30)
    assert changes(stage)[-1][0] == "A"
    stage.do(commands.LoopLast(0))
    stage.run_beats(5)
    assert changes(stage)[-1][0] == "B"


@pytest.mark.parametrize("command", [commands.LoopLast(0), commands.Loop(), commands.End(8)])
@pytest.mark.parametrize(
    ("beats", "letter", "begin"), [(1.0, "A", 28.0), (4.3, "B", 36.0), (7.8, "B", 36.0), (8.6, "A", 36.0)]
)
def test_a_loop_over_two_sections_is_left_in_the_section_that_played_there(
    beats: float, letter: str, begin: float, command: commands.Command
) -> None:
    """The last bar of A and the first of B go round, from beat 24 on."""
    stage = stage_of(song(at_end="repeat"))
    stage.play()
    stage.run_beats(25.5)
    stage.do(commands.Loop(12.0, 20.0))
    stage.run_beats(32.0 + beats - 25.5)
    stage.do(command)
    place, steering = stage.performer.state.form.place, stage.performer.steering
    assert (place.letter, round(place.begin, 4)) == (letter, begin)
    assert steering.value("density") == {"A": -0.4, "B": 0.6}[letter]
    assert (steering.chords is not None) == (letter == "A")
    if steering.chords is not None:
        assert steering.chords.origin == pytest.approx(begin)
    stage.do(commands.End(0))
    stage.run_beats(16)
    assert changes(stage)[-2:] == [("B" if letter == "A" else "A", begin + 8), ("A", begin + 16)]


def test_what_was_asked_for_while_bars_of_two_sections_went_round_comes_when_they_are_left() -> None:
    stage = stage_of(song(at_end="repeat"))
    stage.play()
    stage.run_beats(25.5)
    stage.do(commands.Loop(12.0, 20.0), commands.Section("C"))
    stage.run_beats(11.3)  # in the bar of B
    stage.do(commands.Loop())
    assert changes(stage)[-1] == ("B", 36.0)
    stage.run_beats(4)
    assert changes(stage)[-1] == ("C", 40.0)


@pytest.mark.parametrize("beats", [2, 17], ids=["before the close", "in the close"])
def test_a_song_does_not_end_while_its_last_bars_go_round(beats: float) -> None:
    stage = stage_of(song("A", "end", bars=6))
    stage.play()
    stage.run_beats(4 + beats)
    stage.do(commands.LoopLast(1))
    stage.run_beats(40)
    assert stage.performer.playing
    assert end_of(stage) is None
    stage.do(commands.LoopLast(0))
    stage.run_beats(4)
    assert end_of(stage) is not None
    stage.run_beats(20)
    assert not stage.performer.playing


def test_a_chain_comes_to_its_close_though_another_end_was_called_off() -> None:
    stage = stage_of(song("A", "end", bars=6))
    stage.play()
    stage.do(commands.End(16))
    stage.run_beats(9)
    assert end_of(stage) == 68.0
    stage.do(commands.End(0))
    assert end_of(stage) == 24.0


@pytest.mark.parametrize(
    ("bars", "first", "asked", "meter", "change", "end"),
    [(8, (4, 4), 13, (3, 4), 16.0, 28.0), (4, (3, 4), 5, (4, 4), 6.0, 14.0)],
    ids=["shorter", "longer"],
)
def test_bars_of_both_time_signatures_count(
    bars: int, first: tuple[int, int], asked: float, meter: tuple[int, int], change: float, end: float
) -> None:
    stage = stage_of(song("ABA", bars=bars))
    stage.do(commands.SetMeter(*first))
    stage.play()
    stage.run_beats(asked)
    stage.do(commands.SetMeter(*meter))
    stage.run_beats(end + 1 - stage.beat)
    assert stage.performer.bar == meter[0]
    assert [each for each in changes(stage) if each[0] == "B"] == [("B", end)]
    # So it is after going back to either of them.
    for place in (change - 2.0, change + 1.0):
        since = len(stage.telemetry)
        stage.do(commands.GoTo(place))
        jumped = next(each for each in stage.telemetry[since:] if isinstance(each, Jumped))
        assert jumped.source is not None
        left = end - jumped.source
        if place < change:
            assert stage.performer.bar == first[0]
            left += round((end - change) / meter[0]) * (first[0] - meter[0])  # the change is not asked for again
        stage.run_beats(left + 0.5)
        letter, begin = changes(stage)[-1]
        assert (letter, begin) == ("B", round(jumped.beat + left, 4))


def test_a_chain_closes_on_a_bar_line_of_the_time_signature_that_comes() -> None:
    stage = stage_of(song("ABAB", "end"))
    stage.play()
    stage.run_beats(2)
    stage.do(commands.SetMeter(3, 4), commands.SetChain("A"))
    stage.run_beats(4)
    assert end_of(stage) == 7.0


@pytest.mark.parametrize("loop", [False, True], ids=["", "from a loop"])
def test_after_an_end_a_section_that_waited_begins_with_the_music(loop: bool) -> None:
    stage = stage_of(song("AB", "repeat", bars=3))
    stage.play()
    stage.run_beats(10)
    if loop:
        stage.do(commands.LoopLast(1))
        stage.run_beats(0.5)
    stage.do(commands.End(3))
    end = end_of(stage)
    stage.run_beats(14)
    assert not stage.performer.playing
    stage.play()
    stage.run_beats(2)
    assert changes(stage)[-1] == ("B", end)


def test_after_an_end_past_the_last_bar_the_song_begins_again() -> None:
    stage = stage_of(song("AB", bars=1))
    stage.play()
    stage.run_beats(5)
    stage.do(commands.End(4))
    stage.run_beats(20)
    stage.play()
    stage.run_beats(5)
    assert changes(stage)[-2:] == [("A", 24.0), ("B", 28.0)]


@pytest.mark.parametrize("command", [commands.Undo(), commands.End(0)], ids=["undo", "go on"])
def test_whoever_calls_off_the_close_of_a_chain_goes_on_in_its_last_section(command: commands.Command) -> None:
    stage = stage_of(song("AB", "end", bars=6))
    stage.play()
    stage.run_beats(44)
    assert end_of(stage) == 48.0
    stage.do(command)
    stage.run_beats(20)
    assert stage.performer.playing
    assert end_of(stage) is None
    assert changes(stage)[-1] == ("B", 24.0)
    assert max(2 * t for t, x in stage.notes() if x[0] & 0xF0 == 0x90) > 60
    stage.do(commands.NextSection())
    stage.run_beats(30)
    assert [letter for letter, _ in changes(stage)[-2:]] == ["A", "B"]
    stage.run_beats(20)
    assert end_of(stage) is not None


@pytest.mark.parametrize(
    "stopping",
    [
        (commands.Stop(), commands.Play()),
        (commands.Hold(on=True), commands.Hold(on=False)),
        (commands.Forget(),),
    ],
    ids=["stop and play", "hold", "forget"],
)
def test_a_close_that_something_else_called_off_is_looked_for_again(stopping: tuple[commands.Command, ...]) -> None:
    stage = stage_of(song("A", "end", bars=6))
    stage.play()
    stage.run_beats(9)
    assert end_of(stage) == 24.0
    stage.do(*stopping)
    stage.run_beats(1)
    assert end_of(stage) == 24.0
    stage.run_beats(16)
    assert not stage.performer.playing
