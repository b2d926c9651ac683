"""Every target takes its seeds, damaged seeds and what once failed."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import pytest

from tests.fuzz.run import MAX_SECONDS, Watched
from tests.fuzz.targets import TARGETS, Refused, Target

FINDINGS = sorted((Path(__file__).parent / "findings").glob("*"))


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_seeds_and_damaged_seeds(target: Target, tmp_path: Path) -> None:
    """The first seed is valid: a target that refuses everything would test nothing."""
    watched = Watched(target, tmp_path)
    seeds = list(islice(target.seeds(), 50))
    watched(seeds[0])
    assert watched.totals.taken == 1, watched.totals
    rng = random.Random(1)
    for number in range(100):
        data = bytearray(seeds[number % len(seeds)])
        for _ in range(rng.randrange(4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        watched(bytes(data[: rng.choice((len(data), rng.randrange(len(data)))) or 1]))
    assert watched.totals.failures == {}
    assert watched.totals.slowest < MAX_SECONDS


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda path: path.name)
def test_what_once_failed(finding: Path, tmp_path: Path) -> None:
    name = finding.name.rsplit("-", 1)[0]
    watched = Watched(TARGETS[name], tmp_path)
    watched(finding.read_bytes())
    assert watched.totals.failures == {}


def test_failures_are_counted_and_kept(tmp_path: Path) -> None:
    """One of each place; and what is refused as it should be is no failure."""

    def take(data: bytes) -> None:
        if data == b"refuse":
            raise Refused
        if data.startswith(b"fail"):
            raise KeyError(data)

    watched = Watched(Target("x", take, lambda: iter([b""]), 1), tmp_path)
    for data in (b"fine", b"refuse", b"fail 1", b"fail 2"):
        watched(data)
    assert (watched.totals.taken, watched.totals.refused) == (1, 1)
    ((kind, path),) = watched.totals.failures.items()
    assert "KeyError in test_targets.py" in kind
    assert Path(path).read_bytes() == b"fail 1"
