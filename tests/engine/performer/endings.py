"""A stage on which the end is asked for, and what it says of it."""

from __future__ import annotations

from math import ceil

from musiclstm.model.session import Session
from musiclstm.protocol import telemetry
from musiclstm.protocol.commands import SetControl
from tests.engine.fakes import FakeSession
from tests.engine.stage import Stage


def told(stage: Stage) -> list[float | None]:
    return [each.end for each in stage.telemetry if isinstance(each, telemetry.EndChanged)]


def plays(stage: Stage) -> bool:
    return stage.performer.playing


def end_at(stage: Stage, bars: int) -> float:
    bar = stage.performer.bar
    line = stage.performer.state.beat_map.line
    return line + (ceil((stage.performer.edge() - line) / bar - 1e-6) + bars) * bar


def stage_at(beats: float, session: Session | None = None, *, horizon: float = 1.0, tempo: float = 120.0) -> Stage:
    stage = Stage(session or FakeSession(), tempo)
    stage.do(SetControl("horizon", horizon))
    stage.play()
    stage.run_beats(beats)
    return stage


def until_it_stops(stage: Stage, seconds: float = 60.0) -> None:
    for _ in range(round(seconds * 10)):
        if not plays(stage):
            return
        stage.run(0.1)
    raise AssertionError("it goes on")
