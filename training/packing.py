"""Packing: pieces -> packed events, in the parts of a vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musiclstm.errors import MidiFileError
from musiclstm.music import midifile
from musiclstm.music.columns import NoteColumns, note_columns
from musiclstm.music.event import Kind
from musiclstm.music.note import Piece, TimeBase
from musiclstm.music.packed import EVENT, Packed
from musiclstm.music.parts import assigned
from musiclstm.music.vocabulary import Vocabulary
from musiclstm.music.walk import meter_changes
from training.kept import Kept, unpacked
from training.reading import Each, Source, here, in_time, why_not


@dataclass(frozen=True)
class PackedPiece:
    """A piece as training reads it.

    span: lowest and highest pitch of the parts that can be transposed; (127, 0) if there is none. meters: (changes, 3)
    int64, the tick, bar_ticks and index of each `MeterChange`. guessed: what had to be guessed in reading it.
    """

    events: Packed
    span: tuple[int, int]
    meters: NDArray[np.int64]
    guessed: str = ""


# A piece, or why it is left out.
Result = PackedPiece | str


def packed_piece(piece: Piece, vocabulary: Vocabulary) -> Result:
    """A piece, once its notes are in the parts of the vocabulary."""
    return _assigned(piece, note_columns(piece.notes), vocabulary)


def _assigned(piece: Piece, notes: NoteColumns, vocabulary: Vocabulary) -> Result:
    events = vocabulary.encode_columns(assigned(notes, piece.parts, vocabulary), piece.base)
    return _packed(piece, events, vocabulary)


def packed_parts(piece: Piece, vocabulary: Vocabulary) -> Result:
    """A piece whose notes are in the parts of the vocabulary already."""
    return _packed(piece, vocabulary.encode_packed(piece), vocabulary)


def _packed(piece: Piece, events: Packed, vocabulary: Vocabulary) -> Result:
    if not len(events):
        return "none of its notes fit"
    tuned = np.array([not part.percussive for part in vocabulary.parts])
    pitches = events["pitch"][(events["kind"] == Kind.ON) & tuned[events["part"]]]
    return PackedPiece(
        events,
        (int(pitches.min()), int(pitches.max())) if len(pitches) else (127, 0),
        np.array([(c.tick, c.bar_ticks, c.index) for c in meter_changes(piece, vocabulary)], dtype=np.int64),
        "; ".join(piece.warnings),
    )


def packed_sources(
    sources: Sequence[tuple[str, Source]], vocabulary: Vocabulary, each: Each = here
) -> Iterator[tuple[str, Result]]:
    """The pieces of (key, source), in order. each: who reads them; the result is the same."""
    # Only this process can read kept notes.
    items = ((key, place.packed() if isinstance(place, Kept) else place) for key, place in sources)
    return each(partial(_packed_source, vocabulary=vocabulary), items, len(sources))


def _packed_source(source: tuple[str, Path | Piece | bytes], vocabulary: Vocabulary) -> tuple[str, Result]:
    key, place = source
    if isinstance(place, Piece):
        return key, packed_piece(place, vocabulary)
    if isinstance(place, bytes):
        return key, _assigned(*unpacked(place), vocabulary)
    try:
        with in_time(place):
            return key, _assigned(*midifile.read_columns(place, vocabulary.base), vocabulary)
    except MidiFileError as error:
        return key, why_not(error, place)


def with_openings(pieces: Iterable[PackedPiece], vocabulary: Vocabulary, count: int) -> Iterator[PackedPiece]:
    """Each piece, followed by the first `count` events of the next piece, or of its own.

    So the model learns to go on after an ending. Scores are followed by their own opening, performances and drums by
    that of the next piece, and the last piece by that of the first.
    """
    if not count:
        yield from pieces
    elif not (vocabulary.base is TimeBase.SECONDS or vocabulary.percussive):
        for piece in pieces:
            yield _with_opening(piece, piece.events[:count], vocabulary)
    else:
        first = last = None
        for piece in pieces:
            if last is not None:
                yield _with_opening(last, piece.events[:count], vocabulary)
            first, last = first or piece, piece
        if first is not None and last is not None:
            yield _with_opening(last, first.events[:count], vocabulary)


def _with_opening(piece: PackedPiece, opening: Packed, vocabulary: Vocabulary) -> PackedPiece:
    """The piece, then an opening.

    The opening starts at the next moment with the position in the bar at which the piece started; in seconds, a second
    after the end.
    """
    end = int(piece.events["delta"].sum(dtype=np.int64))
    if vocabulary.base is TimeBase.SECONDS:
        gap = vocabulary.resolution
    else:
        tick, bar, _ = piece.meters[0].tolist()
        *_, (last_tick, last_bar, _) = (row for row in piece.meters.tolist() if row[0] <= max(end, tick))
        gap = (last_tick - end + -tick % bar) % last_bar
        if not gap and piece.events["kind"][-1] == Kind.ON:
            gap = last_bar  # a last hit on the bar line must not coincide with the first
    waits, delta = divmod(gap + int(opening["delta"][0]), vocabulary.max_delta)
    count, after = len(piece.events), len(piece.events) + waits
    events = np.zeros(after + len(opening), dtype=EVENT)
    # As numbers, the records are copied many times as fast.
    whole = events.view(np.uint64)
    whole[:count], whole[after:] = piece.events.view(np.uint64), opening.view(np.uint64)
    events["delta"][count:after], events["kind"][count:after] = vocabulary.max_delta, Kind.WAIT
    if opening["kind"][0] != Kind.WAIT:
        events["delta"][after] = delta
    return replace(piece, events=events)
