"""Velocity features: how loud the notes were that a new note is likely to resemble."""

from __future__ import annotations

from collections.abc import Sequence

from musiclstm.model.context import Context
from musiclstm.model.drum_hits import hits_at_lags
from musiclstm.model.features.layout import NEARBY_VELOCITIES, Layout


def related_velocities(layout: Layout, context: Context, delta: int, part: int, pitch: int) -> tuple[int, ...]:
    """For a note in `delta` ticks the velocity bin, or "none", of each of `layout.velocity_groups`.

    pitch: index within the vocabulary.
    """
    v, pitch = layout.vocabulary, layout.vocabulary.low + pitch
    found = [context.velocities[pitch], context.velocities[128 + part]]
    if layout.is_metrical_kit:
        found += [hits.get(pitch, 0) for hits in hits_at_lags(context, delta)]
    elif NEARBY_VELOCITIES[0] in layout.velocity_groups:
        found += _nearby(context.recent_notes, pitch)
    return tuple(v.velocity_bin(velocity) if velocity else v.velocities for velocity in found)


def _nearby(notes: Sequence[tuple[int, int]], pitch: int) -> tuple[int, int, int]:
    """The velocity of each of `NEARBY_VELOCITIES`, 0 where there is none. notes: `Context.recent_notes`."""
    # Of several equally near notes, the latest.
    below = max(((other - pitch, -at) for at, (other, _) in enumerate(notes) if other < pitch), default=None)
    above = min(((other - pitch, at) for at, (other, _) in enumerate(notes) if other > pitch), default=None)
    return (
        notes[-below[1]][1] if below else 0,
        notes[above[1]][1] if above else 0,
        notes[1][1] if len(notes) > 1 else 0,
    )
