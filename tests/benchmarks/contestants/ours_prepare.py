"""Ours: a folder of MIDI files made ready for training, as `musiclstm train FOLDER` does it."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.contestants.answer import answer


def prepared(folder: Path, run: Path) -> dict[str, Any]:
    """Seconds of reading and of preparing; notes and events."""
    from training import gather
    from training.options import parser

    begin = time.perf_counter()
    options = parser().parse_args([str(folder), "-o", "model.onnx", "--run", str(run)])
    corpus, recipe = gather.gather(options)
    read = time.perf_counter()
    arrays = [store for store in gather.stores(run, corpus, recipe) if store]
    done = time.perf_counter()
    return {
        "read": read - begin,
        "seconds": done - begin,
        "notes": sum(int(each.notes.sum()) for each in arrays),
        "events": sum(len(each.events) for each in arrays),
    }


def measure(what: dict[str, str]) -> dict[str, Any]:
    """As `prepared`; and bytes on disk, and the peak of the process's memory so far in MB."""
    run = Path(what["run"])
    found = prepared(Path(what["folder"]), run)
    found["bytes"] = sum(file.stat().st_size for file in run.rglob("*") if file.is_file())
    found["peak"] = peak()
    return found


def peak() -> float:
    """MB; Linux counts in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def main() -> None:
    from training import train  # noqa: F401 (torch; not above, because the processes that read have no need of it)

    answer(peak(), measure)


if __name__ == "__main__":
    main()
