"""Sends MIDI clock: 24 ticks per quarter note, start, stop, continue and song position."""

from __future__ import annotations

import math
from collections.abc import Sequence

from musiclstm.engine.clock.base import Change, Clock, ClockChange
from musiclstm.engine.clock.midi import CONTINUE, POSITION, START, STOP, TICK, TICKS
from musiclstm.engine.scheduler.scheduler import Scheduler


class MidiClockSender:
    """Sends MIDI clock on some outputs of a scheduler while `clock`, the scheduler's own, is running.

    Start (or song position and continue, from the next sixteenth on) and stop go with the clock's starts and stops.
    """

    def __init__(self, scheduler: Scheduler, clock: Clock, ports: Sequence[int]) -> None:
        self._scheduler = scheduler
        self._ports = tuple(ports)
        self._open = True
        self._sending = False
        clock.subscribe(self._changed)
        if clock.running:
            now = clock.now()
            self._send_start(clock.timeline.beat_at(now))

    def close(self) -> None:
        """Send stop if the clock runs, and nothing from then on."""
        self._send_stop()
        self._open = False

    def _changed(self, change: ClockChange) -> None:
        if not self._open:
            return
        if change.change is Change.START:
            # What follows us waits for the music while it is counted in: it starts with the first tick.
            self._send_start(change.beat if change.music is None else change.music)
        elif change.change is Change.STOP:
            self._send_stop()

    def _send_start(self, beat: float) -> None:
        self._send_stop()
        self._sending = True
        sixteenth = max(0, math.ceil(beat * 4 - 1e-6))
        for port in self._ports:
            if sixteenth == 0:
                self._scheduler.send_now(bytes((START,)), port=port)
            else:
                position = sixteenth % 0x4000
                self._scheduler.send_now(bytes((POSITION, position & 0x7F, position >> 7)), port=port)
                self._scheduler.send_now(bytes((CONTINUE,)), port=port)
            self._scheduler.put_repeating(sixteenth / 4, 1 / TICKS, bytes((TICK,)), port=port)

    def _send_stop(self) -> None:
        if not self._sending:
            return
        self._sending = False
        for port in self._ports:
            self._scheduler.cancel_repeating(port)
            self._scheduler.send_now(bytes((STOP,)), port=port)
