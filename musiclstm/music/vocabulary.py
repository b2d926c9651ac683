"""Vocabulary: notes <-> events <-> small integers, shared by training and the live instrument."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from musiclstm.music.columns import NoteColumns, note_columns
from musiclstm.music.encoding import encoded, fit
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Note, Part, Piece, TimeBase
from musiclstm.music.packed import Columns, Packed, pack_columns, unpack_columns

# Duration of a percussive note when events are decoded, in beats or seconds.
PERCUSSIVE_LENGTH = 0.125
# Steps to a beat that a model of one's own may have; below the shortest notes are lost, above it has more to tell apart
# than there is to hear.
GRIDS = (4, 6, 8, 12, 16, 24, 48)


@dataclass(frozen=True)
class Vocabulary:
    """The events that a model can read and write. Saved in model files: the names of the fields are a file format.

    base, resolution: a tick is 1/resolution of a beat or of a second.
    max_delta: longest time between two events, in ticks; a longer pause is encoded as WAITs of exactly max_delta.
    parts: the voices; percussive ones have no OFF.
    low, high: lowest and highest pitch, inclusive.
    velocities: number of velocity bins; 1 means that dynamics are not modelled (every note gets `velocity`).
    meters: the time signatures (numerator, denominator) that are told apart; any other counts as the first.
    """

    base: TimeBase = TimeBase.BEATS
    resolution: int = 24
    max_delta: int = 96
    parts: tuple[Part, ...] = (Part("piano"),)
    low: int = 21
    high: int = 108
    velocities: int = 1
    velocity: int = 80
    meters: tuple[tuple[int, int], ...] = ((4, 4),)

    # ---- sizes of the fields -------------------------------------------------------------------------------------

    @property
    def pitches(self) -> int:
        return self.high - self.low + 1

    @cached_property
    def pitch_bits(self) -> int:
        """The range as a bit for each MIDI pitch."""
        return (2 << self.high) - (1 << self.low)

    @property
    def times(self) -> int:
        """Values of the time field: 0..max_delta-1 ticks, then WAIT for max_delta ticks."""
        return self.max_delta + 1

    @property
    def symbols(self) -> int:
        """Values of the symbol field: OFF of each part, then ON of each part."""
        return 2 * len(self.parts)

    @property
    def bar_positions(self) -> int:
        """Ticks of the longest bar of `meters`."""
        return max(self.bar_ticks(numerator, denominator) for numerator, denominator in self.meters)

    @cached_property
    def percussive(self) -> bool:
        """Whether all parts are percussive."""
        return all(part.percussive for part in self.parts)

    @cached_property
    def lowest_part(self) -> int | None:
        """The part that has the bass: of those that are not percussive, the one whose range lies lowest."""
        tuned = (index for index, part in enumerate(self.parts) if not part.percussive)
        return min(tuned, key=lambda index: self.parts[index].centre, default=None)

    def bar_ticks(self, numerator: int, denominator: int) -> int:
        """Ticks in a bar (a whole number; at least 1)."""
        return max(1, round(self.resolution * 4 * numerator / denominator))

    def meter_index(self, numerator: int, denominator: int) -> int:
        """Index into `meters`; 0 for any other time signature."""
        try:
            return self.meters.index((numerator, denominator))
        except ValueError:
            return 0

    # ---- velocity ------------------------------------------------------------------------------------------------

    def velocity_bin(self, velocity: int) -> int:
        """Bin 0..velocities-1 of a MIDI velocity 1..127."""
        return min(self.velocities - 1, max(0, velocity - 1) * self.velocities // 127)

    @property
    def first_loud_bin(self) -> int:
        """The first bin of the upper half."""
        return (self.velocities + 1) // 2

    def velocity_of(self, index: int) -> int:
        """MIDI velocity at the middle of a bin; `velocity_bin(velocity_of(i)) == i`."""
        if self.velocities == 1:
            return self.velocity
        return min(127, 1 + round((index + 0.5) * 127 / self.velocities - 0.5))

    # ---- symbols -------------------------------------------------------------------------------------------------

    def symbol(self, event: Event) -> int:
        """Index of (kind, part) for an OFF or ON."""
        return int(event.kind) * len(self.parts) + event.part

    def kind_and_part(self, symbol: int) -> tuple[Kind, int]:
        kind, part = divmod(symbol, len(self.parts))
        return Kind(kind), part

    # ---- notes -> events -----------------------------------------------------------------------------------------

    def encode(self, piece: Piece) -> list[Event]:
        """The piece as events, quantised to ticks, in the canonical order.

        At one tick: OFFs before ONs, parts ascending, pitches ascending. A note lasts at least one tick; one that is
        repeated while it sounds ends where the repetition starts; two of the same pitch at one tick become one, with
        the later end and the higher velocity. Notes whose pitch is out of range are left out. Raises ValueError if the
        piece's time base is not the vocabulary's.
        """
        return unpack_columns(self._encode(piece))

    def encode_packed(self, piece: Piece) -> Packed:
        """The events of `encode`, in eight bytes each; also raises ValueError if the vocabulary is too large for it."""
        return pack_columns(self._encode(piece))

    def has(self, events: Packed) -> bool:
        """Whether all of these can be its events, so that it is safe to compute with them."""
        return fit(events, self.low, self.high, [part.percussive for part in self.parts], self.max_delta)

    def encode_columns(self, notes: NoteColumns, base: TimeBase) -> Packed:
        """The same from the notes of a piece in this time base."""
        return pack_columns(self._encoded(notes, base))

    def _encode(self, piece: Piece) -> Columns:
        return self._encoded(note_columns(piece.notes), piece.base)

    def _encoded(self, notes: NoteColumns, base: TimeBase) -> Columns:
        if base is not self.base:
            raise ValueError(f"a piece in {base.value} for a vocabulary in {self.base.value}")
        onsets, durations = notes.times
        rows = np.empty((5, len(onsets)), dtype=np.int64)
        starts = rows[0] = np.maximum(0, np.rint(onsets * self.resolution))
        rows[1] = np.maximum(starts + 1, np.rint((onsets + durations) * self.resolution))
        rows[2:] = notes.values
        percussive = [part.percussive for part in self.parts]
        return encoded(rows, self.low, self.high, percussive, self.max_delta)

    # ---- events -> notes -----------------------------------------------------------------------------------------

    def decode(self, events: Iterable[Event]) -> tuple[Note, ...]:
        """The notes of a stream of events, by onset; those that still sound at the end end with the last event."""
        tick = 0
        sounding: dict[tuple[int, int], tuple[int, int]] = {}
        notes: list[Note] = []

        def close(key: tuple[int, int], end: int) -> None:
            onset, velocity = sounding.pop(key)
            length = max(1, end - onset) / self.resolution
            notes.append(Note(onset / self.resolution, length, key[1], velocity, key[0]))

        for event in events:
            tick += event.delta
            key = (event.part, event.pitch)
            if event.kind is Kind.ON and self.parts[event.part].percussive:
                notes.append(Note(tick / self.resolution, PERCUSSIVE_LENGTH, event.pitch, event.velocity, event.part))
            elif event.kind is not Kind.WAIT:
                if key in sounding:
                    close(key, tick)
                if event.kind is Kind.ON:
                    sounding[key] = (tick, event.velocity)
        for key in list(sounding):
            close(key, tick)
        return tuple(sorted(notes))

    # ---- identity ------------------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `from_dict` reads them back."""
        return {**asdict(self), "base": self.base.value}

    @staticmethod
    def from_dict(values: dict[str, Any]) -> Vocabulary:
        """Raises KeyError, TypeError or ValueError where the values are not those of `to_dict`."""
        return Vocabulary(
            **{
                **values,
                "base": TimeBase(values["base"]),
                "parts": tuple(Part.from_dict(part) for part in values["parts"]),
                "meters": tuple((int(a), int(b)) for a, b in values["meters"]),
            }
        )

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits that differ for vocabularies that differ."""
        text = json.dumps(self.to_dict(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def with_waits(timed: Iterable[tuple[int, Kind, int, int, int]], max_delta: int) -> Iterator[Event]:
    """Events from (tick, kind, part, pitch, velocity) in order of time, with WAITs where a pause is too long."""
    now = 0
    for tick, kind, part, pitch, velocity in timed:
        while tick - now >= max_delta:
            yield Event(max_delta, Kind.WAIT)
            now += max_delta
        yield Event(tick - now, kind, pitch, velocity, part)
        now = tick
