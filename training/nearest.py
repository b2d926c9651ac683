"""Nearest: the shipped model whose music is most like that of a corpus, for a few files to begin with."""

from __future__ import annotations

from collections.abc import Sequence

from musiclstm.music.note import TimeBase
from musiclstm.music.vocabulary import Vocabulary
from training.recipes import RECIPES, for_summaries
from training.summary import Summary

PIANO, DRUMS = "piano", "drums"
# With more voices at once on average, a part is not a single line.
_SEVERAL = 1.5
# The share of the notes in such parts by which music is that of a keyboard; and of the notes for a piano.
_KEYBOARD, _FOR_PIANO = 0.25, 0.75
_PIANOS = range(8)  # programs of General MIDI
# Semitones, on average over the parts, that music may go beyond a model's; and what dynamics that it has not count for.
_BEYOND, _DYNAMICS = 12.0, 3.0


def nearest(pieces: Sequence[Summary]) -> str:
    """The name of that model: of as many parts, drums or not, in that range; "" where none plays such music.

    Music for the piano is so whatever its parts, because hands and voices have tracks of their own. Only it is in
    seconds.
    """
    if not pieces:
        return ""
    music = for_summaries("", list(pieces)).vocabulary
    if any(part.percussive for part in music.parts):
        return DRUMS if music.percussive and music.base is TimeBase.BEATS else ""
    lines = [line for piece in pieces for line in piece.pitched]
    total = sum(line.notes for line in lines)
    if sum(line.notes for line in lines if line.voices > _SEVERAL) >= _KEYBOARD * total:
        for_piano = sum(line.notes for line in lines if line.program in _PIANOS)
        return PIANO if for_piano >= _FOR_PIANO * total else ""
    distances = {name: _distance(music, recipe.vocabulary) for name, recipe in RECIPES.items() if name != PIANO}
    near = {name: distance for name, distance in distances.items() if distance is not None}
    return min(near, key=near.__getitem__, default="")


def _distance(music: Vocabulary, model: Vocabulary) -> float | None:
    """How far music goes beyond a model; None where that is too far."""
    kinds = [[part.percussive for part in each.parts] for each in (music, model)]
    if kinds[0] != kinds[1] or music.base is not model.base:
        return None
    pairs = list(zip(music.parts, model.parts, strict=True))
    beyond = sum(max(0, own.low - part.low) + max(0, part.high - own.high) for part, own in pairs) / len(pairs)
    if beyond > _BEYOND:
        return None
    return beyond + _DYNAMICS * ((music.velocities > 1) != (model.velocities > 1))
