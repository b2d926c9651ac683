"""Listener: the model's musical state. It reads the events that happened, and says how surprising they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from musiclstm.errors import ModelError
from musiclstm.model.arrays import FloatArray
from musiclstm.model.context import Context
from musiclstm.model.features.echoes import MAX_MATCH
from musiclstm.model.features.events import Fields, event_fields
from musiclstm.model.modelfile import ModelFile
from musiclstm.model.pitch_bias import BiasTable, Guide
from musiclstm.model.pitch_sets import sets_after
from musiclstm.model.predictor import Predictor
from musiclstm.model.random_numbers import RandomNumbers
from musiclstm.model.snapshot import Snapshot
from musiclstm.model.soundness import is_sound
from musiclstm.model.stepper import State, Stepper
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter
from musiclstm.protocol.commands import SetPart

Nats = tuple[float, float, float, float]  # of time, symbol, pitch, velocity
_OfPart = Callable[[int], FloatArray | None]


class Listener:
    """Not thread-safe: one owner. An event costs the same after an hour as at the start.

    A WAIT shorter than the vocabulary's longest time is no event to the model: its ticks count towards the next
    event's time (they are `pending`). The session starts in `meter` (None: the model's first) with a bar at tick
    `origin`. max_match: the limit of `EchoFeatures`; None where music is only scored.
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
        if model.members:
            raise ModelError(f"{model.title} is a band; name a single model.")
        self.model = model
        self._fingerprint = model.fingerprint
        self.vocabulary = v = model.vocabulary
        self._predictor = Predictor(model, max_match)
        self._context = Context.start(v, meter)
        self._context = self._context.with_meter(origin, self._context.bar_ticks, self._context.meter)
        self._pending = 0
        self._biases, self._knows_chords = BiasTable(v), bool(model.config["chords"])
        # Masks of the time where the next event cannot come now, and where it can.
        self._times = np.ones((2, v.times), dtype=np.uint8)
        self._times[0, 0] = 0
        self.stepper = Stepper(model)
        # The state lags behind by one event, which is unread until the state is needed.
        self.last_state: State = self.stepper.start()
        self.unread: FloatArray | None = None
        self._random = RandomNumbers(seed)
        self._read_start()

    def _read_start(self) -> None:
        """Empties the state. The LSTM then reads that there was no event before, and the position in the bar."""
        self._inputs = self._predictor.inputs(self._context)
        self.set_state(self.stepper.start(), self._read_by_lstm(self._predictor.layout.no_event))
        self._empty = True  # the state follows from nothing but that

    def _read_by_lstm(self, fields: Fields) -> FloatArray:
        """What the LSTM reads of an event, (1, embedding). Needs `_inputs` to be those just after the event."""
        x = np.empty((1, self.stepper.embedding), dtype=np.float32)
        self._predictor.read(fields, self._inputs, x[0])
        return x

    @property
    def _state(self) -> State:
        """The LSTM's state after the last event, which is read only now, so that `answer` returns sooner."""
        if self.unread is not None:
            x, self.unread = self.unread, None
            (self.last_state,) = self.stepper.step([self.last_state], x)
        return self.last_state

    def set_state(self, state: State, unread: FloatArray | None = None) -> None:
        """Sets the LSTM's state. unread: what it reads of the last event, (1, embedding), if it has not done so yet."""
        self.last_state, self.unread = state, unread

    # ---- what it is ----------------------------------------------------------------------------------------------

    @property
    def voices(self) -> tuple[int | None, ...]:
        """See `ModelFile`."""
        return self.model.voices

    @property
    def players(self) -> tuple[tuple[str, int], ...]:
        """See `ModelFile`."""
        return self.model.players

    @property
    def outputs(self) -> tuple[SetPart, ...]:
        """See `ModelFile`."""
        return self.model.outputs

    @property
    def context(self) -> Context:
        """What follows from the events up to now: sounding notes, tick, bar."""
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
        return Snapshot(
            self._state,
            self._context,
            inputs.timing,
            inputs.expected,
            self._pending,
            self._random.position,
            self._fingerprint,
            self.learnt,
        )

    def fits(self, snapshot: Snapshot) -> bool:
        """Whether a snapshot is of this model, and of weights that this session can have."""
        return (
            snapshot.model == self._fingerprint
            and snapshot.context.vocabulary == self.vocabulary
            and (self.can_mix or snapshot.learnt == 1.0)
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Goes back to a snapshot. Raises ModelError for a snapshot of another model."""
        if not self.fits(snapshot):
            raise ModelError("This memory belongs to another model.")
        self._mix_weights(snapshot.learnt)
        self._empty = False
        self._context = snapshot.context
        self._inputs = self._predictor.inputs_of(self._context, snapshot.timing, snapshot.expected)
        self.set_state(snapshot.state)
        self._pending = snapshot.pending
        self._random.position = snapshot.rng

    def check(self, snapshot: Snapshot) -> None:
        """Raises ModelError for a snapshot of another process that must not be restored."""
        if not self.fits(snapshot):
            raise ModelError("This memory belongs to another model.")
        if not is_sound(snapshot, self.last_state, self._predictor.layout):
            raise ModelError("This memory is damaged.")

    # ---- what changes it -----------------------------------------------------------------------------------------

    @property
    def can_mix(self) -> bool:
        """Whether the model's parent is open as well, so that the two can be mixed."""
        return self.model.parent is not None

    @property
    def learnt(self) -> float:
        """The share of its own weights: at 0 it has the parent's, at 1 the model's."""
        return self.model.learnt

    def mix(self, learnt: float) -> None:
        """Goes on with another share of the learnt weights, 0..1; all that it remembers stays.

        Raises ModelError where there is nothing to mix.
        """
        if learnt == self.learnt:
            return
        state = self._state  # what has happened was read with the weights until now
        self._mix_weights(learnt)
        if self._empty:
            self._read_start()
        else:
            self.set_state(replace(state, projections=self.stepper.project(state.hidden[np.newaxis])[0]))

    def _mix_weights(self, learnt: float) -> None:
        if learnt != self.learnt:
            self.model.mix(learnt)

    def continue_from(self, other: Listener) -> bool:
        """Goes on with all that another session remembers, but with random numbers of its own.

        Returns False, and does nothing, if the models are not related: to another model the state means nothing.
        """
        if not self.is_related_to(other):
            return False
        self.restore(replace(other.snapshot(), model=self._fingerprint, learnt=self.learnt, rng=self._random.position))
        self.set_state(replace(self._state, projections=self.stepper.project(self._state.hidden[np.newaxis])[0]))
        return True

    def is_related_to(self, other: Listener) -> bool:
        """Whether the models are related, as in `ModelFile`; those of bands never are."""
        if self.model.members or other.model.members or self._fingerprint == other._fingerprint:
            return False
        return self.model.is_related_to(other.model)

    def place_random(self, seed: int, count: int) -> None:
        """Goes to a position in the random numbers; see `Snapshot.rng`."""
        self._random.position = seed, count

    def reseed(self, seed: int) -> None:
        self._random = RandomNumbers(seed)

    def forget(self) -> None:
        """Empties the state: nothing sounds, and a bar starts now. The ticks and the random numbers go on."""
        tick = self.tick
        empty = Context.start(self.vocabulary).moved(tick)
        self._context = empty.with_meter(tick, self._context.bar_ticks, self._context.meter)
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
        """Reads an event that happened `event.delta` ticks after the last event or wait; returns its surprise in nats.

        Any event may be fed: one that the vocabulary does not contain (a pitch out of range) is read as far as
        possible. Raises ValueError for what is no event of the vocabulary's parts.
        """
        return sum(sum(nats) for nats in self.feed_by_field(event))

    def feed_by_field(self, event: Event, guide: Guide | None = None) -> list[Nats]:
        """Feeds an event; returns the surprise of each field, for each event the model reads (a long pause is several).

        guide: if there is one, the surprise of the pitch counts its bias.
        """
        self._check(event)
        if event.kind is Kind.WAIT or self._is_percussive_off(event):
            return self._pass(event.delta)
        costs = self._pass(event.delta)
        # The rest of the pause belongs to the event itself.
        event = at(event, self._pending)
        self._pending = 0
        costs.append(self._score(event, guide))
        self._advance(event)
        if event.kind is Kind.ON:
            self._context.note_given(event.part, event.pitch)
        return costs

    def read(self, event: Event, *, given: bool = True) -> None:
        """Reads an event without its surprise, in half the time. given: a person, a file or a loop played it."""
        self._check(event)
        self._pass(event.delta, scored=False)
        if event.kind is not Kind.WAIT and not self._is_percussive_off(event):
            event = at(event, self._pending)
            self._pending = 0
            self._advance(event)
            if given and event.kind is Kind.ON:
                self._context.note_given(event.part, event.pitch)

    def skip(self, events: Sequence[Event]) -> None:
        """Reads a past that the LSTM would have forgotten: only the context reads these events, the state is empty."""
        context, longest = self._context.copy(), self.vocabulary.max_delta
        for event in events:
            self._pending += event.delta
            waits, left = divmod(self._pending, longest)
            if waits:
                context.read(waits * longest, int(Kind.WAIT), 0, 0, 0)
                self._pending = left
            if event.kind is not Kind.WAIT and not self._is_percussive_off(event):
                context.read(self._pending, int(event.kind), event.part, event.pitch, event.velocity)
                self._pending = 0
                if event.kind is Kind.ON:
                    context.note_given(event.part, event.pitch)
        self._context = context
        self._read_start()

    def _check(self, event: Event) -> None:
        self._context.dimensions.check(event.delta, int(event.kind), event.part, event.pitch, event.velocity)

    def _is_percussive_off(self, event: Event) -> bool:
        return event.kind is Kind.OFF and self.vocabulary.parts[event.part].percussive

    def _pass(self, ticks: int, *, scored: bool = True) -> list[Nats]:
        """Lets ticks pass: reads whole WAITs, the rest is pending. Returns the surprise of the WAITs if `scored`."""
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

    def _advance(self, event: Event, fields: Fields | None = None) -> None:
        """Reads an event whose delta counts from the context's tick. fields: its `event_fields`, if they are known."""
        state = self._state
        self._empty = False
        self._context = self._context.after(event)
        self._inputs = self._predictor.inputs(self._context)
        self.set_state(state, self._read_by_lstm(fields or event_fields(self._context.dimensions, event)))

    # ---- what it expects -----------------------------------------------------------------------------------------

    def _score(self, event: Event, guide: Guide | None = None) -> Nats:
        """The surprise of each field of an event whose delta counts from the context's tick."""
        possible = sets_after(self._context)
        times, fields = self._times[int(possible.any(0))], event_fields(self._context.dimensions, event)
        state = self._state
        bias, told = self._led_by(guide, self._context.tick + event.delta)
        return self._predictor.rate(state.projections, self._context, self._inputs, possible, times, fields, bias, told)

    def _led_by(self, guide: Guide | None, tick: int) -> tuple[_OfPart | None, _OfPart | None]:
        """Two functions of the part: what a guide adds to the logits at a tick, and what it tells the network."""
        if guide is None:
            return None, None
        knows = self._knows_chords
        return partial(self._biases.logits, guide, tick, knows), partial(guide.told, tick) if knows else None


def at(event: Event, delta: int) -> Event:
    """The event with another delta. Most have it already, and to replace one takes as long as to compute a head."""
    return event if event.delta == delta else replace(event, delta=delta)
