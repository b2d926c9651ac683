"""A band under a performer: going back, going on after a crash, and files bring all players back."""

from __future__ import annotations

import pickle

import pytest

from musiclstm.engine.offline.render import Bars, Request, generate
from musiclstm.model.band import open_session
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.music.note import Part
from musiclstm.protocol import commands
from tests.engine.stage import Stage
from tests.model.tiny import tiny_model

KIT = (Part("Kit", channel=9, percussive=True),)


@pytest.fixture(scope="module")
def band(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    folder = tmp_path_factory.mktemp("band")
    voices, kit = tiny_model(folder, name="voices"), tiny_model(folder, parts=KIT, velocities=4, name="kit", seed=2)
    return open_model(f"{voices}+{kit}")


def playing(band: ModelFile, seed: int = 1) -> Stage:
    session = open_session(band, seed)
    stage = Stage(session)
    stage.load(session, "band", tuple(band.defaults.items()))
    stage.play()
    return stage


def starts(stage: Stage, since: float, beats: float) -> list[tuple[float, int, int]]:
    """Onsets in beats after `since`, without the first tick, where held notes sound again."""
    found = [(round(2 * time - since, 3), channel, pitch) for time, channel, pitch in stage.starts()]
    return [each for each in found if 0.05 < each[0] < beats]


def test_the_way_back_is_exact(band: ModelFile) -> None:
    """Of all players: the same notes follow as the first time."""
    stage = playing(band)
    stage.run(8)
    stage.do(commands.SetBookmark("A"))
    since = 2 * stage.now
    stage.run(8)
    first = starts(stage, since, 14)
    assert {9} < {channel for _, channel, _ in first}
    stage.do(commands.Return("A"))
    again = 2 * stage.now
    stage.run(8)
    assert starts(stage, again, 14) == first


def test_live_is_offline(band: ModelFile) -> None:
    stage = playing(band, 5)
    stage.run(8.5)
    piece = generate(band, Request(Bars(8), 5, 120.0))
    offline = sorted(
        (round(note.onset, 3), band.vocabulary.parts[note.part].channel, note.pitch)
        for note in piece.notes
        if note.onset < 16
    )
    live = sorted((round(2 * time, 3), channel, pitch) for time, channel, pitch in stage.starts())
    assert [each for each in live if each[0] < 15.9] == [each for each in offline if each[0] < 15.9]


def test_another_process_goes_on_with_the_whole_band(band: ModelFile) -> None:
    stage = playing(band)
    stage.run(6)
    kept = pickle.loads(pickle.dumps(stage.performer.checkpoint()))  # noqa: S301 - our own
    since = 2 * stage.now
    stage.run(6)
    other = Stage(open_session(band, 99))
    other.performer.resume(kept)
    other.play()
    other.run(6)
    wanted, found = starts(stage, since, 8), starts(other, 0, 8)
    assert [each[1:] for each in found][:20] == [each[1:] for each in wanted][:20]
    assert {9} < {channel for _, channel, _ in found}
