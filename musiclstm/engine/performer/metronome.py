"""Metronome: a click on each beat, accented on the first of the bar, and the bars that are counted in.

A click goes to the main output as a note of a drum kit does. It is nobody's note: no part plays it, no model hears it,
no take holds it, and the loop-back filter knows it as ours.
"""

from __future__ import annotations

from math import inf

from musiclstm.engine.clock.base import Clock
from musiclstm.engine.performer.meters import Meters
from musiclstm.engine.performer.steering import Steering
from musiclstm.engine.performer.telemetry import CLICK
from musiclstm.engine.scheduler.scheduler import Entry, Scheduler
from musiclstm.music import midi_message

HIGH, LOW = 76, 77
"""General MIDI's high and low wood block."""
_LENGTH = 0.1  # beats
_AHEAD = 2.0
"""Beats that clicks are queued ahead: more than pass between two calls at the highest tempo."""


class Metronome:
    """Owns the clicks in the scheduler's queue."""

    def __init__(self, clock: Clock, scheduler: Scheduler, steering: Steering) -> None:
        self._clock = clock
        self._scheduler = scheduler
        self._steering = steering
        self._last: float | None = None  # the beat of the last click that was queued
        self._counting = (inf, -inf)  # from and to which beats are counted in

    def start(self, beat: float) -> None:
        """The clock starts at a beat, which may be there already: its click is sent at once then."""
        self._last = beat - 1e-3

    def count_in(self, begin: float, end: float) -> None:
        """The clock starts at `begin`: clicks from there to before `end`, whether the metronome is on or not."""
        self._counting = (begin, end)
        self.start(begin)

    def stop(self) -> None:
        """Whoever calls has emptied the queue."""
        self._counting = (inf, -inf)
        self._last = None

    def again(self) -> None:
        """The beats are others now, or the queue was emptied: places the clicks anew."""
        self._cancel()
        self._last = None

    def recount(self) -> None:
        """Bars are counted otherwise from now on: places the clicks anew that are queued."""
        if self._last is not None and self._last > self._scheduler.commit_beat():
            self.again()

    def fill(self, meters: Meters, *, playing: bool) -> None:
        """Queues what is due soon."""
        if not playing or not self._clock.running:
            self._last = None
            return
        commit = self._scheduler.commit_beat()
        begin, end = self._counting
        if commit >= end:
            begin, end = self._counting = (inf, -inf)
        on = self._steering.on("metronome")
        if not on and begin == inf:
            if self._last is not None:
                self.again()
            return
        if self._last is None or self._last < commit - _AHEAD:
            self._last = commit
        while self._last < commit + _AHEAD:
            beat, accent = meters.count(self._last)
            if on or begin - 1e-6 <= beat < end - 1e-6:
                self._click(beat, accent=accent)
            self._last = beat

    def _click(self, beat: float, *, accent: bool) -> None:
        level = self._steering.number("metronome.level")
        channel = int(self._steering.number("metronome.channel")) - 1
        velocity = max(1, round(127 * level * (1.0 if accent else 0.7)))
        pitch = HIGH if accent else LOW
        on, off = midi_message.note_on(channel, pitch, velocity), midi_message.note_off(channel, pitch)
        self._scheduler.put_all((Entry(beat, on, id=CLICK), Entry(beat + _LENGTH, off, id=CLICK)))

    def _cancel(self) -> None:
        """Takes the clicks out of the queue; one that sounds ends in its time."""
        waiting = self._scheduler.cancel_from(-inf)
        self._scheduler.put_all(without_clicks(waiting))


def without_clicks(entries: list[Entry]) -> list[Entry]:
    """The entries but the clicks that have not begun."""
    coming = {entry.beat for entry in entries if entry.id == CLICK and midi_message.is_note_on(entry.message)}
    return [
        entry for entry in entries if entry.id != CLICK or not (entry.beat in coming or entry.beat - _LENGTH in coming)
    ]
