"""Songs of sections on a stage, and what is told and heard of them."""

from __future__ import annotations

from musiclstm.music.form import PartOfSection, Section, SetList, Song
from musiclstm.protocol import telemetry
from tests.engine.fakes import FakeSession
from tests.engine.stage import Stage

Heard = list[tuple[float, bytes]]
EDGE = 0.002


def song(chain: str = "AAB", at_end: str = "stop", fill: float = 0.0, bars: int = 2) -> Song:
    return Song(
        "Test",
        {
            "A": Section(controls={"density": -0.4, "velocity.scale": 0.5}, chords="Dm7 | G7", bars=bars),
            "B": Section({"density": 0.6, "range.high": 70}, {1: PartOfSection(mute=True)}, bars=bars),
            "C": Section({"scale": "major"}, {0: PartOfSection(mode="muted")}, chords="C", tempo=150.0, bars=bars),
        },
        tuple(chain),
        at_end,
        fill=fill,
    )


def stage_of(*songs: Song, seed: int = 3) -> Stage:
    stage = Stage(FakeSession(seed=seed))
    stage.load(stage.session, "voices")
    stage.performer.form.take(SetList(songs))
    stage.plan()
    return stage


def told(stage: Stage) -> list[telemetry.FormChanged]:
    return [each for each in stage.telemetry if isinstance(each, telemetry.FormChanged)]


def muted(stage: Stage) -> list[int]:
    return [number for number, part in enumerate(stage.performer.steering.parts) if part.mute]


def end_of(stage: Stage) -> float | None:
    return stage.performer.state.ending.end


def changes(stage: Stage) -> list[tuple[str, float]]:
    """(letter, beat) of each section that began."""
    found = [(each.letter, round(each.begin, 4)) for each in told(stage) if each.letter]
    return [each for index, each in enumerate(found) if not index or found[index - 1] != each]


def heard(stage: Stage, since: float, seconds: float) -> Heard:
    """Notes after `since`, without what sounds again there."""
    return [(round(t - since, 4), x) for t, x in stage.notes() if since + EDGE < t <= since + seconds - EDGE]
