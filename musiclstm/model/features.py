"""Features: every fact the network is told, as row numbers of one table.

An event's fields, its place in time and each sounding note have a row each; what the network reads is the sum of the
rows that apply. Training builds the row numbers from arrays, the live session from one event: both through this class.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from musiclstm.model.context import LAGS, NEVER, ONSETS, Context, bits
from musiclstm.model.echo import Chunk, Echo
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import TimeBase
from musiclstm.music.vocabulary import Vocabulary

FIELDS = ("time", "symbol", "pitch", "velocity")

# Where in time an event stands: in the bar. Music in seconds has none; of it is told how long ago notes began last, and
# the one that sounds longest, and how long it is until something would happen if it went on so: the next note after as
# long as the last one (onset 1), or as one before that (to 4), the end of what sounds longest after as long as what
# ended last had sounded.
BAR = ("bar", "beat", "meter")
ELAPSED = ("since", "longest")
AWAITED = (*(f"onset {n}" for n in range(1, ONSETS)), "end")
MOMENTS = (*ELAPSED, *AWAITED)
# Of a kit, how long until what was struck so many beats ago would come again.
DUE = tuple(f"due in {lag}" for lag in LAGS)
# How loud the last note of a pitch was, and of a part. Where loudness is told finely: of what began of late the nearest
# note below and the nearest above, for a melody and what accompanies it differ, and the last note but one. Of a kit the
# strokes of so many beats ago.
TOUCH = ("touch", "part touch")
NEARBY = ("touch below", "touch above", "touch before")
FINE = 16  # velocities
STRUCK = tuple(f"touch of {lag}" for lag in LAGS)
# What the LSTM reads of an event, and what each head is told besides its output: rows of these groups. Pitch and
# velocity gain nothing by moments.
READ = ("time", "symbol", "pitch", "class", "velocity", *MOMENTS)
GIVEN = {
    "time": (*MOMENTS, *DUE),
    "symbol": ("time", *MOMENTS),
    "pitch": ("time", "symbol"),
    "velocity": ("time", "symbol", "pitch", "class", *TOUCH, *NEARBY, *STRUCK),
}

# How well an echo agrees is told in steps that grow, and whether the moment it comes from stood there in the bar, too.
LENGTHS = (1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 65)
# In play an echo that has come round so often, or gone on for so many events, falls silent: it must not stick, though
# in a corpus an accompaniment goes on and a whole exposition comes again.
ROUNDS, PATIENCE = 3, 256
# A kit knows no intervals: its second and third are of one bar ago and two.
ECHO_GROUPS = tuple((*(f"{kind} {name}" for name in FIELDS), kind) for kind in ("echo", "sequence", "tune"))
STRENGTHS = 2 * (len(LENGTHS) + 1)
# So far to either side of what is expected of a field, what is near it is expected, too.
NEAR = {"time": 8, "symbol": 0, "pitch": 0, "velocity": 8}
# Which of an event's earlier fields are as the echo expected: a bit for each.
AGREEMENTS = 8
# Of each echo: its fields, and its strength.
Echoed = tuple[tuple[int, int, int, int, int], ...]


@dataclass(frozen=True)
class Features:
    """Where each group of rows begins.

    Each field has a last row that says "none": a WAIT has no symbol, an OFF no velocity, and before the first event
    there is no event.

    patience: events after which an echo that goes on falls silent, and rounds do, too; None for never.
    """

    vocabulary: Vocabulary
    patience: int | None = None

    @cached_property
    def sizes(self) -> dict[str, int]:
        v = self.vocabulary
        # Seconds have no bars: one row says so for all of them.
        metrical = v.base is TimeBase.BEATS
        time, symbol, pitch, velocity = (n + 1 for n in (v.times, v.symbols, v.pitches, v.velocities))
        return {
            "time": time,
            "symbol": symbol,
            "pitch": pitch,
            "class": 13,
            "velocity": velocity,
            "bar": v.bar_positions if metrical else 1,
            "beat": v.resolution if metrical else 1,
            "meter": len(v.meters),
            **{
                group: size
                for groups in ECHO_GROUPS
                for group, size in zip(groups, (time, symbol, pitch, velocity, STRENGTHS), strict=True)
            },
            **dict.fromkeys(self.touches, velocity),
            "held": len(v.parts) * v.pitches,
            # Last, for some tables do without.
            **dict.fromkeys(self.moments, time),
        }

    @cached_property
    def also(self) -> dict[str, tuple[str, ...]]:
        """What is expected of each field, besides what echoes say."""
        awaited = tuple(group for group in self.moments if group not in ELAPSED)
        return {"time": awaited, "symbol": (), "pitch": (), "velocity": self.touches}

    @cached_property
    def comes_round(self) -> bool:
        """Whether it is a kit that keeps bars: what is struck comes again so many beats later."""
        return self.vocabulary.percussive and self.vocabulary.base is TimeBase.BEATS

    @cached_property
    def moments(self) -> tuple[str, ...]:
        """What is known of time besides the bar."""
        if self.vocabulary.base is TimeBase.SECONDS:
            return MOMENTS
        return DUE if self.comes_round else ()

    @cached_property
    def touches(self) -> tuple[str, ...]:
        """What is known of velocity."""
        if self.comes_round:
            return (*TOUCH, *STRUCK)
        return (*TOUCH, *NEARBY) if self.vocabulary.velocities >= FINE else TOUCH

    def knows_moments(self, groups: tuple[str, ...]) -> bool:
        """Whether any of the groups is of `moments`."""
        return not {*groups}.isdisjoint(self.moments)

    @cached_property
    def starts(self) -> dict[str, int]:
        ends = np.cumsum(list(self.sizes.values())).tolist()
        return dict(zip(self.sizes, [0, *ends[:-1]], strict=True))

    @property
    def rows(self) -> int:
        return sum(self.sizes.values())

    def none(self, field: str) -> int:
        """Index, within its group, of the row that says "none"."""
        return self.sizes[field] - 1

    # ---- one event -----------------------------------------------------------------------------

    def fields(self, event: Event) -> tuple[int, int, int, int]:
        """(time, symbol, pitch, velocity) as indices within their groups, "none" where there is none.

        A pitch outside the vocabulary is none, too.
        """
        v = self.vocabulary
        time = min(event.delta, v.max_delta)
        if event.kind is Kind.WAIT:
            return time, v.symbols, v.pitches, v.velocities
        pitch = event.pitch - v.low if v.low <= event.pitch <= v.high else v.pitches
        velocity = v.velocity_bin(event.velocity) if event.kind is Kind.ON else v.velocities
        return time, v.symbol(event), pitch, velocity

    @cached_property
    def nothing(self) -> tuple[int, int, int, int]:
        """The fields before the first event."""
        return self.none("time"), self.none("symbol"), self.none("pitch"), self.none("velocity")

    def pitch_class(self, pitch: int) -> int:
        return 12 if pitch == self.vocabulary.pitches else (self.vocabulary.low + pitch) % 12

    def event_rows(self, fields: tuple[int, int, int, int]) -> list[int]:
        time, symbol, pitch, velocity = fields
        start = self.starts
        return [
            start["time"] + time,
            start["symbol"] + symbol,
            start["pitch"] + pitch,
            start["class"] + self.pitch_class(pitch),
            start["velocity"] + velocity,
        ]

    def touch(self, context: Context, delta: int, part: int, pitch: int) -> tuple[int, ...]:
        """Of each of `touches` the velocity bin, or "none", for a note of this pitch (an index) in `delta` ticks."""
        v, pitch = self.vocabulary, self.vocabulary.low + pitch
        found = [context.touch[pitch], context.touch[128 + part]]
        if self.comes_round:
            found += [struck.get(pitch, 0) for struck in context.struck(delta)]
        elif NEARBY[0] in self.touches:
            found += nearby(context.loudness, pitch)
        return tuple(v.velocity_bin(velocity) if velocity else v.velocities for velocity in found)

    def chosen_rows(self, chosen: Sequence[int], touch: Sequence[int] = ()) -> list[int]:
        """Rows of the first fields of an event: (time), (time, symbol) or, with its touch, (time, symbol, pitch)."""
        start = self.starts
        rows = [start[name] + value for name, value in zip(FIELDS, chosen, strict=False)]
        if len(chosen) < 3:
            return rows
        rows.append(start["class"] + self.pitch_class(chosen[2]))
        return rows + [start[group] + velocity for group, velocity in zip(self.touches, touch, strict=True)]

    def bar(self, context: Context, delta: int = 0) -> list[int]:
        """Index of each of `BAR`, `delta` ticks from the context's now."""
        size, position = self.sizes, context.position(delta)
        return [min(position, size["bar"] - 1), position % size["beat"], context.meter]

    def place(self, context: Context, delta: int = 0) -> list[int]:
        """Index of each of `BAR` and of `moments`, `delta` ticks from the context's now."""
        bar = self.bar(context, delta)
        if not self.moments:
            return bar
        now = context.tick + delta
        if self.comes_round:
            due = context.due(delta)
            return [*bar, *(self._ticks(None if tick is None else max(tick - now, 0)) for tick in due)]
        last = context.onsets[0]
        # What sounds changed last when it began.
        began = min((context.changed[pitch] for held in context.held for pitch in bits(held)), default=NEVER)
        awaited = [last + later - onset if onset != NEVER else NEVER for later, onset in pairwise(context.onsets)]
        awaited.append(began + context.lasted if context.lasted and began != NEVER else NEVER)
        return [
            *bar,
            *(self._ticks(None if then == NEVER else now - then) for then in (last, began)),
            *(self._ticks(None if then < now else then - now) for then in awaited),
        ]

    def _ticks(self, ticks: int | None) -> int:
        """A time as an index within its group; None for none."""
        return self.none("time") if ticks is None else min(ticks, self.vocabulary.max_delta)

    def place_rows(self, place: Sequence[int], groups: tuple[str, ...]) -> list[int]:
        """The rows of a place (or of its `bar`): of the bar, and of those moments that are among the groups."""
        told = [*zip(BAR, place, strict=False)]
        if self.knows_moments(groups):
            told += zip(self.moments, place[len(BAR) :], strict=True)
        return [index + self.starts[group] for group, index in told]

    def awaited(self, place: list[int]) -> list[int]:
        """Of a place what is expected of the time."""
        return place[len(place) - len(self.also["time"]) :]

    def echo(self, context: Context) -> Echoed:
        """Of each echo the fields of the event that it expects, "none" where there is none; and its strength."""
        echoes = tuple(self._echo(context, echo) for echo in context.echoes)
        if self.vocabulary.percussive:
            lags = [context.bar_ticks, 2 * context.bar_ticks]
            strokes = context.to_come(lags)
            return (*echoes, *(self._again(context, *each) for each in zip(lags, strokes, strict=True)))
        # Of the parts' tunes the one that says what comes soonest.
        return (*echoes, min((self._echo(context, tune) for tune in context.tunes), key=lambda each: each[0]))

    def of_part(self, echo: Echoed, context: Context, part: int) -> Echoed:
        """An echo with the tune of a part."""
        return (*echo[:-1], self._echo(context, context.tunes[part])) if context.tunes else echo

    def _echo(self, context: Context, echo: Echo) -> tuple[int, int, int, int, int]:
        v = self.vocabulary
        patience = self.patience
        stuck = patience is not None and echo.length > min(patience, ROUNDS * (echo.line.count - echo.at))
        if stuck or not echo.length:
            return (*self.nothing, 0)
        stood_alike = v.base is TimeBase.BEATS and echo.distance % context.bar_ticks == 0
        return self._expected(context, echo.expected, 2 * bisect(LENGTHS, echo.length) + stood_alike)

    def _expected(
        self, context: Context, expected: tuple[int, int, int, int], strength: int
    ) -> tuple[int, int, int, int, int]:
        v, (symbol, pitch, tick, velocity) = self.vocabulary, expected
        delta = tick - context.tick
        time = min(delta, v.max_delta) if delta >= 0 else self.none("time")
        heard = v.velocity_bin(velocity) if symbol >= len(v.parts) else v.velocities
        return time, symbol, pitch - v.low if v.low <= pitch <= v.high else v.pitches, heard, strength

    def _again(self, context: Context, lag: int, stroke: tuple[Chunk, int] | None) -> tuple[int, int, int, int, int]:
        """A stroke of so long ago, as if it came again now; how many strokes agreed with those of then."""
        if stroke is None:
            return (*self.nothing, 0)
        line, (chunk, index) = context.echoes[0].line, stroke
        agreed = 0
        while agreed < min(line.count, 16):
            last = line.count - 1 - agreed
            if not context.was_struck(line.pitch(last), line.tick(last) - lag):
                break
            agreed += 1
        tick = max(chunk.tick[index] + lag, context.tick)
        expected = chunk.symbol[index], chunk.pitch[index], tick, chunk.velocity[index]
        return self._expected(context, expected, 2 * bisect(LENGTHS, agreed))

    def echo_rows(self, echo: Echoed) -> list[int]:
        """A row for each field of each echo, and for its strength."""
        start = self.starts
        return [
            value + start[group]
            for groups, one in zip(ECHO_GROUPS, echo, strict=False)
            for group, value in zip(groups, one, strict=True)
        ]

    def held_rows(self, context: Context) -> list[int]:
        """One row for each sounding note within the vocabulary's range."""
        v = self.vocabulary
        found = []
        first = self.starts["held"] - v.low
        for mask in context.held:
            if mask:
                found += [first + pitch for pitch in bits(mask & v.pitch_bits)]
            first += v.pitches
        return found


def nearby(loudness: Sequence[tuple[int, int]], pitch: int) -> tuple[int, int, int]:
    """Velocity of each of `NEARBY`, 0 where there is none. loudness: `Context.loudness`."""
    # Of notes as near as one another, the last.
    below = max(((other - pitch, -at) for at, (other, _) in enumerate(loudness) if other < pitch), default=None)
    above = min(((other - pitch, at) for at, (other, _) in enumerate(loudness) if other > pitch), default=None)
    return (
        loudness[-below[1]][1] if below else 0,
        loudness[above[1]][1] if above else 0,
        loudness[1][1] if len(loudness) > 1 else 0,
    )
