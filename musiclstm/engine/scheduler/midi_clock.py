"""Sends MIDI clock: 24 ticks per quarter note, start, stop, continue and song position."""

from __future__ import annotations

import math
from collections.abc import Sequence

from musiclstm.engine.clock.base import CORRECTION, Change, Clock, ClockChange
from musiclstm.engine.clock.midi import CONTINUE, POSITION, START, STOP, TICK, TICKS
from musiclstm.engine.scheduler.scheduler import Scheduler


class MidiClockSender:
    """Sends MIDI clock on some outputs of a scheduler while `clock`, the scheduler's own, is running.

    Start (or song position and continue, from the next sixteenth on) and stop go with the clock's starts and stops, and
    where it jumps, as Link does when others move it, song position and continue follow.
    """

    def __init__(self, scheduler: Scheduler, clock: Clock, ports: Sequence[int]) -> None:
        self._scheduler = scheduler
        self._clock = clock
        self._ports = tuple(ports)
        self._open = True
        self._sending = False
        self._first = -math.inf  # the beat of the first tick
        self._timeline = clock.timeline  # as of the last change
        clock.subscribe(self._changed)
        if clock.running:
            self._send_start()

    def close(self) -> None:
        """Send stop if the clock runs, and nothing from then on."""
        self._send_stop()
        self._open = False

    def send_again(self) -> None:
        """Whoever listens now has missed the start: their output is another one, or has been found again."""
        if self._sending:
            self._send_start(self._first)

    def _changed(self, change: ClockChange) -> None:
        if not self._open:
            return
        before, self._timeline = self._timeline, self._clock.timeline
        if change.change is Change.START:
            # What follows us waits for the music while it is counted in: it starts with the first tick.
            self._send_start(change.beat if change.music is None else change.music)
        elif change.change is Change.STOP:
            self._send_stop()
        elif self._sending and abs(change.ahead_of(before)) > CORRECTION:
            self._send_start(change.beat)

    def _send_start(self, beat: float = -math.inf) -> None:
        """From the first sixteenth on, not before `beat`, of which every tick can be on time."""
        self._send_stop()
        self._sending = True
        earliest = self._clock.timeline.beat_at(self._clock.now() + self._scheduler.lead())
        sixteenth = max(0, math.ceil(max(beat, earliest) * 4 - 1e-6))
        self._first = sixteenth / 4
        for port in self._ports:
            if sixteenth == 0:
                self._scheduler.send_now(bytes((START,)), port=port)
            else:
                position = sixteenth % 0x4000
                self._scheduler.send_now(bytes((POSITION, position & 0x7F, position >> 7)), port=port)
                self._scheduler.send_now(bytes((CONTINUE,)), port=port)
            self._scheduler.put_repeating(self._first, 1 / TICKS, bytes((TICK,)), port=port)

    def _send_stop(self) -> None:
        if not self._sending:
            return
        self._sending = False
        for port in self._ports:
            self._scheduler.cancel_repeating(port)
            self._scheduler.send_now(bytes((STOP,)), port=port)
