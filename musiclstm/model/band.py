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
from musiclstm.model.band_parts import BandContext, shares_of
from musiclstm.model.band_player import BandPlayer
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
        shares = shares_of([each.vocabulary for each in model.members], self.vocabulary)
        pairs = zip(model.members, shares, strict=True)
        self._players = [BandPlayer(each, share, meter, origin) for each, share in pairs]
        self._tick, self._turn = 0, NOBODY
        self._person = Heard()  # what a person played, in whatever part
        self._leader = NOBODY
        self._ears: list[Ear | None] = []
        self._given: tuple[int, ...] = ()
        self._random = RandomNumbers(seed)
        self._common: Constraints | None = None
        self._own: list[Constraints] = []

    # ---- what it is ----------------------------------------------------------------------------------------------

    @property
    def context(self) -> Any:
        players = self._players
        return BandContext(
            self.vocabulary,
            tuple(player.share for player in players),
            tuple(player.state.context for player in players),
            players[0].origin,
            self._tick,
            self._given,
        )

    @property
    def tick(self) -> int:
        return self._tick

    def frame(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        state: State = self._players[0].state.state
        return state.cell, state.hidden, state.gates

    def snapshot(self) -> BandSnapshot:
        players = self._players
        return BandSnapshot(
            players[0].state.state,
            self.context,
            [],
            (),
            0,
            self._random.position,
            self._fingerprint,
            self.learnt,
            tuple(player.state for player in players),
            tuple(player.origin for player in players),
            self._tick,
            self._turn,
            (*(player.heard for player in players), self._person),
            tuple(player.played for player in players),
        )

    def fits(self, snapshot: Snapshot) -> bool:
        return isinstance(snapshot, BandSnapshot) and snapshot.model == self._fingerprint

    def restore(self, snapshot: Snapshot) -> None:
        if not isinstance(snapshot, BandSnapshot) or not self.fits(snapshot):
            raise ModelError("This memory belongs to another model.")
        for number, player in enumerate(self._players):
            player.state, player.origin = snapshot.players[number], snapshot.origins[number]
            player.heard, player.played = snapshot.heard[number], snapshot.played[number]
        self._person = snapshot.heard[-1]
        self._tick, self._turn = snapshot.tick_now, snapshot.turn
        self._given = snapshot.context.given
        self._random.position = snapshot.rng

    def check(self, snapshot: Snapshot) -> None:
        if not isinstance(snapshot, BandSnapshot) or not self.fits(snapshot):
            raise ModelError("This memory belongs to another model.")
        if not snapshot.is_sound(len(self._players)):
            raise ModelError("This memory is damaged.")
        for player, state in zip(self._players, snapshot.players, strict=True):
            player.session.check(state)

    # ---- what changes it -----------------------------------------------------------------------------------------

    @property
    def can_mix(self) -> bool:
        """Whether one of the players can."""
        return any(player.session.can_mix for player in self._players)

    @property
    def learnt(self) -> float:
        return next((player.state.learnt for player in self._players if player.session.can_mix), 1.0)

    def mix(self, learnt: float) -> None:
        if not self.can_mix:
            self.model.mix(learnt)
        for player in self._players:
            if player.session.can_mix:
                if player.session.snapshot().state is not player.state.state:
                    player.resumed()
                player.session.mix(learnt)
                player.keep()

    def reseed(self, seed: int) -> None:
        self._random = RandomNumbers(seed)

    def forget(self) -> None:
        for player in self._players:
            session = player.reached(self._tick)
            session.forget()
            player.keep()
            # From here on the player's ticks lie on the band's, whatever its own grid.
            player.origin = self._tick - player.share.scale * session.tick
            player.heard, player.played = Heard(at=self._tick), PlayedNotes()
        self._person = Heard(at=self._tick)
        self._turn = NOBODY

    def set_meter(self, meter: Meter, origin: int | None = None) -> None:
        for player in self._players:
            player.resumed().set_meter(meter, player.nearest(self._tick if origin is None else origin))
            player.keep()

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
        number, player = self._player_of(event.part)
        session = player.resumed()
        taken = take(session, player.own(event, self._tick, session.tick))
        if given and event.kind is Kind.ON:
            self._given = (128 * event.part + event.pitch,)
        self._happened(number, event, given=given)
        return taken

    def skip(self, events: Sequence[Event]) -> None:
        """Skips a long past, as a session does. What players hear of each other does not reach so far back."""
        own: list[list[Event]] = [[] for _ in self._players]
        ticks = [player.state.tick for player in self._players]
        for event in events:
            self._let_pass(event.delta)
            if event.kind is not Kind.WAIT:
                number, player = self._player_of(event.part)
                own[number].append(player.own(event, self._tick, ticks[number]))
                ticks[number] += own[number][-1].delta
        for player, theirs in zip(self._players, own, strict=True):
            player.resumed().skip(theirs)
            player.keep()

    def _let_pass(self, ticks: int) -> None:
        if ticks:
            self._tick += ticks
            self._turn = NOBODY

    def _player_of(self, part: int) -> tuple[int, BandPlayer]:
        for number, player in enumerate(self._players):
            if player.share.first <= part < player.share.end:
                return number, player
        raise ValueError(f"there is no part {part}")

    def _happened(self, number: int, event: Event, *, given: bool = False) -> None:
        """Remembers an event that a player's session has read, at the band's tick. given: as in `read`."""
        player, tick, bar = self._players[number], self._tick, self._bar
        player.keep()
        self._turn = number
        pitch = None if self.vocabulary.parts[event.part].percussive else event.pitch
        if pitch is not None and event.kind is Kind.ON:
            player.played = player.played.started(tick, event.part, pitch, bar)
        elif pitch is not None:
            player.played = player.played.ended(tick, event.part, pitch)
        if event.kind is Kind.ON and given:
            self._person = self._person.started(tick, pitch, event.velocity, bar)
        elif event.kind is Kind.ON:
            player.heard = player.heard.started(tick, pitch, event.velocity, bar)

    @property
    def _bar(self) -> int:
        """The length of a bar, in ticks."""
        first = self._players[0]
        return first.share.scale * first.state.context.bar_ticks

    # ---- what comes next -----------------------------------------------------------------------------------------

    def draw(self, constraints: Constraints = FREE) -> tuple[Event, float]:
        seed, count = self._random.position
        self._random.position = seed, count + 1
        asked: list[tuple[int, int, int, Constraints]] = []
        for number, player in enumerate(self._players):
            session = player.reached(self._tick)
            own = self._constraints(number, constraints)
            session.place_random(_seed_of(seed, number), count)
            next_tick = player.origin + player.share.scale * (session.tick + session.next_delta(own))
            asked.append((next_tick, self._rank(number), number, own))
        tick, _rank, number, own = min(asked, key=lambda each: each[:2])
        delta = max(0, tick - self._tick)
        # Now it draws the event whose time it has told: with the same random numbers, it is the same one.
        session = self._players[number].reached(self._tick)
        session.place_random(_seed_of(seed, number), count)
        event, nats = session.draw(own)
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
        return replace(event, delta=delta, part=self._players[number].share.first + event.part, velocity=velocity)

    def answer(self, delta: int, part: int, constraints: Constraints = FREE) -> GeneratedEvent:
        before = self.snapshot()
        seed, count = self._random.position
        number, player = self._player_of(part)
        self._let_pass(delta)
        session = player.reached(self._tick)
        session.place_random(_seed_of(seed, number), count)
        ahead = max(0, player.nearest(self._tick) - session.tick)
        try:
            answer = session.answer(ahead, part - player.share.first, self._constraints(number, constraints))
        except ValueError:
            self.restore(before)
            raise
        self._random.position = seed, count + 1
        event = self._heard_event(number, answer.event, delta)
        self._happened(number, event)
        return GeneratedEvent(event, answer.surprise, before)

    def expectation(self, constraints: Constraints = FREE) -> FloatArray:
        found = np.zeros(128, dtype=np.float32)
        for number, player in enumerate(self._players):
            if not player.share.percussive:
                session = player.reached(self._tick)
                found += session.expectation(self._constraints(number, constraints))
        total = float(found.sum())
        return found / total if total > 0 else found

    def _constraints(self, number: int, constraints: Constraints) -> Constraints:
        """A player's share of the constraints, with what it hears, and not before its turn; it has reached now."""
        player, tick = self._players[number], self._tick
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
        least = -((player.origin - earliest) // player.share.scale) - player.session.tick
        return replace(own, min_delta=least) if least > 0 else own

    def _rank(self, number: int) -> int:
        """Whose turn comes first at a tick."""
        return NOBODY if number == self._leader else number

    def _suited(self, number: int, constraints: Constraints) -> Constraints:
        """What holds for a player as long as the band's constraints do; what it hears changes by itself."""
        share, member, around = self._players[number].share, self.model.members[number], partial(self._around, number)
        return own_constraints(constraints, number, share, member, around, self._played_by)

    def _around(self, number: int) -> Around:
        first, player = self._players[0], self._players[number]
        others = [each for each in self._players if each is not player]
        return Around(
            self._tick,
            self._bar,
            player.origin,
            frozenset(
                pitch for each in others if not each.share.percussive for _, pitch in each.state.context.sounding
            ),
            [*(each.heard for each in others), self._person],
            player.heard,
            first.origin + first.share.scale * first.state.context.bar_origin,
            self.vocabulary.resolution,
        )

    def _played_by(self, number: int) -> PlayedNotes:
        return self._players[number].played


def _seed_of(seed: int, number: int) -> int:
    """The seed of a player's random numbers."""
    return (seed + number * _STREAM) % _SEEDS


def open_session(model: ModelFile, seed: int = 0, meter: Meter | None = None, origin: int = 0) -> Session:
    """A session of a model, or of a band."""
    return Band(model, seed, meter, origin) if model.members else Session(model, seed, meter, origin)
