"""Drum hits: what a kit played some beats ago, and which of it is expected to be repeated.

Queries of a context's event log, for vocabularies all of whose parts are percussive and that count beats. Human timing
varies: two hits within `timing_tolerance` of each other count as hits at the same place of the bar.
"""

from __future__ import annotations

from musiclstm.model.context import Context
from musiclstm.model.echo import Echo


def timing_tolerance(resolution: int) -> int:
    """By how many ticks hits may differ and still count as simultaneous."""
    return resolution // 12


def hits_at(context: Context, lag: int, delta: int = 0) -> tuple[int, int]:
    """The hits about `lag` ticks before the moment `delta` ticks from now: (first number, number after the last)."""
    first: Echo = context.echoes[0]
    log, tolerance = first.log, timing_tolerance(context.dimensions.resolution)
    then = context.tick + delta - lag
    start = end = log.first_from(then - tolerance)
    while end < log.count and log.tick(end) <= then + tolerance:
        end += 1
    return start, end


def velocity_at(context: Context, pitch: int, lag: int, delta: int = 0) -> int:
    """The velocity of the last hit of a pitch among `hits_at`, 0 if there is none."""
    first: Echo = context.echoes[0]
    log, found = first.log, 0
    start, end = hits_at(context, lag, delta)
    for number in range(start, end):
        if log.pitch(number) == pitch:
            found = log.velocity(number)
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
    """The number, in the log of all events, of the first hit that has not come again `lag` ticks later; -1 for none.

    Only hits count that would come again at the moment `delta` ticks from now, or after it.
    """
    first: Echo = context.echoes[0]
    log, tolerance, now = first.log, timing_tolerance(context.dimensions.resolution), context.tick + delta
    count = log.count
    for number in range(log.first_from(now - lag - tolerance), count):
        pitch, again, missing = log.pitch(number), log.tick(number) + lag, True
        other = count - 1
        while missing and other >= log.dropped and log.tick(other) >= now - 2 * tolerance:
            lately = log.tick(other)
            if lately <= now and log.pitch(other) == pitch and abs(lately - again) <= tolerance:
                missing = False
            other -= 1
        if missing:
            return number
    return -1


def repeat_tick(context: Context, lag: int, delta: int = 0) -> int:
    """The tick at which the next hit of `lag` ticks ago would come again, -1 if there is none."""
    first: Echo = context.echoes[0]
    number = next_repeat(context, lag, delta)
    return first.log.tick(number) + lag if number >= 0 else -1
