"""Travel: to another place in the past, while it plays.

The session goes to the moment before the place and reads from there the events that lead to it, random numbers
included; so what follows is what followed then, until a person or a control intervenes. The bar lines stay where the
clock has them: `Back` by whole bars keeps them by itself, a bookmark is entered at most half a bar from where it was
set. A place where another model played brings that model back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor

from musiclstm.engine.performer.assignment import Assignment, assign
from musiclstm.engine.performer.beat_map import NEAR, BeatMap, count_in, counted, last_line
from musiclstm.engine.performer.branching import Branching
from musiclstm.engine.performer.looping import Loop, LoopEvent, bounds, recorded
from musiclstm.engine.performer.model_change import ModelChange
from musiclstm.engine.performer.modes import mode_of
from musiclstm.engine.performer.person import Person
from musiclstm.engine.performer.players import common
from musiclstm.engine.performer.repertoire import KnownModel
from musiclstm.engine.performer.state import PerformerState
from musiclstm.engine.performer.steering import Steering, phrase_of
from musiclstm.engine.performer.time_machine import Bookmark, Moment, TimeMachine, pack
from musiclstm.engine.performer.voices import Key, Voice
from musiclstm.errors import UsageError
from musiclstm.model.session import Session
from musiclstm.model.snapshot import Snapshot, morph
from musiclstm.music.event import Event, Kind
from musiclstm.protocol.actions import SLOTS
from musiclstm.protocol.telemetry import Jumped, Notice


@dataclass(frozen=True)
class _Scene:
    """What a model's past is read again with."""

    session: Session
    beat_map: BeatMap
    assignment: Assignment


class Travel:
    """Each method takes the LSTM steps of the beat that it reads again. Raises UsageError where there is no past."""

    def __init__(self, state: PerformerState, branching: Branching, model_change: ModelChange) -> None:
        self._state = state
        self._branching = branching
        self._model_change = model_change

    # ---- where to ------------------------------------------------------------------------------------------------

    def back(self, bars: float) -> None:
        """To so many bars ago, or as far back as the past goes in whole bars."""
        edge = self._settled()
        bar, oldest = self._state.beat_map.bar, self._oldest()
        if not bars > 0:
            raise UsageError(f"Back goes back by a number of bars above 0, not {bars:g}.")
        away = bars * bar
        if edge - away < oldest:
            away = floor((edge - oldest) / bar + NEAR) * bar or edge - oldest
        # What was heard at `beat` is heard at the edge.
        beat = edge - away
        moment = self._moment(beat)
        scene = self._scene(moment.snapshot)
        if scene.beat_map.bar != bar:  # another model, to whose bar lines those of this one mean nothing
            self._go_to(beat, edge)
            return
        offset = self._state.time_machine.offset_of(moment)
        tick = scene.beat_map.tick_then(moment.snapshot.context, beat, offset)
        self._bring_back(moment.snapshot)
        self._branching.branch("back", edge, lambda: self._arrive(moment, tick, offset + away), source=beat)

    def go_to(self, beat: float) -> None:
        """To the past beat, or one near it that lies in its bar where the edge lies in its own."""
        edge, oldest = self._settled(), self._oldest()
        if beat < oldest - 1:
            bar = floor(oldest / self._state.beat_map.bar) + 1
            self._state.emit(Notice(f"What was played before bar {bar} is not kept any more; it goes on from there."))
        self._go_to(max(oldest, min(beat, edge)), edge)

    def _go_to(self, beat: float, edge: float) -> None:
        bookmark = self._bookmark_at(beat)
        beat_map = self._scene(bookmark.snapshot).beat_map
        tick, _ = beat_map.aligned(bookmark.snapshot.context, bookmark.tick, edge)
        near = bookmark.beat + (tick - bookmark.tick) / beat_map.ticks_per_beat
        if self._oldest() <= near <= edge:
            first, then = (self._moment(each) for each in sorted((near, bookmark.beat)))
            if TimeMachine.leads_on(first, then):
                bookmark = self._bookmark_at(near)
        self._enter(bookmark, "back", edge)

    def loop(self, start: float, end: float) -> None:
        """Plays the bars of the past around these beats again and again; leaves the loop if there is no bar in it."""
        edge = self._settled()
        if end <= start:
            with self._state.plan.rolled_back():
                self._state.looping.leave(edge)
            return
        past, then = self._state.time_machine, self._scene(self._moment(start).snapshot).beat_map
        first, last, bar = bounds(past, then, start, end, edge)
        there = self._bookmark_at(first)
        if not all(there.snapshot.is_of_model_of(moment.snapshot) for moment in past.between(first, last)):
            raise UsageError("A loop is made of what one model has played; these bars are of two.")
        voices = Moment(0.0, 0.0, 0.0, there.snapshot, there.packed_voices).voices()
        held = (LoopEvent(0.0, Kind.ON, v.pitch, v.velocity, v.part, v.heard) for v in voices)
        loop = Loop(first, last, bar, recorded(past, then, first, last), tuple(held), there.snapshot)
        self._bring_back(there.snapshot)
        beat_map = self._state.beat_map
        # As far into the first bar as the clock is into its own.
        begin = last_line(beat_map.line, bar, edge)
        beat = first + edge - begin
        moment = self._moment(beat)
        offset = past.offset_of(moment)
        tick = beat_map.tick_then(moment.snapshot.context, beat, offset)
        self._branching.branch("back", edge, lambda: self._arrive(moment, tick, offset + edge - beat), source=beat)
        self._state.looping.enter(loop, begin, edge)

    def loop_last(self, bars: int) -> None:
        """Loops so many bars before the present one; 0 leaves the loop."""
        edge, beat_map = self._state.position.edge(), self._state.beat_map
        end = beat_map.clock_line(edge)
        self.loop(end - bars * beat_map.bar, end)

    def set_bookmark(self, slot: str, beat: float | None) -> None:
        """Keeps the session at a past beat, or now. Raises UsageError for an unknown slot."""
        if slot not in tuple(SLOTS):
            raise UsageError(f"Bookmarks are A to H, not {slot}.")
        edge, past = self._settled(), self._state.time_machine
        if past.oldest is None:
            self._state.history.begin_branch(edge, self._state.position.now)
        where = edge if beat is None else max(min(beat, edge), self._oldest())
        past.bookmarks[slot] = self._bookmark_here(edge) if where == edge else self._bookmark_at(where)
        self._state.report_bookmark(slot)

    def go_to_bookmark(self, slot: str, reason: str = "bookmark") -> None:
        edge = self._settled()
        self._enter(self._bookmark(slot), reason, edge)

    def keep(self, slot: str) -> None:
        """Keeps the present session in a slot of our own, and tells nobody."""
        edge = self._settled()
        if self._state.time_machine.oldest is None:
            self._state.history.begin_branch(edge, self._state.position.now)
        self._state.time_machine.bookmarks[slot] = self._bookmark_here(edge)

    def drop(self, slot: str) -> None:
        self._state.time_machine.bookmarks.pop(slot, None)

    def morph(self, start: str, end: str, position: float) -> None:
        """Lets the LSTM's state be what lies between two bookmarks'. What sounds, and the bar, stay as they are.

        If another model plays, the nearer bookmark is entered first.
        """
        one, other = self._bookmark(start), self._bookmark(end)
        if not one.snapshot.is_of_model_of(other.snapshot):
            raise UsageError(
                f"Bookmarks {start} and {end} are of two models, and there is nothing between their memories."
            )
        state, edge = self._state, self._settled()
        if not state.session.fits(one.snapshot):
            self._enter(one if position < 0.5 else other, "bookmark", edge)
        with state.plan.rolled_back() as edit:
            beat = state.history.settle_read(edge, state.position.now)
            here = edit.session.snapshot()
            between = morph(one.snapshot, other.snapshot, position)
            edit.session.restore(replace(here, state=between.state, model=between.model))
            state.history.begin_branch(beat, state.position.now)
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

    def _bring_back(self, snapshot: Snapshot) -> None:
        """Lets the model play whose snapshot it is."""
        if not self._state.session.fits(snapshot):
            self._model_change.bring_back(self._known(snapshot))

    def _enter(self, bookmark: Bookmark, reason: str, edge: float) -> None:
        self._bring_back(bookmark.snapshot)
        beat_map = self._state.beat_map
        context = bookmark.snapshot.context
        tick, offset = beat_map.aligned(context, bookmark.tick, edge)
        before = [moment for moment in bookmark.moments if self._tick_of(moment) <= tick + NEAR]
        if tick >= bookmark.tick - NEAR or not before:
            if tick < bookmark.tick - NEAR:
                bar = context.bar_ticks
                tick, offset = tick + bar, offset - bar / beat_map.ticks_per_beat
            start = Moment(0.0, 0.0, 0.0, bookmark.snapshot, bookmark.packed_voices, late=bookmark.late)
        else:
            start = before[-1]
        # At the bookmark itself nothing is missing, even if the model had been silent for a while (Hold).
        ahead = tick > bookmark.tick + NEAR
        source = bookmark.beat + (tick - bookmark.tick) / beat_map.ticks_per_beat
        self._branching.branch(
            reason, edge, lambda: self._arrive(start, tick, offset, ahead=ahead), source, bookmark.made
        )

    def _arrive(self, moment: Moment, tick: float, offset: float, *, ahead: bool = False) -> dict[Key, Voice]:
        voices, late = self._replay(self._scene(moment.snapshot), moment, tick, ahead=ahead)
        self._state.beat_map.move(offset)
        if late is not None:
            self._state.meters.be_late(late)
        return voices

    def _replay(
        self, scene: _Scene, moment: Moment, tick: float, *, ahead: bool = False
    ) -> tuple[dict[Key, Voice], tuple[int, int] | None]:
        """Takes the scene's session from a moment to a tick, through what happened then.

        Returns what it holds there, and how it counts bars until its next event, as `Moment.late`. ahead: and on, past
        what happened, through what would have.
        """
        session, assignment = scene.session, scene.assignment
        session.restore(moment.snapshot)
        rng, late = moment.snapshot.rng, moment.late
        voices = {voice.key: voice for voice in moment.voices()}
        last = ceil(tick - NEAR)
        for logged in moment.log():
            if logged.tick >= last:
                break
            count_in(session, logged.bars)
            session.read(logged.event, given=logged.given)
            rng = logged.rng
            _follow(voices, logged.event, logged.tick, heard=logged.heard)
            late = None
        count_in(session, counted(moment.snapshot.context))
        session.restore(replace(session.snapshot(), rng=rng))
        while ahead and assignment.model and session.tick < last:
            sampled = session.generate(assignment.constraints)
            if session.tick >= last:
                session.restore(sampled.before)
                break
            event = sampled.event
            heard = self._state.steering.is_heard(event.part, sampled.surprise, phrase_of(session.context))
            _follow(voices, event, session.tick, heard=heard)
            late = None
        return voices, late

    # ---- the past ------------------------------------------------------------------------------------------------

    def _oldest(self) -> float:
        oldest = self._state.time_machine.oldest
        if oldest is None:
            raise UsageError("There is nothing to go back to yet.")
        return oldest

    def _moment(self, beat: float) -> Moment:
        moment = self._state.time_machine.at(beat)
        if moment is None:
            raise UsageError("There is nothing to go back to yet.")
        return moment

    def _known(self, snapshot: Snapshot) -> KnownModel:
        """The model whose memory this is. Raises UsageError if it is not open."""
        known = self._state.repertoire.of(snapshot)
        if known is None:
            raise UsageError("This was played by a model that is not open any more, so there is no way back to it.")
        return known

    def _scene(self, snapshot: Snapshot) -> _Scene:
        """The one of the snapshot's model: as it plays, or as it will be when it is brought back."""
        state = self._state
        if state.session.fits(snapshot):
            return _Scene(state.session, state.beat_map, state.plan.assignment)
        known = self._known(snapshot)
        steering = Steering(known.session.vocabulary, known.session.voices, known.session.players)
        values = common(state.steering.values) | state.repertoire.values_of(known)
        steering.resume(values, known.parts or steering.parts)
        beat_map = BeatMap(known.session, steering)
        mode = mode_of(steering, beat_map.bar, state.position.edge())
        return _Scene(known.session, beat_map, assign(mode, steering, Person(), ()))

    def _tick_of(self, moment: Moment) -> float:
        past = self._state.time_machine
        return self._state.beat_map.tick_then(moment.snapshot.context, past.beat_of(moment), past.offset_of(moment))

    def _bookmark_here(self, edge: float) -> Bookmark:
        """The present session, with what led to it."""
        state = self._state
        return replace(self._bookmark_at(edge), made=(state.form.made, state.steering.chord_moves))

    def _bookmark_at(self, beat: float) -> Bookmark:
        """The session at a beat of the past, with what led to it. The session stays where it is."""
        past, moment = self._state.time_machine, self._moment(beat)
        scene = self._scene(moment.snapshot)
        session, beat_map = scene.session, scene.beat_map
        tick = beat_map.tick_then(moment.snapshot.context, beat, past.offset_of(moment))
        here = session.snapshot()
        try:
            voices, late = self._replay(scene, moment, tick)
            snapshot = past.without_gates(session.snapshot())
        finally:
            session.restore(here)
        return Bookmark(beat, tick, snapshot, pack(voices.values()), past.leading_to(moment, beat_map.bar), late)


def _follow(voices: dict[Key, Voice], event: Event, tick: int, *, heard: bool) -> None:
    """What is held after an event."""
    key = (event.part, event.pitch)
    if event.kind is Kind.ON:
        voices[key] = Voice(0, *key, event.velocity, tick, None, heard=heard)
    elif event.kind is Kind.OFF:
        voices.pop(key, None)
