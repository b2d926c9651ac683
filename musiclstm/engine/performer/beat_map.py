"""Place: where the model's ticks lie on the clock's beats."""

from __future__ import annotations

from math import ceil, floor

from musiclstm.engine.performer.steering import Steering, straightened, swung
from musiclstm.model.context import Context
from musiclstm.model.session import Session
from musiclstm.music.note import TimeBase
from musiclstm.music.timeline import NOMINAL_TEMPO

# Bars of models that know none.
BAR = 4.0
# Beats are sums of floats: a tick this near to a beat lies on it.
NEAR = 1e-6


class Place:
    """The model's straight beats, from a bar line of its own, and the clock's beats, `offset` further and swung.

    Following a clock the bar lines agree: `offset` is whole bars then. The bar line is read from the session at each
    `anchor` and `move`; whoever moves the session to another bar line must call one of them.
    """

    def __init__(self, session: Session, steering: Steering) -> None:
        self._session = session
        self._steering = steering
        vocabulary = session.vocabulary
        self.metrical = vocabulary.base is TimeBase.BEATS
        self.ticks_per_beat = vocabulary.resolution * (1.0 if self.metrical else 60 / NOMINAL_TEMPO)
        self.offset = 0.0
        self._origin = 0
        self.bar = BAR
        self._read()

    def _read(self) -> None:
        if self.metrical:
            context = self._session.context
            self._origin = context.bar_origin
            self.bar = context.bar_ticks / self.ticks_per_beat

    # ---- mapping -------------------------------------------------------------------------------------------------

    @property
    def swing(self) -> float:
        return self._steering.number("swing") if self.metrical else 0.0

    def beat_of(self, tick: float) -> float:
        """The clock's beat at which a tick is heard."""
        return swung((tick - self._origin) / self.ticks_per_beat, self.swing) + self.offset

    def tick_at(self, beat: float) -> float:
        """The tick, not rounded, at a beat of the clock."""
        return straightened(beat - self.offset, self.swing) * self.ticks_per_beat + self._origin

    def first_tick(self, beat: float) -> int:
        """The first tick not before a beat, nor before what the session has read."""
        return max(self._session.tick, ceil(self.tick_at(beat) - NEAR))

    def tick_then(self, context: Context, beat: float, offset: float) -> float:
        """The tick, not rounded, at a beat under another offset, in another place's music."""
        origin = context.bar_origin if self.metrical else 0
        return straightened(beat - offset, self.swing) * self.ticks_per_beat + origin

    # ---- moving --------------------------------------------------------------------------------------------------

    def anchor(self, beat: float) -> None:
        """Let the session go on at a beat of the clock; where bars matter, at the next same place in a bar."""
        self._read()
        now = (self._session.tick - self._origin) / self.ticks_per_beat
        if self.metrical:
            self.offset = self.bar * floor((beat - swung(now, self.swing)) / self.bar + NEAR)
        else:
            self.offset = beat - now

    def move(self, offset: float) -> None:
        self._read()
        self.offset = offset

    def skip(self, bars: float) -> None:
        """Let so many bars pass that the model does not hear of."""
        self.offset += bars * self.bar

    def aligned(self, context: Context, tick: float, beat: float) -> tuple[float, float]:
        """Where in another place's music to be at a beat of the clock: (tick, offset).

        As near to `tick` as the bar lines allow, so at most half a bar from it; where there are no bars, there.
        """
        if not self.metrical:
            return tick, beat - tick / self.ticks_per_beat
        bar = context.bar_ticks / self.ticks_per_beat
        there = (tick - context.bar_origin) / self.ticks_per_beat
        line = floor(beat / bar) * bar
        phase = straightened(beat - line, self.swing)
        away = (phase - there) % bar
        if away > bar / 2:
            away -= bar
        there += away
        offset = round((beat - swung(there, self.swing)) / bar) * bar
        return there * self.ticks_per_beat + context.bar_origin, offset
