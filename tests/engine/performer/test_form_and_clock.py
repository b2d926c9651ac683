"""Sections beside what else moves the music: endings, loops, a clock that jumps."""

from __future__ import annotations

from pathlib import Path

import pytest

from musiclstm.model.modelfile import open_model
from musiclstm.model.session import Session
from musiclstm.music.form import Section, SetList, Song
from musiclstm.protocol import commands
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
