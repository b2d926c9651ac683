"""How music ends: on the tonic, with a chord of it, how long: closed, merely cut, and the corpus's own.

    python -m tests.benchmarks.ending [--models chorales folk …] [--pieces 20] [--bars 16]

The key is that of the whole piece, found apart from the close by the profiles of Krumhansl and Kessler. `tonic`: the
lowest last note is the key's; `chord`: all last notes are in the tonic's chord; `beats`: how long the last notes are.
The corpus's own ends are those of validation pieces, where the corpus is there (MUSICLSTM_CORPORA).
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from musiclstm.engine.offline.render import Bars, Request, generate
from musiclstm.model.ending import key_of
from musiclstm.model.modelfile import open_model
from musiclstm.music import midifile
from musiclstm.music.note import Piece
from musiclstm.music.parts import assign
from tests.benchmarks.figures import machine
from tests.benchmarks.material import corpus

CORPORA = {
    "chorales": "open-hymnal",
    "folk": "folk-pd",
    "quartet": "openscore-quartets",
    "piano": "piano-midi-de",
}


def ends(pieces: Iterable[Piece], heard: Sequence[Piece] = ()) -> str:
    """The shares of pieces, and the mean length in beats. heard: whose key counts instead, piece by piece."""
    tonics = chords = counted = 0
    beats = 0.0
    for number, piece in enumerate(pieces):
        weights = [0.0] * 12
        for note in (heard[number] if heard else piece).notes:
            weights[note.pitch % 12] += note.duration
        tonic, _ = key_of(weights)
        last = [note for note in piece.notes if note.end > piece.length - 0.05]
        tonics += min(note.pitch for note in last) % 12 == tonic
        chords += all((note.pitch - tonic) % 12 in (0, 3, 4, 7) for note in last)
        beats += sum(note.duration for note in last) / len(last)
        counted += 1
    return f"{counted:8}{tonics / counted:8.0%}{chords / counted:8.0%}{beats / counted:8.1f}"


def held_out(folder: Path, most: int) -> list[Path]:
    (table,) = folder.glob("*.csv")
    with table.open(newline="", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["split"].startswith("valid")]
    return [folder / "midi" / row["midi"] for row in rows[:most]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=list(CORPORA), choices=CORPORA)
    parser.add_argument("--pieces", type=int, default=20)
    parser.add_argument("--bars", type=int, default=16)
    options = parser.parse_args()
    print(machine("numpy"))
    print(f"{'':22}{'pieces':>8}{'tonic':>8}{'chord':>8}{'beats':>8}")
    for name in options.models:
        model = open_model(name)
        for what, closes in (("closed", True), ("cut", False)):
            made = (generate(model, Request(Bars(options.bars), seed, ends=closes)) for seed in range(options.pieces))
            print(f"{name:10}{what:12}{ends(made)}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            files = corpus(CORPORA[name], Path(folder))
            if files is not None:
                base = model.vocabulary.base
                own = (assign(midifile.read(file, base), model.vocabulary) for file in held_out(files, 60))
                print(f"{name:10}{'corpus':12}{ends(own)}", flush=True)


if __name__ == "__main__":
    main()
