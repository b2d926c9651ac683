"""Replanning: what a beat costs that is decided again, after a rollback or when a control was moved.

    python -m tests.benchmarks.replan [--models chorales piano] [--beats 400]

The session goes back to its snapshot at the start of a beat and generates that beat once more: `again` the same events,
`moved` with another density, for which the masks are made anew. For models in seconds a beat is half a second.
`restore` is the going back alone. One thread, of real-time priority where the machine grants it.
"""

from __future__ import annotations

import argparse
import statistics
from contextlib import closing

from tests.benchmarks.contestants.process import Contestant
from tests.benchmarks.figures import machine, median, p99
from tests.benchmarks.material import MODELS

WARM_UP = 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--beats", type=int, default=400)
    options = parser.parse_args()
    print(machine("numpy", "onnxruntime"))
    print(f"{'':12}{'restore, µs':^18}{'a beat again, ms':^20}{'a moved beat, ms':^20}{'events a beat':^16}")
    print(f"{'':12}{'median':>9}{'p99':>9}{'median':>10}{'p99':>10}{'median':>10}{'p99':>10}{'again':>8}{'moved':>8}")
    for name in options.models:
        with closing(Contestant("ours_replan", name)) as contestant:
            contestant.hurry()
            contestant.ask(WARM_UP)
            found = contestant.ask(options.beats)
        restore, again, moved = (found[each] for each in ("restore", "again", "moved"))
        print(
            f"{name:12}{median(restore) * 1e6:9.1f}{p99(restore) * 1e6:9.1f}{median(again) * 1e3:10.2f}"
            f"{p99(again) * 1e3:10.2f}{median(moved) * 1e3:10.2f}{p99(moved) * 1e3:10.2f}"
            f"{statistics.fmean(found['events']):8.1f}{statistics.fmean(found['moved events']):8.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
