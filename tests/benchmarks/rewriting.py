"""Rewriting: how well rewritten bars fit what follows, beside the real ones.

    python -m tests.benchmarks.rewriting CORPUS [--model chorales] [--pieces 12] [--particles 1 16 64 256]

Bars 5 to 8 of validation pieces, in nats a note of these bars and the four after them, and in nats of what is kept of
them, by which particles are chosen. One particle merely continues: nothing chooses it by what follows.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from statistics import fmean

from musiclstm.engine.offline import rewriting
from musiclstm.errors import MidiFileError
from musiclstm.model.modelfile import open_model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--model", default="chorales")
    parser.add_argument("--pieces", type=int, default=12)
    parser.add_argument("--particles", type=int, nargs="+", default=[1, 16, 64, 256])
    options = parser.parse_args()
    model = open_model(options.model)
    with (options.corpus / "splits.csv").open(encoding="utf-8") as lines:
        paths = [options.corpus / "midi" / row[0] for row in csv.reader(lines) if row[-1].startswith("valid")]
    sums: dict[str, list[tuple[float, float]]] = {}
    done = 0
    for path in paths:
        try:
            tried = {n: rewriting.rewrite(model, path, (5, 8), None, 1, n, 1) for n in options.particles}
        except MidiFileError:
            continue
        real = next(iter(tried.values()))
        first, until = (tick / model.vocabulary.resolution for tick in (real.passage.start, real.passage.until))
        others = sum(first <= note.onset <= until for note in real.piece.notes) - len(real.old)
        sums.setdefault("real", []).append((real.nats / (others + len(real.old)), real.following))
        for n, found in tried.items():
            best = found.proposals[0]
            sums.setdefault(f"{n} particles", []).append((best.nats / (others + len(best.notes)), best.following))
        done += 1
        if done == options.pieces:
            break
    for name, values in sums.items():
        all_of_it, kept = (fmean(each) for each in zip(*values, strict=True))
        print(f"{name:16} {all_of_it:.3f} nats a note, what is kept {kept:.1f} nats, {len(values)} pieces", flush=True)


if __name__ == "__main__":
    main()
