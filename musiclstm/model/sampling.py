"""Sampling: what a person allows, and drawing one choice from a head's logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log

import numpy as np

from musiclstm.model.arrays import Array, Mask
from musiclstm.model.context import Context
from musiclstm.music.event import Kind
from musiclstm.music.vocabulary import Vocabulary

ALL_PITCHES = (1 << 128) - 1
OCTAVES = sum(1 << (12 * octave) for octave in range(11))


@dataclass(frozen=True, slots=True)
class Draw:
    """How a field is drawn. temperature: above 0; 1 is the model's own. top_p: of the likeliest, so much in all."""

    temperature: float = 1.0
    top_p: float = 1.0


@dataclass(frozen=True, slots=True)
class Constraints:
    """What a person allows. Ends of notes are always allowed in `parts`.

    time, pitch, velocity: how the fields are drawn; kind and part are drawn as the pitch is.
    low, high: pitches that may begin. pitch_classes: a bit for each that may begin, C first.
    polyphony, part_polyphony: so many notes sound at most, in all and in each part (None: no limit).
    part_ranges: (low, high) of each part. parts: those in which the model begins and ends notes (None: all).
    part_classes: pitch classes of each part, instead of `pitch_classes`. kept: for each part the pitches, as bits, that
    the model does not end because a person holds them.
    may_begin: False leaves only ends. density: above 0 more notes, below fewer.
    min_delta, max_delta: ticks after the last event (or wait) that the next one comes, at least and at most.
    """

    time: Draw = Draw()
    pitch: Draw = Draw()
    velocity: Draw = Draw()
    low: int = 0
    high: int = 127
    pitch_classes: int = 0xFFF
    polyphony: int | None = None
    part_polyphony: tuple[int | None, ...] | None = None
    part_ranges: tuple[tuple[int, int], ...] | None = None
    part_classes: tuple[int, ...] | None = None
    parts: frozenset[int] | None = None
    kept: tuple[int, ...] | None = None
    may_begin: bool = True
    density: float = 0.0
    min_delta: int = 0
    max_delta: int | None = None

    def pitch_bits(self, part: int, kind: Kind) -> int:
        """Pitches of a part that these settings let begin or end, as bits, whatever sounds."""
        if self.parts is not None and part not in self.parts:
            return 0
        if kind is Kind.OFF:
            return ALL_PITCHES if self.kept is None else ALL_PITCHES & ~self.kept[part]
        if not self.may_begin:
            return 0
        low, high = self.low, self.high
        if self.part_ranges is not None:
            low, high = max(low, self.part_ranges[part][0]), min(high, self.part_ranges[part][1])
        if low > high:
            return 0
        classes = self.pitch_classes if self.part_classes is None else self.part_classes[part]
        return ((2 << high) - (1 << low)) & (classes * OCTAVES) & ALL_PITCHES


FREE = Constraints()


@dataclass(slots=True)
class Allowed:
    """The pitches that each symbol may take, as bits: `now` at the context's own tick, `later` after it."""

    now: list[int] = field(default_factory=list)
    later: list[int] = field(default_factory=list)

    def at(self, delta: int) -> list[int]:
        return self.now if delta == 0 else self.later


def possible(context: Context) -> Allowed:
    """What may come next as far as the music itself goes."""
    later = [context.pitch_bits(symbol, 1) for symbol in range(context.vocabulary.symbols)]
    if context.last is None:
        return Allowed(later, later)
    return Allowed([context.pitch_bits(symbol, 0) for symbol in range(len(later))], later)


class Permission:
    """Constraints made ready for a vocabulary; worth keeping while the constraints stay the same."""

    def __init__(self, constraints: Constraints, vocabulary: Vocabulary) -> None:
        self.constraints = constraints
        self._parts = len(vocabulary.parts)
        self._bits = [constraints.pitch_bits(part, kind) for kind in (Kind.OFF, Kind.ON) for part in range(self._parts)]
        self._free = all(bits == ALL_PITCHES for bits in self._bits)
        self._limits = constraints.part_polyphony
        self.tilt: Array | None = None
        if constraints.density:
            # An eighth of a beat or second is where nearer ends and later begins.
            delta = np.arange(vocabulary.times, dtype=np.float32) * (8 / vocabulary.resolution)
            self.tilt = np.asarray(-constraints.density * np.log1p(delta), dtype=np.float32)

    def restrict(self, allowed: Allowed, context: Context) -> Allowed:
        """What of `allowed` these constraints leave; `allowed` itself where that is all of it."""
        full = self._full(context)
        if self._free and not any(full):
            return allowed
        bits = [
            0 if symbol >= self._parts and full[symbol - self._parts] else bits
            for symbol, bits in enumerate(self._bits)
        ]
        return Allowed(
            [a & b for a, b in zip(allowed.now, bits, strict=True)],
            [a & b for a, b in zip(allowed.later, bits, strict=True)],
        )

    def bits(self, symbol: int) -> int:
        """Pitches of a symbol that the constraints allow, whatever sounds."""
        return self._bits[symbol]

    def _full(self, context: Context) -> Sequence[bool]:
        """Parts in which no further note may begin, because so many sound already."""
        polyphony = self.constraints.polyphony
        if polyphony is None and self._limits is None:
            return (False,) * self._parts
        counts = [held.bit_count() for held in context.held]
        if polyphony is not None and sum(counts) >= polyphony:
            return (True,) * self._parts
        limits = self._limits or (None,) * self._parts
        return [limit is not None and count >= limit for count, limit in zip(counts, limits, strict=True)]


def draw(
    logits: Array, possible: Mask, allowed: Mask, how: Draw, uniform: float, *, tilt: Array | None = None
) -> tuple[int, float]:
    """One choice among `allowed`, and its surprise in nats among all that is `possible`, untempered.

    allowed: a part of possible, not empty. uniform: a random number, 0 <= uniform < 1.
    """
    z = np.where(possible, logits, -np.inf)
    z -= z.max()
    weights = np.exp(z)
    total = float(weights.sum())
    chances = weights
    if allowed is not possible or how.temperature != 1.0 or tilt is not None:
        tempered = np.where(allowed, logits if tilt is None else logits + tilt, -np.inf)
        tempered -= tempered.max()
        chances = np.exp(tempered / max(how.temperature, 1e-3))
    if how.top_p < 1.0:
        chances = nucleus(chances, how.top_p)
    heap = chances.cumsum(dtype=np.float64)
    index = int(heap.searchsorted(uniform * heap[-1], side="right"))
    return index, log(total) - float(z[index])


def nucleus(chances: Array, top_p: float) -> Array:
    """The likeliest choices that hold `top_p` of the whole together, the others zero (Holtzman et al. 2020)."""
    order = np.argsort(-chances, kind="stable")
    share = np.cumsum(chances[order])
    kept = order[: int(np.searchsorted(share, top_p * share[-1])) + 1]
    cut = np.zeros_like(chances)
    cut[kept] = chances[kept]
    return cut


def surprise(logits: Array, possible: Mask, index: int) -> float:
    """Nats of a choice. One that is not possible counts as if everything were: a person may play anything."""
    z = np.where(possible, logits, -np.inf) if possible[index] else logits
    peak = float(z.max())
    return log(float(np.exp(z - peak).sum())) + peak - float(z[index])


def symbol_mask(bits: Sequence[int]) -> Mask:
    return np.array([each != 0 for each in bits])


def chances(logits: Array, mask: Mask) -> Array:
    """Softmax over what the mask leaves; zeros where it leaves nothing."""
    z = np.where(mask, logits, -np.inf)
    peak = z.max()
    if peak == -np.inf:
        return np.zeros_like(logits)
    weights = np.exp(z - peak)
    return np.asarray(weights / weights.sum(), dtype=np.float32)
