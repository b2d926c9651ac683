"""Encoding: notes in ticks -> events in the canonical order, which `Vocabulary.encode` describes; a check of events."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from musiclstm.music.columns import Ints, order_of
from musiclstm.music.event import Kind
from musiclstm.music.packed import EVENT, Columns, Packed

_OFF, _ON, _WAIT = map(int, Kind)


def encoded(notes: Ints, low: int, high: int, percussive: Sequence[bool], max_delta: int) -> Columns:
    """The events of some notes. notes: (5, N), starts, ends, pitches, velocities and parts; times in ticks.

    low, high, percussive (for each part), max_delta: the vocabulary's. Raises IndexError for a part that it lacks.
    """
    starts = notes[0]
    if np.diff(starts).min(initial=0) < 0:
        notes = notes.take(np.argsort(starts, kind="stable"), axis=1)
    pitches = max(0, high - low + 1)
    kept = _merged(notes, low, pitches, len(percussive))
    ticks, codes, places = _moves(kept, low, pitches, np.array(percussive, dtype=np.int64))
    return _with_deltas(order_of(ticks, codes), ticks, places, kept, max_delta)


def _merged(notes: Ints, low: int, pitches: int, parts: int) -> Ints:
    """The notes in range, without two of one pitch at once: equal ones are merged, overlapping ones cut short.

    notes: in order of start.
    """
    kept = np.empty_like(notes)
    latest = np.full(parts * pitches, -1)
    # Typed where this is compiled.
    given, rows, last = notes, kept, latest
    count = 0
    for index in range(notes.shape[1]):
        pitch, part = given[2, index] - low, given[4, index]
        if pitch < 0 or pitch >= pitches:
            continue
        if part < 0 or part >= parts:
            raise IndexError(f"there is no part {part}")
        start, end, velocity = given[0, index], given[1, index], given[3, index]
        slot = part * pitches + pitch
        before = last[slot]
        if before >= 0:
            if rows[0, before] == start:
                rows[1, before] = max(rows[1, before], end)
                rows[3, before] = max(rows[3, before], velocity)
                continue
            rows[1, before] = min(rows[1, before], start)
        last[slot] = count
        rows[0, count], rows[1, count], rows[2, count] = start, end, pitch + low
        rows[3, count], rows[4, count] = velocity, part
        count += 1
    return kept[:, :count]


def _moves(notes: Ints, low: int, pitches: int, percussive: Ints) -> tuple[Ints, Ints, Ints]:
    """The ONs, then the OFFs: their ticks, their order within a tick, and their note n (for OFFs as -1 - n)."""
    most = 2 * notes.shape[1]
    found = np.empty((3, most), dtype=np.int64)
    # Typed where this is compiled.
    rows, moves, struck = notes, found, percussive
    slots = len(percussive) * pitches
    count = 0
    for index in range(notes.shape[1]):
        moves[0, count] = rows[0, index]
        moves[1, count] = slots + rows[4, index] * pitches + rows[2, index] - low
        moves[2, count] = index
        count += 1
    for index in range(notes.shape[1]):
        part = rows[4, index]
        if not struck[part]:
            moves[0, count] = rows[1, index]
            moves[1, count] = part * pitches + rows[2, index] - low
            moves[2, count] = -1 - index
            count += 1
    return found[0, :count], found[1, :count], found[2, :count]


def _with_deltas(order: Ints, ticks: Ints, places: Ints, notes: Ints, max_delta: int) -> Columns:
    """The events in order, with WAITs where a pause is too long for one delta."""
    # Typed where this is compiled.
    at, when, which, rows = order, ticks, places, notes
    off, on, wait = _OFF, _ON, _WAIT
    count, now = len(order), 0
    for index in range(len(order)):
        tick = when[at[index]]
        count += (tick - now) // max_delta
        now = tick
    found = np.zeros((5, count), dtype=np.int64)
    events = found
    count = now = 0
    for index in range(len(order)):
        move = at[index]
        tick = when[move]
        while tick - now >= max_delta:
            events[0, count], events[1, count] = max_delta, wait
            now += max_delta
            count += 1
        note = which[move]
        events[0, count] = tick - now
        now = tick
        if note >= 0:
            events[1, count], events[4, count] = on, rows[3, note]
        else:
            note = -1 - note
            events[1, count] = off
        events[2, count], events[3, count] = rows[4, note], rows[2, note]
        count += 1
    return found


def fit(events: Packed, low: int, high: int, percussive: Sequence[bool], max_delta: int) -> bool:
    """Whether all of these can be events of the vocabulary."""
    rows = np.ascontiguousarray(events).view(np.uint8).reshape(-1, EVENT.itemsize)
    deltas = events["delta"].astype(np.int64)
    return _fit(deltas, rows, low, high, np.array(percussive, dtype=np.int64), max_delta)


def _fit(deltas: Ints, events: NDArray[np.uint8], low: int, high: int, percussive: Ints, max_delta: int) -> bool:
    # Typed where this is compiled.
    times, rows, struck = deltas, events, percussive
    off, on, wait = _OFF, _ON, _WAIT
    for index in range(len(events)):
        delta = times[index]
        kind, part, pitch, velocity = rows[index, 2], rows[index, 3], rows[index, 4], rows[index, 5]
        if kind == wait:
            if delta != max_delta or part or pitch or velocity:
                return False
        elif delta >= max_delta or part >= len(struck) or not low <= pitch <= high:
            return False
        elif kind == on:
            if velocity > 127:
                return False
        elif kind != off or velocity or struck[part]:
            return False
    return True
