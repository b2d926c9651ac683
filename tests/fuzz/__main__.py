"""Fuzz every target, or those named, and print the totals: python -m tests.fuzz [TARGET …] [--share 0.1] [--seed 1]."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.fuzz import run
from tests.fuzz.targets import TARGETS, Target

ROW = "{:14}{:>9}{:>9}{:>9}{:>9}{:>10}{:>10}  {}"


def fuzz(target: Target, runs: int, seed: int) -> tuple[dict[str, Any], float]:
    """The totals of one target in a process of its own, and its seconds."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "totals.json"
        command = [sys.executable, "-m", "tests.fuzz", "--one", target.name, str(runs), str(seed), str(result)]
        process = subprocess.run(command, capture_output=True, text=True, check=False)
        totals: dict[str, Any] = json.loads(result.read_text()) if result.is_file() else {"failures": {}}
        if not totals.get("taken"):
            last = (process.stderr.strip().splitlines() or ["nothing said"])[-1]
            totals["failures"][f"ended with code {process.returncode}: {last}"] = "nowhere"
    return totals, time.monotonic() - begun


def main() -> int:
    if sys.argv[1:2] == ["--one"]:
        run.main(TARGETS[sys.argv[2]], sys.argv[3:])
        return 0
    parser = argparse.ArgumentParser("python -m tests.fuzz", description="Fuzz what comes from outside.")
    parser.add_argument("target", nargs="*", choices=[*TARGETS, []], help="all of them if none is named")
    parser.add_argument("--share", type=float, default=1.0, help="of the usual number of inputs")
    parser.add_argument("--seed", type=int, default=1, help="other inputs for another number")
    options = parser.parse_args()
    print(ROW.format("target", "inputs", "taken", "refused", "seconds", "slowest", "memory", "failures"))
    failed = False
    for name in options.target or TARGETS:
        target = TARGETS[name]
        totals, seconds = fuzz(target, max(1, round(target.runs * options.share)), options.seed)
        taken, refused = (totals.get(key, 0) for key in ("taken", "refused"))
        failures: dict[str, str] = totals["failures"]
        slowest, growth = f"{totals.get('slowest', 0):.2f} s", f"{totals.get('growth', 0) / 2**20:.0f} MB"
        print(
            ROW.format(name, taken + refused, taken, refused, round(seconds), slowest, growth, len(failures)),
            flush=True,
        )
        for kind, path in failures.items():
            print(f"    {kind}\n        {path}")
        failed |= bool(failures)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
