"""Drum hits: what a kit played some beats ago, and which of it is expected to be repeated.

Queries of a context's event log, for vocabularies all of whose parts are percussive and that count beats. Human timing
varies: two hits within `timing_tolerance` of each other count as hits at the same place of the bar.
"""

from __future__ import annotations

from collections.abc import Iterable

from musiclstm.model.context import LAGS, Context
from musiclstm.model.echo import Chunk
from musiclstm.music.vocabulary import Vocabulary


def timing_tolerance(vocabulary: Vocabulary) -> int:
    """By how many ticks hits may differ and still count as simultaneous."""
    return vocabulary.resolution // 12


def hits_at_lags(context: Context, delta: int = 0) -> list[dict[int, int]]:
    """For each of `LAGS` the velocity of each pitch that was hit so long before the tick `delta` ticks from now."""
    log, tolerance = context.echoes[0].log, timing_tolerance(context.vocabulary)
    times = (context.tick + delta - lag * context.vocabulary.resolution for lag in LAGS)
    return [
        {pitch: velocity for _, pitch, velocity in log.between(then - tolerance, then + tolerance)} for then in times
    ]


def was_hit(context: Context, pitch: int, tick: int) -> bool:
    """Whether a pitch was hit at about that tick."""
    tolerance = timing_tolerance(context.vocabulary)
    return any(p == pitch for _, p, _ in context.echoes[0].log.between(tick - tolerance, tick + tolerance))


def repeat_ticks(context: Context, delta: int = 0) -> list[int | None]:
    """For each of `LAGS` the tick at which the next hit of so long ago would be repeated, None where there is none."""
    lags = [lag * context.vocabulary.resolution for lag in LAGS]
    hits = next_repeats(context, lags, delta)
    return [None if hit is None else hit[0].tick[hit[1]] + lag for lag, hit in zip(lags, hits, strict=True)]


def next_repeats(context: Context, lags: Iterable[int], delta: int = 0) -> list[tuple[Chunk, int] | None]:
    """For each lag in ticks the first hit that has not been repeated, as `EventLog.locate` gives it, or None.

    Considers the hits from `lag` before the tick `delta` ticks from now.
    """
    log, tolerance, now = context.echoes[0].log, timing_tolerance(context.vocabulary), context.tick + delta
    lately = list(log.between(now - 2 * tolerance, now))

    def is_missing(chunk: Chunk, index: int, lag: int) -> bool:
        pitch, again = chunk.pitch[index], chunk.tick[index] + lag
        return not any(p == pitch and abs(tick - again) <= tolerance for tick, p, _ in lately)

    return [next((hit for hit in log.following(now - lag - tolerance) if is_missing(*hit, lag)), None) for lag in lags]
