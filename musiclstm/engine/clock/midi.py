"""Follows MIDI clock: 24 ticks per quarter note, start, stop, continue and song position."""

from __future__ import annotations

import math
import time

from musiclstm.engine.clock.base import BaseClock, Change, ClockChange, Now
from musiclstm.engine.clock.tick_filter import TickFilter
from musiclstm.music.timeline import Timeline

TICKS = 24

TICK, START, CONTINUE, STOP, POSITION = 0xF8, 0xFA, 0xFB, 0xFC, 0xF2

_TIMEOUT = 1.0
"""Seconds without a tick after which the leader counts as lost."""

_MIN_CHANGE = 0.0003
"""Seconds by which the next beat must move before subscribers are notified; dispatch reads the timeline anyway."""


class MidiClockFollower(BaseClock):
    """A `Clock` that follows the MIDI clock it is fed.

    Start makes the next tick beat 0; continue goes on from the song position, if one has come since the last start or
    continue, or else from the stop. `start(beat)` joins a leader that is already running where it is at that position
    in the bar; at its next tick if nobody has heard it start. Every tick counts and jitter is filtered (`tick_filter`).
    Without any ticks the clock continues at the last tempo, not `locked`.

    tempo: used until the leader's is known, after two ticks. quantum: quarter notes in a bar.
    """

    def __init__(self, tempo: float = 120.0, now: Now = time.perf_counter, quantum: float = 4.0) -> None:
        super().__init__(tempo, now)
        self._quantum = quantum
        self._filter = TickFilter(60 / tempo / TICKS)
        self._shift = 0.0  # the beat of the filter's tick 0
        self._position = 0.0  # the beat of the next tick while stopped
        self._song_position: float | None = None  # for the next continue
        self._awaited = False  # waiting for the tick at which it starts
        self._told = False  # by the leader
        self._expected: tuple[float, float] | None = None  # (seconds, beat) at which a follower before this one left it
        self._leader: float | None = None  # the leader's beat at the filter's tick 0 while it plays; None: not known
        self._last_tick = -math.inf
        self._reported = self._timeline
        self._was_locked = False

    @property
    def locked(self) -> bool:
        return self._filter.steady and self.now() - self._last_tick < _TIMEOUT

    def feed(self, message: bytes, time: float) -> bool:
        """Receive a message that arrived at `time`; False if it is no clock message. Call from one thread."""
        kind = message[0] if message else 0
        if not math.isfinite(time):
            time = self.now()
        if kind == TICK:
            self._tick(time)
        elif kind == START:
            self._song_position = None
            self._start_at_next_tick(0.0, time, told=True)
        elif kind == CONTINUE:
            self._continue(time)
        elif kind == STOP:
            self._leader_stops()
            self._stop_at(time)
        elif kind == POSITION and len(message) == 3:
            # Whether it comes before the stop or after it: leaders differ.
            self._song_position = (message[1] & 0x7F | (message[2] & 0x7F) << 7) / 4
        else:
            return False
        return True

    def start(self, beat: float = 0.0, lead: float = 0.0) -> None:
        moment = self.now()
        with self._lock:
            change = self._join(beat, moment + lead) if moment - self._last_tick < _TIMEOUT else None
        if change is None:
            self._start_at_next_tick(beat, moment, told=False)
        else:
            self._emit_all([change])

    def leader(self) -> tuple[float, float] | None:
        """(seconds, beat) of the leader at its last tick, for `expect`; None where it is not known."""
        with self._lock:
            return None if self._leader is None else (self._filter.time, self._leader + self._filter.tick / TICKS)

    def expect(self, leader: tuple[float, float] | None) -> None:
        """The leader was there and plays on, as a process knew that has died since. Before any tick."""
        self._expected = leader

    def set_quantum(self, quantum: float) -> None:
        """The bar has so many quarter notes from now on."""
        self._quantum = quantum

    def stop(self) -> None:
        self._stop_at(self.now())

    def set_tempo(self, tempo: float) -> None:
        """Without effect: the leader sets the tempo."""

    def _tick(self, moment: float) -> None:
        changes: list[ClockChange] = []
        with self._lock:
            self._last_tick = moment
            self._filter.feed(moment)
            beat = self._filter.tick / TICKS + self._shift
            self._timeline = Timeline(60 / (self._filter.period * TICKS), beat, self._filter.time)
            self._find_leader()
            if self._awaited:
                joined = None if self._told else self._join(self._position, self._filter.time)
                changes.append(joined or self._run(self._filter.tick, self._filter.time))
            elif abs(self._timeline.time_at(beat + 1) - self._reported.time_at(beat + 1)) > _MIN_CHANGE:
                changes.append(ClockChange(Change.TEMPO, moment, self._timeline.beat_at(moment)))
            if self._filter.steady != self._was_locked:
                self._was_locked = self._filter.steady
                changes.append(ClockChange(Change.LOCK, moment, self._timeline.beat_at(moment)))
            if changes:
                self._reported = self._timeline
        self._emit_all(changes)

    def _leader_stops(self) -> None:
        """Where it stops, it may continue, also if this clock has been stopped before."""
        with self._lock:
            if self._leader is not None and not self._running:
                self._position = (self._filter.tick + 1) / TICKS + self._leader
            self._leader = None

    def _continue(self, moment: float) -> None:
        position, self._song_position = self._song_position, None
        if position is not None or not self._running:
            self._start_at_next_tick(self._position if position is None else position, moment, told=True)

    def _find_leader(self) -> None:
        """Where it is at the first tick: at the tempo that it had, as many whole ticks further as fit the time."""
        expected, self._expected = self._expected, None
        if expected is not None and self._leader is None and not self._told:
            seconds, beat = expected
            ticks = round((self._filter.time - seconds) / self._filter.period)
            self._leader = beat + (ticks - self._filter.tick) / TICKS

    def _join(self, beat: float, moment: float) -> ClockChange | None:
        """Start where the leader is next, after `moment`, as far into its bar as `beat` is; None if it is not known.

        The lock is held.
        """
        if self._leader is None:
            return None
        now = self._filter.tick + (moment - self._filter.time) / self._filter.period
        tick = now + TICKS * ((beat - self._leader - now / TICKS) % self._quantum)
        self._position, self._told = beat, False
        return self._run(tick, self._filter.time + (tick - self._filter.tick) * self._filter.period)

    def _start_at_next_tick(self, beat: float, moment: float, *, told: bool) -> None:
        """told: the leader has said that it starts there."""
        changes: list[ClockChange] = []
        with self._lock:
            self._position, self._told = beat, told
            self._awaited = True
            if told:
                self._leader = None  # until that tick
            self._filter.resume()
            if self.locked and moment - self._last_tick < 2 * self._filter.period:
                # The time of the next tick is known, so what is due at it can be sent at that time.
                changes.append(self._run(self._filter.tick + 1, self._filter.time + self._filter.period))
        self._emit_all(changes)

    def _run(self, tick: float, moment: float) -> ClockChange:
        """Start at that tick, or between two; the lock is held."""
        self._awaited = False
        self._running = True
        self._shift = self._position - tick / TICKS
        if self._told:
            self._leader = self._shift
        self._timeline = Timeline(self._timeline.tempo, self._position, moment)
        return ClockChange(Change.START, moment, self._position)

    def _stop_at(self, moment: float) -> None:
        with self._lock:
            self._awaited = False
            if not self._running:
                return
            self._running = False
            self._position = (self._filter.tick + 1) / TICKS + self._shift
            change = ClockChange(Change.STOP, moment, self._timeline.beat_at(moment))
        self._emit_all([change])

    def _emit_all(self, changes: list[ClockChange]) -> None:
        for change in changes:
            self._emit(change.change, change.time, change.beat)
