"""Band: several models play together, and to everyone else they are one session.

A player is a model with a session of its own. Their parts lie side by side in one vocabulary, whose tick divides every
player's tick. So the plan, the history, the time machine, voices and takes know nothing of players: a snapshot holds
all of them, and going back brings all of them back.

Who plays next: each player says when its next event would come, given that nothing of its own has come up to now. The
earliest event is drawn, and after it the other players are asked again, with new random numbers, given that more time
has passed; their events have the same distribution as if they had waited. At one tick the players take their turns in
order, first the one whose chords the others follow. All random numbers follow from one seed and one count.

Players hear each other, and the person in whatever part they play: harmony, density, onsets and loudness, each as much
as `Constraints.hearing` says (`model/hearing.py`). The chords that one of them plays lead the others if
`Constraints.follows` says so (`model/played_chords.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import numpy as np

from musiclstm.errors import ModelError
from musiclstm.model.arrays import FloatArray
from musiclstm.model.band_constraints import own_constraints
from musiclstm.model.band_guide import Around
from musiclstm.model.band_parts import BandContext, Share, shares_of
from musiclstm.model.band_snapshot import NOBODY, BandSnapshot
from musiclstm.model.constraints import FREE, Constraints
from musiclstm.model.hearing import Heard
from musiclstm.model.modelfile import ModelFile
from musiclstm.model.pitch_bias import Ear
from musiclstm.model.played_chords import PlayedNotes
from musiclstm.model.random_numbers import RandomNumbers
from musiclstm.model.session import Session
from musiclstm.model.snapshot import GeneratedEvent, Snapshot
from musiclstm.model.stepper import State
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter

T = TypeVar("T")

_STREAM = 0x9E3779B97F4A7C15
"""Between the seeds of two players: 2^64 divided by the golden ratio, so that they are far apart."""
_SEEDS = 1 << 64


class Band(Session):
    """A session of a model file with `members`. The first player's bars are the band's. Not thread-safe."""

    unread: FloatArray | None = None  # each player reads for itself

    def __init__(self, model: ModelFile, seed: int = 0, meter: Meter | None = None, origin: int = 0) -> None:
        self.model = model
        self.vocabulary = model.vocabulary
        self._fingerprint = model.fingerprint
        meter = meter or Meter(*model.vocabulary.meters[0])
        self._shares = shares_of([each.vocabulary for each in model.members], self.vocabulary)
        pairs = zip(model.members, self._shares, strict=True)
        self._players = [Session(each, 0, meter, round(origin / share.scale)) for each, share in pairs]
        self._states = [player.snapshot() for player in self._players]
        self._origins = [0] * len(self._players)
        self._tick, self._turn = 0, NOBODY
        # For each player what it decided itself; last, what a person played, in whatever part.
        self._heard = [Heard()] * (len(self._players) + 1)
        self._played = [PlayedNotes()] * len(self._players)
        self._leader = NOBODY
        self._ears: list[Ear | None] = []
        self._given: tuple[int, ...] = ()
        self._random = RandomNumbers(seed)
        self._common: Constraints | None = None
        self._own: list[Constraints] = []

    # ---- what it is ----------------------------------------------------------------------------------------------

    @property
    def context(self) -> Any:
        return BandContext(
            self.vocabulary,
            tuple(self._shares),
            tuple(state.context for state in self._states),
            self._origins[0],
            self._tick,
            self._given,
        )

    @property
    def tick(self) -> int:
        return self._tick

    def frame(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        state: State = self._states[0].state
        return state.cell, state.hidden, state.gates

    def snapshot(self) -> BandSnapshot:
        return BandSnapshot(
            self._states[0].state,
            self.context,
            [],
            (),
            0,
            self._random.position,
            self._fingerprint,
            self.learnt,
            tuple(self._states),
            tuple(self._origins),
            self._tick,
            self._turn,
            tuple(self._heard),
            tuple(self._played),
        )

    def fits(self, snapshot: Snapshot) -> bool:
        return isinstance(snapshot, BandSnapshot) and snapshot.model == self._fingerprint

    def restore(self, snapshot: Snapshot) -> None:
        if not isinstance(snapshot, BandSnapshot) or not self.fits(snapshot):
            raise ModelError("This memory belongs to another model.")
        self._states = list(snapshot.players)
        self._origins = list(snapshot.origins)
        self._tick, self._turn = snapshot.tick_now, snapshot.turn
        self._heard, self._played = list(snapshot.heard), list(snapshot.played)
        self._given = snapshot.context.given
        self._random.position = snapshot.rng

    def check(self, snapshot: Snapshot) -> None:
        if not isinstance(snapshot, BandSnapshot) or not self.fits(snapshot):
            raise ModelError("This memory belongs to another model.")
        if not snapshot.is_sound(len(self._players)):
            raise ModelError("This memory is damaged.")
        for player, state in zip(self._players, snapshot.players, strict=True):
            player.check(state)

    # ---- what changes it -----------------------------------------------------------------------------------------

    @property
    def can_mix(self) -> bool:
        """Whether one of the players can."""
        return any(player.can_mix for player in self._players)

    @property
    def learnt(self) -> float:
        pairs = zip(self._players, self._states, strict=True)
        return next((state.learnt for player, state in pairs if player.can_mix), 1.0)

    def mix(self, learnt: float) -> None:
        if not self.can_mix:
            self.model.mix(learnt)
        for number, player in enumerate(self._players):
            if player.can_mix:
                if player.snapshot().state is not self._states[number].state:
                    player.restore(self._states[number])
                player.mix(learnt)
                self._states[number] = player.snapshot()

    def reseed(self, seed: int) -> None:
        self._random = RandomNumbers(seed)

    def forget(self) -> None:
        for number, player in enumerate(self._players):
            self._reach(number)
            player.forget()
            self._states[number] = player.snapshot()
            # From here on the player's ticks lie on the band's, whatever its own grid.
            self._origins[number] = self._tick - self._shares[number].scale * player.tick
        self._turn = NOBODY
        self._heard = [Heard(at=self._tick)] * (len(self._players) + 1)
        self._played = [PlayedNotes()] * len(self._players)

    def set_meter(self, meter: Meter, origin: int | None = None) -> None:
        for number, player in enumerate(self._players):
            at = (self._tick if origin is None else origin) - self._origins[number]
            player.restore(self._states[number])
            player.set_meter(meter, round(at / self._shares[number].scale))
            self._states[number] = player.snapshot()

    def feed(self, event: Event) -> float:
        """Reads an event that happened; returns its surprise in nats for its player, who expects it as if alone."""
        return self._take(event, Session.feed) or 0.0

    def read(self, event: Event, *, given: bool = True) -> None:
        self._take(event, partial(Session.read, given=given), given=given)

    def _take(self, event: Event, take: Callable[[Session, Event], T], *, given: bool = True) -> T | None:
        """The event's player takes it. None for a wait: players hear time pass when they are asked next."""
        if event.delta < 0:
            raise ValueError("An event cannot be in the past.")
        self._let_pass(event.delta)
        if event.kind is Kind.WAIT:
            return None
        number, share = self._player_of(event.part)
        player = self._players[number]
        player.restore(self._states[number])
        at = max(player.tick, self._tick_of(number))
        taken = take(player, replace(event, delta=at - player.tick, part=event.part - share.first))
        if given and event.kind is Kind.ON:
            self._given = (128 * event.part + event.pitch,)
        self._happened(number, event, given=given)
        return taken

    def _tick_of(self, number: int) -> int:
        """The player's tick that is nearest to now."""
        return round((self._tick - self._origins[number]) / self._shares[number].scale)

    def skip(self, events: Sequence[Event]) -> None:
        """Skips a long past, as a session does. What players hear of each other does not reach so far back."""
        own: list[list[Event]] = [[] for _ in self._players]
        ticks = [state.tick for state in self._states]
        for event in events:
            self._let_pass(event.delta)
            if event.kind is Kind.WAIT:
                continue
            number, share = self._player_of(event.part)
            at = max(ticks[number], self._tick_of(number))
            own[number].append(replace(event, delta=at - ticks[number], part=event.part - share.first))
            ticks[number] = at
        for number, player in enumerate(self._players):
            player.restore(self._states[number])
            player.skip(own[number])
            self._states[number] = player.snapshot()

    def _let_pass(self, ticks: int) -> None:
        if ticks:
            self._tick += ticks
            self._turn = NOBODY

    def _player_of(self, part: int) -> tuple[int, Share]:
        for number, share in enumerate(self._shares):
            if share.first <= part < share.end:
                return number, share
        raise ValueError(f"there is no part {part}")

    def _reach(self, number: int) -> Session:
        """The player's session, after all of its own ticks up to now have passed."""
        player = self._players[number]
        player.restore(self._states[number])
        behind = (self._tick - self._origins[number]) // self._shares[number].scale - player.tick
        if behind > 0:
            player.read(Event(behind, Kind.WAIT))
            self._states[number] = player.snapshot()
        return player

    def _happened(self, number: int, event: Event, *, given: bool = False) -> None:
        """Remembers an event that a player's session has read, at the band's tick. given: as in `read`."""
        self._states[number] = self._players[number].snapshot()
        self._turn = number
        pitch = None if self.vocabulary.parts[event.part].percussive else event.pitch
        if pitch is not None:
            played = self._played[number]
            if event.kind is Kind.ON:
                self._played[number] = played.started(self._tick, event.part, pitch, self._bar)
            else:
                self._played[number] = played.ended(self._tick, event.part, pitch)
        if event.kind is Kind.ON:
            source = len(self._players) if given else number
            self._heard[source] = self._heard[source].started(self._tick, pitch, event.velocity, self._bar)

    @property
    def _bar(self) -> int:
        """The length of a bar, in ticks."""
        return self._shares[0].scale * self._states[0].context.bar_ticks

    # ---- what comes next -----------------------------------------------------------------------------------------

    def draw(self, constraints: Constraints = FREE) -> tuple[Event, float]:
        seed, count = self._random.position
        self._random.position = seed, count + 1
        asked: list[tuple[int, int, int, Constraints]] = []
        for number, share in enumerate(self._shares):
            player = self._reach(number)
            own = self._constraints(number, constraints, player)
            player.place_random((seed + number * _STREAM) % _SEEDS, count)
            next_tick = self._origins[number] + share.scale * (player.tick + player.next_delta(own))
            asked.append((next_tick, self._rank(number), number, own))
        tick, _rank, number, own = min(asked, key=lambda each: each[:2])
        delta = max(0, tick - self._tick)
        # Now it draws the event whose time it has told: with the same random numbers, it is the same one.
        player, share = self._reach(number), self._shares[number]
        player.place_random((seed + number * _STREAM) % _SEEDS, count)
        event, nats = player.draw(own)
        self._let_pass(delta)
        if event.kind is Kind.WAIT:
            return Event(delta, Kind.WAIT), 0.0  # players hear time pass when they are asked next
        event = self._heard_event(number, event, delta)
        self._happened(number, event)
        return event, nats

    def _heard_event(self, number: int, event: Event, delta: int) -> Event:
        """A player's event as the band's."""
        ear = self._ears[number]
        velocity = event.velocity if ear is None or event.kind is Kind.OFF else ear.velocity(event.velocity)
        return replace(event, delta=delta, part=self._shares[number].first + event.part, velocity=velocity)

    def answer(self, delta: int, part: int, constraints: Constraints = FREE) -> GeneratedEvent:
        before = self.snapshot()
        seed, count = self._random.position
        number, share = self._player_of(part)
        self._let_pass(delta)
        player = self._reach(number)
        player.place_random((seed + number * _STREAM) % _SEEDS, count)
        ahead = max(0, self._tick_of(number) - player.tick)
        try:
            answer = player.answer(ahead, part - share.first, self._constraints(number, constraints, player))
        except ValueError:
            self.restore(before)
            raise
        self._random.position = seed, count + 1
        event = self._heard_event(number, answer.event, delta)
        self._happened(number, event)
        return GeneratedEvent(event, answer.surprise, before)

    def expectation(self, constraints: Constraints = FREE) -> FloatArray:
        found = np.zeros(128, dtype=np.float32)
        for number, share in enumerate(self._shares):
            if not share.percussive:
                player = self._reach(number)
                found += player.expectation(self._constraints(number, constraints, player))
        total = float(found.sum())
        return found / total if total > 0 else found

    def _constraints(self, number: int, constraints: Constraints, player: Session) -> Constraints:
        """A player's share of the constraints, with what it hears, and not before its turn."""
        share, tick = self._shares[number], self._tick
        lasting = constraints
        if constraints.min_delta:
            lasting = replace(constraints, min_delta=0)
        if self._common is not lasting and self._common != lasting:
            self._common = lasting
            self._own = [self._suited(each, lasting) for each in range(len(self._players))]
            self._ears = [own.ear for own in self._own]
            self._leader = NOBODY if lasting.follows is None else lasting.follows.player
        own = self._own[number]
        over = self._turn != NOBODY and self._rank(number) < self._rank(self._turn)
        earliest = max(tick + constraints.min_delta, tick + 1 if over else tick)
        least = -((self._origins[number] - earliest) // share.scale) - player.tick
        return replace(own, min_delta=least) if least > 0 else own

    def _rank(self, number: int) -> int:
        """Whose turn comes first at a tick."""
        return NOBODY if number == self._leader else number

    def _suited(self, number: int, constraints: Constraints) -> Constraints:
        """What holds for a player as long as the band's constraints do; what it hears changes by itself."""
        member, around = self.model.members[number], partial(self._around, number)
        return own_constraints(constraints, number, self._shares[number], member, around, self._played_by)

    def _around(self, number: int) -> Around:
        others = [n for n, share in enumerate(self._shares) if n != number and not share.percussive]
        sounding = frozenset(pitch for n in others for _, pitch in self._states[n].context.sounding)
        heard = [*self._heard[:number], *self._heard[number + 1 :]]
        line = self._origins[0] + self._shares[0].scale * self._states[0].context.bar_origin
        return Around(
            self._tick,
            self._bar,
            self._origins[number],
            sounding,
            heard,
            self._heard[number],
            line,
            self.vocabulary.resolution,
        )

    def _played_by(self, number: int) -> PlayedNotes:
        return self._played[number]


def open_session(model: ModelFile, seed: int = 0, meter: Meter | None = None, origin: int = 0) -> Session:
    """A session of a model, or of a band."""
    return Band(model, seed, meter, origin) if model.members else Session(model, seed, meter, origin)
