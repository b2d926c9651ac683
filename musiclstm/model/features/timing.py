"""Timing features: the position in the bar, and delays: times since or until something, in ticks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from musiclstm.model.context import NEVER, Context
from musiclstm.model.drum_hits import repeat_ticks
from musiclstm.model.features.layout import BAR, Layout
from musiclstm.model.pitch_bits import to_pitches


def bar_features(layout: Layout, context: Context, delta: int = 0) -> list[int]:
    """Index of each of `BAR`, `delta` ticks from the context's now."""
    size, position = layout.sizes, context.position(delta)
    return [min(position, size["bar"] - 1), position % size["beat"], context.meter]


def timing_features(layout: Layout, context: Context, delta: int = 0) -> list[int]:
    """Index of each of `BAR` and of `layout.delay_groups`, `delta` ticks from the context's now."""
    position = bar_features(layout, context, delta)
    if not layout.delay_groups:
        return position
    now = context.tick + delta
    if layout.is_metrical_kit:
        repeats = repeat_ticks(context, delta)
        return [*position, *(_index(layout, None if tick is None else max(tick - now, 0)) for tick in repeats)]
    last = context.onsets[0]
    # The last change of a sounding pitch was its note-on.
    longest = min((context.changed[pitch] for held in context.held for pitch in to_pitches(held)), default=NEVER)
    until = [last + later - onset if onset != NEVER else NEVER for later, onset in pairwise(context.onsets)]
    until.append(longest + context.last_duration if context.last_duration and longest != NEVER else NEVER)
    return [
        *position,
        *(_index(layout, None if then == NEVER else now - then) for then in (last, longest)),
        *(_index(layout, None if then < now else then - now) for then in until),
    ]


def _index(layout: Layout, ticks: int | None) -> int:
    """A delay as an index within its group; None for "none"."""
    return layout.none("time") if ticks is None else min(ticks, layout.vocabulary.max_delta)


def timing_rows(layout: Layout, timing: Sequence[int], groups: tuple[str, ...]) -> list[int]:
    """The rows of `timing_features` (or `bar_features`); those of the delays only if `groups` contains any."""
    pairs = [*zip(BAR, timing, strict=False)]
    if layout.has_delays(groups):
        pairs += zip(layout.delay_groups, timing[len(BAR) :], strict=True)
    return [index + layout.starts[group] for group, index in pairs]


def expected_times(layout: Layout, timing: list[int]) -> list[int]:
    """The values of `timing_features` that are expected values of the next event's time."""
    return timing[len(timing) - len(layout.expectation_groups["time"]) :]
