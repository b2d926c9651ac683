"""History: the events that are planned and, once they have happened, the past."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor, inf

import numpy as np
from numpy.typing import NDArray

from musiclstm.engine.performer.beat_map import NEAR, BeatMap, count_in, counted
from musiclstm.engine.performer.time_machine import LoggedEvent, TimeMachine
from musiclstm.engine.performer.voices import Effect, Key, Voice, Voices
from musiclstm.engine.scheduler.scheduler import Entry
from musiclstm.model.constraints import Constraints
from musiclstm.model.session import Session
from musiclstm.model.snapshot import Snapshot
from musiclstm.music.event import Event


@dataclass(slots=True)
class Step:
    """An event that the session has read, with the way back to before it.

    tick: the session's after it. fixed: it has happened and cannot be rolled back. heard: as in `Voice`.
    """

    before: Snapshot
    event: Event
    tick: int
    beat: float
    effect: Effect
    fixed: bool = False
    heard: bool = True

    def is_cancelled(self, cancelled: set[tuple[int, int]], commit: float) -> bool:
        """Whether nothing of it has been sent or will be, so that it can be rolled back.

        cancelled: identities of the entries that the scheduler has cancelled.
        """
        if not self.effect.entries:
            return self.beat > commit
        return self.effect.entries[0].identity in cancelled


class History:
    """Owns the steps. Hands those that have happened to the time machine; after `begin_branch`, a moment each beat too.

    events: how many were planned or happened, without those that were rolled back.
    """

    def __init__(self, session: Session, beat_map: BeatMap, voices: Voices, time_machine: TimeMachine) -> None:
        self.events = 0
        self._steps: deque[Step] = deque()
        self._session = session
        self._beat_map = beat_map
        self._voices = voices
        self._time_machine = time_machine
        self._offset = 0.0  # of the beat map, as of the last moment
        self._due = inf  # the beat of the next moment; there is no past before `begin_branch`

    @property
    def steps(self) -> Sequence[Step]:
        """Those that have not been handed over, the first first."""
        return self._steps

    # ---- forwards ------------------------------------------------------------------------------------------------

    def add(self, step: Step) -> None:
        self.events += 1
        self._steps.append(step)

    def settle(self, beat: float, time: float) -> None:
        """What is planned up to `beat` has happened. time: seconds, for the moments' age."""
        steps = self._steps
        if self._offset != self._beat_map.offset and self._due < inf:
            self._keep_skip(min(beat, steps[0].beat) if steps else beat, time)
        while steps and steps[0].beat <= beat:
            step = steps[0]
            while self._due <= step.beat:
                self._keep(time)
            steps.popleft()
            after, context = steps[0].before if steps else self._session.snapshot(), step.before.context
            given = after.context.given is not context.given
            logged = LoggedEvent(step.tick, step.event, after.rng, given, step.heard, counted(context))
            self._time_machine.log(logged)
        while self._due <= beat:
            self._keep(time)

    def settle_read(self, edge: float, time: float) -> float:
        """All that the session has read and that cannot be rolled back has happened. Returns up to which beat.

        A person's note may lie just beyond the edge. The plan must be rolled back.
        """
        beat = max(edge, self._steps[-1].beat) if self._steps else edge
        self.settle(beat, time)
        return beat

    def _keep(self, time: float) -> None:
        due = self._due
        self._due = floor(due) + 1.0
        self._add(due, time)

    def _keep_skip(self, beat: float, time: float) -> None:
        """A long silence was skipped: from here on the ticks lie elsewhere, and a moment says so."""
        while self._due <= beat:
            self._keep(time)
        if self._offset != self._beat_map.offset:
            self._add(beat, time)

    def _add(self, beat: float, time: float) -> None:
        self._add_snapshot(beat, time, self.snapshot(), self.voices().values())

    def _add_snapshot(
        self, beat: float, time: float, snapshot: Snapshot, voices: Iterable[Voice], *, branch: bool = False
    ) -> None:
        beat_map, late = self._beat_map, None
        self._offset = beat_map.offset
        bars = counted(snapshot.context)
        if beat_map.metrical and bars != beat_map.counted and beat >= beat_map.beat_of(beat_map.counted[0]) - NEAR:
            # The bar has begun from which on there is another time signature, but no event of it has happened yet.
            late, snapshot = bars, self._counted_by_map(snapshot)
        offset = beat_map.offset_of(snapshot.context)
        self._time_machine.add(beat, offset, time, snapshot, voices, late=late, branch=branch)

    def _counted_by_map(self, snapshot: Snapshot) -> Snapshot:
        session, here = self._session, self._session.snapshot()
        session.restore(snapshot)
        count_in(session, self._beat_map.counted)
        found = session.snapshot()
        session.restore(here)
        return found

    def begin_branch(self, beat: float, time: float) -> None:
        """The session is not what led to it any more: keeps the moment at which it became another."""
        self._add_snapshot(beat, time, self._session.snapshot(), self._voices.by_key.values(), branch=True)
        self._due = floor(beat) + 1.0

    # ---- backwards -----------------------------------------------------------------------------------------------

    @property
    def can_roll_back(self) -> bool:
        """Whether the last step has not happened for certain."""
        return bool(self._steps) and not self._steps[-1].fixed

    def roll_back(self, cancelled: Iterable[Entry], commit: float) -> list[Step]:
        """Removes the steps of which nothing has been sent, the last first, and undoes their effect on the voices.

        cancelled: what the scheduler will not send; commit: the beat up to which everything is as good as sent.
        """
        identities = {entry.identity for entry in cancelled}
        undone: list[Step] = []
        steps = self._steps
        while steps and not steps[-1].fixed and steps[-1].is_cancelled(identities, commit):
            step = steps.pop()
            self._voices.undo(step.effect)
            undone.append(step)
        self.events -= len(undone)
        return undone

    def drop(self) -> None:
        """Forgets the steps without undoing them: the session becomes another."""
        self._steps.clear()

    # ---- what has been heard -------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The session as it is before the first step."""
        return self._steps[0].before if self._steps else self._session.snapshot()

    def voices(self) -> dict[Key, Voice]:
        """The voices as they are before the first step."""
        return self._voices.before(step.effect for step in reversed(self._steps))

    def expectation(self, constraints: Constraints) -> NDArray[np.float32]:
        """What the session expects after what was heard, not after what is planned; as `Session.expectation`."""
        session = self._session
        here = session.snapshot()
        session.restore(self.snapshot())
        expected = session.expectation(constraints)
        session.restore(here)
        return expected
