"""Packed: events in eight bytes each, in memory and on disk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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

_FIELDS = EVENT.names[:-1] if EVENT.names else ()
_KINDS = tuple(Kind)


def pack(events: Iterable[Event]) -> Packed:
    """Raises ValueError for a value that does not fit."""
    rows = [(event.delta, event.kind, event.part, event.pitch, event.velocity) for event in events]
    return pack_columns(np.array(rows, dtype=np.int64).reshape(-1, len(_FIELDS)).T)


def pack_columns(columns: Columns) -> Packed:
    """Raises ValueError for a value that does not fit."""
    packed = np.zeros(columns.shape[1], dtype=EVENT)
    for name, column in zip(_FIELDS, columns, strict=True):
        most = np.iinfo(EVENT[name]).max
        if len(column) and (column.min() < 0 or column.max() > most):
            raise ValueError(f"the {name} of an event is not within 0 to {most}")
        packed[name] = column
    return packed


def unpack(packed: Packed) -> list[Event]:
    """Raises ValueError for a kind that there is not."""
    return unpack_columns(np.stack([packed[name].astype(np.int64) for name in _FIELDS]))


def unpack_columns(columns: Columns) -> list[Event]:
    rows: list[list[Any]] = columns.T.tolist()
    return [Event(delta, Kind(kind), pitch, velocity, part) for delta, kind, part, pitch, velocity in rows]
