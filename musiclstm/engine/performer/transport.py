"""Transport: play, stop, and the clock, which may be somebody else's."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from math import inf

from musiclstm.engine.clock.base import Change, ClockChange
from musiclstm.engine.performer.state import Rig
from musiclstm.music.timeline import Timeline
from musiclstm.protocol.messages import Jumped

# Beats that a clock may correct itself by without the music being somewhere else.
_CORRECTION = 0.25


class Transport:
    """Starts and stops the rig, by command or as the clock it follows does. One owner."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._line: Timeline | None = None
        # Filled by whatever thread changes the clock.
        self._changes: deque[tuple[ClockChange, Timeline]] = deque()
        clock = rig.clock
        clock.subscribe(lambda change: self._changes.append((change, clock.timeline)))

    def play(self) -> None:
        rig = self._rig
        if rig.playing:
            return
        rig.playing = True
        self._line = None
        rig.clock.start(rig.beat)
        self.hear()

    def stop(self) -> None:
        rig = self._rig
        if not rig.playing:
            return
        rig.playing = False
        self._pause()
        rig.clock.stop()
        self._changes.clear()

    def hear(self) -> None:
        """What the clock did since the last time. Before anything else is done."""
        rig = self._rig
        while self._changes:
            change, line = self._changes.popleft()
            before, self._line = self._line, line
            if change.change is Change.STOP:
                if rig.playing and not rig.clock.running:
                    rig.playing = False
                    rig.beat = change.beat
                    self._pause()
            elif change.change is Change.START and (before is None or not rig.playing):
                rig.playing = True
                self._begin(change.beat)
            elif before is not None and rig.playing and change.change in (Change.START, Change.TEMPO):
                moved = change.beat - before.beat_at(change.time)
                if abs(moved) > _CORRECTION:
                    self._relocate(moved)

    def _begin(self, beat: float) -> None:
        """The beats run, from `beat` on."""
        rig = self._rig
        rig.new_edge()
        rig.ensemble.feeding = True
        rig.ensemble.person.last = beat
        moved = abs(beat - rig.beat) > 1e-3
        if moved:
            rig.machine.relabel(beat - rig.beat)
        if moved or not len(rig.machine):
            rig.plan.place.anchor(beat)
        rig.ensemble.choose(beat)
        edge = rig.edge()
        # What sounded when it stopped, or when another process died, is struck again.
        rig.travel.agree(dict(rig.output.voices), edge, clicks=False)
        rig.plan.history.begin_branch(edge, rig.now)

    def _pause(self) -> None:
        """What sounds ends; the memory holds it still."""
        rig = self._rig
        rig.plan.roll_back()
        edge = rig.edge()
        rig.ensemble.release(edge, rig.now)
        rig.output.silence(edge, lambda _: True)
        rig.scheduler.stop()
        steps = rig.plan.steps
        rig.plan.history.settle(max(edge, steps[-1].beat) if steps else edge, rig.now)
        rig.ensemble.feeding = False
        rig.beat = edge

    def _relocate(self, beats: float) -> None:
        """The leader is somewhere else: go on there, at the same place in the bar as it."""
        rig, plan = self._rig, self._rig.plan
        sure = rig.new_edge()
        plan.roll_back()
        edge = rig.edge()
        # What was as good as sent goes now, the ends of drum notes with the music.
        waiting = rig.scheduler.cancel_from(-inf)
        rig.scheduler.put_all(
            replace(entry, beat=edge if entry.beat <= sure else max(edge, entry.beat + beats)) for entry in waiting
        )
        plan.history.settle(edge - beats, rig.now)
        plan.drop()
        rig.machine.relabel(beats)
        rig.ensemble.shift(beats)
        plan.place.anchor(edge)
        rig.ensemble.choose(edge)
        plan.history.begin_branch(edge, rig.now)
        rig.emit(Jumped(edge, "clock", edge - beats))
