"""Soundness: whether a session can go on from a snapshot that another process has sent.

Compiled code does not check its indices. So everything that they are computed from is checked here, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from musiclstm.model.dimensions import Dimensions
from musiclstm.model.echo import CHUNK, SEARCH_REACH, Chunk, Echo
from musiclstm.model.features.layout import ECHO_GROUPS, Layout
from musiclstm.model.sizes import GIVEN, LAST_TICK, NEVER, NO_PITCH, ONSETS, RECENT_NOTES, RECENT_PITCHES
from musiclstm.model.stepper import State

_LARGEST = 1e12  # of a state's numbers; with larger ones sums could overflow
_STATE = ("hidden", "cell", "gates", "projections")


def is_sound(snapshot: Any, state: State, layout: Layout) -> bool:
    """Whether a snapshot of the layout's vocabulary has states of the sizes of `state`, and only possible indices."""
    try:
        return _is_sound(snapshot, state, layout)
    except (AttributeError, TypeError, ValueError):
        return False  # something has another type


def _is_sound(snapshot: Any, state: State, layout: Layout) -> bool:
    timing = [layout.sizes[name] for name in layout.timing_groups]
    expected = [layout.sizes[name] for names in ECHO_GROUPS for name in names]
    return (
        _is_state(snapshot.state, state)
        and _is_context(snapshot.context)
        and isinstance(snapshot.timing, list)
        and _are_below(snapshot.timing, timing)
        and isinstance(snapshot.expected, tuple)
        and all(isinstance(each, tuple) and len(each) == 5 for each in snapshot.expected)
        and _are_below([index for each in snapshot.expected for index in each], expected)
        and _are_below([snapshot.pending], [layout.vocabulary.max_delta])
        and isinstance(snapshot.rng, tuple)
        and _are_below(snapshot.rng, [1 << 64, 1 << 62])
        and isinstance(snapshot.learnt, float)
        and 0 <= snapshot.learnt <= 1
    )


def _is_state(state: Any, like: State) -> bool:
    """Whether all of a state has the sizes of another, and is made of numbers."""
    pairs = [(getattr(state, name), getattr(like, name)) for name in _STATE]
    return all(
        isinstance(one, np.ndarray)
        and (one.shape, one.dtype) == (other.shape, other.dtype)
        and one.flags.c_contiguous
        and (np.abs(one) <= _LARGEST).all()
        for one, other in pairs
    )


def _is_context(context: Any) -> bool:
    d, (words, changed, velocities, notes, pitches, onsets, classes) = context.dimensions, context.arrays()
    echoes, melodies = context.echoes, context.melody_echoes
    if not isinstance(echoes, tuple) or not isinstance(melodies, tuple):
        return False
    if (len(echoes), len(melodies)) != ((2, d.parts) if d.tuned else (1, 0)):
        return False
    return (
        _are_within([context.tick, context.last_duration], 2, 0, LAST_TICK)
        and -1 <= context.last_symbol < d.symbols
        and _are_within([context.last_pitch], 1, 0, 127)
        and _are_within([context.bar_origin], 1, -LAST_TICK, LAST_TICK)
        and _are_within([context.bar_ticks], 1, 1, 1 << 24)
        and 0 <= context.meter < len(d.vocabulary.meters)
        and _are_within(words, 32, 0, (1 << 64) - 1)
        and _are_within(changed, 128, NEVER, LAST_TICK)
        and _are_within(velocities, 144, 0, 127)
        and _are_within(notes, 2 * RECENT_NOTES, 0, 127)
        and _are_within(pitches, 16 * RECENT_PITCHES, 0, NO_PITCH)
        and _are_within(onsets, ONSETS, NEVER, LAST_TICK)
        and _are_within(classes, 36, 0, 1 << 10)
        and isinstance(context.given, tuple)
        and all(type(note) is int for note in context.given)
        and _are_within(context.given, min(len(context.given), GIVEN), 0, 128 * d.parts - 1)
        and all(isinstance(each, Echo) and _is_echo(each) for each in (*echoes, *melodies))
        and all(_is_log(log, d) for log in {id(each.log): each.log for each in (*echoes, *melodies)}.values())
        and (d.seconds or all(len(chunk.sounds) == 16 * CHUNK for chunk in echoes[0].log.chunks))
    )


def _is_echo(echo: Any) -> bool:
    """Whether the log keeps the event that it expects, and the one before, for as long as it is followed."""
    log = echo.log
    if echo.length > 0:
        return bool(log.dropped < echo.pointer < log.count and log.count - echo.pointer < SEARCH_REACH)
    return bool(echo.length == 0)


def _is_log(log: Any, d: Dimensions) -> bool:
    chunks, filled = log.chunks, [CHUNK] * len(log.chunks)
    if not 0 <= log.count <= LAST_TICK or log.dropped < 0 or (log.count > 0) != (len(chunks) > 0):
        return False
    if not all(isinstance(chunk, Chunk) for chunk in chunks):
        return False
    if chunks:
        filled[-1] -= -log.count % CHUNK
    return all(chunk.filled >= least and _is_chunk(chunk, d) for chunk, least in zip(chunks, filled, strict=True))


def _is_chunk(chunk: Any, d: Dimensions) -> bool:
    key, _, tick, velocity = (
        np.frombuffer(column, dtype=kind)[: chunk.filled]
        for column, kind in zip(chunk.columns, (np.uint16, np.uint16, np.int32, np.uint8), strict=True)
    )
    known = (key % 256 < 128) & (key // 256 < d.symbols)
    return bool((known & (velocity < 128) & (tick >= 0) & (tick <= LAST_TICK)).all())


def _are_below(values: Sequence[Any], sizes: Sequence[int]) -> bool:
    return len(values) == len(sizes) and all(
        type(value) is int and 0 <= value < size for value, size in zip(values, sizes, strict=True)
    )


def _are_within(values: Sequence[float], count: int, low: int, high: int) -> bool:
    return len(values) == count and all(low <= value <= high for value in values)
