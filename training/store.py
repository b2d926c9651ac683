"""Store: a prepared corpus on disk, of any size: its events are mapped into memory and never loaded as a whole.

NAME.events holds the events of all pieces one after another, eight bytes each (`musiclstm.music.packed`). NAME.index
says where each piece starts and what else training asks of it, as an .npz, whose SHA-256 comes first.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from musiclstm.errors import CorpusError, reason
from musiclstm.files import replacing, write_atomic
from musiclstm.music.event import Kind
from musiclstm.music.packed import EVENT, Packed
from musiclstm.music.vocabulary import Vocabulary
from training.packing import PackedPiece, Result, packed_sources, with_openings
from training.reading import FORMAT, Each, Source, digest_of, here

_DIGEST = hashlib.sha256().digest_size
_BLOCK = 1 << 16  # events that are checked at a time
_ARRAYS = {
    "starts": (np.int64, ()),
    "notes": (np.int64, ()),
    "span": (np.int16, (2,)),
    "meters": (np.int64, (3,)),
    "meter_starts": (np.int64, ()),
}


class StoreError(ValueError):
    """A store that is missing, damaged or of another corpus; the message is one line."""


@dataclass(frozen=True)
class Store:
    """Pieces one after another; N events in all.

    events: (N,) `packed.EVENT`, mapped from the disk. starts: (pieces + 1,) int64, the first event of each piece.
    notes: (pieces,) int64, note-ons, without those of an opening that follows. span: (pieces, 2) int16, and meters:
    (changes, 3) int64; see `PackedPiece`. meter_starts: (pieces + 1,) int64, the first change of each piece.
    keys: names of the pieces. skipped: (key, why it is left out). guessed: (key, what had to be guessed in reading it).
    digest: of the files from which it was made, and of how; "" if it was not saved.
    """

    events: Packed
    starts: NDArray[np.int64]
    notes: NDArray[np.int64]
    span: NDArray[np.int16]
    meters: NDArray[np.int64]
    meter_starts: NDArray[np.int64]
    keys: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    guessed: tuple[tuple[str, str], ...]
    digest: str = ""

    @property
    def pieces(self) -> int:
        return len(self.keys)

    def piece(self, index: int) -> Packed:
        """The events of a piece, with the opening that follows."""
        return self.events[self.starts[index] : self.starts[index + 1]]

    def changes(self, index: int) -> NDArray[np.int64]:
        """(tick, bar_ticks, index in `Vocabulary.meters`) of each time signature of a piece."""
        return self.meters[self.meter_starts[index] : self.meter_starts[index + 1]]


def cached(
    folder: Path,
    label: str,
    sources: Sequence[tuple[str, Source]],
    vocabulary: Vocabulary,
    *,
    next_piece_events: int = 0,
    each: Each = here,
) -> Store:
    """The store of (key, source) in this folder; written if it is not there, or damaged.

    next_piece_events: the `count` of `with_openings`. each: who reads the sources. Raises OSError, CorpusError.
    """
    digest = hashlib.sha256(f"{FORMAT} {vocabulary.fingerprint} {next_piece_events}".encode())
    digests = [digest_of(source) for _, source in sources]
    for (key, _), known in zip(sources, digests, strict=True):
        digest.update(f"{key!r} {known}".encode())
    name = digest.hexdigest()[:16]
    path = folder / f"{label}-{name}"
    if _index_of(path).exists():
        try:
            return replace(open_store(path, vocabulary), digest=name)
        except StoreError as error:
            print(f"{error}; it is made again", file=sys.stderr)
    pieces = packed_sources(sources, vocabulary, each)
    write(path, pieces, vocabulary, next_piece_events=next_piece_events)
    store = replace(open_store(path, vocabulary), digest=name)
    skipped = {key for key, _ in store.skipped}
    for (key, source), known in zip(sources, digests, strict=True):
        if key in skipped and digest_of(source) != known:
            _index_of(path).unlink()  # it is not a store of these files
            raise CorpusError(f"{key} was changed or removed while it was read; begin again when it is there.")
    return store


def _events_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.events")


def _index_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.index")


# ---- writing ---------------------------------------------------------------------------------------------------------


def write(
    path: Path, pieces: Iterable[tuple[str, Result]], vocabulary: Vocabulary, *, next_piece_events: int = 0
) -> None:
    """Writes a store of (key, packed piece or why there is none), piece by piece. path: without an ending.

    next_piece_events: the `count` of `with_openings`. Raises OSError.
    """
    keys: list[str] = []
    skipped: list[tuple[str, str]] = []
    guessed: list[tuple[str, str]] = []
    # Arrays, which take eight bytes a number.
    notes, spans, meters = array("q"), array("q"), array("q")
    starts, meter_starts = array("q", [0]), array("q", [0])

    def listed() -> Iterator[PackedPiece]:
        for key, piece in pieces:
            if isinstance(piece, str):
                skipped.append((key, piece))
                continue
            if piece.guessed:
                guessed.append((key, piece.guessed))
            keys.append(key)
            notes.append(int((piece.events["kind"] == Kind.ON).sum()))
            spans.extend(piece.span)
            meters.extend(piece.meters.ravel().tolist())
            meter_starts.append(len(meters) // 3)
            yield piece

    path.parent.mkdir(parents=True, exist_ok=True)
    checksum = 0
    with replacing(_events_of(path)) as file:
        for piece in with_openings(listed(), vocabulary, next_piece_events):
            content = piece.events.tobytes()
            file.write(content)
            checksum = zlib.crc32(content, checksum)
            starts.append(starts[-1] + len(piece.events))
    about = json.dumps([FORMAT, vocabulary.fingerprint, checksum, keys, skipped, guessed])
    index = io.BytesIO()
    np.savez(
        index,
        starts=np.array(starts),
        notes=np.array(notes),
        span=np.array(spans, dtype=np.int16).reshape(-1, 2),
        meters=np.array(meters).reshape(-1, 3),
        meter_starts=np.array(meter_starts),
        about=np.frombuffer(about.encode(), dtype=np.uint8),
    )
    write_atomic(_index_of(path), hashlib.sha256(index.getbuffer()).digest() + index.getbuffer())


# ---- reading ---------------------------------------------------------------------------------------------------------


def open_store(path: Path, vocabulary: Vocabulary) -> Store:
    """Opens a store, and checks all of it. path: without an ending. Raises StoreError."""
    try:
        with np.load(io.BytesIO(_checked(_index_of(path))), allow_pickle=False) as archive:
            arrays: dict[str, Any] = {name: archive[name] for name in _ARRAYS}
            form, fingerprint, checksum, keys, skipped, guessed = json.loads(archive["about"].tobytes())
        size = _events_of(path).stat().st_size
        # An empty file cannot be mapped.
        events = np.memmap(_events_of(path), dtype=EVENT, mode="r") if size else np.zeros(0, dtype=EVENT)
        store = Store(events, **arrays, keys=tuple(keys), skipped=_pairs(skipped), guessed=_pairs(guessed))
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise StoreError(f"{path} cannot be read as a prepared corpus: {reason(error)}") from error
    if form != FORMAT or fingerprint != vocabulary.fingerprint:
        raise StoreError(f"{path} was prepared for another version or another vocabulary")
    if not (_is_sound(store, vocabulary) and _is_whole(_events_of(path), checksum, vocabulary)):
        raise StoreError(f"{path} is damaged: some of the prepared corpus is missing or was changed")
    return store


def _checked(index: Path) -> bytes:
    """What follows the digest in an index. Raises ValueError if it does not fit the digest."""
    content = index.read_bytes()
    digest, rest = content[:_DIGEST], content[_DIGEST:]
    if hashlib.sha256(rest).digest() != digest:
        raise ValueError("its index is damaged")
    return rest


def _pairs(rows: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((str(key), str(text)) for key, text in rows)


def _is_sound(store: Store, vocabulary: Vocabulary) -> bool:
    """Whether the arrays of the index fit together, the events and the vocabulary."""
    for name, (kind, row) in _ARRAYS.items():
        values = getattr(store, name)
        if values.dtype != kind or values.ndim != len(row) + 1 or values.shape[1:] != row:
            return False
    _, bars, indices = store.meters.T
    return bool(
        len(store.notes) == len(store.span) == store.pieces
        and _are_starts(store.starts, store.pieces, len(store.events))
        and _are_starts(store.meter_starts, store.pieces, len(store.meters))
        and (bars > 0).all()
        and ((indices >= 0) & (indices < len(vocabulary.meters))).all()
        and ((store.span >= 0) & (store.span <= 127)).all()
    )


def _are_starts(starts: NDArray[np.int64], count: int, end: int) -> bool:
    return bool(len(starts) == count + 1 and starts[0] == 0 and starts[-1] == end and (np.diff(starts) > 0).all())


def _is_whole(path: Path, checksum: int, vocabulary: Vocabulary) -> bool:
    """Whether the events are those that were written, and events of the vocabulary."""
    found = 0
    with path.open("rb") as file:
        while content := file.read(_BLOCK * EVENT.itemsize):
            found = zlib.crc32(content, found)
            if not vocabulary.has(np.frombuffer(content, dtype=EVENT)):
                return False
    return found == checksum
