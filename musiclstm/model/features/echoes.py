"""Echo features: the next event that each match model expects, and how far it can be trusted."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass

from musiclstm.model.context import Context
from musiclstm.model.drum_hits import next_repeats, was_hit
from musiclstm.model.echo import Chunk, Echo
from musiclstm.model.features.layout import ECHO_GROUPS, MATCH_LENGTHS, Layout
from musiclstm.music.note import TimeBase

# While generating, an echo whose match spans this many repeats, or this many events, is ignored: the music must not get
# stuck in a loop. Yet in a corpus an accompaniment repeats for longer, and whole expositions do.
MAX_REPEATS, MAX_MATCH = 3, 256

# The expected fields (time, symbol, pitch, velocity), each "none" where there is none, and the strength.
ExpectedEvent = tuple[int, int, int, int, int]


@dataclass(frozen=True)
class EchoFeatures:
    """Reads a context's match models as features.

    max_match: longest match in events that is believed, and then at most MAX_REPEATS repeats; None for no limits.
    """

    layout: Layout
    max_match: int | None = None

    def expected(self, context: Context) -> tuple[ExpectedEvent, ...]:
        """What each of `ECHO_GROUPS` expects next."""
        echoes = tuple(self._of_echo(context, echo) for echo in context.echoes)
        if self.layout.vocabulary.percussive:
            lags = [context.bar_ticks, 2 * context.bar_ticks]
            hits = next_repeats(context, lags)
            return (*echoes, *(self._of_hit(context, *each) for each in zip(lags, hits, strict=True)))
        # Of the parts' melodies, the one that expects the soonest event.
        melodies = (self._of_echo(context, melody) for melody in context.melody_echoes)
        return (*echoes, min(melodies, key=lambda each: each[0]))

    def with_melody(
        self, expected: tuple[ExpectedEvent, ...], context: Context, part: int
    ) -> tuple[ExpectedEvent, ...]:
        """`expected` once the part is chosen: with that part's melody as the last."""
        if not context.melody_echoes:
            return expected
        return (*expected[:-1], self._of_echo(context, context.melody_echoes[part]))

    def _of_echo(self, context: Context, echo: Echo) -> ExpectedEvent:
        v, limit = self.layout.vocabulary, self.max_match
        is_loop = limit is not None and echo.length > min(limit, MAX_REPEATS * (echo.log.count - echo.pointer))
        if is_loop or not echo.length:
            return (*self.layout.no_event, 0)
        same_position = v.base is TimeBase.BEATS and echo.distance % context.bar_ticks == 0
        return self._features(context, echo.expected, 2 * bisect(MATCH_LENGTHS, echo.length) + same_position)

    def _of_hit(self, context: Context, lag: int, hit: tuple[Chunk, int] | None) -> ExpectedEvent:
        """A drum hit of `lag` ticks ago, expected again; the strength counts how many of the last hits agreed."""
        if hit is None:
            return (*self.layout.no_event, 0)
        log, (chunk, index) = context.echoes[0].log, hit
        agreed = 0
        while agreed < min(log.count, 16):
            last = log.count - 1 - agreed
            if not was_hit(context, log.pitch(last), log.tick(last) - lag):
                break
            agreed += 1
        tick = max(chunk.tick[index] + lag, context.tick)
        event = chunk.symbol[index], chunk.pitch[index], tick, chunk.velocity[index]
        return self._features(context, event, 2 * bisect(MATCH_LENGTHS, agreed))

    def _features(self, context: Context, event: tuple[int, int, int, int], strength: int) -> ExpectedEvent:
        v, (symbol, pitch, tick, velocity) = self.layout.vocabulary, event
        delta = tick - context.tick
        time = min(delta, v.max_delta) if delta >= 0 else self.layout.none("time")
        velocity_bin = v.velocity_bin(velocity) if symbol >= len(v.parts) else v.velocities
        return time, symbol, pitch - v.low if v.low <= pitch <= v.high else v.pitches, velocity_bin, strength


def echo_rows(layout: Layout, expected: tuple[ExpectedEvent, ...]) -> list[int]:
    """A row for each expected field of each echo, and for its strength."""
    start = layout.starts
    return [
        value + start[group]
        for groups, one in zip(ECHO_GROUPS, expected, strict=False)
        for group, value in zip(groups, one, strict=True)
    ]
