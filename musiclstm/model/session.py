"""Session: a listener that also plays. Feed it what happened, let it generate what comes next, restore snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from musiclstm.model.arrays import FloatArray
from musiclstm.model.constraints import FREE, ConstraintMasks, Constraints
from musiclstm.model.listener import Listener, at
from musiclstm.model.pitch_bits import to_pitches
from musiclstm.model.pitch_sets import PitchSets, sets_after, sets_of
from musiclstm.model.predictor import leaning
from musiclstm.model.sampling import masked_softmax
from musiclstm.model.snapshot import GeneratedEvent
from musiclstm.music.event import Event, Kind


class Session(Listener):
    """It draws the next event, and reads it at once."""

    _masks: ConstraintMasks | None = None  # those of the last constraints

    def another(self, seed: int) -> Session:
        """A new session of the same model."""
        return type(self)(self.model, seed)

    def generate(self, constraints: Constraints = FREE) -> GeneratedEvent:
        """Samples the next event, which the session has read when this returns. May be a WAIT."""
        before = self.snapshot()
        event, nats = self.draw(constraints)
        return GeneratedEvent(event, nats, before)

    def draw(self, constraints: Constraints = FREE) -> tuple[Event, float]:
        """Samples and reads the next event, as `generate`, but without a snapshot: the event and its surprise."""
        uniforms = self._random.draw()
        time, possible, allowed = self._draw_time(constraints, uniforms[0])
        if time is None:
            # Nothing is allowed to happen: time passes.
            wait = Event(self._idle(constraints), Kind.WAIT)
            return wait, self.feed(wait)
        clash = self._clash(constraints, time)
        if clash is not None:
            tick, part, pitch = clash
            ending = Event(tick - self.tick, Kind.OFF, pitch, 0, part)
            return ending, self.feed(ending)
        predictor = self._predictor
        nats, passed, self._pending = predictor.surprise, self._pending, 0
        if time == self.vocabulary.max_delta:
            event = Event(time, Kind.WAIT)
            self._advance(event, predictor.drawn)
        else:
            event, more = self._draw_note(time, possible, allowed, self._masks_of(constraints), uniforms[1:])
            nats += more
        return at(event, time - passed), nats

    def next_delta(self, constraints: Constraints = FREE) -> int:
        """Ticks until the event that `draw` would return; leaves the session as it is."""
        position = self._random.position
        time, _, _ = self._draw_time(constraints, self._random.draw()[0])
        self._random.position = position
        if time is None:
            return self._idle(constraints)
        clash = self._clash(constraints, time)
        return time - self._pending if clash is None else clash[0] - self.tick

    def _draw_time(self, constraints: Constraints, uniform: float) -> tuple[int | None, PitchSets, PitchSets]:
        """The time of the next event (None if none may come), and the pitch sets that are possible and allowed."""
        masks = self._masks_of(constraints)
        possible = sets_after(self._context)
        allowed = masks.restrict(possible, self._context)
        possible_times = self._times[int(possible.any(0))]
        allowed_times = masks.restrict_times(possible_times, allowed, self._pending)
        if allowed_times is not possible_times and not allowed_times.any():
            return None, possible, allowed
        time = self._predictor.draw_time(
            self._state.projections,
            self._inputs,
            possible_times,
            allowed_times,
            self._time_bias(masks),
            constraints,
            uniform,
        )
        return time, possible, allowed

    def _time_bias(self, masks: ConstraintMasks) -> FloatArray | None:
        bias, ear = masks.times_towards(self._inputs.expected), masks.constraints.ear
        heard = None if ear is None else ear.times(self._context.tick)
        return heard if bias is None else leaning(bias, heard)

    def _idle(self, constraints: Constraints) -> int:
        """How many ticks to wait where nothing is allowed."""
        ticks = self.vocabulary.max_delta - self._pending
        return ticks if constraints.max_delta is None else max(1, min(ticks, constraints.max_delta))

    def _clash(self, constraints: Constraints, time: int) -> tuple[int, int, int] | None:
        """The first note that the guide ends before the next event, at `time`: (tick, part, pitch); None for none."""
        context, guide = self._context, constraints.guide
        until = context.tick + time
        first = self.tick + constraints.min_delta
        if guide is None or first > until or not guide.changes(context.tick, until):
            return None
        changed, found = context.changed, []
        for part, held in enumerate(context.held):
            for pitch in to_pitches(held & constraints.pitch_bits(part, Kind.OFF)):
                tick = guide.clash(changed[pitch], until, part, pitch)
                if tick is not None:
                    found.append((max(tick, first), part, pitch))
        return min(found, default=None)

    def answer(self, delta: int, part: int, constraints: Constraints = FREE) -> GeneratedEvent:
        """Starts a note in `part`, `delta` ticks from now. The model chooses which, and has read it on return.

        The surprise is that of pitch and velocity, which were chosen. If no pitch of the constraints is silent, any
        silent pitch of the vocabulary is allowed. Raises ValueError if all sound, or there is no such part.
        """
        self._context.dimensions.check(delta, int(Kind.ON), part, 0, 0)
        before = self.snapshot()
        uniforms = self._random.draw()
        self._pass(delta, scored=False)
        time, self._pending = self._pending, 0
        symbol = len(self.vocabulary.parts) + part
        silent = self._context.pitch_bits(symbol, 1)
        masks = self._masks_of(replace(constraints, parts=None, may_start=True))
        preferred = silent & masks.bits(symbol)
        if not silent:
            self.restore(before)
            raise ValueError(f"every pitch of part {part} sounds")
        possible, allowed = (
            sets_of(self._context.dimensions, [bits if n == symbol else 0 for n in range(self.vocabulary.symbols)])
            for bits in (silent, preferred or silent)
        )
        event, nats = self._draw_note(time, possible, allowed, masks, uniforms[1:])
        return GeneratedEvent(at(event, delta), nats, before)

    def _masks_of(self, constraints: Constraints) -> ConstraintMasks:
        masks = self._masks
        if masks is None or (masks.constraints is not constraints and masks.constraints != constraints):
            masks = self._masks = ConstraintMasks(constraints, self.vocabulary)
        return masks

    def _draw_note(
        self, time: int, possible: PitchSets, allowed: PitchSets, masks: ConstraintMasks, uniforms: Sequence[float]
    ) -> tuple[Event, float]:
        """Draws a note-on or note-off at a time already chosen, and reads it. The surprise leaves out that time."""
        v, predictor = self.vocabulary, self._predictor
        projections, context = self._state.projections, self._context
        guide, ear = masks.constraints.guide, masks.constraints.ear
        bias, told = self._led_by(guide, context.tick + time)
        predictor.draw_note(
            projections,
            context,
            self._inputs,
            time,
            possible,
            allowed,
            masks.constraints,
            masks.quoting,
            uniforms,
            bias,
            None if ear is None else ear.starting(context.tick + time),
            None if ear is None else ear.loudness(),
            told,
        )
        fields = predictor.drawn
        kind, part = v.kind_and_part(fields[1])
        velocity = 0 if kind is Kind.OFF else v.velocity_of(fields[3])
        event = Event(time, kind, v.low + fields[2], velocity, part)
        self._advance(event, fields)
        return event, predictor.surprise

    def expectation(self, constraints: Constraints = FREE) -> FloatArray:
        """P(the next note to start has this pitch), shape (128,), sums to 1 (or is 0 if none can).

        Computed for the few likeliest times and each part; leaves the session as it is. It says what the model would
        like, not what it may: of the constraints only the guide counts (chords; in a band, what the players hear).
        """
        v, context, inputs = self.vocabulary, self._context, self._inputs
        predictor, projections = self._predictor, self._state.projections
        found = np.zeros(128, dtype=np.float32)
        possible = sets_after(context)
        logits = np.asarray(predictor.time_logits(projections, inputs))
        times = masked_softmax(logits, self._times[int(possible.any(0))])[: v.max_delta]
        times[: self._pending] = 0.0
        symbol_mask, pitch_mask = np.zeros(v.symbols, dtype=np.uint8), np.zeros(v.pitches, dtype=np.uint8)
        note_ons: list[tuple[float, int, int]] = []
        for time in np.argsort(-times)[:3].tolist():
            if times[time] <= 0:
                continue
            possible.mark_symbols(time > 0, symbol_mask)
            logits = np.asarray(predictor.symbol_logits(projections, context, inputs, time))
            symbols = masked_softmax(logits, symbol_mask)
            note_ons += [(times[time] * symbols[len(v.parts) + part], time, part) for part in range(len(v.parts))]
        # Relative to the likeliest note-on, however unlikely that is: where notes are almost certain to end first, what
        # starts after them is still of interest.
        least = max((weight for weight, _, _ in note_ons), default=0.0) * 1e-3
        for weight, time, part in note_ons:
            if weight > least:
                symbol = len(v.parts) + part
                possible.mark_pitches(time > 0, symbol, pitch_mask)
                bias, told = self._led_by(constraints.guide, context.tick + time)
                chord = None if told is None else told(part)
                scores = predictor.pitch_logits(projections, context, inputs, time, symbol, pitch_mask, chord)
                logits = leaning(np.asarray(scores), None if bias is None else bias(part))
                found[v.low : v.high + 1] += weight / least * masked_softmax(logits, pitch_mask)
        total = float(found.sum())
        return found / total if total > 0 else found
