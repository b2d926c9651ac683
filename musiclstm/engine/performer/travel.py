"""Travel: to another place in the past, while it plays.

The session goes to the moment before the place and reads from there the events that lead to it, random numbers
included; so what follows is what followed then, until a person or a control intervenes. The bar lines stay where the
clock has them: `Back` by whole bars keeps them by itself, a bookmark is entered at most half a bar from where it was
set.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor

from musiclstm.engine.performer.beat_map import NEAR
from musiclstm.engine.performer.branching import Branching
from musiclstm.engine.performer.looping import Loop, LoopEvent, bounds, recorded
from musiclstm.engine.performer.state import PerformerState
from musiclstm.engine.performer.time_machine import Bookmark, LoggedEvent, Moment, Origin, pack
from musiclstm.engine.performer.voices import Key, Voice
from musiclstm.errors import ModelError, UsageError
from musiclstm.model.snapshot import GeneratedEvent, morph
from musiclstm.music.event import Event, Kind
from musiclstm.protocol.actions import SLOTS
from musiclstm.protocol.telemetry import BookmarkSet, Jumped


class Travel:
    """Each method takes the LSTM steps of the beat that it reads again. Raises UsageError where there is no past."""

    def __init__(self, state: PerformerState, branching: Branching) -> None:
        self._state = state
        self._branching = branching

    # ---- where to ------------------------------------------------------------------------------------------------

    def back(self, bars: float) -> None:
        """To so many bars ago, or as far back as the past goes in whole bars."""
        edge = self._settled()
        bar, oldest = self._state.beat_map.bar, self._state.time_machine.oldest
        if not bars > 0:
            raise UsageError(f"Back goes back by a number of bars above 0, not {bars:g}.")
        if oldest is None:
            raise UsageError("There is nothing to go back to yet.")
        away = bars * bar
        if edge - away < oldest:
            away = floor((edge - oldest) / bar + NEAR) * bar or edge - oldest
        # What was heard at `beat` is heard at the edge.
        beat = edge - away
        moment = self._moment(beat)
        offset = self._state.time_machine.offset_of(moment)
        tick = self._state.beat_map.tick_then(moment.snapshot.context, beat, offset)
        self._branching.branch("back", edge, lambda: self._arrive(moment, tick, offset + edge - beat), source=beat)

    def go_to(self, beat: float) -> None:
        """To the past beat, or one near it that lies in its bar where the edge lies in its own."""
        edge = self._settled()
        oldest = self._state.time_machine.oldest
        if oldest is None:
            raise UsageError("There is nothing to go back to yet.")
        beat_map = self._state.beat_map
        bookmark = self._bookmark_at(min(beat, edge))
        tick, _ = beat_map.aligned(bookmark.snapshot.context, bookmark.tick, edge)
        near = bookmark.beat + (tick - bookmark.tick) / beat_map.ticks_per_beat
        if oldest <= near <= edge and self._moment(near).offset == self._moment(bookmark.beat).offset:
            bookmark = self._bookmark_at(near)
        self._enter(bookmark, "back", edge)

    def loop(self, start: float, end: float) -> None:
        """Plays the bars of the past around these beats again and again; leaves the loop if there is no bar in it."""
        edge = self._settled()
        if end <= start:
            with self._state.plan.rolled_back():
                self._state.looping.leave()
            return
        past, beat_map = self._state.time_machine, self._state.beat_map
        first, last, bar = bounds(past, beat_map, start, end, edge)
        try:
            for moment in past.between(first, last):
                self._state.session.check(moment.snapshot)
        except ModelError:
            raise UsageError("These bars are of another model: go back to them first, then loop them.") from None
        there = self._bookmark_at(first)
        voices = Moment(0.0, 0.0, 0.0, there.snapshot, there.packed_voices).voices()
        held = (LoopEvent(0.0, Kind.ON, v.pitch, v.velocity, v.part) for v in voices)
        loop = Loop(first, last, bar, recorded(past, beat_map, first, last), tuple(held), there.snapshot)
        # As far into the first bar as the clock is into its own.
        begin = beat_map.line + floor((edge - beat_map.line) / bar + NEAR) * bar
        beat = first + edge - begin
        moment = self._moment(beat)
        offset = past.offset_of(moment)
        tick = beat_map.tick_then(moment.snapshot.context, beat, offset)
        self._branching.branch("back", edge, lambda: self._arrive(moment, tick, offset + edge - beat), source=beat)
        self._state.looping.enter(loop, begin, edge)

    def loop_last(self, bars: int) -> None:
        """Loops so many bars before the present one; 0 leaves the loop."""
        edge, beat_map = self._state.position.edge(), self._state.beat_map
        end = beat_map.line + floor((edge - beat_map.line) / beat_map.bar + NEAR) * beat_map.bar
        self.loop(end - bars * beat_map.bar, end)

    def set_bookmark(self, slot: str, beat: float | None) -> None:
        """Keeps the session at a past beat, or now. Raises UsageError for an unknown slot."""
        if slot not in tuple(SLOTS):
            raise UsageError(f"Bookmarks are A to H, not {slot}.")
        edge, past = self._settled(), self._state.time_machine
        if past.oldest is None:
            self._state.history.begin_branch(edge, self._state.position.now)
        where = edge if beat is None else max(min(beat, edge), past.oldest or 0.0)
        past.bookmarks[slot] = self._bookmark_at(where)
        self._state.emit(BookmarkSet(slot, where))

    def go_to_bookmark(self, slot: str) -> None:
        edge = self._settled()
        self._enter(self._bookmark(slot), "bookmark", edge)

    def morph(self, start: str, end: str, position: float) -> None:
        """Lets the LSTM's state be what lies between two bookmarks'. What sounds, and the bar, stay as they are."""
        one, other = self._bookmark(start), self._bookmark(end)
        state, edge = self._state, self._state.position.edge()
        with state.plan.rolled_back() as edit:
            state.history.settle(edge, state.position.now)
            here = edit.session.snapshot()
            between = morph(one.snapshot, other.snapshot, position)
            edit.session.restore(replace(here, state=between.state, model=between.model))
            state.history.begin_branch(edge, state.position.now)
        state.emit(Jumped(edge, "morph"))

    def _settled(self) -> float:
        """The edge, once all that is planned up to it belongs to the past."""
        edge = self._state.position.edge()
        self._state.history.settle(edge, self._state.position.now)
        return edge

    def _bookmark(self, slot: str) -> Bookmark:
        try:
            return self._state.time_machine.bookmarks[slot]
        except KeyError:
            raise UsageError(f"Bookmark {slot} is not set.") from None

    # ---- getting there -------------------------------------------------------------------------------------------

    def _enter(self, bookmark: Bookmark, reason: str, edge: float) -> None:
        beat_map = self._state.beat_map
        context = bookmark.snapshot.context
        tick, offset = beat_map.aligned(context, bookmark.tick, edge)
        before = [moment for moment in bookmark.moments if self._tick_of(moment) <= tick + NEAR]
        ahead = tick >= bookmark.tick or not before
        if ahead:
            if tick < bookmark.tick:
                bar = context.bar_ticks
                tick, offset = tick + bar, offset - bar / beat_map.ticks_per_beat
            start = Moment(0.0, 0.0, 0.0, bookmark.snapshot, bookmark.packed_voices)
        else:
            start = before[-1]
        source = bookmark.beat + (tick - bookmark.tick) / beat_map.ticks_per_beat
        self._branching.branch(reason, edge, lambda: self._arrive(start, tick, offset, ahead=ahead), source)

    def _arrive(self, moment: Moment, tick: float, offset: float, *, ahead: bool = False) -> dict[Key, Voice]:
        voices = self._replay(moment, tick, ahead=ahead)
        self._state.beat_map.move(offset)
        return voices

    def _replay(self, moment: Moment, tick: float, *, ahead: bool = False) -> dict[Key, Voice]:
        """Takes the session from a moment to a tick, through what happened then. Returns what it holds there.

        ahead: and on, past what happened, through what would have.
        """
        session, assignment = self._state.session, self._state.plan.assignment
        session.restore(moment.snapshot)
        voices = {voice.key: voice for voice in moment.voices()}
        last = ceil(tick - NEAR)
        for logged in moment.log():
            if logged.tick >= last:
                break
            self._read_again(logged)
            _follow(voices, logged.event, logged.tick)
        while ahead and assignment.model and session.tick < last:
            sampled = session.generate(assignment.constraints)
            if session.tick >= last:
                session.restore(sampled.before)
                break
            _follow(voices, sampled.event, session.tick)
        return voices

    def _read_again(self, logged: LoggedEvent) -> None:
        """The session reads an event of the past, and uses random numbers for it if it did then."""
        session, event = self._state.session, logged.event
        constraints = self._state.plan.assignment.constraints
        sampled: GeneratedEvent | None = None
        if logged.origin is Origin.SAMPLED:
            sampled = session.generate(constraints)
        elif logged.origin is Origin.ANSWERED:
            sampled = session.answer(event.delta, event.part, constraints)
        if sampled is None:
            session.read(event)
        elif sampled.event != event:
            # Under other constraints than then: what happened counts, and the random numbers go on.
            session.restore(replace(sampled.before, rng=session.snapshot().rng))
            session.read(event)

    # ---- the past ------------------------------------------------------------------------------------------------

    def _moment(self, beat: float) -> Moment:
        moment = self._state.time_machine.at(beat)
        if moment is None:
            raise UsageError("There is nothing to go back to yet.")
        return moment

    def _tick_of(self, moment: Moment) -> float:
        past = self._state.time_machine
        return self._state.beat_map.tick_then(moment.snapshot.context, past.beat_of(moment), past.offset_of(moment))

    def _bookmark_at(self, beat: float) -> Bookmark:
        """The session at a beat of the past, with what led to it. The session stays where it is."""
        past, session, beat_map = self._state.time_machine, self._state.session, self._state.beat_map
        moment = self._moment(beat)
        tick = beat_map.tick_then(moment.snapshot.context, beat, past.offset_of(moment))
        here = session.snapshot()
        try:
            voices = self._replay(moment, tick)
            snapshot = past.without_gates(session.snapshot())
        finally:
            session.restore(here)
        return Bookmark(beat, tick, snapshot, pack(voices.values()), past.leading_to(moment, beat_map.bar))


def _follow(voices: dict[Key, Voice], event: Event, tick: int) -> None:
    """What is held after an event."""
    key = (event.part, event.pitch)
    if event.kind is Kind.ON:
        voices[key] = Voice(0, *key, event.velocity, tick, None)
    elif event.kind is Kind.OFF:
        voices.pop(key, None)
