"""Meters: the time signature that is played, another one from the next bar line on, and where one counts.

The model reads a change as in training: once an event lies on the bar line or after it, before the next one. Until
then it is behind, while the clock counts the new bars already. The bar line lies ahead when the change is asked for, so
events are planned beyond it; each of them holds its session's own bar line, and what is rolled back takes the change
with it.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor

from musiclstm.engine.performer.beat_map import NEAR, BeatMap, count_in, last_line
from musiclstm.errors import UsageError
from musiclstm.model.session import Session
from musiclstm.music.meters import simplest_meter
from musiclstm.music.note import Meter
from musiclstm.protocol import telemetry

_COMPOUND = 3
"""Eighths in a beat of 6/8, 9/8, 12/8."""


ReportedMeter = tuple[Meter, float]
"""A time signature, and a bar line."""


class Meters:
    """change: (beat, meter) of the last bar line from which on another time signature was asked for.

    reported: the time signature that was reported last, and a bar line; given by the model before.
    """

    def __init__(
        self,
        session: Session,
        beat_map: BeatMap,
        emit: Callable[[telemetry.Telemetry], None],
        reported: ReportedMeter | None = None,
    ) -> None:
        self.change: tuple[float, Meter] | None = None
        self._ahead = False  # the change has not been heard yet
        self._session = session
        self._beat_map = beat_map
        self._emit = emit
        self.reported = reported or (self._read(), beat_map.line)

    def _read(self) -> Meter:
        """The session's; if it is behind, the one that it will have."""
        if (coming := self._behind()) is not None:
            return coming
        vocabulary, context = self._session.vocabulary, self._session.context
        if not self._beat_map.metrical:
            return Meter()
        own = Meter(*vocabulary.meters[context.meter])
        # A primed file may have a time signature that the model does not tell from its first.
        bar = context.bar_ticks / self._beat_map.ticks_per_beat
        return own if own.bar_beats == bar else simplest_meter(bar)

    @property
    def changing(self) -> bool:
        """Another time signature was asked for, and its bar has not begun."""
        return self._ahead

    # ---- changing ------------------------------------------------------------------------------------------------

    def ask(self, numerator: int, denominator: int, edge: float) -> None:
        """From the first bar line on that does not lie before `edge`. The plan is rolled back.

        Raises UsageError for a time signature that the model does not know.
        """
        known = self._session.vocabulary.meters if self._beat_map.metrical else ()
        if (numerator, denominator) not in known:
            names = ", ".join(f"{n}/{d}" for n, d in known) or "none, for it hears no bars"
            raise UsageError(f"{numerator}/{denominator} is not a time signature of this model. It knows {names}.")
        self.catch_up()
        line, bar = self._beat_map.line, self._beat_map.bar
        at = line + ceil((edge - line) / bar - NEAR) * bar
        self.change, self._ahead = (at, Meter(numerator, denominator)), True
        self._report(at, self.change[1])

    def resume(self, change: tuple[float, Meter] | None) -> None:
        """What another process was asked for: it comes, or has come since its session's last event."""
        if change is not None:
            self.change, self._ahead = change, True
            at, meter = change
            if meter != self._read():
                self._report(at, meter)

    def cancel(self) -> None:
        """The music goes on elsewhere."""
        self.catch_up()
        if self._ahead and self.change is not None:
            # What was reported of it is not so: the present one is reported again.
            self.reported = (self.change[1], self.change[0])
        self.change, self._ahead = None, False

    def be_late(self, bars: tuple[int, int]) -> None:
        """The session has come to a place where it was behind, and is so again. bars: as `BeatMap.counted`, until then.

        The beat map has been moved there.
        """
        self.change, self._ahead = (self._beat_map.beat_of(self._beat_map.counted[0]), self._read()), False
        count_in(self._session, bars)

    def reach(self) -> None:
        """Another event comes: the model plays in the new time signature if the last one lay in its bar."""
        if self.change is not None and self._beat_map.end >= self.change[0] - NEAR:
            self._take(self.change[1], round(self._beat_map.tick_at(self.change[0])))

    def catch_up(self) -> None:
        """The session counts as the clock does, whether or not an event lies in the new bar."""
        if (meter := self._behind()) is not None:
            self._take(meter, self._beat_map.counted[0])

    def _take(self, meter: Meter, origin: int) -> None:
        if not self._counts(meter):
            self._session.set_meter(meter, origin)

    def _behind(self) -> Meter | None:
        """What the clock counts already and the session does not; None while they agree."""
        if self.change is None or self._ahead or self._counts(self.change[1]):
            return None
        return self.change[1]

    def _counts(self, meter: Meter) -> bool:
        """Whether the session counts in that."""
        vocabulary, context = self._session.vocabulary, self._session.context
        length = vocabulary.bar_ticks(meter.numerator, meter.denominator)
        return (context.meter, context.bar_ticks) == (self._index(meter), length)

    def _index(self, meter: Meter) -> int:
        return self._session.vocabulary.meter_index(meter.numerator, meter.denominator)

    def settle(self, edge: float) -> bool:
        """Everything up to `edge` has happened; reports what time signature is played, if it has become another.

        Returns whether bars are counted otherwise than was known until now.
        """
        if self.change is not None and edge >= self.change[0] - NEAR:
            if self._ahead:
                at, meter = self.change
                self._beat_map.take_line(at, self._index(meter), meter.bar_beats)
                self._ahead = False
                self.reported = (meter, at)
            self.reach()
        if not self._ahead and self.reported != (now := (self._read(), self._beat_map.line)):
            self.reported = now
            self._report_played(edge)
            return True
        return False

    def report(self, edge: float) -> None:
        """Emits what is played, or comes, once more: somebody was refused another one."""
        if self.change is not None and self._ahead:
            self._report(*self.change)
        else:
            self._report_played(edge)

    def _report_played(self, edge: float) -> None:
        meter, line = self.reported
        self._report(last_line(line, meter.bar_beats, edge), meter)

    def _report(self, at: float, meter: Meter) -> None:
        self._emit(telemetry.MeterChanged(at, meter.numerator, meter.denominator))

    # ---- where one counts ----------------------------------------------------------------------------------------

    def count(self, after: float) -> tuple[float, bool]:
        """The next beat to be counted after a beat, and whether a bar begins there."""
        meter, line = self.reported
        change = self.change[0] if self.change is not None and self._ahead else None
        if self.change is not None and change is not None and after >= change - NEAR:
            meter, line, change = self.change[1], change, None
        bar, unit = meter.bar_beats, _unit(meter)
        begin = last_line(line, bar, after)
        beat = begin + (floor((after - begin) / unit + NEAR) + 1) * unit
        beat = min(beat, begin + bar)
        if change is not None and beat >= change - NEAR:
            return change, True
        return beat, beat == begin + bar


def _unit(meter: Meter) -> float:
    """Quarter notes in what a conductor counts: the denominator's note, or three of them where eighths go in threes."""
    compound = meter.denominator >= 8 and meter.numerator > _COMPOUND and meter.numerator % _COMPOUND == 0
    return 4 / meter.denominator * (_COMPOUND if compound else 1)
