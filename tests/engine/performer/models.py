"""Models that a performer changes between, and what is heard of them."""

from __future__ import annotations

from musiclstm.model.session import Session
from musiclstm.music.note import TimeBase
from musiclstm.protocol import commands, telemetry
from tests.engine import fakes
from tests.engine.fakes import FakeSession
from tests.engine.stage import Stage

EDGE = 0.002
BAND = (("density", 0.9), ("time.temperature", 1.3))
Heard = list[tuple[float, bytes]]


def heard(stage: Stage, since: float, seconds: float) -> Heard:
    """Notes after `since`, which is left out with what sounds again there; their times from it on.

    Without the ends of drum notes, which come by themselves, whatever is played by then.
    """
    within = [(round(t - since, 4), x) for t, x in stage.notes() if since + EDGE + 1e-5 < t <= since + seconds - EDGE]
    return [(t, x) for t, x in within if x[0] != 0x89]


def band() -> Session:
    return FakeSession(fakes.vocabulary(fakes.BAND), seed=5)


def piano() -> Session:
    return FakeSession(fakes.vocabulary(fakes.PIANO, TimeBase.SECONDS), seed=6)


def two_models() -> Stage:
    """The voices until 12 s (beat 24), with bookmark A at 6 s, then the band until 24 s."""
    stage = Stage(FakeSession(seed=9))
    stage.load(FakeSession(seed=9), "voices", (("density", 0.6),))
    stage.do(commands.SetPart(1, transpose=-12, program=7), commands.SetPart(3, mode="muted"))
    stage.play()
    stage.run(6)
    stage.do(commands.SetBookmark("A"))
    stage.run(6)
    stage.load(band(), "band", BAND)
    stage.do(commands.SetPart(0, transpose=5))
    stage.run(12)
    return stage


def of_a_family(fingerprint: str, seed: int) -> FakeSession:
    session = FakeSession(seed=seed)
    session.family, session._fingerprint = "family", fingerprint
    return session


def texts(stage: Stage) -> list[str]:
    return [notice.text for notice in stage.telemetry if isinstance(notice, telemetry.Notice)]


def model(stage: Stage) -> str:
    loaded = stage.performer.model.loaded
    assert loaded is not None
    return loaded.model
