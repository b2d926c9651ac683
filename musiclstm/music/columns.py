"""Columns: notes as arrays, for what is done to all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from musiclstm.music.note import Note

Ints = NDArray[np.int64]
Times = NDArray[np.float64]


class NoteColumns(NamedTuple):
    """times: (2, N) onsets and durations. values: (3, N) pitches, velocities and parts."""

    times: Times
    values: Ints


def columns_of(notes: Sequence[Note]) -> NDArray[np.float64]:
    """(5, N): onsets, durations, pitches, velocities and parts."""
    columns = np.empty((5, len(notes)))
    # Typed where this is compiled.
    rows = columns
    for index, note in enumerate(notes):
        rows[0, index] = note.onset
        rows[1, index] = note.duration
        rows[2, index] = note.pitch
        rows[3, index] = note.velocity
        rows[4, index] = note.part
    return columns


def note_columns(notes: Sequence[Note]) -> NoteColumns:
    """The notes as columns; `notes_of` is the way back."""
    columns = columns_of(notes)
    return NoteColumns(columns[:2], columns[2:].astype(np.int64))


def notes_of(columns: NoteColumns) -> list[Note]:
    notes = []
    # Typed where this is compiled.
    floats, ints = columns.times, columns.values
    for index in range(floats.shape[1]):
        onset, duration = float(floats[0, index]), float(floats[1, index])
        pitch, velocity, part = int(ints[0, index]), int(ints[1, index]), int(ints[2, index])
        notes.append(Note(onset, duration, pitch, velocity, part))
    return notes


def order_of(*columns: Ints) -> Ints:
    """The order (N,) that sorts rows by their first column, then the second, and so on; stable.

    columns: (N,) each, of numbers from 0 on.
    """
    count = len(columns[0])
    bits = [_largest(column).bit_length() for column in columns]
    width = count.bit_length()
    if sum(bits) + width > 63:
        return np.lexsort(columns[::-1])
    # Each row as one number, whose last bits are its index: this is sorted several times as fast.
    rows = np.zeros(count, dtype=np.int64)
    for column, each in zip(columns, bits, strict=True):
        _append(rows, column, each)
    _append(rows, np.arange(count), width)
    rows.sort()
    return rows & (1 << width) - 1


def _largest(column: Ints) -> int:
    # Typed where this is compiled.
    values, largest = column, 0
    for index in range(len(column)):
        largest = max(largest, values[index])
    return int(largest)


def _append(rows: Ints, column: Ints, width: int) -> None:
    """Appends so many bits of a column to those of the rows."""
    # Typed where this is compiled.
    numbers, values = rows, column
    for index in range(len(column)):
        numbers[index] = numbers[index] << width | values[index]
