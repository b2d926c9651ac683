"""Ending: the music comes to a close on a bar line that was asked for.

Until four bars before it the model plays on. Then it is planned a little further than usual, which gives time to look
for a close from there (`model.ending`): a step of the search between any two of the plan, in the same thread, so that
the same moment always comes to the same close. What was found is fixed, as the bars of a loop are: no control changes
it, and the person plays over it. If the time is short, the best that was found by then is played; if nothing was, the
music just ends on the bar line. Whoever moves the session elsewhere cancels the ending.

The close is the model's, whoever's turn it is: its last turn, if that lasts until the end, or else the last two bars.
Where it answers each note, it closes with the answer to the last one: notes of the tonic's chord in the last bar are
answered by that chord, and what answers there is held until the end.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from math import inf

from musiclstm.engine.clock.base import Clock
from musiclstm.engine.performer.beat_map import NEAR, BeatMap
from musiclstm.engine.performer.event_player import EventPlayer
from musiclstm.engine.performer.history import History
from musiclstm.engine.performer.modes import Turn
from musiclstm.engine.performer.trail import Trail
from musiclstm.engine.performer.voices import Key
from musiclstm.model.constraints import Constraints
from musiclstm.model.ending import Close, Goal, chord_of, search, tonic_of
from musiclstm.model.session import Session
from musiclstm.music.event import Event, Kind
from musiclstm.protocol.telemetry import EndChanged, Telemetry

CLOSING = 4
"""Bars before the end, from which on a close is looked for."""
ANSWER = 2  # bars before the end, where it is not the model's turn
HELD = 1  # bars before the end, in which what answers is held
RITARDANDO = 2  # bars, at the end of which
SLOWEST = 0.6  # of the tempo is left
FADE = 4  # bars, at the end of which
SOFTEST = 0.15  # of the velocity is left
_TIME = 2.0  # seconds for which is planned ahead while a close is looked for, at most
_LEAST = 1.0  # beats before the end from which on there is no use in it
_AGAIN = 3  # bars before the end, up to which it is looked for again if what leads to it changes
_CHANGE = 0.5  # BPM in which the tempo falls


class Ending:
    """end: the clock's beat at which all is over; None if that was not asked for. plain: there will be no close."""

    def __init__(self, clock: Clock, emit: Callable[[Telemetry], None]) -> None:
        self.end: float | None = None
        self._clock, self._emit = clock, emit
        self._begin, self._bar = 0.0, 4.0
        self._slows = self._fades = False
        self.tempo: float | None = None  # from which it slows down
        self.holding = False  # something that answers a note has been held on after that
        self._trail = Trail(-1)
        self._forget()

    def _forget(self) -> None:
        """Nothing has been looked for."""
        self.plain = False  # it ends without a close
        self.close_at = inf  # the beat from which on it closes
        self.led = False  # what leads to it is planned
        self._search: Generator[Close | None, None, Close] | None = None
        self._best: Close | None = None  # of what has been found so far
        self._tick = 0  # of the session, from which it was looked for
        self._held: frozenset[Key] = frozenset()  # what sounded there
        self._close: list[tuple[float, Event]] | None = None  # with the clock's beats
        self._trail.begin(-1)  # the event of the close that comes next; -1 ends what does not belong to it
        self._goal: Goal | None = None  # of what answers in the last bar

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

    def tempo_comes(self, tempo: float) -> None:
        """The music has come to a section of this tempo: it slows down from there, if it does."""
        if self.tempo is None:
            self._clock.set_tempo(tempo)
        else:
            self.tempo = tempo

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

    def closes(self, beat: float) -> bool:
        """Whether the model closes at a beat, so that nobody takes its turn."""
        return self.end is not None and self.close_at <= beat and (self.searching or self.found)

    def plan(self, edge: float, turn: Turn) -> None:
        """Decides where the close begins, if it is time for that. turn: the model's that lasts, or comes next."""
        end, bar = self._end(), self._bar
        if turn.begin < end <= turn.end + NEAR:
            wanted = min(max(turn.begin, end - CLOSING * bar), end - bar)
        else:
            wanted = end - ANSWER * bar
        ahead = min(_TIME * self._clock.timeline.tempo / 60, (end - edge) / 2)
        if edge + ahead >= wanted:
            self.close_at = wanted if wanted - edge > ahead / 2 else edge + ahead
            self.plain = end - self.close_at < _LEAST

    def look(self, session: Session, constraints: Constraints, beat_map: BeatMap, goal: Goal | None) -> None:
        """Look for a close. The session has read all that leads to it. goal: as in `search`."""
        beat_map.skip_silence(self.close_at)
        self.led = True
        self._tick, self._best = session.tick, None
        self._held = frozenset(session.context.sounding)
        start, end = beat_map.first_tick(self.close_at), round(beat_map.tick_at(self._end()))
        self._search = search(session, end, constraints, goal=goal, start=start)

    def look_again(self) -> None:
        """The session has other weights, and so have those that look: they begin again from where it is."""
        if self.searching:
            self._forget()

    def look_on(self, beat_map: BeatMap, edge: float) -> None:
        """A step further. There is no time for more once the edge is where it begins."""
        if self._search is None or edge >= self.close_at:
            if self._best is None:
                self._forget()  # it is looked for again, nearer to the end: a shorter one is found sooner
            else:
                self._choose(self._best, beat_map)
            return
        try:
            self._best = next(self._search)
        except StopIteration as found:
            self._choose(found.value, beat_map)

    def _choose(self, close: Close, beat_map: BeatMap) -> None:
        """Play this one."""
        self._search = None
        tick = self._tick
        self._close = []
        for event in close.events:
            tick += event.delta
            if event.kind is not Kind.WAIT:
                self._close.append((beat_map.beat_of(tick), event))

    def _end(self) -> float:
        return inf if self.end is None else self.end

    def owes(self, key: Key, beat: float) -> Event | None:
        """The note of the close that should sound at a beat, now that the person does not play that very note."""
        if beat < self.close_at:
            return None
        last = [event for due, event in self._close or () if due <= beat and (event.part, event.pitch) == key]
        return last[-1] if last and last[-1].kind is Kind.ON else None

    # ---- where the model answers each note -------------------------------------------------------------------------

    def holds(self, beat: float) -> bool:
        """Whether what answers a note is held until the end, also after that note."""
        return beat >= self._end() - HELD * self._bar - NEAR

    def answering(self, session: Session, pitch: int, constraints: Constraints, led_to: Goal | None) -> Constraints:
        """How a note is answered in the last bar. led_to: as `goal` of `search`."""
        self._goal = self._goal or led_to or tonic_of(session)
        return chord_of(session, self._goal, constraints) if self._goal.tones >> pitch % 12 & 1 else constraints

    # ---- forwards and backwards ------------------------------------------------------------------------------------

    def due(self) -> float:
        """The beat of the next event of the close; inf if there is none."""
        close, number = self._close, self._trail.next
        if close is None or number >= len(close):
            return inf
        return self.close_at if number < 0 else close[number][0]

    def play(self, events: EventPlayer, begin: float, until: float) -> bool:
        """Plans the next event of the close if it is due before `until`."""
        due, close = self.due(), self._close
        if due >= until or close is None:
            return False
        number, beat_map = self._trail.next, events.beat_map
        self._trail.passes(events.history, number + 1)
        tick = max(events.session.tick, beat_map.first_tick(begin) if due < begin else round(beat_map.tick_at(due)))
        if number < 0:
            self._end_others(events, tick)
        else:
            event = close[number][1]
            events.give(event.kind, event.pitch, event.velocity, event.part, tick, own=True)
        return True

    def _end_others(self, events: EventPlayer, tick: int) -> None:
        """Ends what came to sound since the close was looked for, which does not end it."""
        for key, voice in sorted(events.voices.by_key.items()):
            if not voice.person and key not in self._held:
                events.end_note(key, max(tick, events.session.tick))

    def rewind(self, history: History, beat: float) -> None:
        """The steps from `beat` on were rolled back."""
        if beat < self.close_at - NEAR:
            self.led = False
            if self._end() - beat >= _AGAIN * self._bar:
                self._forget()
        self._trail.rewind(history)


def at(beat: float, begin: float, end: float, least: float) -> float:
    """1 until `begin`, `least` at `end`, evenly between."""
    if beat <= begin or end <= begin:
        return 1.0
    return 1 - (1 - least) * min(1.0, (beat - begin) / (end - begin))
