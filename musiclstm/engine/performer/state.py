"""The rig: the performer's pieces, put together for one model, and the beat from which on things can be changed."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from musiclstm.engine.clock.base import Clock
from musiclstm.engine.performer.ensemble import Ensemble
from musiclstm.engine.performer.person import Keys
from musiclstm.engine.performer.plan import Plan
from musiclstm.engine.performer.steering import Steering
from musiclstm.engine.performer.time_machine import TimeMachine
from musiclstm.engine.performer.travel import Travel
from musiclstm.engine.performer.voices import Output
from musiclstm.engine.scheduler.scheduler import Scheduler
from musiclstm.model.session import Session
from musiclstm.protocol.messages import Telemetry


class Rig:
    """One owner. now: seconds, as last passed in. beat: where it stands while it stands.

    playing: play was pressed (the clock that is followed may not run yet).
    """

    plan: Plan
    ensemble: Ensemble
    travel: Travel

    def __init__(
        self,
        session: Session,
        clock: Clock,
        scheduler: Scheduler,
        emit: Callable[[Telemetry], None],
        *,
        port_number: Callable[[str | None], int],
        machine: TimeMachine,
    ) -> None:
        self.clock = clock
        self.scheduler = scheduler
        self.emit = emit
        self.machine = machine
        self.port_number = port_number
        self.keys = Keys()
        self.steering = Steering(session.vocabulary)
        self.output = Output(self.steering, emit, port_number)
        self.now = clock.now()
        self.beat = 0.0
        self.playing = False
        self._edge = -inf
        self.take(session)

    def take(self, session: Session) -> None:
        """Play this session from now on; `steering` must know its model already."""
        self.session = session
        self.output.voices = {}
        self.plan = Plan(
            session,
            scheduler=self.scheduler,
            output=self.output,
            steering=self.steering,
            machine=self.machine,
            emit=self.emit,
        )
        self.ensemble = Ensemble(
            self.plan,
            self.keys,
            output=self.output,
            steering=self.steering,
            scheduler=self.scheduler,
            edge=self.edge,
            emit=self.emit,
        )
        self.travel = Travel(self.plan, self.keys, self.emit, self.ensemble)

    def edge(self) -> float:
        """The beat from which on anything can still be changed; where it stands while it stands.

        It never goes back (as the commit point does when the tempo falls): what was put there is still to be sent, and
        nothing may overtake it.
        """
        beat = self.scheduler.commit_beat()
        if beat == -inf:
            return self.beat
        self._edge = max(self._edge, beat)
        return self._edge

    def new_edge(self) -> float:
        """The beats were set anew; the edge by the beats before, -inf if there was none."""
        before, self._edge = self._edge, -inf
        return before

    def heard(self) -> float:
        """The beat that a person hears now."""
        if not self.clock.running:
            return self.beat
        return self.clock.timeline.beat_at(self.now - self.steering.number("nudge") / 1000)
