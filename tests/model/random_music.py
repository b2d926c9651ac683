"""Random music: valid pieces, whatever they sound like."""

from __future__ import annotations

import random

from musiclstm.music.note import Meter, Note, Piece
from musiclstm.music.vocabulary import Vocabulary


def random_piece(vocabulary: Vocabulary, notes: int = 60, seed: int = 0, title: str = "random") -> Piece:
    """Chords, overlaps, repeated notes, pauses longer than the longest time, and a change of meter."""
    rng = random.Random(seed)
    unit = 1 / vocabulary.resolution
    onset = 0.0
    found = []
    for _ in range(notes):
        if rng.random() < 0.6:
            onset += rng.choice([1, 6, 12, 24, vocabulary.max_delta, 3 * vocabulary.max_delta]) * unit
        found.append(
            Note(
                onset,
                rng.choice([1, 6, 12, 48]) * unit,
                rng.randint(vocabulary.low, vocabulary.high),
                rng.randint(1, 127),
                rng.randrange(len(vocabulary.parts)),
            )
        )
    meters = (Meter(3, 4, 1.0), Meter(4, 4, 7.0)) if vocabulary.base == "beats" else (Meter(),)
    return Piece(tuple(sorted(found)), vocabulary.base, meters, parts=vocabulary.parts, title=title)
