"""Ending: the music comes to a close on a bar line that was asked for.

Until four bars before it the model plays on. Then it is planned a little further than usual, which gives time to look
for a close from there (`model.ending`): a step of the search between any two of the plan, in the same thread, so that
the same moment always comes to the same close. What was found is fixed, as the bars of a loop are: no control changes
it, and the person plays over it. If the time is short, the best that was found by then is played; if nothing was, or it
is not the model's turn, the music just ends on the bar line. Whoever moves the session elsewhere cancels the ending.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from math import inf

from musiclstm.engine.clock.base import Clock
from musiclstm.engine.performer.beat_map import NEAR, BeatMap
from musiclstm.engine.performer.event_player import EventPlayer
from musiclstm.model.constraints import Constraints
from musiclstm.model.ending import Close, Goal, search
from musiclstm.model.session import Session
from musiclstm.music.event import Event, Kind
from musiclstm.protocol.telemetry import EndChanged, Telemetry

CLOSING = 4
"""Bars before the end, from which on a close is looked for."""
RITARDANDO = 2  # bars, at the end of which
SLOWEST = 0.6  # of the tempo is left
FADE = 4  # bars, at the end of which
SOFTEST = 0.15  # of the velocity is left
_TIME = 2.0  # seconds for which is planned ahead while a close is looked for, at most
_LEAST = 1.0  # beats before the end from which on there is no use in it
_CHANGE = 0.5  # BPM in which the tempo falls


class Ending:
    """end: the clock's beat at which all is over; None if that was not asked for. plain: there will be no close."""

    def __init__(self, clock: Clock, emit: Callable[[Telemetry], None]) -> None:
        self.end: float | None = None
        self._clock, self._emit = clock, emit
        self._begin, self._bar = 0.0, 4.0
        self._slows = self._fades = False
        self.tempo: float | None = None  # from which it slows down
        self._forget()

    def _forget(self) -> None:
        """Nothing has been looked for."""
        self.plain = False  # it ends without a close
        self._search: Generator[Close | None, None, Close] | None = None
        self._best: Close | None = None  # of what has been found so far
        self._from = (inf, 0)  # beat and tick from which on it was looked for
        self._close: list[tuple[int, Event]] | None = None  # with the session's ticks
        self._next = 0
        self._trail: deque[tuple[float, int]] = deque()  # the steps' beats, and which event of the close each is

    def ask(self, begin: float, end: float, bar: float, *, ritardando: bool, fade: bool) -> None:
        """End at this beat. begin: the one of now. bar: beats in one. The plan is rolled back."""
        self.cancel()
        self._begin, self.end, self._bar, self._slows, self._fades = begin, end, bar, ritardando, fade
        self._emit(EndChanged(end))

    def cancel(self) -> None:
        """The music goes on, at the tempo it had. The plan is rolled back, or dropped."""
        if self.end is None:
            return
        self.end = None
        self._forget()
        tempo, self.tempo = self.tempo, None
        if tempo is not None:
            self._clock.set_tempo(tempo)
        self._emit(EndChanged(None))

    def tempo_was_set(self) -> None:
        """Somebody has set another tempo, which stays: it does not slow down any more."""
        self.tempo, self._slows = None, False

    # ---- how it sounds ---------------------------------------------------------------------------------------------

    def slow_down(self, beat: float) -> None:
        """At this beat, which is heard now."""
        if self.end is None or not self._slows:
            return
        begin = max(self._begin, self.end - RITARDANDO * self._bar)
        if beat < begin:
            return
        if self.tempo is None:
            self.tempo = self._clock.timeline.tempo
        tempo = self.tempo * at(beat, begin, self.end, SLOWEST)
        if abs(tempo - self._clock.timeline.tempo) > _CHANGE:
            self._clock.set_tempo(tempo)

    def loudness(self, beat: float) -> float:
        """By which velocities are multiplied."""
        if self.end is None or not self._fades:
            return 1.0
        return at(beat, max(self._begin, self.end - FADE * self._bar), self.end, SOFTEST)

    # ---- looking for a close ---------------------------------------------------------------------------------------

    @property
    def searching(self) -> bool:
        return self._search is not None

    @property
    def found(self) -> bool:
        return self._close is not None

    def room(self, edge: float) -> float | None:
        """The beat up to which the model plays before a close is looked for; None if it is too early for that."""
        end = self._end()
        ahead = min(_TIME * self._clock.timeline.tempo / 60, (end - edge) / 2)
        return edge + ahead if edge + ahead >= end - CLOSING * self._bar else None

    def look(
        self, session: Session, constraints: Constraints, beat_map: BeatMap, begin: float, goal: Goal | None
    ) -> None:
        """Look for a close from where the session is, or do without.

        begin: the beat up to which nothing is left to be planned. goal: as of `search`.
        """
        end, begin = self._end(), max(begin, beat_map.end)
        if end - begin < _LEAST:
            self.plain = True
            return
        self._from = (begin, session.tick)
        self._best = None
        self._search = search(session, round(beat_map.tick_at(end)), constraints, goal=goal)

    def look_again(self) -> None:
        """The session has other weights, and so have those that look: they begin again from where it is."""
        self._search = None

    def look_on(self, edge: float) -> None:
        """A step further. There is no time for more once the edge is where it begins."""
        if self._search is None or edge >= self._from[0]:
            self._choose(self._best)
            return
        try:
            self._best = next(self._search)
        except StopIteration as found:
            self._choose(found.value)

    def _choose(self, close: Close | None) -> None:
        """Play this one, or do without."""
        self._search = None
        if close is None:
            self.plain = True
            return
        tick = self._from[1]
        self._close = []
        for event in close.events:
            tick += event.delta
            if event.kind is not Kind.WAIT:
                self._close.append((tick, event))

    def _end(self) -> float:
        return inf if self.end is None else self.end

    # ---- forwards and backwards ------------------------------------------------------------------------------------

    def due(self, beat_map: BeatMap) -> float:
        """The beat of the next event of the close; inf if there is none."""
        close = self._close or ()
        return beat_map.beat_of(close[self._next][0]) if self._next < len(close) else inf

    def play(self, events: EventPlayer, begin: float, until: float) -> bool:
        """Plans the next event of the close if it is due before `until`."""
        due = self.due(events.beat_map)
        if due >= until or self._close is None:
            return False
        tick, event = self._close[self._next]
        self._trail.append((max(due, begin), self._next))
        self._next += 1
        if due < begin:
            tick = max(tick, events.beat_map.first_tick(begin))
        events.give(event.kind, event.pitch, event.velocity, event.part, max(tick, events.session.tick), own=True)
        return True

    def rewind(self, beat: float) -> None:
        """The steps from `beat` on were rolled back."""
        if beat < self._from[0] - NEAR:
            self._forget()
        while self._trail and self._trail[-1][0] >= beat - NEAR:
            _, self._next = self._trail.pop()


def at(beat: float, begin: float, end: float, least: float) -> float:
    """1 until `begin`, `least` at `end`, evenly between."""
    if beat <= begin or end <= begin:
        return 1.0
    return 1 - (1 - least) * min(1.0, (beat - begin) / (end - begin))
