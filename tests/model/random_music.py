"""Random music: by every rule of a piece, and by no rule of taste."""

from __future__ import annotations

import random

from musiclstm.music.note import Meter, Note, Piece
from musiclstm.music.vocabulary import Vocabulary


def random_piece(vocabulary: Vocabulary, notes: int = 60, seed: int = 0, title: str = "random") -> Piece:
    """Chords, overlaps, repeated notes, pauses longer than the longest time, and a change of meter."""
    dice = random.Random(seed)
    unit = 1 / vocabulary.resolution
    onset = 0.0
    found = []
    for _ in range(notes):
        if dice.random() < 0.6:
            onset += dice.choice([1, 6, 12, 24, vocabulary.max_delta, 3 * vocabulary.max_delta]) * unit
        found.append(
            Note(
                onset,
                dice.choice([1, 6, 12, 48]) * unit,
                dice.randint(vocabulary.low, vocabulary.high),
                dice.randint(1, 127),
                dice.randrange(len(vocabulary.parts)),
            )
        )
    meters = (Meter(3, 4, 1.0), Meter(4, 4, 7.0)) if vocabulary.base == "beats" else (Meter(),)
    return Piece(tuple(sorted(found)), vocabulary.base, meters, parts=vocabulary.parts, title=title)
