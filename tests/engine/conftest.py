"""Fixtures for tests of the engine's process."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from musiclstm.engine import messages as m
from tests.engine.dense import dense_model
from tests.engine.desk import Desk
from tests.engine.ears import Ears, ears


@pytest.fixture(scope="session")
def dense(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file of a small model that has much to say."""
    return dense_model(tmp_path_factory.mktemp("dense"))


@pytest.fixture
def options(dense: Path, tmp_path: Path) -> m.EngineOptions:
    """Give options with which it plays at once, four beats a second, to nobody."""
    journal = str(tmp_path / "journal")
    return m.EngineOptions(model=str(dense), output="null", tempo=240, seed=1, journal=journal, play=True)


@pytest.fixture
def desks() -> Iterator[Callable[..., Desk]]:
    """Start hosts; they are closed at the end."""
    opened: list[Desk] = []

    def desk(options: m.EngineOptions, **settings: Any) -> Desk:
        opened.append(Desk(options, **settings))
        return opened[-1]

    yield desk
    for each in opened:
        each.host.close()


@pytest.fixture
def listener(jack_server: object) -> Iterator[Ears]:
    """Listen at a real port."""
    with ears() as listening:
        yield listening
