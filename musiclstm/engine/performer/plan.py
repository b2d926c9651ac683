"""The plan: events sampled ahead of time, each with the way back to before it.

Steps beyond the commit point can be rolled back; the others have happened and go to the time machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf

from musiclstm.engine.performer.assignment import Assignment
from musiclstm.engine.performer.beat_map import NEAR
from musiclstm.engine.performer.ending import Ending
from musiclstm.engine.performer.event_player import EventPlayer
from musiclstm.engine.performer.looping import Looping
from musiclstm.engine.performer.meters import Meters
from musiclstm.engine.performer.plan_edit import PlanEdit
from musiclstm.engine.performer.steering import Steering
from musiclstm.engine.performer.voices import Key
from musiclstm.model.snapshot import GeneratedEvent
from musiclstm.music.event import Kind
from musiclstm.protocol.telemetry import Telemetry, Withdrawn


class Plan:
    """Samples events ahead of time and rolls them back. Only a `PlanEdit` changes what it plays."""

    def __init__(
        self,
        events: EventPlayer,
        steering: Steering,
        meters: Meters,
        looping: Looping,
        ending: Ending,
        emit: Callable[[Telemetry], None],
    ) -> None:
        self._meters = meters
        self._looping = looping
        self._ending = ending
        self._events = events
        self._session = events.session
        self._beat_map = events.beat_map
        self._steering = steering
        self._emit = emit
        # The end of the turn that was reached: nothing more is sampled before it.
        self._closed: float | None = None
        self._edit: PlanEdit | None = None

    @property
    def assignment(self) -> Assignment:
        """Who plays what."""
        return self._events.assignment

    # ---- forwards ------------------------------------------------------------------------------------------------

    def fill(self, begin: float, horizon: float, end: float, most: int, *, closes: bool = True) -> bool:
        """Samples events up to beat `horizon`, none before `begin`, at most `most`. Returns whether there are more.

        Nothing goes beyond beat `end`. closes: the model's turn is over there, and its notes end.
        """
        until = min(horizon, end)
        if begin >= until or self._closed == end or not self.assignment.model:
            return False
        self._go_on(begin)
        for _ in range(most):
            if self._beat_map.end >= until:
                if until == end and closes:
                    self._close(end)
                return False
            if not self._next(begin, end):
                if closes:
                    self._close(end)
                return False
        return True

    def fill_loop(self, begin: float, horizon: float, most: int) -> bool:
        """`fill` while bars of the past go round, in whatever mode."""
        self._go_on(begin)
        return all(self._looping.play(self._events, begin, horizon) for _ in range(most))

    def fill_close(self, begin: float, horizon: float, most: int) -> bool:
        """`fill` with the close that was found."""
        self._go_on(begin)
        return all(self._ending.play(self._events, begin, horizon) for _ in range(most))

    def _go_on(self, begin: float) -> None:
        """Events follow, none before beat `begin`. Raises RuntimeError while the plan is rolled back."""
        if self._edit is not None and self._edit.is_open:
            raise RuntimeError("The plan cannot go on while it is rolled back.")
        self._events.earliest = begin
        self._beat_map.skip_silence(begin)

    def _next(self, begin: float, end: float) -> bool:
        """Plans the next event; False if it is the turn's end."""
        session = self._session
        self._meters.reach()
        earliest = self._beat_map.first_tick(begin)
        sampled = self.sample(earliest)
        due = self._due()
        if due is not None and due[0] <= session.tick:
            key = due[1]
            event = sampled.event
            if not (event.kind is Kind.OFF and (event.part, event.pitch) == key and session.tick <= due[0]):
                session.restore(sampled.before)
                tick = max(due[0], earliest)
                if self._beat_map.beat_of(tick) < end:
                    self._events.end_note(key, tick)
                    return True
                return False
        if self._beat_map.beat_of(session.tick) >= end - NEAR:
            session.restore(sampled.before)
            return False
        self._events.play(sampled.event, sampled.before, sampled.surprise)
        return True

    def sample(self, earliest: int) -> GeneratedEvent:
        """The next event, not before tick `earliest`; the session has read it.

        It is first sampled as if nothing were known of the time since the last one, and sampled again only if it turns
        out to be past. That is the same distribution as under the condition alone, and where the condition does not
        matter it is the same event: so going back replays, and turning a control changes no more than it must.
        """
        session = self._session
        constraints = self.assignment.constraints
        least = earliest - session.tick
        sampled = session.generate(constraints)
        if sampled.event.kind is Kind.WAIT or sampled.event.delta >= least:
            return sampled
        session.restore(replace(sampled.before, rng=session.snapshot().rng))
        again = session.generate(replace(constraints, min_delta=least))
        return replace(again, before=sampled.before)

    def _due(self) -> tuple[int, Key] | None:
        """The tick at which a note of the model has lasted as long as it may, and which; the earliest one."""
        found: tuple[int, Key] | None = None
        for key, voice in self._events.voices.by_key.items():
            if voice.person:
                continue
            longest = self._steering.parts[voice.part].longest
            at = voice.until
            if longest is not None:
                tick = voice.tick + max(1, round(longest * self._beat_map.ticks_per_beat))
                at = tick if at is None else min(at, tick)
            if at is not None and (found is None or (at, key) < found):
                found = (at, key)
        return found

    def _close(self, end: float) -> None:
        """The model's turn is over at `end`: its notes end."""
        self._closed = end
        tick = self._beat_map.first_tick(end)
        for key, voice in sorted(self._events.voices.by_key.items()):
            if not voice.person:
                self._events.end_note(key, tick)

    # ---- backwards -----------------------------------------------------------------------------------------------

    def rolled_back(self, *, fresh: bool = False) -> PlanEdit:
        """Rolls back all that is not committed, for a change: `with plan.rolled_back() as edit:`.

        fresh: keeps the random numbers as they are now (the music became another). Otherwise they are rolled back too,
        and where nothing was changed the same events are planned again. Blocks do not nest: pass the edit on.
        """
        if self._edit is not None and self._edit.is_open:
            raise RuntimeError("The plan is rolled back already.")
        self.roll_back(fresh=fresh)
        self._edit = PlanEdit(self._events)
        return self._edit

    def roll_back(self, *, fresh: bool = False, all_: bool = False) -> None:
        """Rolls back all that is not committed, and changes nothing. It is planned again with the next `fill`.

        all_: and all else that has not been sent.
        """
        self._closed = None
        history, scheduler = self._events.history, self._events.scheduler
        if not history.can_roll_back:
            return
        commit = -inf if all_ else scheduler.commit_beat()
        cancelled = scheduler.cancel_all() if all_ else scheduler.cancel_from(commit)
        undone = history.roll_back(cancelled, commit)
        planned = {entry.identity for step in undone for entry in step.effect.entries}
        # Note-offs of drum notes that sound, and whatever else does not belong to the steps undone.
        scheduler.put_all(entry for entry in cancelled if entry.identity not in planned)
        if not undone:
            return
        first = undone[-1]
        self._looping.rewind(history)
        self._ending.rewind(history, first.beat)
        snapshot = first.before
        if fresh:
            snapshot = replace(snapshot, rng=self._session.snapshot().rng)
        self._session.restore(snapshot)
        self._emit(Withdrawn(first.beat))
