"""Echo features: the next event that each match model expects, and how far it can be trusted."""

from __future__ import annotations

from bisect import bisect

from musiclstm.model.context import Context
from musiclstm.model.drum_hits import next_repeat, was_hit
from musiclstm.model.echo import Echo
from musiclstm.model.features.layout import MATCH_LENGTHS, Layout

# While generating, an echo whose match spans this many repeats, or this many events, is ignored: the music must not get
# stuck in a loop. Yet in a corpus an accompaniment repeats for longer, and whole expositions do.
MAX_REPEATS, MAX_MATCH = 3, 256
_MAX_REPEATS = MAX_REPEATS
# How many of the last drum hits are compared.
_HITS = 16

# (time, symbol, pitch, velocity, strength): the fields of an expected event as indices within their groups, "none"
# where nothing is expected, and how far to trust it (`layout.STRENGTHS`).
ExpectedEvent = tuple[int, int, int, int, int]


class EchoFeatures:
    """Reads a context's match models as features.

    max_match: a match of more events than this, or of more than MAX_REPEATS repeats, is ignored; None for no limits.
    """

    def __init__(self, layout: Layout, max_match: int | None = None) -> None:
        self.layout, self.max_match = layout, -1 if max_match is None else max_match
        self.nothing = (*layout.no_event, 0)

    def expected(self, context: Context) -> tuple[ExpectedEvent, ...]:
        """What each of `ECHO_GROUPS` expects next."""
        d = context.dimensions
        if not d.tuned:
            bar = context.bar_ticks
            echo: Echo = context.echoes[0]
            return self.of_echo(context, echo), self.of_hit(context, bar), self.of_hit(context, 2 * bar)
        all_, transposing = context.echoes
        return self.of_echo(context, all_), self.of_echo(context, transposing), self.of_melodies(context)

    def of_melodies(self, context: Context) -> ExpectedEvent:
        """The soonest of the events that the parts' melodies expect."""
        echo: Echo = context.melody_echoes[0]
        soonest = self.of_echo(context, echo)
        for part in range(1, context.dimensions.parts):
            echo = context.melody_echoes[part]
            each = self.of_echo(context, echo)
            if each[0] < soonest[0]:
                soonest = each
        return soonest

    def with_melody(
        self, expected: tuple[ExpectedEvent, ...], context: Context, part: int
    ) -> tuple[ExpectedEvent, ...]:
        """`expected` once the part is chosen: the last one is then what that part's melody expects."""
        if not context.dimensions.tuned:
            return expected
        echo: Echo = context.melody_echoes[part]
        return expected[0], expected[1], self.of_echo(context, echo)

    def of_echo(self, context: Context, echo: Echo) -> ExpectedEvent:
        """What a match model expects; nothing without a match, or where it has gone on for too long."""
        limit, length = self.max_match, echo.length
        is_loop = limit >= 0 and length > min(limit, _MAX_REPEATS * (echo.log.count - echo.pointer))
        if is_loop or not length:
            return self.nothing
        log, distance = echo.log, echo.distance()
        same_position = not context.dimensions.seconds and distance % context.bar_ticks == 0
        return self.features(
            context,
            log.symbol(echo.pointer),
            echo.pitch(),
            log.tick(echo.pointer) + distance,
            log.velocity(echo.pointer),
            2 * bisect(MATCH_LENGTHS, length) + same_position,
        )

    def of_hit(self, context: Context, lag: int) -> ExpectedEvent:
        """The next drum hit of `lag` ticks ago, expected again. Its strength: how many of the last hits came again."""
        number = next_repeat(context, lag)
        if number < 0:
            return self.nothing
        first: Echo = context.echoes[0]
        log, agreed = first.log, 0
        while agreed < min(log.count, _HITS):
            last = log.count - 1 - agreed
            if not was_hit(context, log.pitch(last), log.tick(last) - lag):
                break
            agreed += 1
        tick = max(log.tick(number) + lag, context.tick)
        strength = 2 * bisect(MATCH_LENGTHS, agreed)
        return self.features(context, log.symbol(number), log.pitch(number), tick, log.velocity(number), strength)

    def features(
        self, context: Context, symbol: int, pitch: int, tick: int, velocity: int, strength: int
    ) -> ExpectedEvent:
        """An event expected at a tick, as indices; a tick that has passed is "none"."""
        d = context.dimensions
        delta = tick - context.tick
        time = min(delta, d.max_delta) if delta >= 0 else d.max_delta + 1
        velocity_bin = d.velocity_bin(velocity) if symbol >= d.parts else d.velocities
        return time, symbol, pitch - d.low if d.low <= pitch <= d.high else d.pitches, velocity_bin, strength
