"""Bars of the past rewritten by the real engine: proposals that differ only there, heard and gone on from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from musiclstm.engine.live.rewriter import around
from musiclstm.music import midifile
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.options import EngineOptions
from tests.engine.desk import Desk
from tests.engine.stage import Stage


def heard(desk: Desk, beats: float) -> float:
    """Waits until so many beats were heard; the last bar line before that."""
    desk.until(lambda: any(each.beat >= beats for each in desk.all(telemetry.Status)[-1:]), 60)
    return beats // 4 * 4


@pytest.fixture
def fast(options: EngineOptions, tmp_path: Path) -> EngineOptions:
    return replace(options, tempo=600.0, seed=4, controls=(("density", 2.0),), takes=str(tmp_path))


@pytest.fixture
def desk(desks: Callable[..., Desk], fast: EngineOptions) -> Desk:
    return desks(fast)


@pytest.mark.parametrize("band", [False, True])
def test_bars_of_the_past_are_rewritten_and_the_music_goes_on_from_them(
    desks: Callable[..., Desk], fast: EngineOptions, *, band: bool
) -> None:
    desk = desks(replace(fast, model="folk+drums", controls=()) if band else fast)
    bar = 4.0
    line = heard(desk, 60.0)
    start, end = line - 5 * bar, line - 3 * bar
    desk.host.send(commands.Rewrite(start, end, count=3))
    found = desk.until(lambda: desk.all(telemetry.Rewritten), 60)[0]
    assert (found.start, found.end) == (start, end)
    assert 1 <= len(found.files) == len(found.nats) <= 3
    assert list(found.nats) != []
    one, *others = (midifile.read(file).notes for file in found.files)
    for other in others:
        assert one != other
        before = 8 * bar
        assert [n for n in one if n.onset < before - 0.2] == [n for n in other if n.onset < before - 0.2]
    desk.host.send(commands.Prime(found.files[0]))
    desk.until(lambda: [each for each in desk.all(telemetry.Jumped) if each.reason == "prime"], 30)
    desk.status(lambda status: status.playing)
    desk.host.close()
    assert not desk.hanging()


def test_bars_are_those_of_the_time_signatures_in_which_they_were_played() -> None:
    """Eight bars of four beats, six of three, then four again."""
    stage = Stage()
    stage.play()
    for beats, meter in ((30.5, (3, 4)), (18.0, (4, 4)), (20.0, None)):
        stage.run_beats(beats)
        if meter is not None:
            stage.do(commands.SetMeter(*meter))
    changed = [each.beat for each in stage.telemetry if isinstance(each, telemetry.MeterChanged)]
    assert changed[-2:] == [32.0, 50.0]
    assert around(stage.performer, 44.0, 50.0) == ((16.0, 66.0), 8, 2)  # four bars of three before it, four of four
    assert around(stage.performer, 47.0, 54.0) == ((20.0, 66.0), 8, 2)
    assert around(stage.performer, 28.0, 35.0) == ((0.0, 47.0), 7, 2)
    assert around(stage.performer, 54.0, 62.0)[1:] == (8, 2)


def test_what_makes_no_sense_is_refused_with_one_line(desk: Desk) -> None:
    line = heard(desk, 24.0)
    for command in (
        commands.Rewrite(line - 8, line + 400),
        commands.Rewrite(line - 8, line - 8),
        commands.Rewrite(line - 8, line - 4, part=99),
        commands.Rewrite(line - 8, line - 4, count=0),
        commands.Rewrite(-4000.0, -3996.0),
    ):
        before = len(desk.all(telemetry.Notice))
        desk.host.send(command)
        notice = desk.until(lambda: desk.all(telemetry.Notice)[before:])[0]  # noqa: B023 - called at once
        assert "\n" not in notice.text
    answers = desk.until(lambda: desk.all(telemetry.Rewritten)[4:] and desk.all(telemetry.Rewritten))
    assert [(each.start, each.files) for each in answers] == [(line - 8, ())] * 4 + [(-4000.0, ())]
