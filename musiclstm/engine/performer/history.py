"""Steps, and what becomes of them once they have happened."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import NDArray

from musiclstm.engine.performer.beat_map import Place
from musiclstm.engine.performer.time_machine import Origin, TimeMachine
from musiclstm.engine.performer.voices import Key, Output, Sound, Voice, restore
from musiclstm.model.session import Session
from musiclstm.model.snapshot import Snapshot
from musiclstm.music.event import Event


@dataclass(slots=True)
class Step:
    """An event of the plan. tick: the session's after it. fixed: it has happened and cannot be taken back."""

    before: Snapshot
    event: Event
    tick: int
    beat: float
    origin: Origin
    sound: Sound
    fixed: bool = False

    def is_gone(self, gone: set[tuple[int, int]], commit: float) -> bool:
        """Whether nothing of it has been sent or will be, so that it can be taken back.

        gone: the deeds of the messages that were cancelled.
        """
        if not self.sound.entries:
            return self.beat > commit
        return self.sound.entries[0].identity in gone


class History:
    """Hands the steps that have happened to the time machine, and a moment each beat. One owner."""

    def __init__(
        self, steps: deque[Step], session: Session, place: Place, output: Output, machine: TimeMachine
    ) -> None:
        self.machine = machine
        self._steps = steps
        self._session = session
        self._place = place
        self._output = output
        self._due = 0.0

    def settle(self, beat: float, time: float) -> None:
        """What is planned up to `beat` has happened. time: seconds, for the moments' age."""
        steps = self._steps
        while steps and steps[0].beat <= beat:
            step = steps[0]
            while self._due <= step.beat:
                self._keep(time)
            steps.popleft()
            self.machine.log(step.tick, step.event, step.origin)
        while self._due <= beat:
            self._keep(time)

    def _keep(self, time: float) -> None:
        due = self._due
        self._due = floor(due) + 1.0
        self.machine.add(due, self._place.offset, time, self.snapshot(), self.voices().values())

    def begin_branch(self, beat: float, time: float) -> None:
        """The memory is not what led to it any more: keep the moment at which it became so."""
        voices = self._output.voices.values()
        self.machine.add(beat, self._place.offset, time, self._session.snapshot(), voices, branch=True)
        self._due = floor(beat) + 1.0

    def snapshot(self) -> Snapshot:
        """The memory as it is before the first step of the plan."""
        return self._steps[0].before if self._steps else self._session.snapshot()

    def expectation(self) -> NDArray[np.float32]:
        """What the memory expects after what was heard, not after what is planned; as `Session.expectation`."""
        session = self._session
        here = session.snapshot()
        session.restore(self.snapshot())
        expected = session.expectation()
        session.restore(here)
        return expected

    def voices(self) -> dict[Key, Voice]:
        """The voices as they are before the first step of the plan."""
        voices = dict(self._output.voices)
        for step in reversed(self._steps):
            restore(voices, step.sound)
        return voices
