"""MIDI bytes read as a piece, and its notes as plain numbers."""

from __future__ import annotations

from musiclstm.music import midifile
from musiclstm.music.note import Note, Piece, TimeBase

BEATS, SECONDS = TimeBase


def read(data: bytes, base: TimeBase = BEATS) -> Piece:
    return midifile.parse(data, "song.mid", base)


def times(piece: Piece) -> list[tuple[int, float, float]]:
    return [(note.pitch, round(note.onset, 6), round(note.end, 6)) for note in sorted(piece.notes, key=_by_pitch)]


def _by_pitch(note: Note) -> tuple[int, float]:
    return note.pitch, note.onset
