"""Models to perform with."""

from __future__ import annotations

import pytest

from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.music.note import TimeBase
from tests.engine import fakes
from tests.model.tiny import tiny_model


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[ModelFile]:
    """Of small networks with random weights: four voices, a band with drums, a piano in seconds."""
    folder = tmp_path_factory.mktemp("models")
    return [
        open_model(tiny_model(folder, TimeBase.BEATS, name="voices")),
        open_model(tiny_model(folder, TimeBase.BEATS, fakes.BAND, velocities=4, name="band")),
        open_model(tiny_model(folder, TimeBase.SECONDS, fakes.PIANO, velocities=8, name="piano")),
    ]
