"""Context: what follows from the events so far, and which events may come next.

The model receives this as input instead of having to remember it. The masks made from the same values keep impossible
events (a note-off for a silent note) from taking any probability. Training, evaluation and the live session all step
through events with this one class.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_

import numpy as np

from musiclstm.model.arrays import BoolArray, FloatArray
from musiclstm.model.echo import Echo
from musiclstm.model.pitch_bits import to_mask, to_masks, to_pitches
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter, TimeBase
from musiclstm.music.vocabulary import Vocabulary

# A tick before anything else, for what has never happened.
NEVER = -(1 << 20)
# How far back, in beats, a context knows what sounded.
LAGS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
# Time constants, in beats or seconds, of the running means of the pitch classes.
SPANS = (1, 4, 16)
# How many pitches are kept of the last note-ons of each part, and what stands where there was none.
RECENT_PITCHES, NO_PITCH = 8, 255
# Of how many of the last note-ons the velocities are kept.
RECENT_NOTES = 16
# How many ticks with note-ons are kept.
ONSETS = 5
NO_PITCH_CLASSES = np.zeros((len(SPANS), 12), dtype=np.float32)
_SPANS = np.array(SPANS, dtype=np.float32)[:, None]
_AFTER_ALL_BITS = 1 << 128  # sorts after every set of pitches


@dataclass(frozen=True, slots=True)
class Context:
    """An immutable value: keeping one is a snapshot.

    tick: now, in ticks since the beginning.
    held: for each part a bit for each MIDI pitch that sounds (percussive parts hold nothing).
    last: (kind, part, pitch) of the last OFF or ON at this very tick, None if there was none.
    changed: for each MIDI pitch the tick of its last note-on or note-off in any part that is not percussive; if all
        parts are percussive, in any part.
    history: (tick, what sounds from then on, what started then) of every tick at which something changed, as far back
        as the longest of `LAGS`; bits of MIDI pitches, of the parts that `changed` is about. Empty for music in
        seconds, which has no beats.
    recent_pitches: RECENT_PITCHES bytes for each part, the pitches of its last note-ons, the last first; NO_PITCH where
        there was none.
    recent_notes: (pitch, velocity) of the last note-ons of the parts that are not percussive, the last first, at most
        RECENT_NOTES.
    velocities: for each MIDI pitch the velocity of its last note-on, 0 if there was none; then the same for each part.
    onsets: the last ticks with note-ons, the last first, NEVER where there was none.
    last_duration: ticks for which the note that ended last had sounded, 0 where there was none.
    pitch_classes: (spans, 12) float32, exponential running means, with the time constants `SPANS`, of how many notes of
        each pitch class sounded.
    echoes: the match model of all events; and, unless all parts are percussive, one that matches transposed music.
    melody_echoes: the transposing match model of the note-ons of each part (none if all parts are percussive).
    bar_origin, bar_ticks, meter: a tick at which a bar begins, the length of bars, and the meter's index.
    """

    vocabulary: Vocabulary
    tick: int = 0
    held: tuple[int, ...] = ()
    last: tuple[int, int, int] | None = None
    changed: tuple[int, ...] = (NEVER,) * 128
    history: tuple[tuple[int, int, int], ...] = ()
    velocities: bytes = bytes(128)
    recent_notes: tuple[tuple[int, int], ...] = ()
    recent_pitches: bytes = b""
    onsets: tuple[int, ...] = (NEVER,) * ONSETS
    last_duration: int = 0
    pitch_classes: FloatArray = field(default_factory=lambda: NO_PITCH_CLASSES, compare=False)
    echoes: tuple[Echo, ...] = field(default=(), compare=False)
    melody_echoes: tuple[Echo, ...] = field(default=(), compare=False)
    bar_origin: int = 0
    bar_ticks: int = 96
    meter: int = 0

    @staticmethod
    def start(vocabulary: Vocabulary, meter: Meter | None = None) -> Context:
        """Nothing sounds, tick 0, first tick of a bar (of `meter`, or else of the vocabulary's first)."""
        parts = len(vocabulary.parts)
        context = Context(
            vocabulary,
            held=(0,) * parts,
            velocities=bytes(128 + parts),
            recent_pitches=bytes([NO_PITCH]) * (RECENT_PITCHES * parts),
            echoes=(Echo(),),
        )
        if not vocabulary.percussive:
            transposing, *melodies = (Echo(intervals=True) for _ in range(1 + parts))
            context = replace(context, echoes=(*context.echoes, transposing), melody_echoes=tuple(melodies))
        numerator, denominator = (meter.numerator, meter.denominator) if meter else vocabulary.meters[0]
        return context.with_meter(
            0, vocabulary.bar_ticks(numerator, denominator), vocabulary.meter_index(numerator, denominator)
        )

    def with_meter(self, origin: int, bar_ticks: int, meter: int) -> Context:
        return replace(self, bar_origin=origin, bar_ticks=bar_ticks, meter=meter)

    def after(self, event: Event) -> Context:
        """The context once `event` has happened; any event, including one that the masks would not allow."""
        tick = self.tick + event.delta
        pitch_classes = self.pitch_classes_after(event.delta)
        if event.kind is Kind.WAIT:
            # Not part of an echo: matched rests, which grow with every further rest, would never end.
            last = self.last if event.delta == 0 else None
            return replace(self, tick=tick, last=last, pitch_classes=pitch_classes)
        symbol = int(event.kind) * len(self.held) + event.part
        logged = (symbol, event.pitch, tick, event.velocity)
        log = self.echoes[0].log.after(*logged)
        echoes, melodies = tuple(echo.after(log) for echo in self.echoes), self.melody_echoes
        if melodies and event.kind is Kind.ON:
            melody = melodies[event.part]
            melody = melody.after(melody.log.after(*logged))
            melodies = (*melodies[: event.part], melody, *melodies[event.part + 1 :])
        pitch = event.pitch
        held, changed, last_duration, onsets = self.held, self.changed, self.last_duration, self.onsets
        if event.kind is Kind.ON and tick != onsets[0]:
            onsets = (tick, *onsets[:-1])
        elif event.kind is Kind.OFF and held[event.part] >> pitch & 1:
            last_duration = tick - changed[pitch]
        if not self.vocabulary.parts[event.part].percussive:
            bit = 1 << pitch
            bits = held[event.part]
            bits = bits | bit if event.kind is Kind.ON else bits & ~bit
            held = (*held[: event.part], bits, *held[event.part + 1 :])
        # Beside other parts, the keys of a kit are no pitches.
        is_pitch = not self.vocabulary.parts[event.part].percussive or self.vocabulary.percussive
        if is_pitch:
            changed = (*changed[:pitch], tick, *changed[pitch + 1 :])
        last = (int(event.kind), event.part, pitch)
        started = 1 << pitch if event.kind is Kind.ON and is_pitch else 0
        history = self._extended_history(tick, reduce(or_, held), started)
        velocities, recent_notes, recent_pitches = self.velocities, self.recent_notes, self.recent_pitches
        if event.kind is Kind.ON:
            new = bytearray(velocities)
            new[pitch] = new[128 + event.part] = event.velocity
            velocities = bytes(new)
            if not self.vocabulary.parts[event.part].percussive:
                recent_notes = ((pitch, event.velocity), *recent_notes[: RECENT_NOTES - 1])
            first, end = RECENT_PITCHES * event.part, RECENT_PITCHES * (event.part + 1)
            recent_pitches = b"".join(
                (recent_pitches[:first], bytes((pitch,)), recent_pitches[first : end - 1], recent_pitches[end:])
            )
        return replace(
            self, tick=tick, held=held, last=last, changed=changed, history=history, velocities=velocities,
            recent_notes=recent_notes, recent_pitches=recent_pitches, pitch_classes=pitch_classes, echoes=echoes,
            melody_echoes=melodies, onsets=onsets, last_duration=last_duration,
        )  # fmt: skip

    def _extended_history(self, tick: int, sounds: int, started: int) -> tuple[tuple[int, int, int], ...]:
        v, history = self.vocabulary, self.history
        if v.base is TimeBase.SECONDS:
            return history
        if history and history[-1][0] == tick:
            return (*history[:-1], (tick, sounds, started | history[-1][2]))
        # Of the entries that are too old, only the last still tells what has sounded since.
        old = bisect(history, (tick - LAGS[-1] * v.resolution, _AFTER_ALL_BITS)) - 1
        return (*history[max(old, 0) :], (tick, sounds, started))

    # ---- derived values ------------------------------------------------------------------------------------------

    def position(self, delta: int = 0) -> int:
        """Ticks since the bar began, `delta` ticks from now."""
        return (self.tick + delta - self.bar_origin) % self.bar_ticks

    @property
    def sounding(self) -> list[tuple[int, int]]:
        """(part, pitch) of every note that sounds, ascending."""
        return [(part, pitch) for part, bits in enumerate(self.held) for pitch in to_pitches(bits)]

    def held_matrix(self) -> BoolArray:
        """Which notes sound; shape (parts, pitches of the vocabulary)."""
        return to_masks(self.held, self.vocabulary)

    def history_at(self, tick: int) -> tuple[int, int]:
        """The pitches that sounded at a tick, and those that started at it, as bits."""
        index = bisect(self.history, (tick, _AFTER_ALL_BITS)) - 1
        changed, sounds, started = self.history[index] if index >= 0 else (NEVER, 0, 0)
        return sounds, started if changed == tick else 0

    def pitch_classes_after(self, delta: int) -> FloatArray:
        """`pitch_classes`, `delta` ticks from now."""
        if not delta:
            return self.pitch_classes
        keep = np.exp(-delta / self.vocabulary.resolution / _SPANS)
        raw = np.frombuffer(b"".join(bits.to_bytes(17, "little") for bits in self.held), dtype=np.uint8)
        octaves = np.unpackbits(raw, bitorder="little").reshape(-1, 136)[:, :132].reshape(-1, 12)
        return np.asarray(keep * self.pitch_classes + (1 - keep) * np.add.reduce(octaves, 0), dtype=np.float32)

    # ---- what may come next --------------------------------------------------------------------------------------

    def pitch_bits(self, symbol: int, delta: int) -> int:
        """Pitches that may follow for a symbol, `delta` ticks from now, as a bit for each MIDI pitch.

        An OFF only for a sounding note, an ON only for a silent one, both within the vocabulary's range; at one
        tick OFFs come before ONs, then parts and pitches ascend.
        """
        kind, part = divmod(symbol, len(self.held))
        in_range = self.vocabulary.pitch_bits
        if self.vocabulary.parts[part].percussive:
            allowed = in_range if kind == Kind.ON else 0
        else:
            allowed = in_range & (~self.held[part] if kind == Kind.ON else self.held[part])
        if delta == 0 and self.last is not None:
            if (kind, part) < self.last[:2]:
                return 0
            if (kind, part) == self.last[:2]:
                allowed &= -2 << self.last[2]
        return allowed

    def pitch_mask(self, symbol: int, delta: int) -> BoolArray:
        """`pitch_bits` as booleans; shape (pitches,)."""
        return to_mask(self.pitch_bits(symbol, delta), self.vocabulary)

    def symbol_mask(self, delta: int) -> BoolArray:
        """Symbols for which at least one pitch may follow, `delta` ticks from now; shape (symbols,)."""
        return np.array([self.pitch_bits(s, delta) != 0 for s in range(self.vocabulary.symbols)])

    def now_is_possible(self) -> bool:
        """Whether anything more may happen at this very tick (delta 0)."""
        return self.last is None or bool(self.symbol_mask(0).any())
