"""Transport: play, stop, and following the clock, which may be somebody else's."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from math import inf

from musiclstm.engine.clock.base import CORRECTION, Change, ClockChange
from musiclstm.engine.performer.branching import Branching
from musiclstm.engine.performer.ensemble import Ensemble, Turns
from musiclstm.engine.performer.keyboard import Keyboard
from musiclstm.engine.performer.metronome import without_clicks
from musiclstm.engine.performer.state import PerformerState
from musiclstm.music.timeline import Timeline
from musiclstm.protocol.limits import PICKUP
from musiclstm.protocol.telemetry import Jumped


class Transport:
    """Starts and stops the performance, by command or as the clock it follows does. Writes the state's position."""

    def __init__(self, state: PerformerState, ensemble: Ensemble, keyboard: Keyboard, branching: Branching) -> None:
        self._state = state
        self._ensemble = ensemble
        self._keyboard = keyboard
        self._branching = branching
        self._timeline: Timeline | None = None
        self._counting: float | None = None  # the beat at which the music starts, while it is counted in
        self._begun = -inf  # the beat at which the music began last, as the clock counts now
        # Filled by whatever thread changes the clock.
        self._changes: deque[tuple[ClockChange, Timeline]] = deque()
        clock = state.clock
        clock.subscribe(lambda change: self._changes.append((change, clock.timeline)))

    @property
    def counting(self) -> bool:
        """The music is being counted in."""
        return self._counting is not None

    def play(self) -> None:
        position = self._state.position
        if position.playing:
            return
        position.playing = True
        self._timeline = None
        bars = int(self._state.steering.number("count_in")) if self._state.clock.leads else 0
        if self._ensemble.turns is not None and self._ensemble.turns.running:
            bars = 0
        lead = self._state.scheduler.lead()
        if bars:
            self._counting = position.beat
            begin = position.beat - bars * self._state.beat_map.bar
            self._state.metronome.count_in(begin, position.beat)
            position.wait_for(position.beat)
            self._state.clock.count_in(begin, position.beat, lead)
        else:
            self._state.clock.start(position.beat, lead)
        self.follow_clock()

    def stop(self, *, goes_on: bool = False) -> None:
        """goes_on: another clock is to lead; `play` follows, in the same turn, and not counted in if it had begun."""
        position = self._state.position
        if not position.playing:
            return
        self._ensemble.turns = Turns.of(self._state) if goes_on else None
        position.playing = False
        self._pause()
        clock = self._state.clock
        (clock.leave if goes_on else clock.stop)()
        self._changes.clear()

    def come_to_an_end(self) -> None:
        """Slow down towards the end that was asked for, and stop there."""
        position, ending = self._state.position, self._state.ending
        if ending.end is None or not position.running:
            return
        heard = position.heard()
        ending.slow_down(heard)
        if heard >= ending.end:
            self.stop_on(ending.end)

    def stop_on(self, line: float) -> None:
        """Stops where a bar line is heard: what is played next begins on it, not a moment after it."""
        self.stop()
        self._state.position.beat = line

    def mend(self) -> None:
        """After an error in the middle of starting or stopping: does the rest of it, without the music."""
        position, clock = self._state.position, self._state.clock
        self._counting = None
        self._state.metronome.stop()
        if position.playing and clock.running:
            position.running = True
            self._timeline = clock.timeline
        elif position.running:
            position.beat = position.edge()
            position.running = False
            if not position.playing:
                clock.stop()
                self._changes.clear()

    def follow_clock(self) -> None:
        """Does what the clock did since the last time. To be called before anything else is done."""
        state, position = self._state, self._state.position
        changed = bool(self._changes)
        while self._changes:
            change, timeline = self._changes.popleft()
            before, self._timeline = self._timeline, timeline
            if change.change is Change.STOP:
                if position.playing and not state.clock.running:
                    position.playing = False
                    position.beat = max(change.beat, self._begun)  # it may not have begun yet
                    self._pause()
            elif change.change is Change.START and (before is None or not position.playing):
                position.playing = True
                if self._counting is None:
                    self._begin(change.beat)
            elif before is not None and position.playing and change.change in (Change.START, Change.TEMPO):
                moved = change.ahead_of(before)
                if abs(moved) > CORRECTION:
                    self._relocate(moved)
        if changed:
            state.scheduler.follow_jump()
        self._finish_count()

    def _finish_count(self) -> None:
        """Begins, shortly before the music starts: the person may be early, and what is planned must be in time."""
        clock, start = self._state.clock, self._counting
        if start is not None and clock.running and clock.timeline.beat_at(clock.now()) >= start - PICKUP:
            self._counting = None
            self._begin(start, counted=True)

    def _begin(self, beat: float, *, counted: bool = False) -> None:
        """The beats run, from `beat` on. counted: they ran before."""
        state, position = self._state, self._state.position
        position.wait_for(beat)
        self._begun = beat
        if not counted:
            state.metronome.start(beat)
        position.running = True
        with state.plan.rolled_back() as edit:
            moved = abs(beat - position.beat) > 1e-3
            if moved:
                state.time_machine.relabel(beat - position.beat)
                state.steering.shift_chords(beat - position.beat)
                state.form.shift(beat - position.beat)
                if len(state.time_machine) or position.beat:
                    # Before anything is planned there: whoever draws beats calls the past ones otherwise from now on.
                    state.emit(Jumped(beat, "clock", position.beat))
            if moved:
                state.meters.cancel()
                state.looping.leave()
                state.ending.cancel()
            if moved or not len(state.time_machine):
                state.meters.catch_up()  # after a crash, the session may be from before the last time signature
                self._anchor(beat, beat - position.beat if moved else None)
            self._ensemble.begin(edit, beat, moved=moved)
            edge = position.edge()
            # What sounded when it stopped, or when another process died, sounds again.
            self._branching.agree(edit, dict(state.voices.by_key), edge, all_again=False)
            state.history.begin_branch(edge, position.now)

    def _pause(self) -> None:
        """What sounds ends; the session still holds it."""
        state, position = self._state, self._state.position
        with state.plan.rolled_back() as edit:
            edge = position.edge()
            state.ending.cancel()
            self._keyboard.release(edit, edge, position.now, wheels=False)
            # The scheduler ends what sounds, by itself.
            state.voices.silence(edge, lambda _: True)
            state.scheduler.stop()
            state.metronome.stop()
            self._counting = None
            state.history.settle_read(edge, position.now)
            position.running = False
            position.beat = edge

    def _anchor(self, beat: float, moved: float | None) -> None:
        """The session goes on at `beat`. moved: by so much the clock counts more; None: nothing has moved.

        Chords and sections, which have moved as the clock has, come to lie where the music's bars do.
        """
        state, beat_map = self._state, self._state.beat_map
        before = beat_map.offset_of(state.session.context)
        beat_map.anchor(beat, None if moved is None else 0.0)
        if moved is not None and beat_map.metrical:
            away = beat_map.offset - before - moved
            state.steering.repeat_chords(beat, away)
            state.form.repeat(beat, away)

    def _relocate(self, beats: float) -> None:
        """The leader is somewhere else: goes on there, where the bar is as far as the leader's."""
        state, position = self._state, self._state.position
        sure = position.renumber()
        self._begun = -inf
        state.plan.roll_back(all_=True)
        with state.plan.rolled_back() as edit:
            edge = position.edge()
            # What was as good as sent goes now, the ends of drum notes with the music.
            waiting = without_clicks(state.scheduler.cancel_all())
            state.scheduler.put_all(
                replace(entry, beat=edge if entry.beat <= sure else max(edge, entry.beat + beats)) for entry in waiting
            )
            state.history.settle(edge - beats, position.now)
            edit.drop()
            state.time_machine.relabel(beats)
            state.steering.shift_chords(beats)
            state.form.shift(beats)
            self._ensemble.shift(beats)
            state.meters.cancel()
            state.looping.leave()
            state.ending.cancel()
            self._anchor(edge, beats)
            state.metronome.again()
            self._ensemble.choose(edit, edge)
            state.history.begin_branch(edge, position.now)
        state.emit(Jumped(edge, "clock", edge - beats))
