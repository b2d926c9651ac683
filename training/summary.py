"""Summary: what a corpus and its recipe need to know of a piece, without its notes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import numpy as np

from musiclstm.music.columns import NoteColumns, Times, note_columns, order_of
from musiclstm.music.note import Piece, TimeBase
from musiclstm.music.sketch import Sketch, sketch


@dataclass(frozen=True, slots=True)
class Line:
    """The notes of one of a piece's parts: how many, and the mean, lowest and highest of their pitches.

    voices: how many sound at once on average, while any does.
    """

    name: str
    program: int
    percussive: bool
    notes: int
    mean: float
    low: int
    high: int
    voices: float


@dataclass(frozen=True, slots=True)
class Summary:
    """A piece without its notes.

    same_notes, sketch: what the functions of these names return. lines: of the parts that have notes, in order of their
    first note. velocities: those that occur, once each. meters: (numerator, denominator) of each time signature.
    guessed: what had to be guessed in reading it. length: from the first note to the end of the last, in beats or
    seconds.
    """

    base: TimeBase
    same_notes: str
    lines: tuple[Line, ...]
    velocities: bytes
    meters: tuple[tuple[int, int], ...]
    guessed: str
    sketch: Sketch | None = field(default=None, compare=False)
    length: float = 0.0

    @property
    def notes(self) -> int:
        return sum(line.notes for line in self.lines)

    @property
    def pitched(self) -> Sequence[Line]:
        """The lines that are not drums."""
        return [line for line in self.lines if not line.percussive]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        lines = [{name: getattr(line, name) for name in _LINE} for line in self.lines]
        sketch = None if self.sketch is None else self.sketch.tobytes().hex()
        changed = {"lines": lines, "velocities": self.velocities.hex(), "sketch": sketch}
        return {**{n: getattr(self, n) for n in _SUMMARY}, **changed}

    @staticmethod
    def from_dict(values: dict[str, Any]) -> Summary:
        """The summary again. Raises ValueError, LookupError or TypeError."""
        return Summary(
            TimeBase(values["base"]),
            values["same_notes"],
            tuple(Line(**line) for line in values["lines"]),
            bytes.fromhex(values["velocities"]),
            tuple((numerator, denominator) for numerator, denominator in values["meters"]),
            values["guessed"],
            None if values["sketch"] is None else np.frombuffer(bytes.fromhex(values["sketch"]), dtype=np.uint32),
            values["length"],
        )


class Size(NamedTuple):
    """The size of some pieces together. length: in beats or seconds."""

    pieces: int
    notes: int
    length: float


def size_of(summaries: Iterable[Summary]) -> Size:
    sizes = [(each.notes, each.length) for each in summaries]
    return Size(len(sizes), sum(notes for notes, _ in sizes), sum(length for _, length in sizes))


# `asdict` would take longer than reading the file.
_LINE, _SUMMARY = ([field.name for field in fields(each)] for each in (Line, Summary))


def summary_of(piece: Piece, notes: NoteColumns | None = None) -> Summary:
    """The summary of a piece. notes: its notes, if they are not in it (`midifile.read_columns`)."""
    notes = note_columns(piece.notes) if notes is None else notes
    pitches, velocities, parts = notes.values
    count = np.bincount(parts)
    total = np.bincount(parts, pitches)
    first = np.full(len(count), len(parts))
    first[parts[::-1]] = np.arange(len(parts))[::-1]
    low, high = np.full(len(count), 127), np.zeros(len(count), dtype=np.int64)
    np.minimum.at(low, parts, pitches)
    np.maximum.at(high, parts, pitches)
    lines = [
        Line(part.name, part.program, part.percussive, int(n), float(total[i] / n), int(low[i]), int(high[i]), each)
        for i in np.argsort(first)[: np.count_nonzero(count)].tolist()
        for part, n, each in ((piece.parts[i], count[i], _voices(notes.times[:, parts == i])),)
    ]
    return Summary(
        piece.base,
        _digest_of(notes),
        tuple(lines),
        bytes(np.flatnonzero(np.bincount(velocities)).tolist()),
        tuple((meter.numerator, meter.denominator) for meter in piece.meters),
        "; ".join(piece.warnings),
        sketch(notes, np.array([not part.percussive for part in piece.parts], dtype=np.uint8)),
        float(notes.times.sum(0).max(initial=0) - notes.times[0].min(initial=np.inf)) if len(pitches) else 0.0,
    )


def _voices(times: Times) -> float:
    """How many notes sound at once on average, while any does. times: (2, N) onsets and durations, N > 0."""
    onsets, durations = times[:, np.argsort(times[0], kind="stable")]
    ends = np.maximum.accumulate(onsets + durations)
    silent = np.maximum(0.0, onsets[1:] - ends[:-1]).sum()
    sounding = float(ends[-1] - onsets[0] - silent)
    return float(durations.sum()) / sounding if sounding > 0 else 1.0


def same_notes(piece: Piece) -> str:
    """A hash that pieces share if they have the same pitches at the same times, counted from the first note."""
    return _digest_of(note_columns(piece.notes))


def _digest_of(notes: NoteColumns) -> str:
    onsets, durations = notes.times
    times = np.rint(np.stack((onsets - onsets.min(initial=np.inf), durations)) * 1000)
    rows = np.stack((*times, notes.values[0])).astype(np.int64)
    return hashlib.sha256(rows[:, order_of(*rows)].tobytes()).hexdigest()
