"""Finish: how the end of a piece is slowed down, or fades."""

from __future__ import annotations

from dataclasses import replace

from musiclstm.engine.performer.ending import FADE, RITARDANDO, SLOWEST, SOFTEST, at
from musiclstm.music.note import Piece


def finished(piece: Piece, start: float, *, ritardando: bool, fade: bool) -> Piece:
    """The piece in beats, slower towards the end of its last two bars, softer towards the end of its last four.

    start: the beat before which nothing changes.
    """
    end, bar = piece.length, piece.meters[-1].bar_beats
    if fade:
        begin = max(start, end - FADE * bar)
        notes = (
            replace(note, velocity=max(1, round(note.velocity * at(note.onset, begin, end, SOFTEST))))
            for note in piece.notes
        )
        piece = replace(piece, notes=tuple(notes))
    if ritardando and (begin := max(start, end - RITARDANDO * bar)) < end:
        last = piece.last_tempo
        before = tuple(each for each in piece.tempos or ((0.0, piece.tempo),) if each[0] < begin)
        beats = (begin + step for step in range(int(end - begin) + 1))
        slower = tuple((beat, round(last * at(beat, begin, end, SLOWEST), 2)) for beat in beats if beat < end)
        piece = with_tempos(piece, before + slower)
    return piece


def with_tempos(piece: Piece, tempos: tuple[tuple[float, float], ...]) -> Piece:
    """The piece in beats with a tempo map, if that is not empty; what it names as its tempo is then the mean."""
    mapped = replace(piece, tempos=tempos)
    return replace(mapped, tempo=round(60 * mapped.length / mapped.clock()(mapped.length), 2)) if tempos else piece
