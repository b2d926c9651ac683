"""Processes that share the work."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from musiclstm.engine.offline.workers import shared
from musiclstm.errors import MusicLSTMError
from musiclstm.model.modelfile import ModelFile, open_model
from tests.model.tiny import tiny_model


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelFile:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    return open_model(tiny_model(tmp_path))


def doubled(_: ModelFile, jobs: Sequence[int]) -> list[int]:
    return [2 * job for job in jobs]


def killed(_: ModelFile, jobs: Sequence[int]) -> list[int]:
    """Where the memory runs out, the system ends a process in this way."""
    if 3 in jobs:
        os.kill(os.getpid(), signal.SIGKILL)
    return list(jobs)


def test_the_results_come_in_order(model: ModelFile) -> None:
    assert list(shared(doubled, model, range(9), 2)) == list(range(0, 18, 2))


@pytest.mark.timeout(60)
def test_a_process_that_is_killed_is_not_waited_for(model: ModelFile) -> None:
    with pytest.raises(MusicLSTMError, match="has ended, perhaps because memory ran out"):
        list(shared(killed, model, range(9), 1))
