"""Constraints: what a person allows the model to play, as masks over what the music itself allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musiclstm.model.arrays import ByteArray, FloatArray
from musiclstm.model.chord_bias import Follows
from musiclstm.model.context import Context
from musiclstm.model.dimensions import Dimensions
from musiclstm.model.features.echoes import ExpectedEvent
from musiclstm.model.hearing import DEFAULT_HEARING, Hearing
from musiclstm.model.pitch_bias import Ear, Guide
from musiclstm.model.pitch_bits import ALL_PITCHES, from_pitch_classes
from musiclstm.model.pitch_sets import PitchSets, sets_of
from musiclstm.model.quoting import Quoting
from musiclstm.model.sampling import DEFAULT_SAMPLING, FieldSampling
from musiclstm.music.event import Kind
from musiclstm.music.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Constraints:
    """What a person allows. Note-offs are always allowed in `parts`.

    time, pitch, velocity: how the fields are sampled; kind and part are sampled as the pitch is.
    low, high: pitches that may start. pitch_classes: a bit for each that may start, C first.
    polyphony, part_polyphony: how many notes may sound at once, in all and in each part (None: no limit).
    part_ranges: (low, high) of each part. parts: those in which the model starts and ends notes (None: all).
    part_classes: pitch classes of each part, instead of `pitch_classes`. kept: for each part the pitches, as bits, that
    the model must not end because a person holds them.
    continuity, given: how much it repeats itself, and takes up what it was given; see `Quoting`.
    may_start: False allows only note-offs. density: above 0 more notes, below 0 fewer.
    hearing: how much a band's players hear of each other. players: constraints for each player of a band, of which
    the fields in `BY_PLAYER` hold for it instead of these; None: these hold for all.
    min_delta, max_delta: fewest and most ticks from the last event (or wait) to the next one.
    guide: shifts the odds of the pitches that start, and ends what clashes with it; None: as the model has them.
    follows: whose chords a band's other players follow; None: nobody's.
    ear: shifts the odds of times and velocities.
    """

    time: FieldSampling = DEFAULT_SAMPLING
    pitch: FieldSampling = DEFAULT_SAMPLING
    velocity: FieldSampling = DEFAULT_SAMPLING
    low: int = 0
    high: int = 127
    pitch_classes: int = 0xFFF
    polyphony: int | None = None
    part_polyphony: tuple[int | None, ...] | None = None
    part_ranges: tuple[tuple[int, int], ...] | None = None
    part_classes: tuple[int, ...] | None = None
    parts: frozenset[int] | None = None
    kept: tuple[int, ...] | None = None
    may_start: bool = True
    density: float = 0.0
    hearing: Hearing = DEFAULT_HEARING
    players: tuple[Constraints, ...] | None = None
    continuity: float = 0.0
    given: float = 0.0
    min_delta: int = 0
    max_delta: int | None = None
    guide: Guide | None = None
    follows: Follows | None = None
    ear: Ear | None = None

    def pitch_bits(self, part: int, kind: Kind) -> int:
        """Pitches of a part that may start or end, as bits, whatever sounds."""
        if self.parts is not None and part not in self.parts:
            return 0
        if kind is Kind.OFF:
            return ALL_PITCHES if self.kept is None else ALL_PITCHES & ~self.kept[part]
        if not self.may_start:
            return 0
        low, high = self.low, self.high
        if self.part_ranges is not None:
            low, high = max(low, self.part_ranges[part][0]), min(high, self.part_ranges[part][1])
        if low > high:
            return 0
        classes = self.pitch_classes if self.part_classes is None else self.part_classes[part]
        return ((2 << high) - (1 << low)) & from_pitch_classes(classes)


FREE = Constraints()
BY_PLAYER = ("time", "pitch", "velocity", "polyphony", "density", "hearing", "guide", "follows", "continuity", "given")
"""What may differ between the players of a band; ranges and pitch classes differ by part anyhow."""


class ConstraintMasks:
    """Constraints prepared for a vocabulary; worth keeping while the constraints stay the same.

    time_bias: what is added to the logits of the time; None for nothing. quoting: the leanings; None for none.
    """

    def __init__(self, constraints: Constraints, vocabulary: Vocabulary) -> None:
        self.constraints = constraints
        self._parts = len(vocabulary.parts)
        self._max_delta = vocabulary.max_delta
        self._bits = [constraints.pitch_bits(part, kind) for kind in (Kind.OFF, Kind.ON) for part in range(self._parts)]
        self._sets = sets_of(Dimensions(vocabulary), self._bits)
        self._all_pitches = all(bits == ALL_PITCHES for bits in self._bits)
        self._limits = constraints.part_polyphony
        leans = constraints.continuity != 0 or constraints.given != 0
        self.quoting = Quoting(vocabulary, constraints.continuity, constraints.given) if leans else None
        self.time_bias: FloatArray | None = None
        if constraints.density:
            # In eighths of a beat or second, on a logarithmic scale: short times gain what long ones lose.
            delta = np.arange(vocabulary.times, dtype=np.float32) * (8 / vocabulary.resolution)
            self.time_bias = np.asarray(-constraints.density * np.log1p(delta), dtype=np.float32)

    def restrict(self, possible: PitchSets, context: Context) -> PitchSets:
        """What these constraints leave of `possible`; `possible` itself where that is all of it."""
        full = self._full(context)
        if self._all_pitches and not full:
            return possible
        return possible.common(self._sets, full)

    def restrict_times(self, possible: ByteArray, allowed: PitchSets, pending: int) -> ByteArray:
        """The possible times at which something allowed can happen; `possible` itself where that is all of them.

        possible: a mask of bytes. pending: ticks that have passed since the context's tick.
        """
        constraints = self.constraints
        earliest = pending + constraints.min_delta
        latest = pending + constraints.max_delta if constraints.max_delta is not None else None
        now, later = allowed.any(0), allowed.any(1)
        if earliest == 0 and latest is None and later and now == bool(possible[0]):
            return possible
        times: ByteArray = possible.copy()
        times[: min(earliest, self._max_delta)] = 0
        if latest is not None:
            times[latest + 1 :] = 0
        times[0] &= now
        if not later:
            times[1:] = 0
        return times

    def times_towards(self, echoes: Sequence[ExpectedEvent]) -> FloatArray | None:
        """`time_bias` plus the leaning towards the times that the echoes expect; None for nothing."""
        leaning = self.quoting.expected(0, self._max_delta + 1, echoes) if self.quoting is not None else None
        if leaning is None or self.time_bias is None:
            return self.time_bias if leaning is None else leaning
        return np.asarray(self.time_bias + leaning, dtype=np.float32)

    def bits(self, symbol: int) -> int:
        """Pitches of a symbol that the constraints allow, whatever sounds."""
        return self._bits[symbol]

    def _full(self, context: Context) -> int:
        """A bit for each part in which no further note may start, because of its own polyphony or that of all parts."""
        polyphony = self.constraints.polyphony
        if polyphony is None and self._limits is None:
            return 0
        counts = [context.sounding_in(part) for part in range(self._parts)]
        if polyphony is not None and sum(counts) >= polyphony:
            return (1 << self._parts) - 1
        limits = self._limits or (None,) * self._parts
        return sum(
            1 << part
            for part, (limit, count) in enumerate(zip(limits, counts, strict=True))
            if limit is not None and count >= limit
        )
