"""Velocity features: how loud the notes were that a new note is likely to resemble."""

from __future__ import annotations

from musiclstm.model.context import Context
from musiclstm.model.drum_hits import velocity_at
from musiclstm.model.features.layout import NEARBY_VELOCITIES, Layout
from musiclstm.model.sizes import LAGS, RECENT_NOTES

_RECENT_NOTES = RECENT_NOTES


def related_velocities(layout: Layout, context: Context, delta: int, part: int, pitch: int) -> tuple[int, ...]:
    """The index within each group of `layout.velocity_groups` for a note `delta` ticks after the context's now.

    pitch: index within the vocabulary.
    """
    d = context.dimensions
    pitch += d.low
    found = [context.velocities[pitch], context.velocities[128 + part]]
    if not d.tuned and not d.seconds:
        for lag in LAGS:
            found.append(velocity_at(context, pitch, lag * d.resolution, delta))  # noqa: PERF401 (compiled)
    elif NEARBY_VELOCITIES[0] in layout.velocity_groups:
        found += _nearby(context, pitch)
    return tuple([d.velocity_bin(velocity) if velocity else d.velocities for velocity in found])


def _nearby(context: Context, pitch: int) -> list[int]:
    """The velocity of each of `NEARBY_VELOCITIES`, 0 where there is none."""
    below, above, under, over = 0, 0, -1, 128  # velocities, and pitches
    notes = context.recent_notes
    for index in range(_RECENT_NOTES):
        other, velocity = notes[2 * index], notes[2 * index + 1]
        # Of several equally near notes, the latest.
        if velocity and under < other < pitch:
            under, below = other, velocity
        elif velocity and pitch < other < over:
            over, above = other, velocity
    return [below, above, notes[3]]
