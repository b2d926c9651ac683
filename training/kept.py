"""Kept: the notes of MIDI files that have been read, so that no file is read twice by one program.

They lie in a file that goes with the program, at about 22 bytes a note.
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
    """Where they lie. folder: of the file. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        weakref.finalize(self, _close, self._file)
        self._end = 0

    def add(self, path: Path, digest: str, content: bytes) -> Kept:
        """content: as in `packed`. digest: of the MIDI file. Raises OSError."""
        start, self._end = self._end, self._end + len(content)
        self._file.seek(start)
        self._file.write(content)
        return Kept(path, digest, self, start, len(content))

    def read(self, start: int, size: int) -> bytes:
        """Raises OSError."""
        self._file.seek(start)
        return self._file.read(size)


def _close(file: IO[bytes]) -> None:
    with suppress(OSError):  # of a full disk, which has been said
        file.close()


@dataclass(frozen=True, slots=True)
class Kept:
    """A MIDI file that has been read. digest: of all that is in it."""

    path: Path
    digest: str
    notes: KeptNotes
    start: int
    size: int

    def packed(self) -> bytes:
        """As `packed` has made it. Raises OSError."""
        return self.notes.read(self.start, self.size)


def packed(piece: Piece, notes: NoteColumns) -> bytes:
    """A piece without its notes, and these, for `unpacked`."""
    pitches, velocities, parts = notes.values
    voices = parts.astype(np.min_scalar_type(len(piece.parts)))
    values = (pitches.astype(np.uint8), velocities.astype(np.uint8), voices)
    return pickle.dumps((piece, notes.times, values), pickle.HIGHEST_PROTOCOL)


def unpacked(content: bytes) -> tuple[Piece, NoteColumns]:
    """content: made by this program."""
    piece, times, values = pickle.loads(content)  # noqa: S301
    return piece, NoteColumns(times, np.stack(values, dtype=np.int64))
