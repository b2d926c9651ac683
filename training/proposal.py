"""Proposal: the parts and the grid of a model for a corpus, and how a person corrects them in the options.

A part is written NAME, NAME:PROGRAM or NAME:PROGRAM:LOW-HIGH, parts are separated by commas. PROGRAM is a General MIDI
program from 1 to 128, or `drums`; pitches are MIDI note numbers. "Flute:74:60-96, Bass:33, Kit:drums".
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from musiclstm.errors import UsageError
from musiclstm.music.note import Part, TimeBase
from musiclstm.music.vocabulary import GRIDS, Vocabulary
from training.corpora import Corpus
from training.recipes import MAX_PARTS, Recipe, tied_head

# Pauses are read in steps of at most so many beats.
_LONGEST_STEP = 4
_LONGEST_NAME = 60
_PITCHES = re.compile(r"(\d{1,3})-(\d{1,3})")
_HOW = "Write NAME:PROGRAM or NAME:drums, separated by commas, such as --parts 'Flute:74, Bass:33, Kit:drums'."


def parts_of(text: str) -> tuple[Part, ...]:
    """The parts that a text describes. Raises UsageError, which names the part that is wrong."""
    written = [each.strip() for each in text.split(",")]
    if not 1 <= len(written) <= MAX_PARTS + 1:
        raise UsageError(f"A model has from 1 to {MAX_PARTS + 1} parts, not {len(written)}. {_HOW}")
    names = [each.partition(":")[0].strip() for each in written]
    for name in names:
        if not name or not name.isprintable() or len(name) > _LONGEST_NAME:
            raise UsageError(f"Each part needs a name of at most {_LONGEST_NAME} letters. {_HOW}")
    # Channel 10 is the drums'.
    channels = iter([channel for channel in range(16) if channel != 9])
    found = []
    for name, each in zip(names, written, strict=True):
        program, _, pitches = each.partition(":")[2].partition(":")
        drums = program.strip().lower() == "drums"
        low, high = _range(each, pitches.strip())
        channel = 9 if drums else next(channels)
        found.append(Part(name, 0 if drums else _program(each, program.strip()), channel, low, high, drums))
    if sum(part.percussive for part in found) > 1:
        raise UsageError("Only one part can be the drums.")
    return tuple(found)


def _program(part: str, text: str) -> int:
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 128:
        raise UsageError(f"The part {part!r} has no General MIDI program from 1 to 128. {_HOW}")
    return int(text) - 1


def _range(part: str, text: str) -> tuple[int, int]:
    if not text:
        return 0, 127
    match = _PITCHES.fullmatch(text)
    low, high = (int(each) for each in match.groups()) if match else (1, 0)
    if not 0 <= low <= high <= 127:
        raise UsageError(f"The part {part!r} has no pitches such as 60-96, from 0 to 127.")
    return low, high


def corrected(recipe: Recipe, parts: tuple[Part, ...] | None, grid: int | None) -> Recipe:
    """The recipe with other parts, or another grid in steps a beat (None: as it is). Raises UsageError."""
    v = recipe.vocabulary
    if grid is not None:
        if v.base is TimeBase.SECONDS:
            raise UsageError("--grid counts steps in a beat; leave it out with --seconds.")
        if grid not in GRIDS:
            raise UsageError(f"--grid must be one of {', '.join(map(str, GRIDS))}, not {grid}.")
        v = replace(v, resolution=grid, max_delta=grid * _LONGEST_STEP)
    if parts is not None:
        low, high = min(part.low for part in parts), max(part.high for part in parts)
        v = replace(v, parts=parts, low=max(low, v.low), high=min(high, v.high))
        if v.low > v.high:
            raise UsageError(
                f"The music lies from {recipe.vocabulary.low} to {recipe.vocabulary.high}, not in --parts."
            )
        recipe = replace(recipe, config=replace(recipe.config, **tied_head(parts, v.base)))
    return replace(recipe, vocabulary=v)


def as_json(vocabulary: Vocabulary, corpus: Corpus) -> dict[str, Any]:
    """The proposal for JSON: the parts, seconds or the grid, and how many pieces have another number of parts."""
    pitched = sum(not part.percussive for part in vocabulary.parts)
    pieces = corpus.train + corpus.valid
    return {
        "parts": [
            {"name": p.name, "program": p.program, "low": p.low, "high": p.high, "drums": p.percussive}
            for p in vocabulary.parts
        ],
        "seconds": vocabulary.base is TimeBase.SECONDS,
        "grid": vocabulary.resolution,
        "pieces": len(pieces),
        "others": sum(len(piece.summary.pitched) != pitched for piece in pieces),
    }
