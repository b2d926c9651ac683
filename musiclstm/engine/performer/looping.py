"""Looping: bars of the past, played again and again, until somebody leaves the loop.

The notes are those that were heard then, the person's too: they are read from the past, not sampled, so no control,
mode or key changes them, and the person plays over them. At each seam the LSTM remembers what it did at the loop's
start; so when the loop is left, the music goes on from there, however often it went round. Loops are whole bars: the
bar lines stay where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import ceil, inf

from musiclstm.engine.performer.beat_map import NEAR, BeatMap, last_line
from musiclstm.engine.performer.event_player import EventPlayer
from musiclstm.engine.performer.history import History
from musiclstm.engine.performer.swing import swung
from musiclstm.engine.performer.time_machine import Moment, TimeMachine
from musiclstm.engine.performer.trail import Trail
from musiclstm.errors import UsageError
from musiclstm.model.snapshot import Snapshot
from musiclstm.music.event import Event, Kind
from musiclstm.protocol.telemetry import LoopChanged, Telemetry

_BEGUN = 0.25
"""Beats by which the past may begin after a bar line, as it does when play was pressed just there."""


@dataclass(frozen=True, slots=True)
class LoopEvent:
    """beat: straight, after the loop's start. heard: as in `Voice`."""

    beat: float
    kind: Kind
    pitch: int
    velocity: int
    part: int
    heard: bool = True


@dataclass(frozen=True, slots=True)
class Loop:
    """Whole bars of the past, from beat `start` to before `end`, as the clock counted when it was made.

    bar: beats in one. held: what is held at its start. snapshot: the session then.
    """

    start: float
    end: float
    bar: float
    events: tuple[LoopEvent, ...]
    held: tuple[LoopEvent, ...]
    snapshot: Snapshot

    @property
    def length(self) -> float:
        return self.end - self.start


class Looping:
    """loop: what goes round, None if nothing does. Written by Travel; left by whatever else moves the session."""

    def __init__(self, emit: Callable[[Telemetry], None]) -> None:
        self.loop: Loop | None = None
        self._emit = emit
        self._begin = 0.0  # the clock's beat at which the first pass began
        self._passed = 0  # seams that have been heard
        self._left: tuple[float, float] | None = None
        self._trail = Trail((0, 0))  # the pass, and the event in it; -1 is the seam

    def enter(self, loop: Loop, begin: float, beat: float) -> None:
        """Goes round from the clock's `beat` on, in a pass that began at `begin`. The session is there already."""
        first = next((i for i, event in enumerate(loop.events) if event.beat >= beat - begin - NEAR), len(loop.events))
        self.loop, self._begin, self._passed = loop, begin, 0
        self._trail.begin((0, first))
        self._emit(LoopChanged(loop.start, loop.end))

    def leave(self, edge: float | None = None) -> None:
        """The music goes on from where it is; None: elsewhere. The plan is rolled back, or dropped."""
        if self.loop is not None:
            if edge is not None:
                # On a seam, which may have been told by now, the bars have begun again.
                self._left = edge, self.loop.start + (edge - self._begin + NEAR) % self.loop.length - NEAR
            self.loop = None
            self._emit(LoopChanged())

    def left(self) -> tuple[float, float] | None:
        """(beat, past beat that was played there) where the loop was left, if that has not been told yet."""
        left, self._left = self._left, None
        return left

    def seams(self, edge: float) -> Iterator[tuple[float, float]]:
        """(beat, length) of each seam up to `edge` that has not been told yet: there the loop's bars begin again."""
        while self.loop is not None and (beat := self._begin + (self._passed + 1) * self.loop.length) <= edge + NEAR:
            self._passed += 1
            yield beat, self.loop.length

    # ---- forwards and backwards ----------------------------------------------------------------------------------

    def due(self, swing: float) -> float:
        """The beat of the next event; inf without a loop."""
        if self.loop is None:
            return inf
        number, index = self._trail.next
        if index == len(self.loop.events):
            number, index = self._trail.next = (number + 1, -1)
        straight = self._begin + number * self.loop.length + (0.0 if index < 0 else self.loop.events[index].beat)
        return swung(straight, swing)

    def play(self, events: EventPlayer, begin: float, until: float) -> bool:
        """Plans the next event if it is due before `until`. What should have started before `begin` is left out."""
        loop, beat_map = self.loop, events.beat_map
        if loop is None or (due := self.due(beat_map.swing)) >= until:
            return False
        number, index = self._trail.next
        self._trail.passes(events.history, (number, index + 1))
        tick = max(events.session.tick, round(beat_map.tick_at(due)))
        if due < begin:
            tick = max(tick, beat_map.first_tick(begin))
        if index < 0:
            self._seam(events, loop, tick)
        elif due >= begin - NEAR or loop.events[index].kind is Kind.OFF:
            _give(events, loop.events[index], tick)
        return True

    def _seam(self, events: EventPlayer, loop: Loop, tick: int) -> None:
        """Begins again: what is held is what was held, and the LSTM is what it was."""
        session = events.session
        wanted = {(note.part, note.pitch): note for note in loop.held}
        for key, voice in sorted(events.voices.by_key.items()):
            if not voice.person and key not in wanted:
                events.end_note(key, max(tick, session.tick))
        then = loop.snapshot
        session.restore(replace(session.snapshot(), state=then.state, rng=then.rng))
        for note in loop.held:
            _give(events, note, max(tick, session.tick))

    def rewind(self, history: History) -> None:
        """Steps were rolled back."""
        self._trail.rewind(history)


def _give(events: EventPlayer, note: LoopEvent, tick: int) -> None:
    events.give(note.kind, note.pitch, note.velocity, note.part, tick, heard=note.heard)


# ---- making one ----------------------------------------------------------------------------------------------------


def bounds(past: TimeMachine, beat_map: BeatMap, start: float, end: float, edge: float) -> tuple[float, float, float]:
    """(start, end, bar) of the whole bars of the past around `start` to `end`. Raises UsageError if there are none."""
    moment, oldest = past.at(start), past.oldest
    if moment is None or oldest is None:
        raise UsageError("There is nothing to loop yet.")
    bar, line = beat_map.bar, beat_map.line
    if beat_map.metrical:
        bar, line = moment.snapshot.context.bar_ticks / beat_map.ticks_per_beat, past.offset_of(moment)
    first = max(last_line(line, bar, start), line + ceil((oldest - _BEGUN - line) / bar) * bar)
    last = min(line + ceil((end - line) / bar - NEAR) * bar, last_line(line, bar, edge))
    if last <= first + NEAR:
        raise UsageError("A loop is made of whole bars, and there is none yet.")
    return first, last, bar


def recorded(past: TimeMachine, beat_map: BeatMap, start: float, end: float) -> tuple[LoopEvent, ...]:
    """What was heard between two beats of the past, as events."""
    found: list[LoopEvent] = []
    held: set[tuple[int, int]] = set()

    def happened(beat: float, kind: Kind, pitch: int, velocity: int, part: int, *, heard: bool = True) -> None:
        (held.add if kind is Kind.ON else held.discard)((part, pitch))
        if -NEAR <= beat - start < end - start - NEAR:
            found.append(LoopEvent(max(0.0, beat - start), kind, pitch, velocity, part, heard))

    for moment in past.between(start, end):
        beat, now = past.beat_of(moment), {voice.key: voice for voice in moment.voices()}
        # After a jump the memory holds other notes than the one before it.
        for part, pitch in sorted(held - now.keys()):
            happened(beat, Kind.OFF, pitch, 0, part)
        for part, pitch in sorted(now.keys() - held):
            voice = now[part, pitch]
            happened(beat, Kind.ON, pitch, voice.velocity, part, heard=voice.heard)
        for logged in moment.log():
            event = logged.event
            if event.kind is not Kind.WAIT and not _is_drum_end(moment, event):
                beat = _straight(past, beat_map, moment, logged.tick)
                happened(beat, event.kind, event.pitch, event.velocity, event.part, heard=logged.heard)
    return tuple(found)


def _is_drum_end(moment: Moment, event: Event) -> bool:
    return event.kind is Kind.OFF and moment.snapshot.context.vocabulary.parts[event.part].percussive


def _straight(past: TimeMachine, beat_map: BeatMap, moment: Moment, tick: int) -> float:
    """The straight beat of a tick of the past."""
    origin = moment.snapshot.context.bar_origin if beat_map.metrical else 0
    return (tick - origin) / beat_map.ticks_per_beat + past.offset_of(moment)
