"""Travel: to another place in the memory, while it plays.

The session goes to the moment before the place and walks from there through the events that lead to it, dice included;
so what follows is what followed then, until a person or a control intervenes. The bar lines stay where the clock has
them: `Back` of whole bars keeps them by itself, a bookmark is entered at most half a bar from where it was set.

What sounds at the jump ends. Notes that the memory holds at the destination are struck again at once if the model has
their parts, so that what sounds is what it believes; the others (a person's, then) end in its memory as well. Keys that
the person holds now go on sounding, and the memory is told of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import ceil, floor

from musiclstm.engine.performer.beat_map import NEAR
from musiclstm.engine.performer.ensemble import Ensemble
from musiclstm.engine.performer.person import Held, Keys
from musiclstm.engine.performer.plan import Plan
from musiclstm.engine.performer.time_machine import Bookmark, Happened, Moment, Origin, packed
from musiclstm.engine.performer.voices import Key, Voice
from musiclstm.errors import UsageError
from musiclstm.model.snapshot import Generated, morph
from musiclstm.music.event import Event, Kind
from musiclstm.protocol.controls import SLOTS
from musiclstm.protocol.messages import BookmarkSet, Jumped, Telemetry

Voices = dict[Key, Voice]

_SHORT = 0.125
"""Beats that a note lasts at least that is not about to end."""
_LOOK = 8
"""Events that are looked ahead for that, at most."""


class Travel:
    """Jumps of one plan. One owner. Each method takes the LSTM steps of the beat it walks through.

    ensemble: knows whether it plays, and whether the model decides at a beat.
    """

    def __init__(self, plan: Plan, keys: Keys, emit: Callable[[Telemetry], None], ensemble: Ensemble) -> None:
        self._plan = plan
        self._keys = keys
        self._emit = emit
        self._ensemble = ensemble

    # ---- where to ------------------------------------------------------------------------------------------------

    def back(self, bars: float, edge: float, time: float) -> None:
        """So many bars before `edge`, the beat from which on all can be changed; or as far as it goes."""
        plan = self._plan
        plan.history.settle(edge, time)
        machine, bar = plan.history.machine, plan.place.bar
        oldest = machine.oldest
        if oldest is None or not bars > 0:
            raise UsageError("There is nothing to go back to." if bars > 0 else "Back goes back; give bars above 0.")
        away = bars * bar
        if edge - away < oldest:
            away = floor((edge - oldest) / bar + NEAR) * bar or edge - oldest
        self._go(self._moment(edge - away), edge - away, edge, time)

    def _go(self, moment: Moment, beat: float, edge: float, time: float) -> None:
        """What was heard at `beat` is heard at `edge`."""
        plan = self._plan
        offset = plan.history.machine.offset(moment)
        tick = plan.place.tick_then(moment.snapshot.context, beat, offset)
        self.branch("back", edge, time, lambda: self._arrive(moment, tick, offset + edge - beat), source=beat)

    def go_to(self, beat: float, edge: float, time: float) -> None:
        """The past beat, or one near it that is the same in its bar as `edge` is."""
        plan = self._plan
        plan.history.settle(edge, time)
        oldest = plan.history.machine.oldest
        if oldest is None:
            raise UsageError("There is nothing to go back to.")
        place = plan.place
        bookmark = self._bookmark(min(beat, edge))
        tick, _ = place.aligned(bookmark.snapshot.context, bookmark.tick, edge)
        near = bookmark.beat + (tick - bookmark.tick) / place.ticks_per_beat
        if oldest <= near <= edge and self._moment(near).offset == self._moment(bookmark.beat).offset:
            bookmark = self._bookmark(near)
        self._enter(bookmark, "back", edge, time)

    def bookmark(self, slot: str, beat: float | None, edge: float, time: float) -> None:
        """Keep the memory of a past beat, or of now. Raises UsageError for a slot that there is not."""
        if slot not in tuple(SLOTS):
            raise UsageError(f"Bookmarks are A to H, not {slot}.")
        plan = self._plan
        plan.history.settle(edge, time)
        if plan.history.machine.oldest is None:
            plan.history.begin_branch(edge, time)
        where = edge if beat is None else max(min(beat, edge), plan.history.machine.oldest or 0.0)
        plan.history.machine.bookmarks[slot] = self._bookmark(where)
        self._emit(BookmarkSet(slot, where))

    def go_to_bookmark(self, slot: str, edge: float, time: float) -> None:
        self._plan.history.settle(edge, time)
        self._enter(self._slot(slot), "bookmark", edge, time)

    def morph(self, start: str, end: str, position: float, edge: float, time: float) -> None:
        """Let the memory be what lies between those of two bookmarks. What sounds, and the bar, stay as they are."""
        plan = self._plan
        one, other = self._slot(start), self._slot(end)
        plan.roll_back()
        plan.history.settle(edge, time)
        here = plan.session.snapshot()
        between = morph(one.snapshot, other.snapshot, position)
        plan.session.restore(replace(here, state=between.state))
        plan.history.begin_branch(edge, time)
        self._emit(Jumped(edge, "morph"))

    def _slot(self, slot: str) -> Bookmark:
        try:
            return self._plan.history.machine.bookmarks[slot]
        except KeyError:
            raise UsageError(f"Bookmark {slot} is not set.") from None

    # ---- getting there -------------------------------------------------------------------------------------------

    def branch(
        self, reason: str, edge: float, time: float, change: Callable[[], Voices], source: float | None = None
    ) -> None:
        """Another memory from `edge` on. change: moves session and place there; what it says is held there.

        source: the past beat that this is, if it is one.
        """
        plan = self._plan
        plan.roll_back()
        plan.scheduler.put_all(plan.output.silence(edge, lambda _: True))
        plan.history.settle(edge, time)
        plan.drop()
        plan.output.voices = {}
        self.agree(change(), edge)
        plan.history.begin_branch(edge, time)
        self._emit(Jumped(edge, reason, source))

    def agree(self, voices: Voices, edge: float, *, clicks: bool = True) -> None:
        """Let what sounds at `edge` and what the session holds be the same; voices: what is known of what it holds.

        clicks: notes that are about to end are struck again too.
        """
        plan = self._plan
        session = plan.session
        parts = session.vocabulary.parts
        held = {
            (key.part, key.pitch): key
            for key in self._keys.held.values()
            if key.part is not None and not parts[key.part].percussive
        }
        tick = plan.place.first_tick(edge)
        if not self._ensemble.feeding:
            # Nothing sounds while it stands; on going on, this is done again.
            known = ((key, voices.get(key)) for key in session.context.sounding)
            plan.output.voices = {
                key: replace(voice, wire=None) if voice else Voice(0, *key, session.vocabulary.velocity, tick, None)
                for key, voice in known
            }
            return
        mine = plan.mine if self._ensemble.plays(edge) else frozenset[int]()
        sounding: Voices = {}
        for key in session.context.sounding:
            voice = voices.get(key) or Voice(0, *key, session.vocabulary.velocity, tick, None)
            if key in held:
                sounding[key] = _of_key(held[key], tick)
            elif voice.person or key[0] not in mine:
                session.read(Event(max(0, tick - session.tick), Kind.OFF, key[1], 0, key[0]))
            else:
                sounding[key] = replace(voice, person=False, source=None, wire=None)
        for (part, pitch), person in held.items():
            if (part, pitch) not in sounding:
                session.read(Event(max(0, tick - session.tick), Kind.ON, pitch, person.velocity, part))
                sounding[part, pitch] = _of_key(person, tick)
        plan.output.voices = sounding
        ending = self._ending(edge) if mine and sounding and not clicks else set()
        lasting = [voice for key, voice in sounding.items() if key not in ending]
        plan.scheduler.put_all(plan.output.strike(lasting, edge))

    def _ending(self, edge: float) -> set[Key]:
        """Notes that are about to end if nothing intervenes. The session stays where it is."""
        plan = self._plan
        found: set[Key] = set()
        if self._ensemble.holding:
            return found
        here, until = plan.session.snapshot(), plan.place.first_tick(edge + _SHORT)
        for _ in range(_LOOK):
            event = plan.draw(plan.place.first_tick(edge)).event
            if plan.session.tick >= until:
                break
            if event.kind is Kind.OFF:
                found.add((event.part, event.pitch))
        plan.session.restore(here)
        return found

    def _enter(self, bookmark: Bookmark, reason: str, edge: float, time: float) -> None:
        place = self._plan.place
        context = bookmark.snapshot.context
        tick, offset = place.aligned(context, bookmark.tick, edge)
        before = [moment for moment in bookmark.moments if self._tick(moment) <= tick + NEAR]
        ahead = tick >= bookmark.tick or not before
        if ahead:
            if tick < bookmark.tick:
                bar = context.bar_ticks
                tick, offset = tick + bar, offset - bar / place.ticks_per_beat
            start = Moment(0.0, 0.0, 0.0, bookmark.snapshot, bookmark.packed_voices)
        else:
            start = before[-1]
        source = bookmark.beat + (tick - bookmark.tick) / place.ticks_per_beat
        self.branch(reason, edge, time, lambda: self._arrive(start, tick, offset, ahead=ahead), source)

    def _arrive(self, moment: Moment, tick: float, offset: float, *, ahead: bool = False) -> Voices:
        voices = self._walk(moment, tick, ahead=ahead)
        self._plan.place.move(offset)
        return voices

    def _walk(self, moment: Moment, tick: float, *, ahead: bool = False) -> Voices:
        """Take the session from a moment to a tick, through what happened then; what it holds there.

        ahead: and on, past what happened, through what would have.
        """
        plan = self._plan
        session = plan.session
        session.restore(moment.snapshot)
        voices = {(voice.part, voice.pitch): voice for voice in moment.voices()}
        last = ceil(tick - NEAR)
        for happened in moment.log():
            if happened.tick >= last:
                break
            self._again(happened)
            _hold(voices, happened.event, happened.tick)
        while ahead and plan.mine and session.tick < last:
            drawn = session.generate(plan.constraints)
            if session.tick >= last:
                session.restore(drawn.before)
                break
            _hold(voices, drawn.event, session.tick)
        return voices

    def _again(self, happened: Happened) -> None:
        """The session reads an event of the past, and rolls the dice for it if it did then."""
        plan = self._plan
        session, event = plan.session, happened.event
        drawn: Generated | None = None
        if happened.origin is Origin.DRAWN:
            drawn = session.generate(plan.constraints)
        elif happened.origin is Origin.ANSWERED:
            drawn = session.answer(event.delta, event.part, plan.constraints)
        if drawn is None:
            session.read(event)
        elif drawn.event != event:
            # Under other constraints than then: what happened counts, and the dice go on.
            session.restore(replace(drawn.before, rng=session.snapshot().rng))
            session.read(event)

    # ---- the past ------------------------------------------------------------------------------------------------

    def _moment(self, beat: float) -> Moment:
        moment = self._plan.history.machine.at(beat)
        if moment is None:
            raise UsageError("There is nothing to go back to.")
        return moment

    def _tick(self, moment: Moment) -> float:
        machine = self._plan.history.machine
        return self._plan.place.tick_then(moment.snapshot.context, machine.label(moment), machine.offset(moment))

    def _bookmark(self, beat: float) -> Bookmark:
        """The memory at a beat of the past, with what led to it. The session stays where it is."""
        plan = self._plan
        machine = plan.history.machine
        moment = self._moment(beat)
        tick = plan.place.tick_then(moment.snapshot.context, beat, machine.offset(moment))
        here = plan.session.snapshot()
        try:
            voices = self._walk(moment, tick)
            snapshot = machine.lean(plan.session.snapshot())
        finally:
            plan.session.restore(here)
        return Bookmark(beat, tick, snapshot, packed(voices.values()), machine.until(moment, plan.place.bar))


def _hold(voices: Voices, event: Event, tick: int) -> None:
    key = (event.part, event.pitch)
    if event.kind is Kind.ON:
        voices[key] = Voice(0, *key, event.velocity, tick, None)
    elif event.kind is Kind.OFF:
        voices.pop(key, None)


def _of_key(key: Held, tick: int) -> Voice:
    return Voice(key.id, key.part or 0, key.pitch, key.velocity, tick, None, person=True)
