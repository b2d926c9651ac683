"""Models for several tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.music.note import Part, TimeBase
from musiclstm.music.vocabulary import Vocabulary
from tests.engine.fakes import BAND
from tests.model.tiny import exported, tiny_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    """Four voices with eight velocities."""
    return open_model(tiny_model(tmp_path_factory.mktemp("model"), velocities=8))


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Model files of players, by name; the fiddle has a grid of its own, the piano none of beats."""
    folder = tmp_path_factory.mktemp("players")
    kit = (Part("Kit", channel=9, percussive=True),)
    coarse = Vocabulary(TimeBase.BEATS, 12, 48, (Part("Fiddle", 40, 0, 55, 90),), 40, 90, 1, meters=((4, 4),))
    return {
        "voices": tiny_model(folder, name="voices"),
        "kit": tiny_model(folder, parts=kit, velocities=4, name="kit", seed=2),
        "fiddle": exported(folder, coarse, name="fiddle", seed=3),
        "piano": tiny_model(folder, TimeBase.SECONDS, (Part("Piano"),), name="piano"),
    }


@pytest.fixture(scope="module")
def band(names: dict[str, Path]) -> ModelFile:
    """Three players with six parts."""
    return open_model(f"{names['voices']}+{names['kit']}+{names['fiddle']}")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The content of a model file that is not damaged."""
    return tiny_model(tmp_path_factory.mktemp("whole"), parts=BAND, velocities=8).read_bytes()
