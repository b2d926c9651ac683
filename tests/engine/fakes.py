"""Fakes: a session without a network (the same methods and masks, exact snapshots, 30 µs per event), and a port."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musiclstm.errors import ModelError
from musiclstm.model.constraints import FREE, ConstraintMasks, Constraints
from musiclstm.model.context import Context
from musiclstm.model.features.events import Fields
from musiclstm.model.listener import Listener
from musiclstm.model.pitch_bits import to_pitches
from musiclstm.model.pitch_sets import PitchSets, sets_after
from musiclstm.model.random_numbers import RandomNumbers
from musiclstm.model.session import Session
from musiclstm.model.snapshot import GeneratedEvent, Snapshot
from musiclstm.model.stepper import State
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter, Part, TimeBase
from musiclstm.music.vocabulary import Vocabulary
from musiclstm.protocol.commands import SetPart

SATB = (
    Part("Soprano", 52, 0, 60, 81),
    Part("Alto", 52, 1, 53, 76),
    Part("Tenor", 52, 2, 45, 69),
    Part("Bass", 52, 3, 36, 64),
)
PIANO = (Part("Piano", 0, 0, 21, 108),)
BAND = (Part("Lead", 80, 0, 60, 84), Part("Bass", 33, 1, 28, 55), Part("Drums", 0, 9, 35, 59, percussive=True))
METERS = ((4, 4), (3, 4), (6, 8))
_MASK = (1 << 64) - 1
# Possible ticks between events, at 24 per beat; 0 several times, for chords.
_TIMES = (0, 0, 0, 3, 6, 6, 12, 12, 24, 36)
_NOTHING = np.zeros((1, 1), dtype=np.float32)
_GATES = np.zeros((1, 3, 1), dtype=np.float32)


def vocabulary(parts: Sequence[Part] = SATB, base: TimeBase = TimeBase.BEATS, velocities: int = 4) -> Vocabulary:
    resolution = 24 if base is TimeBase.BEATS else 100
    return Vocabulary(base, resolution, 96, tuple(parts), 28, 96, velocities, meters=METERS)


@dataclass(frozen=True, slots=True)
class FakeState(State):
    """The whole state is one number."""

    number: int = 0


class FakeSession(Session):
    """Samples from a hash of the seed and of all events so far, under the real masks and constraints."""

    def __init__(self, vocabulary: Vocabulary | None = None, seed: int = 0, meter: Meter | None = None) -> None:
        # Not the real constructor, because there is no model.
        self.vocabulary = vocabulary or _DEFAULT
        self._fingerprint = ""
        self.family = ""  # sessions of one family are of related models, whose weights can be mixed
        self._learnt = 1.0
        self._context = Context.start(self.vocabulary, meter)
        self._pending = 0
        self._masks = ConstraintMasks(FREE, self.vocabulary)
        self.last_state = FakeState(_NOTHING, _NOTHING, _GATES, _NOTHING, number=1)
        self._random = RandomNumbers(seed)
        self.steps = 0

    @property
    def model(self) -> Any:  # type: ignore[override]
        return SimpleNamespace(members=(), vocabulary=self.vocabulary)

    @property
    def voices(self) -> tuple[int | None, ...]:
        return (None,) * len(self.vocabulary.parts)

    @property
    def players(self) -> tuple[tuple[str, int], ...]:
        return ()

    @property
    def outputs(self) -> tuple[SetPart, ...]:
        return ()

    def frame(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        return _NOTHING, _NOTHING, _GATES

    def snapshot(self) -> Snapshot:
        return Snapshot(
            self._state,
            self._context,
            [],
            ((0,) * 5,),
            self._pending,
            self._random.position,
            self._fingerprint,
            self._learnt,
        )

    @property
    def can_mix(self) -> bool:
        return bool(self.family)

    @property
    def learnt(self) -> float:
        return self._learnt

    def mix(self, learnt: float) -> None:
        self._learnt = learnt

    def continue_from(self, other: Listener) -> bool:
        if not self.family or not isinstance(other, FakeSession) or self._fingerprint == other._fingerprint:
            return False
        if self.family != other.family:
            return False
        self.restore(replace(other.snapshot(), model=self._fingerprint, learnt=1.0, rng=self._random.position))
        return True

    def check(self, snapshot: Snapshot) -> None:
        if not self.fits(snapshot):
            raise ModelError("This memory belongs to another model.")

    def restore(self, snapshot: Snapshot) -> None:
        self.check(snapshot)
        self.last_state, self._context, self._pending = snapshot.state, snapshot.context, snapshot.pending
        self._learnt = snapshot.learnt
        self._random.position = snapshot.rng

    unread = None

    def another(self, seed: int) -> Session:
        other = FakeSession(self.vocabulary, seed)
        other._fingerprint, other.family, other._learnt = self._fingerprint, self.family, self._learnt
        return other

    def forget(self) -> None:
        tick = self.tick
        empty = Context.start(self.vocabulary).moved(tick)
        self._context = empty.with_meter(tick, self._context.bar_ticks, self._context.meter)
        self._pending = 0
        self._set_number(1)

    def feed(self, event: Event) -> float:
        self._pending += event.delta
        longest = self.vocabulary.max_delta
        while self._pending >= longest:
            self._pending -= longest
            self._advance(Event(longest, Kind.WAIT))
        if event.kind is not Kind.WAIT:
            event = replace(event, delta=self._pending)
            self._pending = 0
            if not (event.kind is Kind.OFF and self.vocabulary.parts[event.part].percussive):
                self._advance(event)
        return 1.0

    def read(self, event: Event, *, given: bool = True) -> None:
        self.feed(event)
        if given and event.kind is Kind.ON:
            self._context.note_given(event.part, event.pitch)

    def _read_start(self) -> None:
        self._set_number(1)

    def _advance(self, event: Event, fields: Fields | None = None) -> None:
        self.steps += 1
        self._context = self._context.after(event)
        word = event.delta | event.kind << 8 | event.pitch << 12 | event.velocity << 20 | event.part << 28
        self._set_number(_mix(self._number ^ word))

    @property
    def _state(self) -> State:
        return self.last_state

    @property
    def _number(self) -> int:
        state: Any = self._state
        number: int = state.number
        return number

    def _set_number(self, number: int) -> None:
        self.last_state = FakeState(_NOTHING, _NOTHING, _GATES, _NOTHING, number=number)

    def _sample(self) -> int:
        """64 bits that depend on the seed, on the number of calls and on the state."""
        seed, count = self._random.position
        self._random.position = (seed, count + 1)
        return _mix(_mix(seed * 0x9E3779B97F4A7C15 + count) ^ self._number ^ round(1e6 * (1 - self._learnt)))

    def generate(self, constraints: Constraints = FREE) -> GeneratedEvent:
        before = self.snapshot()
        bits = self._sample()
        masks = self._masks_of(constraints)
        may = masks.restrict(sets_after(self._context), self._context)
        longest = self.vocabulary.max_delta
        earliest = self._pending + constraints.min_delta
        latest = longest if constraints.max_delta is None else self._pending + constraints.max_delta
        times = [t for t in _TIMES if earliest <= t <= latest and may.any(t > 0)]
        if 0 < earliest < longest and earliest <= latest and may.any(1):
            times.append(earliest)
        if not times:
            ticks = longest - self._pending
            if constraints.max_delta is not None:
                ticks = max(1, min(ticks, constraints.max_delta))
            wait = Event(ticks, Kind.WAIT)
            self.feed(wait)
            return GeneratedEvent(wait, 1.0, before)
        time = times[(bits & 0xFFFF) % len(times)]
        event = self._choose(time, may, bits >> 16)
        passed, self._pending = self._pending, 0
        self._advance(event)
        return GeneratedEvent(replace(event, delta=time - passed), 1.0, before)

    def _choose(self, time: int, may: PitchSets, bits: int) -> Event:
        symbols = [symbol for symbol in range(self.vocabulary.symbols) if may.has(time > 0, symbol)]
        # The more notes sound, the likelier one ends.
        ends = [symbol for symbol in symbols if symbol < len(self.vocabulary.parts)]
        sounding = sum(held.bit_count() for held in self._context.held)
        if ends and bits % 8 < sounding:
            symbols = ends
        symbol = symbols[(bits >> 8) % len(symbols)]
        pitches = to_pitches(may.bits(time > 0, symbol))
        pitch = pitches[(bits >> 20) % len(pitches)]
        kind, part = self.vocabulary.kind_and_part(symbol)
        velocity = self.vocabulary.velocity_of((bits >> 36) % self.vocabulary.velocities) if kind is Kind.ON else 0
        return Event(time, kind, pitch, velocity, part)

    def answer(self, delta: int, part: int, constraints: Constraints = FREE) -> GeneratedEvent:
        before = self.snapshot()
        bits = self._sample()
        symbol = len(self.vocabulary.parts) + part
        silent = self._context.pitch_bits(symbol, 1)
        masks = self._masks_of(replace(constraints, parts=None, may_start=True))
        pitches = to_pitches(silent & masks.bits(symbol)) or to_pitches(silent)
        if not pitches:
            raise ValueError(f"every pitch of part {part} sounds")
        velocity = self.vocabulary.velocity_of((bits >> 36) % self.vocabulary.velocities)
        event = Event(delta, Kind.ON, pitches[(bits >> 8) % len(pitches)], velocity, part)
        self.feed(event)
        return GeneratedEvent(event, 1.0, before)

    def expectation(self, constraints: Constraints = FREE) -> NDArray[np.float32]:
        probabilities = np.zeros(128, dtype=np.float32)
        probabilities[self._number % 128] = 1
        return probabilities


def _mix(word: int) -> int:
    """The finaliser of splitmix64."""
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB & _MASK
    return word ^ (word >> 31)


_DEFAULT = vocabulary()


class RecordingPort:
    """Records (time, message) of everything sent."""

    alive = True
    lead = 0.0
    lossy = False

    def __init__(self, name: str = "recording") -> None:
        self.name = name
        self.sent: list[tuple[float, bytes]] = []
        self.closed = False

    def send(self, message: bytes, time: float) -> None:
        self.sent.append((time, message))

    def close(self) -> None:
        self.closed = True
