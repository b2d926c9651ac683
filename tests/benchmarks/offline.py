"""Offline: 64 pieces at once, as `musiclstm generate --count 64` makes them, and how long a thousand take.

    python -m tests.benchmarks.offline [--models chorales piano] [--bars 64]

By wall-clock time, all included from the opened model to the last piece: starting other processes, too. `CPU`: seconds
of processor time of all processes, which tell more where something else runs. A thousand pieces are measured only where
they are expected to take less than two minutes. The first piece is made once more, by itself: it must be the same.
"""

from __future__ import annotations

import argparse
import time

from musiclstm.engine.offline.render import Bars, Request, generate, generate_all
from musiclstm.engine.system.priority import no_collection
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.music.note import Piece
from tests.benchmarks.figures import cpu_time, machine
from tests.benchmarks.material import MODELS

MANY = 1000
PATIENCE = 120.0
GOAL = 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--pieces", type=int, default=64)
    parser.add_argument("--bars", type=int, default=64)
    options = parser.parse_args()
    print(machine("numpy", "onnxruntime"))
    print(f"{options.pieces} pieces of {options.bars} bars (goal: {GOAL:,} notes/s for chorales; 1,000 in 60 s)")
    print(
        f"{'':12}{'notes':>10}{'seconds':>10}{'CPU':>8}{'notes/s':>10}{f'{MANY:,} pieces, s':>18}  the first as alone"
    )
    for name in options.models:
        model = open_model(name)
        pieces, seconds, busy = timed(model, options.pieces, options.bars)
        many, how = seconds / options.pieces * MANY, "expected"
        if many < PATIENCE:
            many, how = timed(model, MANY, options.bars)[1], "measured"
        same = generate(model, Request(Bars(options.bars), 0)).notes == pieces[0].notes
        notes = sum(len(piece.notes) for piece in pieces)
        print(
            f"{name:12}{notes:10,}{seconds:10.1f}{busy:8.1f}{notes / seconds:10,.0f}{many:9.0f} {how}  "
            f"{'yes' if same else 'NO'}",
            flush=True,
        )


def timed(model: ModelFile, count: int, bars: int) -> tuple[list[Piece], float, float]:
    """The pieces, seconds, and seconds of processor time."""
    begin, busy = time.perf_counter(), cpu_time()
    with no_collection():
        pieces = list(generate_all(model, [Request(Bars(bars), seed) for seed in range(count)]))
    return pieces, time.perf_counter() - begin, cpu_time() - busy


if __name__ == "__main__":
    main()
