"""The fake engine of the window's tests refuses what the real one refuses, and says the same of what it changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.options import EngineOptions
from tests.engine.desk import Desk
from tests.gui.fake_host import FakeHost

NAN, INF = float("nan"), float("inf")
REFUSED: list[commands.Command] = [
    commands.SetTempo(1e12), commands.SetTempo(0), commands.SetTempo(NAN), commands.SetTempo(-INF),
    commands.Seed(-1), commands.Seed(2**63),
    commands.SetControl("density", NAN), commands.SetControl("density", "much"), commands.SetControl("density", None),
    commands.SetControl("none such", 1.0), commands.SetControl("scale", "none such"), commands.SetControl("thru", "x"),
    commands.SetPart(4, mode="auto"), commands.SetPart(-1, mode="auto"), commands.SetPart(0, mode="loud"),
    commands.SetPart(0, channel=16), commands.SetPart(0, program=128), commands.SetPart(0, low=-1),
    commands.SetPart(0, polyphony=129), commands.SetPart(0, longest=INF), commands.SetPart(0, transpose=61),
    commands.SetPart(0, source=0), commands.SetPart(0, source=9), commands.SetPart(0, source=-2),
    commands.SetPart(0, volume=128), commands.SetPart(0, volume=-1),
    commands.SetMeter(7, 8), commands.SetMeter(0, 0), commands.Loop(0.0, 4.0), commands.LoopLast(2),
    commands.Loop(NAN, 4.0),
    commands.PlayerNote(128, 1), commands.PlayerNote(60, 128), commands.PlayerNote(60, 1, 16),
    commands.Undo(), commands.Back(0.0), commands.Back(NAN), commands.GoTo(INF),
    commands.SetBookmark("Z"), commands.SetBookmark("AB"), commands.SetBookmark("A", NAN),
    commands.Return("H"), commands.Return(""), commands.Morph("G", "H", 0.5), commands.Morph("A", "B", NAN),
    commands.SetSync("nobody"), commands.SetSync("midi"),
    commands.End(4), commands.End(-1), commands.Learn("none such"), commands.Learn("0:density"),
    commands.OpenOutput("null", 1e9), commands.OpenOutput("null", NAN),
    commands.LoadModel("none such"), commands.LoadModel("./none such.onnx"),
    commands.SaveTake("take.txt"), commands.SaveTake("../take.mid"), commands.SaveTake("take\n.mid"),
    commands.SaveTake("take.mid", -1.0), commands.SaveTake("take.mid", NAN), commands.SetTakesFolder("here"),
    commands.SaveBars(4.0, 4.0), commands.SaveBars(0.0, NAN), commands.SaveBars(0.0, 4.0, "../bars.mid"),
    commands.SaveLastBars(0), commands.SaveLastBars(4, "bars.txt"), commands.Capture("captured.txt"),
    commands.Hear("none such.mid"), commands.Hear("take.txt"),
]  # fmt: skip
ACCEPTED: list[commands.Command] = [
    commands.SetTempo(4), commands.SetTempo(1000.0), commands.Seed(0), commands.Seed(2**63 - 1),
    commands.SetControl("time.temperature", 99.0), commands.SetControl("range.low", 50.4),
    commands.SetControl("polyphony", None), commands.SetControl("thru", "off"), commands.SetControl("thru", 1),
    commands.SetControl("scale", "dorian"), commands.SetPart(3, mode="muted"),
    commands.SetPart(1, polyphony=0, longest=0.0), commands.SetPart(1, low=40, high=90, transpose=-60),
    commands.SetPart(2, mode="follow", source=-1, punch_in=True), commands.SetPart(0),
    commands.SetPart(0, mute=True), commands.SetPart(0, mute=False, volume=64), commands.SetPart(1, solo=True),
    commands.SetPart(1, solo=False), commands.Loop(), commands.LoopLast(0), commands.SetMeter(4, 4),
    commands.SetControl("metronome", True), commands.SetControl("count_in", 9),
    commands.PlayerNote(0, 127, 15), commands.PlayerNote(0, 0, 15), commands.Hold(True), commands.Hold(False),
    commands.Learn("play"), commands.Learn("density"), commands.Learn(None), commands.SetSync("internal"),
    commands.SetBookmark("A"), commands.Back(1.0), commands.GoTo(0.0),
    commands.Hear(None), commands.Watch(True, False), commands.Panic(), commands.Forget(), commands.Undo(),
    commands.Stop(), commands.SetControl("mode", "accompany"), commands.Reset(), commands.SetControl("mode", "solo"),
    commands.StoreSection("A"), commands.StoreSection("B"),
]  # fmt: skip
FENCE = "nudge"  # set after each command to the real engine, to know that it has been carried out
CASES = [*REFUSED, *ACCEPTED]


@dataclass
class Outcome:
    """What was said in answer to a command; texts may differ."""

    refused: bool
    changed: list[Any]


def outcome(said: list[telemetry.Telemetry]) -> Outcome:
    kinds = (
        telemetry.ControlChanged,
        telemetry.PartChanged,
        telemetry.BookmarkSet,
        telemetry.MeterChanged,
        telemetry.LoopChanged,
    )
    changed: list[Any] = [
        # They play two models.
        replace(each, title=bool(each.title)) if isinstance(each, telemetry.BookmarkSet) else each  # type: ignore[arg-type]
        for each in said
        if isinstance(each, kinds) and getattr(each, "name", "") != FENCE
    ]
    forms = [(each.sections, each.letter) for each in said if isinstance(each, telemetry.FormChanged)]
    changed += dict.fromkeys(forms)
    return Outcome(any(isinstance(each, telemetry.Notice) for each in said), changed)


def of_fake() -> list[Outcome]:
    said: list[telemetry.Telemetry] = []
    host = FakeHost(said.append)
    host.start()
    found = []
    for command in CASES:
        since = len(said)
        host.send(command)
        found.append(outcome(said[since:]))
    return found


def of_real(desk: Desk) -> list[Outcome]:
    desk.status()
    found = []
    for number, command in enumerate(CASES):
        since = len(desk.heard)
        desk.host.send(command)
        # A model is looked for in another thread.
        if isinstance(command, commands.LoadModel):
            desk.until(lambda: any(isinstance(each, telemetry.Notice) for each in desk.heard[since:]))  # noqa: B023
        fence = telemetry.ControlChanged(FENCE, number / 4 - 10)
        desk.host.send(commands.SetControl(fence.name, fence.value))
        desk.until(lambda: fence in desk.heard[since:])  # noqa: B023 - called at once
        said = desk.heard[since:]
        found.append(outcome(said[: said.index(fence)]))
    return found


@pytest.fixture
def desk(desks: Callable[..., Desk], options: EngineOptions, tmp_path: Path) -> Desk:
    return desks(replace(options, play=False, takes=str(tmp_path)))


def test_the_fake_refuses_what_the_real_one_refuses(desk: Desk) -> None:
    real, fake = of_real(desk), of_fake()
    assert [c for c, found in zip(CASES, real, strict=True) if found.refused] == REFUSED
    differing = [(command, one, other) for command, one, other in zip(CASES, real, fake, strict=True) if one != other]
    assert not differing
