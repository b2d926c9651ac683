"""The horizon: how far ahead is planned, and when to plan again."""

from __future__ import annotations

from math import inf

from musiclstm.engine.performer.beat_map import NEAR
from musiclstm.engine.performer.ensemble import Ensemble
from musiclstm.engine.performer.state import PerformerState
from musiclstm.model.ending import Goal

BATCH = 8
"""Events sampled at a time at most, so that a key pressed meanwhile waits no longer than that (2 ms or so).

For each event of a band every player is asked, so there are fewer.
"""
# Seconds between two times, at least and at most.
SOON, LATE = 0.002, 0.05
_LAST = 0.5
"""Beats before the end; what leads then is what the music ends on."""


class Horizon:
    """Keeps the plan filled up to the horizon."""

    def __init__(self, state: PerformerState, ensemble: Ensemble) -> None:
        self._state = state
        self._ensemble = ensemble

    @property
    def _batch(self) -> int:
        return BATCH // max(1, len(self._state.steering.players))

    def fill(self) -> float:
        """Settles the past and plans a few events. Returns the time at which to call again (now: at once)."""
        state, now = self._state, self._state.position.now
        if not state.position.running or not state.position.playing or not state.clock.running:
            return now + LATE
        edge = state.position.edge()
        state.history.settle(edge, now)
        # The session puts off reading the last event until somebody asks. Better now than at the next key.
        state.session.snapshot()
        self._ensemble.punch_out(edge)
        state.monitor.expectation(state.history, now)
        if state.hold or state.form.place.over:
            return now + LATE
        horizon = edge + state.steering.number("horizon")
        if state.change_due < inf:
            horizon = max(horizon, state.change_due + NEAR)
        if state.looping.loop is not None:
            if state.plan.fill_loop(edge, horizon, self._batch):
                return now
            return self._again(state.looping.due(state.beat_map.swing) - horizon)
        if state.ending.end is not None:
            return self._end(edge, horizon, state.ending.end)
        turn = self._ensemble.turn(edge)
        if state.plan.fill(max(edge, turn.begin), horizon, turn.end, self._batch):
            return now
        if not state.plan.assignment.model or turn.end <= horizon:
            return now + LATE
        decided = state.beat_map.end if turn.begin <= edge else turn.begin
        return self._again(decided - horizon)

    def _end(self, edge: float, horizon: float, end: float) -> float:
        """`fill` while the music comes to an end."""
        state, ending = self._state, self._state.ending
        if ending.found:
            more = state.plan.fill_close(edge, horizon, self._batch)
            return state.position.now if more else self._again(ending.due(state.beat_map) - horizon)
        if ending.searching:
            ending.look_on(edge)
            return state.position.now
        turn = self._ensemble.turn(edge)
        alone = turn.begin <= edge and turn.end == inf
        looks = alone and not ending.plain and state.plan.assignment.model
        room = ending.room(edge) if looks else None
        if room is None:
            if state.plan.fill(max(edge, turn.begin), horizon, min(turn.end, end), self._batch):
                return state.position.now
            return self._again(state.beat_map.end - horizon)
        # The close begins there, and not with the next event, which may be a long rest.
        if state.plan.fill(edge, room, room, self._batch, closes=False):
            return state.position.now
        ending.look(state.session, state.plan.assignment.constraints, state.beat_map, room, self._led_to(end))
        return state.position.now

    def _led_to(self, end: float) -> Goal | None:
        """Where chords lead, they say what the music ends on; None where none does."""
        steering = self._state.steering
        if steering.leading is None or not steering.number("chords"):
            return None
        chord = steering.leading.at(end - _LAST).chord
        return None if chord is None else Goal(chord.root if chord.bass is None else chord.bass, chord.classes)

    def _again(self, beats: float) -> float:
        """The time at which the horizon is so many beats further."""
        return self._state.position.now + min(LATE, max(SOON, beats * 60 / self._state.clock.timeline.tempo))
