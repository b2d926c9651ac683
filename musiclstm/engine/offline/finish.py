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
        mapped = replace(piece, tempos=before + slower)
        # What a file names as its tempo is the mean.
        piece = replace(mapped, tempo=round(60 * mapped.length / mapped.clock()(mapped.length), 2))
    return piece
