"""Kept: the notes of MIDI files that have been read, so that no file is read twice by one program.

They lie in a temporary file, which is gone when the program ends, at about 22 bytes a note.
"""

from __future__ import annotations

import pickle
import tempfile
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from musiclstm.music.columns import NoteColumns
from musiclstm.music.note import Piece


class KeptNotes:
    """The file in which they lie. folder: where it is made. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        weakref.finalize(self, _close, self._file)
        self._end = 0

    def add(self, path: Path, digest: str, content: bytes) -> Kept:
        """Keeps what `packed` has made of a MIDI file. digest: of that file. Raises OSError."""
        start, self._end = self._end, self._end + len(content)
        self._file.seek(start)
        self._file.write(content)
        return Kept(path, digest, self, start, len(content))

    def read(self, start: int, size: int) -> bytes:
        """So many bytes from `start` on. Raises OSError."""
        self._file.seek(start)
        return self._file.read(size)


def _close(file: IO[bytes]) -> None:
    with suppress(OSError):  # the disk is full, as has been said before
        file.close()


@dataclass(frozen=True, slots=True)
class Kept:
    """A MIDI file whose notes are kept. digest: of its content. start, size: where they lie in `notes`, in bytes."""

    path: Path
    digest: str
    notes: KeptNotes
    start: int
    size: int

    def packed(self) -> bytes:
        """The bytes that `packed` had made. Raises OSError."""
        return self.notes.read(self.start, self.size)


def packed(piece: Piece, notes: NoteColumns) -> bytes:
    """A piece, without notes of its own, and its notes as bytes, for `unpacked`."""
    pitches, velocities, parts = notes.values
    voices = parts.astype(np.min_scalar_type(len(piece.parts)))
    values = (pitches.astype(np.uint8), velocities.astype(np.uint8), voices)
    return pickle.dumps((piece, notes.times, values), pickle.HIGHEST_PROTOCOL)


def unpacked(content: bytes) -> tuple[Piece, NoteColumns]:
    """The piece and its notes again. Only for bytes that this program has made."""
    piece, times, values = pickle.loads(content)  # noqa: S301
    return piece, NoteColumns(times, np.stack(values, dtype=np.int64))
