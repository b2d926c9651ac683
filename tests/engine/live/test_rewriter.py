"""Bars of the past rewritten by the real engine: proposals that differ only there, heard and gone on from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from musiclstm.music import midifile
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.options import EngineOptions
from tests.engine.desk import Desk


def heard(desk: Desk, beats: float) -> float:
    """Waits until so many beats were heard; the last bar line before that."""
    desk.until(lambda: any(each.beat >= beats for each in desk.all(telemetry.Status)[-1:]), 60)
    return beats // 4 * 4


@pytest.fixture
def dense(desks: Callable[..., Desk], options: EngineOptions, tmp_path: Path) -> Desk:
    controls = (("density", 2.0),)
    return desks(replace(options, tempo=600.0, seed=4, controls=controls, takes=str(tmp_path)))


def test_bars_of_the_past_are_rewritten_and_the_music_goes_on_from_them(dense: Desk) -> None:
    bar = 4.0
    line = heard(dense, 60.0)
    start, end = line - 5 * bar, line - 3 * bar
    dense.host.send(commands.Rewrite(start, end, count=3))
    found = dense.until(lambda: dense.all(telemetry.Rewritten), 60)[0]
    assert (found.start, found.end) == (start, end)
    assert 1 <= len(found.files) == len(found.nats) <= 3
    assert list(found.nats) != []
    one, *others = (midifile.read(file).notes for file in found.files)
    for other in others:
        assert one != other
        before = 8 * bar
        assert [n for n in one if n.onset < before - 0.2] == [n for n in other if n.onset < before - 0.2]
    dense.host.send(commands.Prime(found.files[0]))
    dense.until(lambda: [each for each in dense.all(telemetry.Jumped) if each.reason == "prime"], 30)
    dense.status(lambda status: status.playing)
    dense.host.close()
    assert not dense.hanging()


def test_what_makes_no_sense_is_refused_with_one_line(dense: Desk) -> None:
    line = heard(dense, 24.0)
    for command in (
        commands.Rewrite(line - 8, line + 400),
        commands.Rewrite(line - 8, line - 8),
        commands.Rewrite(line - 8, line - 4, part=99),
        commands.Rewrite(line - 8, line - 4, count=0),
        commands.Rewrite(-4000.0, -3996.0),
    ):
        before = len(dense.all(telemetry.Notice))
        dense.host.send(command)
        notice = dense.until(lambda: dense.all(telemetry.Notice)[before:])[0]  # noqa: B023 - called at once
        assert "\n" not in notice.text
    assert not dense.all(telemetry.Rewritten)
