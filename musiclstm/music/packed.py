"""Packed: events in eight bytes each, in memory and on disk."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from musiclstm.music.event import Event, Kind

EVENT = np.dtype(
    [("delta", "<u2"), ("kind", "u1"), ("part", "u1"), ("pitch", "u1"), ("velocity", "u1"), ("spare", "<u2")]
)
"""The fields are those of `Event`; `spare` is 0."""

Packed = NDArray[np.void]
# Delta, kind, part, pitch and velocity of each event.
Columns = NDArray[np.int64]

_FIELDS = ("delta", "kind", "part", "pitch", "velocity")
_MOST = np.array([np.iinfo(EVENT[name]).max for name in _FIELDS])
_KINDS = tuple(Kind)


def pack(events: Iterable[Event]) -> Packed:
    """The events, packed. Raises ValueError for a value that does not fit."""
    rows = [(event.delta, event.kind, event.part, event.pitch, event.velocity) for event in events]
    return pack_columns(np.array(rows, dtype=np.int64).reshape(-1, len(_FIELDS)).T)


def pack_columns(columns: Columns) -> Packed:
    """The events of (5, N) columns, packed. Raises ValueError for a value that does not fit."""
    packed = np.zeros(columns.shape[1], dtype=EVENT)
    # Typed where this is compiled.
    values, most, fields = columns, _MOST, packed.view(np.uint8).reshape(-1, EVENT.itemsize)
    for row in range(len(_FIELDS)):
        for index in range(columns.shape[1]):
            value = values[row, index]
            if value < 0 or value > most[row]:
                raise ValueError(f"the {_FIELDS[row]} of an event is not within 0 to {most[row]}")
            if row:
                fields[index, row + 1] = value
            else:
                fields[index, 0] = value & 0xFF
                fields[index, 1] = value >> 8
    return packed


def unpack(packed: Packed) -> list[Event]:
    """The events again. Raises ValueError for a kind that does not exist."""
    return unpack_columns(np.stack([packed[name].astype(np.int64) for name in _FIELDS]))


def unpack_columns(columns: Columns) -> list[Event]:
    """The events of (5, N) columns. Raises ValueError for a kind that does not exist."""
    events = []
    # Typed where this is compiled.
    rows = columns
    for index in range(columns.shape[1]):
        kind = int(rows[1, index])
        known = _KINDS[kind] if 0 <= kind < len(_KINDS) else Kind(kind)
        events.append(Event(int(rows[0, index]), known, int(rows[3, index]), int(rows[4, index]), int(rows[2, index])))
    return events
