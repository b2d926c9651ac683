"""The sustain pedal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musiclstm.music.columns import Ints, order_of
from musiclstm.music.midi_notes.controls import Controls
from musiclstm.music.midi_notes.spans import PERCUSSION_CHANNEL, Spans, bound_of, channel_of
from musiclstm.music.smf import File

_NEVER = np.iinfo(np.int64).max


def sustain(spans: Spans, controls: Controls, file: File) -> Spans:
    """Prolongs the notes that end while the pedal of their line is down.

    They sound until the pedal is lifted, the same key is struck again, or the file ends. Under a pedal that is never
    lifted they sound for `bound_of` ticks at most, with a warning.
    """
    moves = {line: _moves(rows) for line, rows in controls.pedal.items() if channel_of(line) != PERCUSSION_CHANNEL}
    lines = sorted({line for _, line, _ in spans.voices})
    numbers = {line: number for number, line in enumerate(lines)}
    line = np.array([numbers[line] for _, line, _ in spans.voices])[spans.voice]
    pedals = [np.array(moves.get(line, ()), dtype=np.int64) for line in lines]
    silences = [np.array(controls.silences.get(line, ()), dtype=np.int64) for line in lines]
    last = max(track.end for track in file.tracks)
    ends = spans.end.copy()
    rows = np.stack((line, spans.start, spans.end, spans.pitch))
    if _prolong(ends, order_of(line, spans.start), rows, pedals, silences, last, bound_of(file)):
        file.warn("the pedal is down to the end; it holds notes for a few seconds only")
    return spans._replace(end=ends)


def _prolong(
    ends: Ints,
    order: Ints,
    notes: Ints,
    pedals: list[Ints],
    silences: list[Ints],
    last: int,
    bound: int,
) -> bool:
    """Moves the ends of notes that the pedal holds; returns whether it holds some for too long.

    order: the notes by line, then by start. notes: line, start, end and pitch. pedals: for each line the ticks at which
    its pedal goes down, up, down and so on. silences: for each line the ticks at which all notes end all the same.
    last: where the file ends.
    """
    # Typed where this is compiled.
    found, places, rows = ends, order, notes
    # The next strike of each key, and the next one later than that.
    strikes = np.full((2, 128), _NEVER, dtype=np.int64)
    following = strikes
    pedal = silence = strikes[0]
    current, endless = -1, False
    for index in range(len(order) - 1, -1, -1):
        at = places[index]
        if rows[0, at] != current:
            current = rows[0, at]
            pedal, silence = pedals[current], silences[current]
            strikes.fill(_NEVER)
        if not len(pedal):
            continue
        start, end, pitch = rows[1, at], rows[2, at], rows[3, at]
        if following[0, pitch] != start:
            following[1, pitch] = following[0, pitch]
            following[0, pitch] = start
        moved = _until(pedal, end)
        if moved % 2 == 0:
            continue
        lifted = moved < len(pedal)
        until = min(pedal[moved] if lifted else last, following[1, pitch])
        ended = _until(silence, start)
        if ended < len(silence):
            until = min(until, silence[ended])
        if not lifted and until > end + bound:
            endless = True
            until = end + bound
        found[at] = max(end, until)
    return endless


def _until(ticks: Ints, tick: int) -> int:
    """How many of the ticks are not later than this one."""
    low, high = 0, len(ticks)
    while low < high:
        middle = (low + high) >> 1
        if tick < ticks[middle]:
            high = middle
        else:
            low = middle + 1
    return low


def _moves(values: Sequence[tuple[int, int]]) -> list[int]:
    """When the pedal goes down, up, down and so on."""
    moves: list[int] = []
    down = False
    for tick, value in values:
        if (value >= 64) == down:
            continue
        down = not down
        moves.append(tick)
    return moves
