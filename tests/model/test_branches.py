"""Branches: which particle goes on, by weight."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from musiclstm.model.branches import moved, resampled
from musiclstm.model.session import Session
from tests.engine.fakes import FakeSession


def test_heavy_particles_go_on_as_often_as_they_weigh() -> None:
    nats = [0.0, np.log(3.0), 20.0, 20.0, 20.0, 20.0, 20.0, 20.0]
    counts: Counter[int] = Counter()
    for seed in range(100):
        counts.update(resampled(nats, np.random.default_rng(seed)) or [])
    assert counts[0] / counts[1] == pytest.approx(3, rel=0.05)
    assert sum(counts.values()) - counts[0] - counts[1] < 3


def test_where_most_carry_weight_all_stay() -> None:
    assert resampled([1.0, 1.1, 1.2, 0.9], np.random.default_rng(0)) is None


def test_a_branch_goes_on_from_the_moment_with_its_own_numbers() -> None:
    session: Session = FakeSession(seed=3)
    for _ in range(20):
        session.generate()
    here = session.snapshot()

    def played(seed: int | None) -> list[object]:
        other = moved(session.another(0), here, seed)
        return [other.generate().event for _ in range(20)]

    assert played(None) == played(None) == [session.generate().event for _ in range(20)]
    assert played(5) == played(5) != played(6)
