"""Drum hits: what a kit played some beats ago, and which of it is expected to be repeated.

Queries of a context's event log, for vocabularies all of whose parts are percussive and that count beats. Human timing
varies: two hits within `timing_tolerance` of each other count as hits at the same place of the bar.
"""

from __future__ import annotations

from musiclstm.model.context import Context
from musiclstm.model.echo import Echo
from musiclstm.model.sizes import LAGS


def timing_tolerance(resolution: int) -> int:
    """By how many ticks hits may differ and still count as simultaneous."""
    return resolution // 12


def hits_at_lags(context: Context, delta: int = 0) -> list[dict[int, int]]:
    """For each of `LAGS` the velocity of each pitch that was hit so long before the tick `delta` ticks from now."""
    first: Echo = context.echoes[0]
    log, resolution = first.log, context.dimensions.resolution
    tolerance, now = timing_tolerance(resolution), context.tick + delta
    found = []
    for lag in LAGS:
        then = now - lag * resolution
        numbers = range(log.first_from(then - tolerance), log.first_from(then + tolerance + 1))
        found.append({log.pitch(number): log.velocity(number) for number in numbers})
    return found


def was_hit(context: Context, pitch: int, tick: int) -> bool:
    """Whether a pitch was hit at about that tick."""
    first: Echo = context.echoes[0]
    log, tolerance = first.log, timing_tolerance(context.dimensions.resolution)
    for number in range(log.first_from(tick - tolerance), log.count):
        if log.tick(number) > tick + tolerance:
            return False
        if log.pitch(number) == pitch:
            return True
    return False


def next_repeat(context: Context, lag: int, delta: int = 0) -> int:
    """The number, in the log of all events, of the first hit that has not been repeated after `lag` ticks; -1 for none.

    Considers the hits from `lag` before the tick `delta` ticks from now.
    """
    first: Echo = context.echoes[0]
    log, tolerance, now = first.log, timing_tolerance(context.dimensions.resolution), context.tick + delta
    lately, end = log.first_from(now - 2 * tolerance), log.first_from(now + 1)
    for number in range(log.first_from(now - lag - tolerance), log.count):
        pitch, again, missing = log.pitch(number), log.tick(number) + lag, True
        for other in range(lately, end):
            if log.pitch(other) == pitch and abs(log.tick(other) - again) <= tolerance:
                missing = False
                break
        if missing:
            return number
    return -1


def repeat_tick(context: Context, lag: int, delta: int = 0) -> int:
    """The tick at which the next hit of `lag` ticks ago would be repeated, -1 where there is none."""
    first: Echo = context.echoes[0]
    number = next_repeat(context, lag, delta)
    return first.log.tick(number) + lag if number >= 0 else -1
