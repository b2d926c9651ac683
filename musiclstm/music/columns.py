"""Columns: notes as an array, for what is done to all of them at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from musiclstm.music.note import Note


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
