"""One target: every input counted and timed, memory watched, failures kept."""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.fuzz.targets import EXPECTED, FOLDER, Target

KEPT = Path("build") / "fuzz"
MAX_SECONDS = 5.0
MAX_GROWTH = 500 << 20  # bytes
# Beyond this an allocation fails, which counts as a failure, instead of taking the machine down.
ADDRESS_SPACE = 4 << 30


@dataclass
class Totals:
    """taken: inputs that were accepted. failures: each kind of failure -> the file of its first input."""

    taken: int = 0
    refused: int = 0
    slowest: float = 0.0
    growth: int = 0
    failures: dict[str, str] = field(default_factory=dict)


class Watched:
    """A target's function that never raises, and counts."""

    def __init__(self, target: Target, kept: Path = KEPT) -> None:
        self.totals = Totals()
        self._target, self._kept = target, kept
        self._begun = peak_memory()

    def __call__(self, data: bytes) -> None:
        totals, begun = self.totals, time.perf_counter()
        try:
            self._target.take(data)
            totals.taken += 1
        except EXPECTED as refusal:
            totals.refused += 1
            if "\n" in str(refusal):
                self._failed(f"{type(refusal).__name__} of several lines", data)
        except BaseException as error:  # noqa: BLE001 (SystemExit and MemoryError are failures as well)
            where = traceback.extract_tb(error.__traceback__)[-1]
            self._failed(f"{type(error).__name__} in {Path(where.filename).name}:{where.lineno}: {error}"[:200], data)
        seconds = time.perf_counter() - begun
        totals.slowest = max(totals.slowest, seconds)
        totals.growth = max(totals.growth, peak_memory() - self._begun)
        if seconds > MAX_SECONDS:
            self._failed("too slow", data)
        if totals.growth > MAX_GROWTH:
            self._failed("too much memory", data)

    def _failed(self, kind: str, data: bytes) -> None:
        place = kind.partition(": ")[0]
        if any(known.startswith(place) for known in self.totals.failures):
            return
        self._kept.mkdir(parents=True, exist_ok=True)
        path = self._kept / f"{self._target.name}-{hashlib.sha256(data).hexdigest()[:12]}"
        path.write_bytes(data)
        self.totals.failures[kind] = str(path)


def peak_memory() -> int:
    """Bytes of the process's largest size so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def run(target: Target, runs: int, seed: int, report: Callable[[Totals], None]) -> None:
    """Fuzz with Atheris, which ends the process; `report` gets the totals at its end."""
    import atexit

    import atheris

    seeds = FOLDER / "seeds"
    seeds.mkdir()
    with atheris.instrument_imports(include=["musiclstm"], exclude=["musiclstm.protocol"]):
        for number, data in enumerate(target.seeds()):
            (seeds / f"{number:04}").write_bytes(data)
        watched = Watched(target)
        watched(next(iter(target.seeds())))  # what is imported late
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    watched = Watched(target)
    atexit.register(lambda: report(watched.totals))
    timeout = round(3 * MAX_SECONDS)
    limits = [f"-atheris_runs={runs}", f"-timeout={timeout}", f"-max_len={target.max_length}", f"-seed={seed}"]
    atheris.Setup([sys.argv[0], *limits, "-verbosity=0", str(seeds)], watched)
    atheris.Fuzz()


def main(target: Target, arguments: Sequence[str]) -> None:
    """arguments: runs, seed, and the file that gets the totals as JSON."""
    runs, seed, result = int(arguments[0]), int(arguments[1]), Path(arguments[2])

    def report(totals: Totals) -> None:
        result.write_text(json.dumps(asdict(totals)))

    run(target, runs, seed, report)
