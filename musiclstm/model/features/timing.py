"""Timing features: the position in the bar, and delays, which are times since or until something, in ticks."""

from __future__ import annotations

from musiclstm.model.context import Context
from musiclstm.model.drum_hits import repeat_tick
from musiclstm.model.features.layout import Layout
from musiclstm.model.sizes import LAGS, NEVER, ONSETS

_NEVER, _ONSETS = NEVER, ONSETS


def bar_features(layout: Layout, context: Context, delta: int = 0) -> list[int]:
    """The index within each group of `BAR`, `delta` ticks after the context's now."""
    position = context.position(delta)
    return [min(position, layout.longest_bar - 1), position % layout.beat, context.meter]


def timing_features(layout: Layout, context: Context, delta: int = 0) -> list[int]:
    """The index within each group of `layout.timing_groups`, `delta` ticks after the context's now."""
    found = bar_features(layout, context, delta)
    d, now = context.dimensions, context.tick + delta
    if not d.seconds:
        if not d.tuned:
            for lag in LAGS:
                tick = repeat_tick(context, lag * d.resolution, delta)
                found.append(_index(d.max_delta, max(tick - now, 0) if tick >= 0 else -1))
        return found
    last, longest = context.onsets[0], longest_sounding(context)
    found.append(_index(d.max_delta, now - last if last != _NEVER else -1))
    found.append(_index(d.max_delta, now - longest if longest != _NEVER else -1))
    for earlier in range(1, _ONSETS):
        onset = context.onsets[earlier]
        then = last + context.onsets[earlier - 1] - onset if onset != _NEVER else _NEVER
        found.append(_index(d.max_delta, then - now))
    then = longest + context.last_duration if context.last_duration and longest != _NEVER else _NEVER
    found.append(_index(d.max_delta, then - now))
    return found


def longest_sounding(context: Context) -> int:
    """The tick at which the longest-sounding note started, NEVER if nothing sounds."""
    longest, found = context.tick + 1, False
    for part in range(context.dimensions.parts):
        for half in range(2):
            word, pitch = context.words[2 * part + half], 64 * half
            while word:
                # The last change of a sounding pitch was its note-on.
                if word & 1 and context.changed[pitch] < longest:
                    longest, found = context.changed[pitch], True
                word >>= 1
                pitch += 1
    return longest if found else _NEVER


def _index(longest: int, ticks: int) -> int:
    """A delay as an index within its group; a negative one is "none"."""
    return longest + 1 if ticks < 0 else min(ticks, longest)
