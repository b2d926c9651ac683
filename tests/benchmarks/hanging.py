"""No hanging notes: random evenings under the manual clock, and how many notes of them did not end, or ended twice.

    python -m tests.benchmarks.hanging [--scripts 5000] [--commands 40] [--first 100000]

The same scripts as `tests/engine/performer/test_hanging.py`, other seeds: commands, keys, knobs, tempo changes,
rewinds, clocks that jump, ports that are replaced, stops. `tests.benchmarks.kill` measures what a killed engine leaves.
"""

from __future__ import annotations

import argparse
import time

from musiclstm.protocol.telemetry import Played
from tests.engine.scripts import Script


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--scripts", type=int, default=5_000)
    parser.add_argument("--commands", type=int, default=40)
    parser.add_argument("--first", type=int, default=100_000)
    arguments = parser.parse_args()
    begin = time.perf_counter()
    notes = hanging = 0
    seconds = 0.0
    broken: list[str] = []
    for seed in range(arguments.first, arguments.first + arguments.scripts):
        script = Script(seed)
        try:
            stage = script.run(arguments.commands)
            left = stage.sounding()
        except AssertionError as error:
            broken.append(f"script {seed}: {error}")
            continue
        hanging += sum(left.values())
        notes += sum(isinstance(each, Played) and each.velocity > 0 for each in stage.telemetry)
        seconds += stage.now
        if left:
            broken.append(f"script {seed}: {dict(left)}")
    print(
        f"{arguments.scripts:,} scripts, {seconds / 3600:.1f} hours of music, {notes:,} notes begun: {hanging} hang, "
        f"{len(broken)} scripts broken ({time.perf_counter() - begin:.0f} s)"
    )
    for line in broken[:20]:
        print(line)
    if broken:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
