"""After a fault in the middle of anything: no note hangs, what sounds is what the memory holds, and it plays on."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from musiclstm.music.note import Part
from musiclstm.protocol import commands, telemetry
from tests.engine import fakes
from tests.engine.fakes import FakeSession
from tests.engine.stage import Stage


class BrokenError(Exception):
    pass


class BreakingSession(FakeSession):
    """One call in so many raises, before or after it is done."""

    rate = 0.0  # of all of them

    def __init__(self, chance: Random, parts: Sequence[Part] = fakes.SATB) -> None:
        super().__init__(fakes.vocabulary(parts))
        self.chance = chance

    def _perhaps(self) -> None:
        if self.chance.random() < BreakingSession.rate:
            raise BrokenError

    def generate(self, *arguments: Any) -> Any:
        self._perhaps()
        found = super().generate(*arguments)
        self._perhaps()
        return found

    def read(self, event: Any, *, given: bool = True) -> None:
        self._perhaps()
        super().read(event)
        self._perhaps()

    def restore(self, snapshot: Any) -> None:
        self._perhaps()
        super().restore(snapshot)


def evening(seed: int) -> tuple[Stage, int]:
    chance = Random(seed)
    session = BreakingSession
    stage = Stage(BreakingSession(chance))
    stage.play()
    mended = 0

    def something() -> None:
        match chance.randrange(12):
            case 10:
                stage.do(commands.GoTo(chance.uniform(0, stage.beat)))
            case 11:
                stage.load(BreakingSession(chance, chance.choice((fakes.SATB, fakes.PIANO))), "other")
            case 0 | 1:
                stage.key(chance.randrange(40, 90))
            case 2:
                stage.key(chance.randrange(40, 90), 0)
            case 9:
                stage.midi(*chance.choice(((0xB0, 64, 127), (0xB0, 64, 0), (0xE0, 0, 100), (0xB0, 1, 90))))
            case 3:
                stage.do(
                    commands.SetPart(chance.randrange(4), mode=chance.choice(("auto", "input", "muted", "follow")))
                )
            case 4:
                stage.do(commands.SetControl("mode", chance.choice(("solo", "continue", "accompany", "harmonise"))))
            case 5:
                stage.do(commands.Back(chance.random()), commands.SetBookmark("A"), commands.Return("A"))
            case 6:
                stage.do(chance.choice((commands.Stop(), commands.Play(), commands.Forget(), commands.Panic())))
            case _:
                stage.run(chance.random() * 2)

    for _ in range(40):
        session.rate = chance.choice((0.0, 0.01, 0.1))
        try:
            something()
        except BrokenError:
            session.rate = chance.choice((0.0, 0.0, 0.2))
            mended += 1
            try:
                stage.performer.mend(stage.now)
            except BrokenError:
                session.rate = 0.0
                stage.performer.mend(stage.now)
            session.rate = 0.0
            assert not stage.sounding()
            stage.plan()
            assert not stage.disagreement()
    session.rate = 0.0
    return stage, mended


@pytest.mark.parametrize("batch", range(4))
def test_no_fault_leaves_a_note_or_ends_the_music(batch: int) -> None:
    mended = 0
    for seed in range(batch * 50, batch * 50 + 50):
        stage, count = evening(seed)
        mended += count
        parts = range(len(stage.performer.steering.parts))
        stage.do(*(commands.SetPart(part, mode="auto") for part in parts))
        stage.do(commands.SetControl("mode", "solo"), commands.Play())
        before = len(stage.played())
        stage.run(10)
        assert len(stage.played()) > before + 3, seed
        stage.performer.release_keys(stage.now)
        stage.do(commands.Stop())
        assert not stage.sounding(), seed
        assert not stage.scheduler.pending(), seed
        for begin, rest in ((b"\xb0\x40", 0), (b"\xb0\x01", 0), (b"\xe0\x00", 64)):
            last = [message[2] for _, message in stage.messages() if message[:2] == begin][-1:]
            assert last in ([], [rest]), seed
    assert mended > 40


def test_what_was_set_and_remembered_stays() -> None:
    stage = Stage(BreakingSession(Random(1)))
    stage.play()
    stage.run(5)
    stage.do(commands.SetBookmark("A"), commands.SetPart(1, transpose=-12), commands.SetControl("density", 0.5))
    stage.performer.mend(stage.now)
    stage.run(3)
    assert stage.performer.steering.parts[1].transpose == -12
    assert stage.performer.steering.values["density"] == 0.5
    stage.do(commands.Return("A"), commands.Back(1.0))
    assert [jump.reason for jump in stage.telemetry if isinstance(jump, telemetry.Jumped)] == ["bookmark", "back"]
