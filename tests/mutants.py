"""Mutation testing: which changes of the code no test notices.

`make mutants` tries all rooms; to try some of them:
python -m tests.mutants musiclstm.music musiclstm.model

mutmut changes one expression at a time and runs the tests that reach it; what it has found is kept in `mutants` and
not tried again until the code changes. Prints every mutant that survived, and the share of killed ones of each room.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from mutmut.stats import status_by_exit_code

FOLDER = Path("mutants")
# A mutant that hangs or crashes is noticed.
NOTICED = {"killed", "timeout", "segfault", "caught by type check"}


def main() -> int:
    rooms = sys.argv[1:]
    names = [f"{room}.*" for room in rooms]
    command = [sys.executable, "-m", "mutmut", "run", *names]
    done = subprocess.run(command, check=False)
    totals: Counter[tuple[str, bool]] = Counter()
    for path in sorted(FOLDER.glob("**/*.meta")):
        source = path.relative_to(FOLDER).with_suffix("")
        codes: dict[str, int | None] = json.loads(path.read_text())["exit_code_by_key"]
        room = ".".join(source.parts[:2] if source.parts[1] != "engine" else source.parts[:3]).removesuffix(".py")
        for key, code in codes.items():
            status = status_by_exit_code[code]
            if status in {"not checked", "skipped"}:
                continue
            totals[room, status in NOTICED] += 1
            if status not in NOTICED:
                print(f"{status}: {key}")
    for room in sorted({room for room, _ in totals}):
        noticed, total = totals[room, True], totals[room, True] + totals[room, False]
        print(f"{room:36}{noticed:6} of {total:6} noticed, {noticed / total:.1%}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
