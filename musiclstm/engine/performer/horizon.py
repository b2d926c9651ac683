"""The horizon: how far ahead is planned, and when to plan again."""

from __future__ import annotations

from math import inf

from musiclstm.engine.performer.beat_map import NEAR
from musiclstm.engine.performer.ensemble import Ensemble
from musiclstm.engine.performer.modes import Turn
from musiclstm.engine.performer.state import PerformerState

BATCH = 8
"""Events sampled at a time at most, so that a key pressed meanwhile waits no longer than that (2 ms or so).

For each event of a band every player is asked, so there are fewer.
"""
# Seconds between two times, at least and at most.
SOON, LATE = 0.002, 0.05


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
        state.monitor.expectation(state.history, state.plan.assignment.constraints, now)
        if state.hold or state.form.place.over:
            return now + LATE
        self._ensemble.release_held(edge)
        horizon = edge + state.steering.number("horizon")
        if state.change_due < inf:
            horizon = max(horizon, state.change_due + NEAR)
        if state.looping.loop is not None:
            if state.plan.fill_loop(edge, horizon, self._batch):
                return now
            return self._again(state.looping.due(state.beat_map.swing) - horizon)
        turn = self._ensemble.turn(edge)
        if state.ending.end is not None:
            if self._closes(edge, turn):
                return self._close(edge, horizon, turn)
            turn = Turn(turn.begin, min(turn.end, state.ending.end))
        if state.plan.fill(max(edge, turn.begin), horizon, turn.end, self._batch):
            return now
        if not state.plan.assignment.model or turn.end <= horizon:
            return now + LATE
        decided = state.beat_map.end if turn.begin <= edge else turn.begin
        return self._again(decided - horizon)

    def _closes(self, edge: float, turn: Turn) -> bool:
        """Whether it is time for the close of the music."""
        state, ending = self._state, self._state.ending
        if ending.close_at == inf and state.plan.assignment.model:
            ending.plan(edge, turn)
        return ending.close_at < inf and not ending.plain

    def _close(self, edge: float, horizon: float, turn: Turn) -> float:
        """`fill` while the music comes to an end: what leads to the close, the search for it, and the close."""
        state, ending = self._state, self._state.ending
        now, begin = state.position.now, ending.close_at
        if not ending.led:
            # The close begins there, and not with the next event, which may be a long rest.
            until = min(turn.end, begin)
            if state.plan.fill(max(edge, turn.begin), until, until, self._batch, closes=until < begin):
                return now
            if ending.searching or ending.found:
                ending.led = True
            else:
                goal = state.led_to()
                ending.look(state.session, state.plan.assignment.constraints, state.beat_map, goal)
        if ending.searching:
            ending.look_on(state.beat_map, edge)
            return now
        if state.plan.fill_close(edge, horizon, self._batch):
            return now
        return self._again(ending.due() - horizon)

    def _again(self, beats: float) -> float:
        """The time at which the horizon is so many beats further."""
        return self._state.position.now + min(LATE, max(SOON, beats * 60 / self._state.clock.timeline.tempo))
