"""Context: what follows from the events so far, and which events may come next.

The model gets these facts for free instead of having to remember them; the masks made from the same facts keep
impossible events (an end for a silent note) from taking probability. Training, evaluation and the live session all
walk the events through this one class.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_

import numpy as np
from numpy.typing import NDArray

from musiclstm.model.arrays import Mask
from musiclstm.model.echo import Chunk, Echo
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter, TimeBase
from musiclstm.music.vocabulary import Vocabulary

# A tick before anything: a pitch that never sounded last changed then.
NEVER = -(1 << 20)
ALL = 1 << 128  # more than any bits of pitches
# How far back, in beats, a context can say what sounded.
LAGS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
# Time constants, in beats or seconds, of what is remembered of the pitch classes that sounded.
SPANS = (1, 4, 16)
# How many of each part's last beginnings are remembered, and what stands where there was none.
RECENT, NO_PITCH = 8, 255
# Of how many of the last notes it is remembered how loud they were.
LOUDNESSES = 16
# How many moments at which notes began are remembered.
ONSETS = 5
# Ages are told apart in steps that grow, ten to a factor of a hundred.
AGES = 16
_SPANS = np.array(SPANS, dtype=np.float32)[:, None]
NO_CLASSES = np.zeros((len(SPANS), 12), dtype=np.float32)
_AGE_OF = np.minimum(1.5 * np.log2(1 + np.arange(2048)), AGES - 1).astype(np.uint8)


def age_bins(ticks: NDArray[np.integer]) -> NDArray[np.uint8]:
    """0 for no time at all, then 1.. to AGES - 1, which is also "never"."""
    return _AGE_OF.take(ticks, mode="clip")


def near(vocabulary: Vocabulary) -> int:
    """Ticks by which strokes of one place of the bar differ, for people keep time only so well."""
    return vocabulary.resolution // 12


@dataclass(frozen=True, slots=True)
class Context:
    """An immutable value: keeping one is a snapshot.

    tick: now, in ticks since the beginning.
    held: for each part a bit for each MIDI pitch that sounds (percussive parts hold nothing).
    last: (kind, part, pitch) of the last OFF or ON of this very tick, None if there was none.
    changed: for each MIDI pitch the tick at which a note of it last began or ended, in any part but percussive ones; in
    a kit, those.
    history: (tick, what sounds from then on, what began then) of every tick at which something changed, as far back as
    the longest of `LAGS`; bits of MIDI pitches, of all parts. Music in seconds has no beats to look back by, and none.
    classes: (spans, 12) float32, how much each pitch class sounded of late, as means that forget within `SPANS`.
    echoes: what came the last time the music went as it goes now; and, if not all parts are percussive, what came the
    last time it went so at any height. tunes: the same of each part by itself, and of beginnings alone.
    touch: for each MIDI pitch the velocity of the last note of it, 0 if there was none; then the same for each part.
    loudness: (pitch, velocity) of the last notes that began, the last first, LOUDNESSES at most, of all parts but
    percussive ones.
    recent: for each part the pitches that began last in it, the last first, NO_PITCH where there was none.
    onsets: the last ticks at which notes began, the last first, NEVER where there was none. lasted: ticks for which the
    note that ended last had sounded, 0 where there was none.
    bar_origin, bar_ticks, meter: where a bar begins (tick), how long bars are, and the meter's index.
    """

    vocabulary: Vocabulary
    tick: int = 0
    held: tuple[int, ...] = ()
    last: tuple[int, int, int] | None = None
    changed: tuple[int, ...] = (NEVER,) * 128
    history: tuple[tuple[int, int, int], ...] = ()
    touch: bytes = bytes(128)
    loudness: tuple[tuple[int, int], ...] = ()
    recent: bytes = b""
    onsets: tuple[int, ...] = (NEVER,) * ONSETS
    lasted: int = 0
    classes: NDArray[np.float32] = field(default_factory=lambda: NO_CLASSES, compare=False)
    echoes: tuple[Echo, ...] = field(default=(), compare=False)
    tunes: tuple[Echo, ...] = field(default=(), compare=False)
    bar_origin: int = 0
    bar_ticks: int = 96
    meter: int = 0

    @staticmethod
    def start(vocabulary: Vocabulary, meter: Meter | None = None) -> Context:
        """Nothing sounds, tick 0, first tick of a bar (of `meter`, or else the vocabulary's first)."""
        parts = len(vocabulary.parts)
        context = Context(
            vocabulary, held=(0,) * parts, touch=bytes(128 + parts), recent=bytes([NO_PITCH]) * (RECENT * parts),
            echoes=(Echo(),),
        )  # fmt: skip
        if not vocabulary.percussive:
            sequence, *tunes = (Echo(intervals=True) for _ in range(1 + parts))
            context = replace(context, echoes=(*context.echoes, sequence), tunes=tuple(tunes))
        numerator, denominator = (meter.numerator, meter.denominator) if meter else vocabulary.meters[0]
        return context.with_meter(
            0, vocabulary.bar_ticks(numerator, denominator), vocabulary.meter_index(numerator, denominator)
        )

    def with_meter(self, origin: int, bar_ticks: int, meter: int) -> Context:
        return replace(self, bar_origin=origin, bar_ticks=bar_ticks, meter=meter)

    def after(self, event: Event) -> Context:
        """The context once `event` has happened. Any event may be fed, also one that no mask would allow."""
        tick = self.tick + event.delta
        classes = self.classes_after(event.delta)
        if event.kind is Kind.WAIT:
            # No part of an echo: rests that say again how long they have been would never end.
            return replace(self, tick=tick, last=self.last if event.delta == 0 else None, classes=classes)
        symbol = int(event.kind) * len(self.held) + event.part
        what = (symbol, event.pitch, tick, event.velocity)
        line = self.echoes[0].line.after(*what)
        echoes, tunes = tuple(echo.after(line) for echo in self.echoes), self.tunes
        if tunes and event.kind is Kind.ON:
            tune = tunes[event.part]
            tunes = (*tunes[: event.part], tune.after(tune.line.after(*what)), *tunes[event.part + 1 :])
        pitch = event.pitch
        held, changed, lasted, onsets = self.held, self.changed, self.lasted, self.onsets
        if event.kind is Kind.ON and tick != onsets[0]:
            onsets = (tick, *onsets[:-1])
        elif event.kind is Kind.OFF and held[event.part] >> pitch & 1:
            lasted = tick - changed[pitch]
        if not self.vocabulary.parts[event.part].percussive:
            bit = 1 << pitch
            mask = held[event.part]
            mask = mask | bit if event.kind is Kind.ON else mask & ~bit
            held = (*held[: event.part], mask, *held[event.part + 1 :])
        if not self.vocabulary.parts[event.part].percussive or self.vocabulary.percussive:
            changed = (*changed[:pitch], tick, *changed[pitch + 1 :])
        last = (int(event.kind), event.part, pitch)
        history = self._longer_history(tick, reduce(or_, held), 1 << pitch if event.kind is Kind.ON else 0)
        touch, loudness, recent = self.touch, self.loudness, self.recent
        if event.kind is Kind.ON:
            new = bytearray(touch)
            new[pitch] = new[128 + event.part] = event.velocity
            touch = bytes(new)
            if not self.vocabulary.parts[event.part].percussive:
                loudness = ((pitch, event.velocity), *loudness[: LOUDNESSES - 1])
            first, end = RECENT * event.part, RECENT * (event.part + 1)
            recent = b"".join((recent[:first], bytes((pitch,)), recent[first : end - 1], recent[end:]))
        return replace(
            self, tick=tick, held=held, last=last, changed=changed, history=history, touch=touch, loudness=loudness,
            recent=recent, classes=classes, echoes=echoes, tunes=tunes, onsets=onsets, lasted=lasted,
        )  # fmt: skip

    def _longer_history(self, tick: int, sounds: int, began: int) -> tuple[tuple[int, int, int], ...]:
        v, history = self.vocabulary, self.history
        if v.base is TimeBase.SECONDS:
            return history
        if history and history[-1][0] == tick:
            return (*history[:-1], (tick, sounds, began | history[-1][2]))
        # Of what is too old, only the last still says what sounded since.
        old = bisect(history, (tick - LAGS[-1] * v.resolution, ALL)) - 1
        return (*history[max(old, 0) :], (tick, sounds, began))

    # ---- derived features ----------------------------------------------------------------------------------------

    def position(self, delta: int = 0) -> int:
        """Ticks since the bar began, `delta` ticks from now."""
        return (self.tick + delta - self.bar_origin) % self.bar_ticks

    @property
    def sounding(self) -> list[tuple[int, int]]:
        """(part, pitch) of every note that sounds, ascending."""
        return [(part, pitch) for part, mask in enumerate(self.held) for pitch in bits(mask)]

    def held_matrix(self) -> Mask:
        """Shape (parts, pitches of the vocabulary): which notes sound."""
        return to_masks(self.held, self.vocabulary)

    def ages(self, delta: int = 0) -> NDArray[np.uint8]:
        """How long ago each pitch of the vocabulary began or ended, `delta` ticks from now, in bins; (pitches,)."""
        changed = np.array(self.changed[self.vocabulary.low : self.vocabulary.high + 1])
        return age_bins(self.tick + delta - changed)

    def classes_after(self, delta: int) -> NDArray[np.float32]:
        """`classes`, `delta` ticks from now."""
        if not delta:
            return self.classes
        keep = np.exp(-delta / self.vocabulary.resolution / _SPANS)
        raw = np.frombuffer(b"".join(mask.to_bytes(17, "little") for mask in self.held), dtype=np.uint8)
        octaves = np.unpackbits(raw, bitorder="little").reshape(-1, 136)[:, :132].reshape(-1, 12)
        return np.asarray(keep * self.classes + (1 - keep) * np.add.reduce(octaves, 0), dtype=np.float32)

    def past(self, delta: int = 0) -> Mask:
        """What sounded, and what began, each of `LAGS` before the tick `delta` ticks from now; (2 · lags, pitches).

        Of a kit what was struck, and struck loudly.
        """
        found = []
        if self.vocabulary.percussive:
            v = self.vocabulary
            for struck in self.struck(delta):
                loudly = (pitch for pitch, velocity in struck.items() if v.velocity_bin(velocity) >= v.loud)
                found += [as_bits(struck), as_bits(loudly)]
            return to_masks(found, v)
        for lag in LAGS:
            then = self.tick + delta - lag * self.vocabulary.resolution
            at = bisect(self.history, (then, ALL)) - 1
            tick, sounds, began = self.history[at] if at >= 0 else (NEVER, 0, 0)
            found += [sounds, began if tick == then else 0]
        return to_masks(found, self.vocabulary)

    # ---- kits ----------------------------------------------------------------------------------------------------

    def struck(self, delta: int = 0) -> list[dict[int, int]]:
        """For each of `LAGS`: what was struck that long before the tick `delta` ticks from now, and how loudly."""
        line, reach = self.echoes[0].line, near(self.vocabulary)
        times = (self.tick + delta - lag * self.vocabulary.resolution for lag in LAGS)
        return [{p: velocity for _, p, velocity in line.between(then - reach, then + reach)} for then in times]

    def was_struck(self, pitch: int, tick: int) -> bool:
        """Whether a pitch was struck at about that tick."""
        reach = near(self.vocabulary)
        return any(p == pitch for _, p, _ in self.echoes[0].line.between(tick - reach, tick + reach))

    def due(self, delta: int = 0) -> list[int | None]:
        """For each of `LAGS`: the tick at which what was struck so long ago, and not since, comes again, or None."""
        lags = [lag * self.vocabulary.resolution for lag in LAGS]
        strokes = self.to_come(lags, delta)
        return [
            None if stroke is None else stroke[0].tick[stroke[1]] + lag
            for lag, stroke in zip(lags, strokes, strict=True)
        ]

    def to_come(self, lags: Iterable[int], delta: int = 0) -> list[tuple[Chunk, int] | None]:
        """For each lag in ticks where the first stroke is that has not come again, as `Line.at` has it, or None.

        Of those from a lag before the tick `delta` ticks from now.
        """
        line, reach, now = self.echoes[0].line, near(self.vocabulary), self.tick + delta
        lately = list(line.between(now - 2 * reach, now))

        def is_to_come(chunk: Chunk, index: int, lag: int) -> bool:
            pitch, again = chunk.pitch[index], chunk.tick[index] + lag
            return not any(p == pitch and abs(tick - again) <= reach for tick, p, _ in lately)

        return [
            next((stroke for stroke in line.following(now - lag - reach) if is_to_come(*stroke, lag)), None)
            for lag in lags
        ]

    # ---- what may come next --------------------------------------------------------------------------------------

    def pitch_bits(self, symbol: int, delta: int) -> int:
        """Pitches that may follow for a symbol, `delta` ticks from now, as a bit for each MIDI pitch.

        An OFF only for a sounding note, an ON only for a silent one, both within the vocabulary's range; at one
        tick OFFs come before ONs, then parts and pitches ascend.
        """
        kind, part = divmod(symbol, len(self.held))
        everything = self.vocabulary.pitch_bits
        if self.vocabulary.parts[part].percussive:
            allowed = everything if kind == Kind.ON else 0
        else:
            allowed = everything & (~self.held[part] if kind == Kind.ON else self.held[part])
        if delta == 0 and self.last is not None:
            if (kind, part) < self.last[:2]:
                return 0
            if (kind, part) == self.last[:2]:
                allowed &= -2 << self.last[2]
        return allowed

    def pitch_mask(self, symbol: int, delta: int) -> Mask:
        """The same as booleans; shape (pitches,)."""
        return to_mask(self.pitch_bits(symbol, delta), self.vocabulary)

    def symbol_mask(self, delta: int) -> Mask:
        """Symbols for which at least one pitch may follow, `delta` ticks from now; shape (symbols,)."""
        return np.array([self.pitch_bits(s, delta) != 0 for s in range(self.vocabulary.symbols)])

    def now_is_possible(self) -> bool:
        """Whether anything more may happen at this very tick (delta 0)."""
        return self.last is None or bool(self.symbol_mask(0).any())


def to_mask(pitch_bits: int, vocabulary: Vocabulary) -> Mask:
    """Bits of MIDI pitches as booleans over the vocabulary's pitches; shape (pitches,)."""
    raw = np.frombuffer(pitch_bits.to_bytes(16, "little"), dtype=np.uint8)
    full = np.unpackbits(raw, bitorder="little")
    return full[vocabulary.low : vocabulary.high + 1].view(np.bool_)


def to_masks(masks: Sequence[int], vocabulary: Vocabulary) -> Mask:
    """The same for several; shape (masks, pitches)."""
    raw = np.frombuffer(b"".join(mask.to_bytes(16, "little") for mask in masks), dtype=np.uint8)
    full = np.unpackbits(raw, bitorder="little").reshape(len(masks), 128)
    return full[:, vocabulary.low : vocabulary.high + 1].view(np.bool_)


def as_bits(pitches: Iterable[int]) -> int:
    """MIDI pitches as bits."""
    return reduce(or_, (1 << pitch for pitch in pitches), 0)


def bits(mask: int) -> list[int]:
    """Positions of the set bits, ascending."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found
