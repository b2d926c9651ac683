"""Session: the model's musical state. Feed it what happened, let it generate what comes next, restore snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musiclstm.errors import ModelError
from musiclstm.model.arrays import FloatArray
from musiclstm.model.constraints import (
    FREE,
    AllowedPitches,
    ConstraintMasks,
    Constraints,
    allowed_by_context,
    symbol_mask,
)
from musiclstm.model.context import Context
from musiclstm.model.features.echoes import MAX_MATCH
from musiclstm.model.features.events import event_fields
from musiclstm.model.modelfile import ModelFile
from musiclstm.model.pitch_bits import to_mask
from musiclstm.model.predictor import Predictor
from musiclstm.model.sampling import masked_softmax, sample, surprise
from musiclstm.model.skipping import context_after
from musiclstm.model.snapshot import GeneratedEvent, Snapshot, is_sound
from musiclstm.model.stepper import State
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter

Nats = tuple[float, float, float, float]  # of time, symbol, pitch, velocity


class Session:
    """Not thread-safe: one owner. An event costs the same after an hour as at the start.

    A WAIT shorter than the vocabulary's longest time is no event to the model: its ticks count towards the next
    event's time (they are `pending`). The session starts in `meter` (None: the model's first) with a bar at tick
    `origin`. max_match: as of `EchoFeatures`; None where music is only scored.
    """

    def __init__(
        self,
        model: ModelFile,
        seed: int = 0,
        meter: Meter | None = None,
        origin: int = 0,
        *,
        max_match: int | None = MAX_MATCH,
    ) -> None:
        self.model = model
        self._fingerprint = model.fingerprint
        self.vocabulary = v = model.vocabulary
        self._predictor = Predictor(model, max_match)
        self._context = Context.start(v, meter)
        self._context = self._context.with_meter(origin, self._context.bar_ticks, self._context.meter)
        self._pending = 0
        self._masks = ConstraintMasks(FREE, v)
        self._any_velocity = np.ones(v.velocities, dtype=np.bool_)
        # Masks of the time where the next event cannot come now, and where it can.
        self._times = np.ones((2, v.times), dtype=np.bool_)
        self._times[0, 0] = False
        # The state lags behind by one event, the rows of which are unread until the state is needed.
        self._last_state: State = self._predictor.stepper.start()
        self._unread: list[int] | None = None
        self.reseed(seed)
        self._read_start()

    def _read_start(self) -> None:
        """Empty the state; it reads that there was no event before, and the position in the bar."""
        self._inputs = self._predictor.inputs(self._context)
        rows = self._predictor.lstm_rows(self._predictor.no_event, self._inputs)
        self._set_state(self._predictor.stepper.start(), rows)

    @property
    def _state(self) -> State:
        """The LSTM's state after the last event, which is read only now, so that `answer` returns sooner."""
        if self._unread is not None:
            rows, self._unread = self._unread, None
            self._last_state = self._predictor.stepper.step(self._last_state, rows)
        return self._last_state

    def _set_state(self, state: State, unread: list[int] | None = None) -> None:
        self._last_state, self._unread = state, unread

    # ---- what it is ----------------------------------------------------------------------------------------------

    @property
    def context(self) -> Context:
        """Sounding notes, tick and bar, as of now."""
        if self._pending:
            return self._context.after(Event(self._pending, Kind.WAIT))
        return self._context

    @property
    def tick(self) -> int:
        return self._context.tick + self._pending

    def frame(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(cell, hidden, gates) of the last step: (layers, units) twice and (layers, 3, units). Read-only."""
        return self._state.cell, self._state.hidden, self._state.gates

    def snapshot(self) -> Snapshot:
        inputs = self._inputs
        rng: Any = self._rng.bit_generator.state
        return Snapshot(
            self._state, self._context, inputs.timing, inputs.expected, self._pending, rng, self._fingerprint
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot. Raises ModelError for a snapshot of another model."""
        if snapshot.model != self._fingerprint or snapshot.context.vocabulary != self.vocabulary:
            raise ModelError("This memory belongs to another model.")
        self._context = snapshot.context
        self._inputs = self._predictor.inputs_of(self._context, snapshot.timing, snapshot.expected)
        self._set_state(snapshot.state)
        self._pending = snapshot.pending
        self._rng.bit_generator.state = snapshot.rng

    def check(self, snapshot: Snapshot) -> None:
        """Whether a snapshot that another process has made may be restored. Raises ModelError if not."""
        if snapshot.model != self._fingerprint or snapshot.context.vocabulary != self.vocabulary:
            raise ModelError("This memory belongs to another model.")
        if not is_sound(snapshot.state, self._last_state):
            raise ModelError("This memory is damaged.")

    # ---- what changes it -----------------------------------------------------------------------------------------

    def reseed(self, seed: int) -> None:
        self._rng = np.random.Generator(np.random.PCG64(seed))

    def forget(self) -> None:
        """Empty the state: nothing sounds, and a bar starts now. The ticks and the random numbers continue."""
        tick = self.tick
        empty = Context.start(self.vocabulary)
        self._context = replace(empty, tick=tick).with_meter(tick, self._context.bar_ticks, self._context.meter)
        self._pending = 0
        self._read_start()

    def set_meter(self, meter: Meter, origin: int | None = None) -> None:
        """Another time signature, with a bar starting at tick `origin` (None: now)."""
        v = self.vocabulary
        n, d = meter.numerator, meter.denominator
        self._context = self._context.with_meter(
            self.tick if origin is None else origin, v.bar_ticks(n, d), v.meter_index(n, d)
        )

    def feed(self, event: Event) -> float:
        """An event that happened, `event.delta` ticks after the last event or wait; returns its surprise in nats.

        Any event may be fed: one that the vocabulary does not contain (a pitch out of range) is read as far as
        possible.
        """
        return sum(sum(nats) for nats in self.feed_by_field(event))

    def feed_by_field(self, event: Event) -> list[Nats]:
        """As `feed`; the surprise of each field, for each event the model reads (a long pause becomes several)."""
        if event.kind is Kind.WAIT or self._is_percussive_off(event):
            return self._pass(event.delta)
        costs = self._pass(event.delta)
        # The rest of the pause belongs to the event itself.
        event = replace(event, delta=self._pending)
        self._pending = 0
        costs.append(self._score(event))
        self._advance(event)
        return costs

    def read(self, event: Event) -> None:
        """As `feed`, without the surprise, which takes as long as the rest."""
        self._pass(event.delta, scored=False)
        if event.kind is not Kind.WAIT and not self._is_percussive_off(event):
            event = replace(event, delta=self._pending)
            self._pending = 0
            self._advance(event)

    def skip(self, events: Sequence[Event]) -> None:
        """As `read` of each, for a past that the LSTM would have forgotten: only the context follows from it."""
        pending, self._pending = self._pending, 0
        self._context, self._pending = context_after(self._context, events, pending)
        self._read_start()

    def _is_percussive_off(self, event: Event) -> bool:
        return event.kind is Kind.OFF and self.vocabulary.parts[event.part].percussive

    def _pass(self, ticks: int, *, scored: bool = True) -> list[Nats]:
        """Let ticks pass without an event: reads whole WAITs, the rest is pending. Returns their surprise if scored."""
        costs: list[Nats] = []
        self._pending += ticks
        longest = self.vocabulary.max_delta
        while self._pending >= longest:
            left = self._pending - longest
            self._pending = 0
            wait = Event(longest, Kind.WAIT)
            if scored:
                costs.append(self._score(wait))
            self._advance(wait)
            self._pending = left
        return costs

    def _advance(self, event: Event) -> None:
        """The LSTM reads an event whose delta counts from the context's tick."""
        self._context = self._context.after(event)
        self._inputs = self._predictor.inputs(self._context)
        rows = self._predictor.lstm_rows(event_fields(self.vocabulary, event), self._inputs)
        self._set_state(self._state, rows)

    # ---- what it expects -----------------------------------------------------------------------------------------

    def _time_logits(self) -> FloatArray:
        return self._predictor.time_logits(self._state, self._inputs)

    def _logits(self, field: str, *chosen: int) -> FloatArray:
        return self._predictor.logits(field, self._state, self._context, self._inputs, chosen)

    def _score(self, event: Event) -> Nats:
        """Surprise of each field of an event whose delta counts from the context's tick."""
        time, symbol, pitch, velocity = event_fields(self.vocabulary, event)
        possible = allowed_by_context(self._context)
        now = int(any(possible.now))
        nats = [surprise(self._time_logits(), self._times[now], time), 0.0, 0.0, 0.0]
        if event.kind is not Kind.WAIT:
            bits = possible.at(time)
            nats[1] = surprise(self._logits("symbol", time), symbol_mask(bits), symbol)
            if pitch < self.vocabulary.pitches:
                mask = to_mask(bits[symbol], self.vocabulary)
                nats[2] = surprise(self._logits("pitch", time, symbol), mask, pitch)
            if event.kind is Kind.ON and self.vocabulary.velocities > 1:
                nats[3] = surprise(self._logits("velocity", time, symbol, pitch), self._any_velocity, velocity)
        return (nats[0], nats[1], nats[2], nats[3])

    def generate(self, constraints: Constraints = FREE) -> GeneratedEvent:
        """Samples the next event, which the session has read when this returns. May be a WAIT."""
        before = self.snapshot()
        uniforms = self._rng.random(4)
        masks = self._masks_of(constraints)
        possible = allowed_by_context(self._context)
        allowed = masks.restrict(possible, self._context)
        possible_times = self._times[int(any(possible.now))]
        allowed_times = masks.restrict_times(possible_times, allowed, self._pending)
        if not allowed_times.any():
            # Nothing is allowed to happen: time passes.
            ticks = self.vocabulary.max_delta - self._pending
            if constraints.max_delta is not None:
                ticks = max(1, min(ticks, constraints.max_delta))
            wait = Event(ticks, Kind.WAIT)
            return GeneratedEvent(wait, self.feed(wait), before)
        time, nats = sample(
            self._time_logits(), possible_times, allowed_times, constraints.time, uniforms[0], bias=masks.time_bias
        )
        passed, self._pending = self._pending, 0
        if time == self.vocabulary.max_delta:
            event = Event(time, Kind.WAIT)
        else:
            event, more = self._sample_note(time, possible, allowed, constraints, uniforms)
            nats += more
        self._advance(event)
        return GeneratedEvent(replace(event, delta=event.delta - passed), nats, before)

    def answer(self, delta: int, part: int, constraints: Constraints = FREE) -> GeneratedEvent:
        """A note starts in `part` in `delta` ticks, and the model chooses which; the session has read it then.

        The surprise is that of pitch and velocity, which were chosen. If no pitch of the constraints is silent, any
        silent pitch of the vocabulary is allowed. Raises ValueError if all sound.
        """
        before = self.snapshot()
        uniforms = self._rng.random(4)
        self._pass(delta, scored=False)
        time, self._pending = self._pending, 0
        symbol = len(self.vocabulary.parts) + part
        silent = self._context.pitch_bits(symbol, 1)
        preferred = silent & self._masks_of(replace(constraints, parts=None, may_start=True)).bits(symbol)
        if not silent:
            self.restore(before)
            raise ValueError(f"every pitch of part {part} sounds")
        nothing = [0] * self.vocabulary.symbols
        possible, allowed = nothing.copy(), nothing.copy()
        possible[symbol], allowed[symbol] = silent, preferred or silent
        event, nats = self._sample_note(
            time, AllowedPitches(possible, possible), AllowedPitches(allowed, allowed), constraints, uniforms
        )
        self._advance(event)
        return GeneratedEvent(replace(event, delta=delta), nats, before)

    def _masks_of(self, constraints: Constraints) -> ConstraintMasks:
        if self._masks.constraints is not constraints and self._masks.constraints != constraints:
            self._masks = ConstraintMasks(constraints, self.vocabulary)
        return self._masks

    def _sample_note(
        self,
        time: int,
        possible: AllowedPitches,
        allowed: AllowedPitches,
        constraints: Constraints,
        uniforms: NDArray[np.float64],
    ) -> tuple[Event, float]:
        """Kind, part, pitch and velocity of an event at a time already chosen, and their surprise."""
        v = self.vocabulary
        possible_bits, allowed_bits = possible.at(time), allowed.at(time)
        possible_mask = symbol_mask(possible_bits)
        allowed_mask = possible_mask if possible_bits is allowed_bits else symbol_mask(allowed_bits)
        symbol, nats = 0, 0.0
        if allowed_mask.sum() == 1 and possible_mask.sum() == 1:
            symbol = int(allowed_mask.argmax())
        else:
            logits = self._logits("symbol", time)
            symbol, nats = sample(logits, possible_mask, allowed_mask, constraints.pitch, uniforms[1])
        kind, part = v.kind_and_part(symbol)
        possible_mask = to_mask(possible_bits[symbol], v)
        same = possible_bits[symbol] == allowed_bits[symbol]
        allowed_mask = possible_mask if same else to_mask(allowed_bits[symbol], v)
        logits = self._logits("pitch", time, symbol)
        pitch, more = sample(logits, possible_mask, allowed_mask, constraints.pitch, uniforms[2])
        nats += more
        if kind is Kind.OFF:
            return Event(time, kind, v.low + pitch, 0, part), nats
        velocity = 0
        if v.velocities > 1:
            logits = self._logits("velocity", time, symbol, pitch)
            velocity, more = sample(logits, self._any_velocity, self._any_velocity, constraints.velocity, uniforms[3])
            nats += more
        return Event(time, kind, v.low + pitch, v.velocity_of(velocity), part), nats

    def expectation(self) -> FloatArray:
        """P(the next note to start has this pitch), shape (128,), sums to 1 (or is 0 if none can).

        Computed for the few likeliest times and each part; leaves the session as it is.
        """
        v = self.vocabulary
        found = np.zeros(128, dtype=np.float32)
        possible = allowed_by_context(self._context)
        times = masked_softmax(self._time_logits(), self._times[int(any(possible.now))])[: v.max_delta]
        times[: self._pending] = 0.0
        note_ons: list[tuple[float, int, int]] = []
        for time in np.argsort(-times)[:3].tolist():
            if times[time] <= 0:
                continue
            symbols = masked_softmax(self._logits("symbol", time), symbol_mask(possible.at(time)))
            note_ons += [(times[time] * symbols[len(v.parts) + part], time, part) for part in range(len(v.parts))]
        # Relative to the likeliest note-on, however unlikely that is: where notes are almost certain to end first, what
        # starts after them is still of interest.
        least = max((weight for weight, _, _ in note_ons), default=0.0) * 1e-3
        for weight, time, part in note_ons:
            if weight > least:
                symbol = len(v.parts) + part
                mask = to_mask(possible.at(time)[symbol], v)
                probabilities = masked_softmax(self._logits("pitch", time, symbol), mask)
                found[v.low : v.high + 1] += weight / least * probabilities
        total = float(found.sum())
        return found / total if total > 0 else found
