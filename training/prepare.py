"""Prepare: pieces -> a store of packed events, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from musiclstm.model.features.layout import Layout
from musiclstm.music.event import Kind
from musiclstm.music.note import Piece
from musiclstm.music.packed import EVENT, Packed
from musiclstm.music.vocabulary import Vocabulary
from training.packing import PackedPiece, packed_parts, with_openings
from training.store import Store

Keyed = tuple[str, PackedPiece]


def prepare(pieces: Iterable[tuple[str, Piece]], vocabulary: Vocabulary, *, next_piece_events: int = 0) -> Store:
    """A store, in memory, of (key, piece). The pieces' parts must be the vocabulary's; empty ones are left out.

    next_piece_events: the `count` of `with_openings`.
    """
    return store_of(_packed(pieces, vocabulary), vocabulary, next_piece_events=next_piece_events)


def store_of(pieces: Iterable[Keyed], vocabulary: Vocabulary, *, next_piece_events: int = 0) -> Store:
    """A store, in memory, of packed pieces."""
    named = list(pieces)
    extended = list(with_openings((piece for _, piece in named), vocabulary, next_piece_events))
    return Store(
        events=np.concatenate([np.zeros(0, dtype=EVENT), *(piece.events for piece in extended)]),
        starts=_starts([len(piece.events) for piece in extended]),
        notes=np.array([(piece.events["kind"] == Kind.ON).sum() for _, piece in named], dtype=np.int64),
        span=np.array([piece.span for _, piece in named], dtype=np.int16).reshape(-1, 2),
        meters=np.concatenate([np.zeros((0, 3), dtype=np.int64), *(piece.meters for _, piece in named)]),
        meter_starts=_starts([len(piece.meters) for _, piece in named]),
        keys=tuple(key for key, _ in named),
        skipped=(),
        guessed=(),
    )


def _starts(lengths: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.cumsum([0, *lengths], dtype=np.int64)


def _packed(pieces: Iterable[tuple[str, Piece]], vocabulary: Vocabulary) -> Iterable[Keyed]:
    for key, piece in pieces:
        packed = packed_parts(piece, vocabulary)
        if isinstance(packed, PackedPiece):
            yield key, packed


def fields_of(events: Packed, vocabulary: Vocabulary) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """`event_fields` of packed events, (n, 4)."""
    v, (_, no_symbol, no_pitch, no_velocity) = vocabulary, Layout(vocabulary).no_event
    kind, pitch = (events[name].astype(np.int64) for name in ("kind", "pitch"))
    is_note, in_range = kind != Kind.WAIT, (pitch >= v.low) & (pitch <= v.high)
    bins = np.array([v.velocity_bin(velocity) for velocity in range(256)])[events["velocity"]]
    return np.stack(
        [
            np.minimum(events["delta"], v.max_delta),
            np.where(is_note, kind * len(v.parts) + events["part"], no_symbol),
            np.where(is_note & in_range, pitch - v.low, no_pitch),
            np.where(kind == Kind.ON, bins, no_velocity),
        ],
        axis=1,
    )
