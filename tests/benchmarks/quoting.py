"""What the echo's controls do: how much the music repeats itself and takes up what it was given.

    python -m tests.benchmarks.quoting [--models folk chorales] [--pieces 12] [--bars 48]

A quote is a run of at least `QUOTE` note-ons of one part whose intervals came before in the piece, in that part, or in
what it was given: the first notes of a tune of its own under another seed. *Longest* is the mean over the pieces.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import mean

from musiclstm.engine.offline.render import Bars, Request, generate_all
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.music.note import Note, Piece
from musiclstm.protocol.controls import Value

QUOTE = 8
GIVEN = 32  # notes
SETTINGS: dict[str, dict[str, Value]] = {
    "as learnt": {},
    "continuity -1": {"continuity": -1.0},
    "continuity -0.5": {"continuity": -0.5},
    "continuity 0.5": {"continuity": 0.5},
    "continuity 1": {"continuity": 1.0},
    "quote_me 0.5": {"quote_me": 0.5},
    "quote_me 1": {"quote_me": 1.0},
    "sure 3": {"sure": 3.0},
    "sure 1": {"sure": 1.0},
    "often 0.5": {"often": 0.5},
    "often 0.25": {"often": 0.25},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["folk", "chorales"])
    parser.add_argument("--pieces", type=int, default=12)
    parser.add_argument("--bars", type=int, default=48)
    chosen = parser.parse_args()
    sys.stdout.write(
        "| model, setting | notes | longest passage of its own | in such quotes | longest of what was given "
    )
    sys.stdout.write("| in such quotes |\n|---|---|---|---|---|---|\n")
    for name in chosen.models:
        model = open_model(name)
        givens = [given(model, seed) for seed in range(chosen.pieces)]
        for label, values in SETTINGS.items():
            requests = [
                Request(Bars(chosen.bars), seed, prime=prime, controls=values) for seed, prime in enumerate(givens)
            ]
            found = [
                measured(model, piece, prime)
                for piece, prime in zip(generate_all(model, requests), givens, strict=True)
            ]
            notes, own, own_share, yours, your_share = (mean(column) for column in zip(*found, strict=True))
            row = f"{notes:.0f} | {own:.1f} | {own_share:.1%} | {yours:.1f} | {your_share:.1%}"
            sys.stdout.write(f"| {name}, {label} | {row} |\n")
            sys.stdout.flush()


def given(model: ModelFile, seed: int) -> Piece:
    """The first notes of the highest part."""
    (piece,) = generate_all(model, [Request(Bars(32), 1000 + seed)])
    line = [note for note in piece.notes if note.part == 0][:GIVEN]
    return replace(piece, notes=tuple(line))


def measured(model: ModelFile, piece: Piece, prime: Piece) -> tuple[float, float, float, float, float]:
    """Notes; longest passage of its own, share of the notes in such quotes; the same of what was given."""
    begin = max(note.onset for note in prime.notes)
    own = [line(piece.notes, part, begin) for part in range(len(model.vocabulary.parts))]
    yours = intervals([note.pitch for note in sorted(prime.notes)])
    notes = sum(map(len, own))
    lengths = [repeated(intervals(pitches), None) for pitches in own]
    taken = [repeated(intervals(pitches), yours) for pitches in own]
    return (
        notes,
        max((max(each, default=0) for each in lengths), default=0),
        sum(map(in_quotes, lengths)) / max(1, notes),
        max((max(each, default=0) for each in taken), default=0),
        sum(map(in_quotes, taken)) / max(1, notes),
    )


def line(notes: Sequence[Note], part: int, begin: float) -> list[int]:
    return [note.pitch for note in sorted(notes) if note.part == part and note.onset > begin]


def intervals(pitches: Sequence[int]) -> list[int]:
    return [b - a for a, b in pairwise(pitches)]


def repeated(steps: Sequence[int], other: Sequence[int] | None) -> list[int]:
    """For each interval, how many notes long the run is that ends with it and came before (or is in `other`)."""
    found = []
    for end in range(len(steps)):
        longest = 0
        source = steps if other is None else other
        for candidate in range(end if other is None else len(source)):
            length = 0
            while length <= min(candidate, end) and source[candidate - length] == steps[end - length]:
                length += 1
            longest = max(longest, length)
        found.append(longest + 1 if longest else 0)
    return found


def in_quotes(lengths: Sequence[int]) -> int:
    """How many notes are in runs of at least `QUOTE` notes."""
    inside = set[int]()
    for end, length in enumerate(lengths):
        if length >= QUOTE:
            inside.update(range(end + 2 - length, end + 2))
    return len(inside)


if __name__ == "__main__":
    main()
