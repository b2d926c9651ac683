"""BeatMap: where the model's ticks lie on the clock's beats."""

from __future__ import annotations

from math import ceil, floor

from musiclstm.engine.performer.steering import Steering
from musiclstm.engine.performer.swing import straightened, swung
from musiclstm.model.context import Context
from musiclstm.model.session import Session
from musiclstm.music.note import Meter, TimeBase
from musiclstm.music.timeline import NOMINAL_TEMPO

# Beats in a bar for models that know no bars.
DEFAULT_BAR = 4.0
# Beats are sums of floats: a tick this near to a beat lies on it.
NEAR = 1e-6
# Bars of a long silence that the model hears.
_SILENCE = 2


def counted(context: Context) -> tuple[int, int]:
    """How a context counts bars, as `BeatMap.counted`."""
    return context.bar_origin, context.meter


def count_in(session: Session, bars: tuple[int, int]) -> None:
    """Lets a session count bars so; as `BeatMap.counted`."""
    if counted(session.context) != bars:
        session.set_meter(Meter(*session.vocabulary.meters[bars[1]]), bars[0])


def last_line(line: float, bar: float, beat: float) -> float:
    """The last bar line up to a beat, where `line` is one and bars are `bar` long."""
    return line + floor((beat - line) / bar + NEAR) * bar


class BeatMap:
    """Maps the model's straight beats, from a bar line of its own, to the clock's: `offset` beats further, and swung.

    In models with bars the bar lines agree: `offset` is whole bars from `line`, a bar line of the clock's (beat 0
    until the time signature changes elsewhere). The model's bar line is read from the session at each `anchor`, `move`
    and `take_line`; whoever moves the session to another bar line must call one of them. Only these and `skip_silence`
    change the map.

    counted: how bars are counted, (a tick at which one begins, the meter's index in the vocabulary).
    """

    def __init__(self, session: Session, steering: Steering, line: float = 0.0) -> None:
        self._session = session
        self._steering = steering
        vocabulary = session.vocabulary
        self.metrical = vocabulary.base is TimeBase.BEATS
        self.ticks_per_beat = vocabulary.resolution * (1.0 if self.metrical else 60 / NOMINAL_TEMPO)
        self.offset = 0.0
        self.line = line
        self.counted = 0, 0
        self.bar = DEFAULT_BAR
        self._read()

    @property
    def _origin(self) -> int:
        return self.counted[0]

    def _read(self) -> None:
        if self.metrical:
            context = self._session.context
            self.counted = counted(context)
            self.bar = context.bar_ticks / self.ticks_per_beat

    # ---- mapping -------------------------------------------------------------------------------------------------

    @property
    def swing(self) -> float:
        return self._steering.number("swing") if self.metrical else 0.0

    @property
    def end(self) -> float:
        """The beat up to which the session has read."""
        return self.beat_of(self._session.tick)

    def beat_of(self, tick: float) -> float:
        """The clock's beat at which a tick is heard."""
        return swung((tick - self._origin) / self.ticks_per_beat, self.swing) + self.offset

    def bar_line(self, beat: float) -> float:
        """The music's last bar line up to a beat of the clock; after half a bar back, not one of the clock's."""
        return last_line(self.offset if self.metrical else self.line, self.bar, beat)

    def clock_line(self, beat: float) -> float:
        """The clock's last bar line up to a beat."""
        return last_line(self.line, self.bar, beat)

    def straight(self, tick: int) -> float:
        """`beat_of` without swing."""
        return (tick - self._origin) / self.ticks_per_beat + self.offset

    def tick_at(self, beat: float) -> float:
        """The tick, not rounded, at a beat of the clock."""
        return straightened(beat - self.offset, self.swing) * self.ticks_per_beat + self._origin

    def first_tick(self, beat: float) -> int:
        """The first tick not before a beat, nor before what the session has read."""
        return max(self._session.tick, ceil(self.tick_at(beat) - NEAR))

    def tick_then(self, context: Context, beat: float, offset: float) -> float:
        """The tick, not rounded, at a beat of other music: with that context and under that offset."""
        origin = context.bar_origin if self.metrical else 0
        return straightened(beat - offset, self.swing) * self.ticks_per_beat + origin

    # ---- moving --------------------------------------------------------------------------------------------------

    def anchor(self, beat: float, line: float | None = None) -> None:
        """Lets the session go on at a beat of the clock.

        With bars: at the last beat up to it that lies in the clock's bar where the session is in its own. line: where
        the clock has a bar line (None: where it had one until now).
        """
        self._read()
        if line is not None:
            self.line = line
        now = (self._session.tick - self._origin) / self.ticks_per_beat
        if self.metrical:
            self.offset = self.bar * floor((beat - self.line - swung(now, self.swing)) / self.bar + NEAR) + self.line
        else:
            self.offset = beat - now

    def begin_anew(self, beat: float, line: float, bar: float) -> None:
        """Lets a session that has become another go on at a beat of the clock.

        line: the clock's bar line up to it, where bars of that length, in quarter notes, were counted until now. Where
        the session's bars have another length, they are counted from there.
        """
        self._read()
        self.anchor(beat, None if self.bar == bar else line)

    def move(self, offset: float) -> None:
        bar = self.bar
        self._read()
        self.offset = offset
        # The past may have counted other bars than those that the last change of time signature began.
        away = (offset - self.line) / self.bar
        if self.bar != bar or (self.line and abs(away - round(away)) > NEAR):
            self.line = offset

    def offset_of(self, context: Context) -> float:
        """The offset under which the same map is read from another bar line: that of a context of the same session."""
        if not self.metrical or context.bar_origin == self._origin:
            return self.offset
        return self.offset + (context.bar_origin - self._origin) / self.ticks_per_beat

    def take_line(self, line: float, meter: int, bar: float) -> None:
        """From `line` on there are bars of another time signature; every tick stays where it was.

        The session counts so as well, or will. meter: its index in the vocabulary. bar: quarter notes.
        """
        origin = round(self.tick_at(line))
        self.offset += (origin - self._origin) / self.ticks_per_beat
        self.counted, self.line, self.bar = (origin, meter), line, bar

    def skip_silence(self, beat: float) -> None:
        """Skips whole bars of a long silence up to `beat`; two stay. Reading nothing but waits would empty the LSTM."""
        bars = floor((beat - self.end) / self.bar - _SILENCE)
        if bars > 0:
            self.offset += bars * self.bar

    def aligned(self, context: Context, tick: float, beat: float) -> tuple[float, float]:
        """Where in other music, of that context, to be at a beat of the clock: (tick, offset).

        As near to `tick` as the bar lines allow, so at most half a bar from it; without bars, exactly there. Bars of
        another length have no lines in common with the clock's: the beats have.
        """
        if not self.metrical:
            return tick, beat - tick / self.ticks_per_beat
        bar = context.bar_ticks / self.ticks_per_beat
        there = (tick - context.bar_origin) / self.ticks_per_beat
        bar = bar if bar == self.bar else 1.0
        line = self.line + floor((beat - self.line) / bar) * bar
        phase = straightened(beat - line, self.swing)
        away = (phase - there) % bar
        if away > bar / 2:
            away -= bar
        there += away
        offset = round((beat - self.line - swung(there, self.swing)) / bar) * bar + self.line
        return there * self.ticks_per_beat + context.bar_origin, offset
