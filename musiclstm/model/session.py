"""Session: the musical memory. Feed it what happened, let it generate what comes next, take it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musiclstm.errors import ModelError
from musiclstm.model.arrays import Array, Mask
from musiclstm.model.context import Context, to_mask
from musiclstm.model.features import GIVEN, PATIENCE, READ, Echoed, Features
from musiclstm.model.modelfile import ModelFile
from musiclstm.model.sampling import (
    FREE,
    Allowed,
    Constraints,
    Permission,
    chances,
    draw,
    possible,
    surprise,
    symbol_mask,
)
from musiclstm.model.snapshot import Generated, Snapshot
from musiclstm.model.stepper import State, Stepper
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter

Nats = tuple[float, float, float, float]  # of time, symbol, pitch, velocity


class Session:
    """Not thread-safe: one owner. An event costs the same after an hour as at the start.

    A WAIT shorter than the vocabulary's longest time is no event to the model: its ticks count towards the next
    event's time (they are `pending`). It begins in `meter` (None: the model's first) with a bar at tick `origin`.
    patience: of `Features`; None where music is only heard.
    """

    def __init__(
        self,
        model: ModelFile,
        seed: int = 0,
        meter: Meter | None = None,
        origin: int = 0,
        *,
        patience: int | None = PATIENCE,
    ) -> None:
        self.model = model
        self.vocabulary = model.vocabulary
        self._features = Features(model.vocabulary, patience)
        self._echoes = int(model.config.get("echoes", 0))
        self._stepper = Stepper(model)
        self._context = Context.start(model.vocabulary, meter)
        self._context = self._context.with_meter(origin, self._context.bar_ticks, self._context.meter)
        self._pending = 0
        self._permission = Permission(FREE, model.vocabulary)
        v = model.vocabulary
        self._last_state: State = self._stepper.start()
        self._unread: list[int] | None = None
        self._any_velocity = np.ones(v.velocities, dtype=np.bool_)
        # Time masks for "now is possible" and "now is not".
        self._times = np.ones((2, v.times), dtype=np.bool_)
        self._times[0, 0] = False
        self.reseed(seed)
        self._begin()

    def _begin(self) -> None:
        """Empty memory; it reads that nothing came before, and where in the bar it is."""
        self._look()
        rows = self._features.event_rows(self._features.nothing) + self._facts(READ, self._place, self._echo)
        self._set(self._stepper.start(), rows)

    def _look(self) -> None:
        """Take from the context what follows from it."""
        self._know(self._features.place(self._context), self._features.echo(self._context))

    def _know(self, place: list[int], echo: Echoed) -> None:
        self._place, self._echo = place, echo
        self._held = self._features.held_rows(self._context)

    def _facts(self, groups: tuple[str, ...], place: list[int], echo: Echoed) -> list[int]:
        """Rows of a place, as far as the groups are told of it, of what sounds and of an echo."""
        features = self._features
        return self._held + features.place_rows(place, groups) + features.echo_rows(echo[: self._echoes])

    @property
    def _state(self) -> State:
        """The LSTM's state. It reads an event when somebody asks for what comes of it: an answer need not wait."""
        if self._unread is not None:
            rows, self._unread = self._unread, None
            self._last_state = self._stepper.step(self._last_state, rows)
        return self._last_state

    def _set(self, state: State, unread: list[int] | None = None) -> None:
        self._last_state, self._unread = state, unread

    # ---- what it knows -------------------------------------------------------------------------------------------

    @property
    def context(self) -> Context:
        """Sounding notes, tick and bar, as of now."""
        if self._pending:
            return self._context.after(Event(self._pending, Kind.WAIT))
        return self._context

    @property
    def tick(self) -> int:
        return self._context.tick + self._pending

    def frame(self) -> tuple[Array, Array, Array]:
        """(cell, hidden, gates) of the last step: (layers, units) twice and (layers, 3, units). Not to be changed."""
        return self._state.cell, self._state.hidden, self._state.gates

    def snapshot(self) -> Snapshot:
        dice: Any = self._rng.bit_generator.state
        return Snapshot(self._state, self._context, self._place, self._echo, self._pending, dice)

    def restore(self, snapshot: Snapshot) -> None:
        """Be what it was. Raises ModelError for a snapshot of another model."""
        same_shape = snapshot.state.hidden.shape == self._last_state.hidden.shape
        if snapshot.context.vocabulary != self.vocabulary or not same_shape:
            raise ModelError("This memory belongs to another model.")
        self._context = snapshot.context
        self._know(snapshot.place, snapshot.echo)
        self._set(snapshot.state)
        self._pending = snapshot.pending
        self._rng.bit_generator.state = snapshot.rng

    # ---- what changes it -----------------------------------------------------------------------------------------

    def reseed(self, seed: int) -> None:
        self._rng = np.random.Generator(np.random.PCG64(seed))

    def forget(self) -> None:
        """Empty the memory: nothing sounds, and a bar begins now. The ticks and the dice go on."""
        tick = self.tick
        empty = Context.start(self.vocabulary)
        self._context = replace(empty, tick=tick).with_meter(tick, self._context.bar_ticks, self._context.meter)
        self._pending = 0
        self._begin()

    def set_meter(self, meter: Meter, origin: int | None = None) -> None:
        """Another time signature, with a bar beginning at tick `origin` (None: now)."""
        v = self.vocabulary
        n, d = meter.numerator, meter.denominator
        self._context = self._context.with_meter(
            self.tick if origin is None else origin, v.bar_ticks(n, d), v.meter_index(n, d)
        )

    def feed(self, event: Event) -> float:
        """An event that happened, `event.delta` ticks after the last event or wait; its surprise in nats.

        Anything may be fed: what the vocabulary cannot say (a pitch out of range) is heard as far as it can be.
        """
        return sum(sum(nats) for nats in self.feed_by_field(event))

    def feed_by_field(self, event: Event) -> list[Nats]:
        """As `feed`; the surprise of each field, for each event the model reads (long pauses become several)."""
        if event.kind is Kind.WAIT or self._has_no_end(event):
            return self._pass(event.delta)
        costs = self._pass(event.delta)
        # What is left of the pause belongs to the event itself.
        event = replace(event, delta=self._pending)
        self._pending = 0
        costs.append(self._score(event))
        self._advance(event)
        return costs

    def read(self, event: Event) -> None:
        """As `feed`, without the surprise, which takes as long as the rest."""
        self._pass(event.delta, scored=False)
        if event.kind is not Kind.WAIT and not self._has_no_end(event):
            event = replace(event, delta=self._pending)
            self._pending = 0
            self._advance(event)

    def _has_no_end(self, event: Event) -> bool:
        return event.kind is Kind.OFF and self.vocabulary.parts[event.part].percussive

    def _pass(self, ticks: int, *, scored: bool = True) -> list[Nats]:
        """Let ticks pass without an event; whole WAITs are read, the rest is pending. scored: what they cost."""
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
        self._look()
        rows = self._features.event_rows(self._features.fields(event)) + self._facts(READ, self._place, self._echo)
        self._set(self._state, rows)

    # ---- what it expects -----------------------------------------------------------------------------------------

    def _time_logits(self) -> Array:
        """When the next event comes, told from where the last one was."""
        rows, also = self._facts(GIVEN["time"], self._place, self._echo), self._features.awaited(self._place)
        return self._stepper.logits("time", self._state, rows, self._echo, (), also=also)

    def _logits(self, field: str, *chosen: int) -> Array:
        """The other fields; chosen: the event's fields before it, of which the first says when."""
        features, echo = self._features, self._echo
        touch: Sequence[int] = ()
        if len(chosen) > 1:
            part = chosen[1] % len(self.vocabulary.parts)
            echo = features.of_part(echo, self._context, part)
            if field == "velocity":
                touch = features.touch(self._context, chosen[0], part, chosen[2])
        place = (features.place if features.knows_moments(GIVEN[field]) else features.bar)(self._context, chosen[0])
        rows = features.chosen_rows(chosen, touch) + self._facts(GIVEN[field], place, echo)
        if field == "pitch":
            return self._stepper.pitch_logits(self._state, rows, echo, chosen, self._context)
        return self._stepper.logits(field, self._state, rows, echo, chosen, also=touch)

    def _score(self, event: Event) -> Nats:
        """Surprise of each field of an event whose delta counts from the context's tick."""
        time, symbol, pitch, velocity = self._features.fields(event)
        can = possible(self._context)
        now = int(any(can.now))
        nats = [surprise(self._time_logits(), self._times[now], time), 0.0, 0.0, 0.0]
        if event.kind is not Kind.WAIT:
            bits = can.at(time)
            nats[1] = surprise(self._logits("symbol", time), symbol_mask(bits), symbol)
            if pitch < self.vocabulary.pitches:
                mask = to_mask(bits[symbol], self.vocabulary)
                nats[2] = surprise(self._logits("pitch", time, symbol), mask, pitch)
            if event.kind is Kind.ON and self.vocabulary.velocities > 1:
                nats[3] = surprise(self._logits("velocity", time, symbol, pitch), self._any_velocity, velocity)
        return (nats[0], nats[1], nats[2], nats[3])

    def generate(self, constraints: Constraints = FREE) -> Generated:
        """The next event, drawn; the session has read it when this returns. May be a WAIT."""
        before = self.snapshot()
        dice = self._rng.random(4)
        permission = self._permit(constraints)
        can = possible(self._context)
        may = permission.restrict(can, self._context)
        everything = self._times[int(any(can.now))]
        allowed = self._allowed_times(constraints, may, everything)
        if not allowed.any():
            # Nothing is allowed to happen: time passes.
            ticks = self.vocabulary.max_delta - self._pending
            if constraints.max_delta is not None:
                ticks = max(1, min(ticks, constraints.max_delta))
            wait = Event(ticks, Kind.WAIT)
            return Generated(wait, self.feed(wait), before)
        time, nats = draw(self._time_logits(), everything, allowed, constraints.time, dice[0], tilt=permission.tilt)
        passed, self._pending = self._pending, 0
        if time == self.vocabulary.max_delta:
            event = Event(time, Kind.WAIT)
        else:
            event, more = self._draw_note(time, can, may, constraints, dice)
            nats += more
        self._advance(event)
        return Generated(replace(event, delta=event.delta - passed), nats, before)

    def answer(self, delta: int, part: int, constraints: Constraints = FREE) -> Generated:
        """A note begins in `part` in `delta` ticks; the model chooses which. The session has read it then.

        The surprise is that of what was chosen: pitch and velocity. If no pitch of the constraints is silent, any pitch
        of the vocabulary is. Raises ValueError if all sound.
        """
        before = self.snapshot()
        dice = self._rng.random(4)
        self._pass(delta, scored=False)
        time, self._pending = self._pending, 0
        symbol = len(self.vocabulary.parts) + part
        silent = self._context.pitch_bits(symbol, 1)
        wish = silent & self._permit(replace(constraints, parts=None, may_begin=True)).bits(symbol)
        if not silent:
            self.restore(before)
            raise ValueError(f"every pitch of part {part} sounds")
        only = [0] * self.vocabulary.symbols
        can, may = only.copy(), only.copy()
        can[symbol], may[symbol] = silent, wish or silent
        event, nats = self._draw_note(time, Allowed(can, can), Allowed(may, may), constraints, dice)
        self._advance(event)
        return Generated(replace(event, delta=delta), nats, before)

    def _permit(self, constraints: Constraints) -> Permission:
        if self._permission.constraints is not constraints and self._permission.constraints != constraints:
            self._permission = Permission(constraints, self.vocabulary)
        return self._permission

    def _allowed_times(self, constraints: Constraints, may: Allowed, everything: Mask) -> Mask:
        """Times at which something allowed can happen; `everything` itself where that is all."""
        earliest = self._pending + constraints.min_delta
        latest = self._pending + constraints.max_delta if constraints.max_delta is not None else None
        now, later = any(may.now), any(may.later)
        if earliest == 0 and latest is None and later and now == bool(everything[0]):
            return everything
        longest = self.vocabulary.max_delta
        allowed = everything.copy()
        allowed[: min(earliest, longest)] = False
        if latest is not None:
            allowed[latest + 1 :] = False
        allowed[0] &= now
        if not later:
            allowed[1:] = False
        return allowed

    def _draw_note(
        self, time: int, can: Allowed, may: Allowed, constraints: Constraints, dice: NDArray[np.float64]
    ) -> tuple[Event, float]:
        """Kind, part, pitch and velocity of an event at a time already chosen, and their surprise."""
        v = self.vocabulary
        bits, allowed_bits = can.at(time), may.at(time)
        everything = symbol_mask(bits)
        allowed = everything if bits is allowed_bits else symbol_mask(allowed_bits)
        symbol, nats = 0, 0.0
        if allowed.sum() == 1 and everything.sum() == 1:
            symbol = int(allowed.argmax())
        else:
            symbol, nats = draw(self._logits("symbol", time), everything, allowed, constraints.pitch, dice[1])
        kind, part = v.kind_and_part(symbol)
        everything = to_mask(bits[symbol], v)
        allowed = everything if bits[symbol] == allowed_bits[symbol] else to_mask(allowed_bits[symbol], v)
        pitch, more = draw(self._logits("pitch", time, symbol), everything, allowed, constraints.pitch, dice[2])
        nats += more
        if kind is Kind.OFF:
            return Event(time, kind, v.low + pitch, 0, part), nats
        velocity = 0
        if v.velocities > 1:
            logits = self._logits("velocity", time, symbol, pitch)
            velocity, more = draw(logits, self._any_velocity, self._any_velocity, constraints.velocity, dice[3])
            nats += more
        return Event(time, kind, v.low + pitch, v.velocity_of(velocity), part), nats

    def expectation(self) -> Array:
        """P(the next note to begin has this pitch), shape (128,), sums to 1 (or is 0 if none can).

        Reckoned at the few likeliest times, for each part; it leaves the session as it is.
        """
        v = self.vocabulary
        found = np.zeros(128, dtype=np.float32)
        can = possible(self._context)
        times = chances(self._time_logits(), self._times[int(any(can.now))])[: v.max_delta]
        times[: self._pending] = 0.0
        begins: list[tuple[float, int, int]] = []
        for time in np.argsort(-times)[:3].tolist():
            if times[time] <= 0:
                continue
            symbols = chances(self._logits("symbol", time), symbol_mask(can.at(time)))
            begins += [(times[time] * symbols[len(v.parts) + part], time, part) for part in range(len(v.parts))]
        # By the likeliest of them, however unlikely: where notes are all but certain to end first, what begins after
        # them is still what one wants to know.
        least = max((weight for weight, _, _ in begins), default=0.0) * 1e-3
        for weight, time, part in begins:
            if weight > least:
                symbol = len(v.parts) + part
                mask = to_mask(can.at(time)[symbol], v)
                found[v.low : v.high + 1] += weight / least * chances(self._logits("pitch", time, symbol), mask)
        total = float(found.sum())
        return found / total if total > 0 else found
