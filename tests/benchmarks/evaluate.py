"""Evaluate: how fast `musiclstm evaluate` scores a folder of MIDI files, and whether it scores each as if alone.

    python -m tests.benchmarks.evaluate [--models chorales piano] [--files 40] [--bars 32]

The files are played by the model itself. By wall-clock time, reading the files included; the model is open already.
In this process, with as many threads as the command has. `CPU`: seconds of processor time, which tell more where
something else runs.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from musiclstm.engine.offline.scoring import score_paths
from musiclstm.model.modelfile import open_model
from musiclstm.model.score import Score
from tests.benchmarks.figures import cpu_time, machine
from tests.benchmarks.material import generated

GOAL = 20_000
TOLERANCE = 1e-4  # nats a note


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["chorales", "piano"])
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--bars", type=int, default=32)
    options = parser.parse_args()
    print(machine("numpy", "onnxruntime"))
    print(f"{options.files} files of {options.bars} bars (goals: {GOAL:,} notes/s; off by at most {TOLERANCE:g})")
    print(
        f"{'':12}{'notes':>10}{'seconds':>10}{'CPU':>8}{'notes/s':>10}{'alone, notes/s':>16}"
        f"{'nats/note':>11}{'off by':>10}"
    )
    with tempfile.TemporaryDirectory() as temporary:
        for name in options.models:
            folder = generated(name, Path(temporary) / name, count=options.files, bars=options.bars)
            together, seconds, busy = timed(name, [folder])
            one_by_one = [timed(name, [file]) for file in sorted(folder.iterdir())]
            alone = sum(score.nats for score, *_ in one_by_one) / together.notes
            alone_seconds = sum(seconds for _, seconds, _ in one_by_one)
            off = abs(alone - together.nats_per_note)
            print(
                f"{name:12}{together.notes:10,}{seconds:10.1f}{busy:8.1f}{together.notes / seconds:10,.0f}"
                f"{together.notes / alone_seconds:16,.0f}{together.nats_per_note:11.4f}{off:10.1e}",
                flush=True,
            )


def timed(name: str, paths: list[Path]) -> tuple[Score, float, float]:
    """The score, seconds, and seconds of processor time."""
    model = open_model(name)
    begin, busy = time.perf_counter(), cpu_time()
    score = score_paths(model, paths)
    return score, time.perf_counter() - begin, cpu_time() - busy


if __name__ == "__main__":
    main()
