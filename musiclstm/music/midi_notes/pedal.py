"""The sustain pedal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musiclstm.music.columns import Ints
from musiclstm.music.midi_notes.controls import Controls
from musiclstm.music.midi_notes.spans import PERCUSSION_CHANNEL, Spans, bound_of, channel_of
from musiclstm.music.smf import File

# A tick has fewer bits, or the file had petabytes.
_TICK_BITS = 55
_NEVER = np.iinfo(np.int64).max


def sustain(spans: Spans, controls: Controls, file: File) -> Spans:
    """Prolong the notes that end while the pedal of their line is down.

    They sound until the pedal is lifted, the same key is struck again, or the file ends; under a pedal that is never
    lifted for `bound_of` ticks at most, which is warned of.
    """
    ends = spans.end.copy()
    lines = np.array([line for _, line, _ in spans.voices])[spans.voice]
    last, bound = max(track.end for track in file.tracks), bound_of(file)
    order = np.argsort(lines, kind="stable")
    for each in np.split(order, 1 + np.flatnonzero(np.diff(lines[order]))):
        line = int(lines[each[0]])
        moves = _moves(controls.pedal.get(line, ()))
        if not moves or channel_of(line) == PERCUSSION_CHANNEL:
            continue
        ticks, down = (np.array(column) for column in zip(*moves, strict=True))
        start, end = spans.start[each], ends[each]
        following = np.searchsorted(ticks, end, side="right")
        held = (following > 0) & down[following - 1]
        lifted = following < len(moves)
        until = np.append(ticks, last)[following]
        until = np.minimum(until, _next_strikes(spans.pitch[each], start))
        silences = np.array([*controls.silences.get(line, ()), _NEVER])
        until = np.minimum(until, silences[np.searchsorted(silences, start, side="right")])
        endless = held & ~lifted & (until > end + bound)
        if endless.any():
            file.warn("the pedal is down to the end; it holds notes for a few seconds only")
        until = np.where(endless, end + bound, until)
        ends[each] = np.where(held, np.maximum(end, until), end)
    return spans._replace(end=ends)


def _next_strikes(pitches: Ints, starts: Ints) -> Ints:
    """When the key of each note is struck again, later than it; `_NEVER` if it is not."""
    strikes = pitches << _TICK_BITS | starts
    others = np.append(np.sort(strikes), _NEVER)
    following = others[np.searchsorted(others, strikes, side="right")]
    return np.where(following >> _TICK_BITS == pitches, following & (1 << _TICK_BITS) - 1, _NEVER)


def _moves(values: Sequence[tuple[int, int]]) -> list[tuple[int, bool]]:
    """(tick, down) of each change of the pedal."""
    moves: list[tuple[int, bool]] = []
    for tick, value in values:
        down = value >= 64
        if down != (moves[-1][1] if moves else False):
            moves.append((tick, down))
    return moves
