"""Preparing a corpus: files a second on POP909, beside MidiTok's tokens and reading alone; bytes a note; peak memory.

    python -m tests.benchmarks.prepare [--files 800] [--minutes 2]

Without the corpus (`material`): files that a model has played. Each contestant is a process on one and the same core,
of real-time priority where the machine grants it. They take turns, with other files in each round; medians of the
rounds. Ours reads, chooses a recipe and prepares, as `musiclstm train FOLDER` does; at last also on all cores.

Memory: the peak of a new process for each number of files (copies of the same), before and after; numbers that would
take longer than --minutes are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.benchmarks.contestants.process import Contestant, peer
from tests.benchmarks.figures import machine, median
from tests.benchmarks.material import corpus, generated

ROUNDS = 5
MEMORY = (50, 200, 1_000, 10_000)
GOAL = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=800)
    parser.add_argument("--minutes", type=float, default=2.0, help="for each number of files in measuring memory")
    options = parser.parse_args()
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    if cores:
        os.sched_setaffinity(0, {max(cores)})  # contestants inherit it
    print(machine("numpy"))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        pop909 = corpus("pop909", folder)
        music = pop909 or generated("piano", folder / "played", count=options.files, bars=64)
        files = sorted(music.rglob("*.mid"))[: options.files]
        print(f"{len(files)} files of {'POP909' if pop909 else 'our own playing'}, one core")
        speed = compare(files, folder)
        if cores:
            os.sched_setaffinity(0, cores)
            with closing(Contestant("ours_prepare")) as ours:
                found = ours.ask(asked(files, folder / "cores"))
            print(f"ours on {len(cores)} cores: {len(files) / found['seconds']:.1f} files/s")
            os.sched_setaffinity(0, {max(cores)})
        print(f"{'files':>12}{'peak memory of ours, MB':>28}{'seconds':>12}")
        for count in MEMORY:
            if count / speed > options.minutes * 60:
                print(f"{count:12,}{'not measured':>28}{count / speed:12,.0f} expected")
                continue
            with closing(Contestant("ours_prepare")) as ours:
                before = ours.ready
                found = ours.ask(asked(list(itertools.islice(itertools.cycle(files), count)), folder / f"{count}"))
            print(f"{count:12,}{before:12,.0f} to{found['peak']:13,.0f}{found['seconds']:12,.1f}", flush=True)


def compare(files: Sequence[Path], folder: Path) -> float:
    """Print how fast each is; returns our files a second."""
    contestants: dict[str, tuple[Contestant, str]] = {"ours": (Contestant("ours_prepare"), "")}
    if (other := peer("miditok")) is not None:
        names = {
            "MidiTok REMI": "REMI",
            "MidiTok MIDILike": "MIDILike",
            "symusic reads": "symusic",
            "mido reads": "mido",
        }
        contestants |= {name: (other, way) for name, way in names.items()}
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in contestants}
    each = len(files) // ROUNDS
    with contextlib.ExitStack() as ended:
        for contestant in {contestant for contestant, _ in contestants.values()}:
            ended.callback(contestant.close)
            contestant.hurry()
        for number, (name, (contestant, way)) in itertools.product(range(ROUNDS), contestants.items()):
            what = asked(files[number * each : (number + 1) * each], folder / f"{name} {number}", way)
            found[name].append(contestant.ask(what))
    notes = sum(round_["notes"] for round_ in found["ours"])
    speeds = {name: median([each / one["seconds"] for one in rounds]) for name, rounds in found.items()}
    print(f"{'':20}{'files/s':>10}{'ours is':>12}{'bytes/note':>14}")
    for name, rounds in found.items():
        size = sum(one["bytes"] for one in rounds) / notes
        faster = f"{speeds['ours'] / speeds[name]:10.3g} ×" if name != "ours" else f"{'':12}"
        print(f"{name:20}{speeds[name]:10.1f}{faster}" + (f"{size:14.1f}" if size else ""))
    reading, all_, events = (sum(one[what] for one in found["ours"]) for what in ("read", "seconds", "events"))
    print(f"ours: {reading / all_:.0%} of it reading; {events / all_:,.0f} events/s; goal: {GOAL} × MidiTok's files/s")
    return speeds["ours"]


def asked(files: Sequence[Path], place: Path, way: str = "") -> dict[str, str]:
    """What a contestant is asked: a folder with these files, all of them to train on, and one for what it makes."""
    folder, run = place / "files", place / "run"
    folder.mkdir(parents=True)
    run.mkdir()
    lines = ["midi,split"]
    for number, file in enumerate(files):
        name = f"{number}-{file.name}"
        os.link(file, folder / name)
        lines.append(f"{name},train")
    (folder / "splits.csv").write_text("\n".join(lines))
    return {"folder": str(folder), "run": str(run), "way": way}


if __name__ == "__main__":
    main()
