"""Summary: what a corpus and its recipe need to know of a piece, without its notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musiclstm.music.columns import columns_of
from musiclstm.music.note import Piece, TimeBase


@dataclass(frozen=True)
class Line:
    """The notes of one of a piece's parts: how many, and the mean, lowest and highest of their pitches."""

    name: str
    program: int
    percussive: bool
    notes: int
    mean: float
    low: int
    high: int


@dataclass(frozen=True)
class Summary:
    """A piece without its notes.

    lines: of the parts that have notes, in order of their first. velocities: each once. meters: as in `Piece`, without
    where they are.
    """

    base: TimeBase
    lines: tuple[Line, ...]
    velocities: frozenset[int]
    meters: tuple[tuple[int, int], ...]

    @property
    def notes(self) -> int:
        return sum(line.notes for line in self.lines)

    @property
    def pitched(self) -> Sequence[Line]:
        """The lines that are not drums."""
        return [line for line in self.lines if not line.percussive]


def summary_of(piece: Piece) -> Summary:
    _, _, pitches, velocities, parts = columns_of(piece.notes).astype(np.int64)
    found, first, numbers = np.unique(parts, return_index=True, return_inverse=True)
    lines = []
    for number in np.argsort(first):
        line, part = pitches[numbers == number], piece.parts[found[number]]
        mean = int(line.sum()) / len(line)
        lines.append(Line(part.name, part.program, part.percussive, len(line), mean, int(line.min()), int(line.max())))
    return Summary(
        piece.base,
        tuple(lines),
        frozenset(np.unique(velocities).tolist()),
        tuple((meter.numerator, meter.denominator) for meter in piece.meters),
    )
