"""Chord features: what a tied head is told of a chord that somebody has named, and of the one that comes next."""

from __future__ import annotations

from functools import lru_cache
from math import exp

import numpy as np

from musiclstm.model.arrays import FloatArray
from musiclstm.music.chord_symbol import ChordSymbol
from musiclstm.music.chord_track import Place

# For each pitch class: whether it is a tone, the root, the bass of the chord; and whether it is a tone, the root of the
# coming chord, times how near that chord is.
CHORD_BLOCKS = ("tone", "root", "bass", "coming tone", "coming root")
_COMING = CHORD_BLOCKS.index("coming tone")
# This nearness is exp(-beats until then / NEAR).
NEAR = 2.0


def chord_features(place: Place, beat: float, transposed: int = 0, strength: float = 1.0) -> FloatArray | None:
    """The features at a beat within a place of a chord track; shape (blocks, 12), C first. None if it has no chord.

    transposed: how many semitones higher than the model plays it the music sounds. strength: 0..1, how much chords
    lead; from 0.5 on they are told as clearly as in training.
    """
    if place.chord is None:
        return None
    found: FloatArray = _features(place.chord, place.coming, transposed % 12) * np.float32(min(1.0, 2 * strength))
    found[_COMING:] *= np.float32(exp(-(place.end - beat) / NEAR))
    return found


@lru_cache(1024)
def _features(chord: ChordSymbol, coming: ChordSymbol | None, transposed: int) -> FloatArray:
    """The features at the moment at which the coming chord comes."""
    found = np.zeros((len(CHORD_BLOCKS), 12), dtype=np.float32)
    found[:_COMING] = _rows(chord)
    if coming is not None:
        found[_COMING:] = _rows(coming)[:2]
    return np.roll(found, -transposed, axis=1)


def _rows(chord: ChordSymbol) -> FloatArray:
    """Tones, root and bass of a chord; shape (3, 12)."""
    found = np.zeros((3, 12), dtype=np.float32)
    found[0] = [chord.classes >> pitch_class & 1 for pitch_class in range(12)]
    found[1, chord.root] = 1
    found[2, chord.root if chord.bass is None else chord.bass] = 1
    return found
