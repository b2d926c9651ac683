"""Particle: one way to play some bars of a piece, between notes that are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import NamedTuple

from musiclstm.model.branches import moved
from musiclstm.model.session import Session
from musiclstm.model.snapshot import Snapshot
from musiclstm.music.event import Event, Kind
from musiclstm.music.walk import MeterChange


class Timed(NamedTuple):
    """An event and its tick, in the order of events: in a band, players take their turns at a tick."""

    tick: int
    player: int
    kind: Kind
    part: int
    pitch: int
    velocity: int = 0

    @staticmethod
    def of(tick: int, event: Event, players: Sequence[int]) -> Timed:
        """An event at a tick. players: the player of each part."""
        return Timed(tick, players[event.part], event.kind, event.part, event.pitch, event.velocity)

    def event(self, now: int) -> Event:
        """The event, as it comes after tick `now`."""
        return Event(self.tick - now, self.kind, self.pitch, self.velocity, self.part)


def events_from(timed: Sequence[Timed]) -> list[Event]:
    """The events, the first counted from tick 0."""
    before = [0, *(each.tick for each in timed)]
    return [each.event(tick) for tick, each in zip(before, timed)]  # noqa: B905


@dataclass(slots=True)
class Particle:
    """One way through the bars. due: the kept events to come. held: (part, pitch) of kept notes that sound.

    players: the player of each part. yields: the player drew an event in a kept part, so it waits for its own
    next kept event. nats: cost of all events since the first bar line. following: of the kept ones among them.
    recent_nats: of the kept ones since the particles were last compared; where it is high, the particle is light.
    """

    session: Session
    due: list[Timed]
    changes: list[MeterChange]
    held: frozenset[tuple[int, int]]
    players: tuple[int, ...]
    yields: bool = False
    own: tuple[Timed, ...] = ()
    nats: float = 0.0
    following: float = 0.0
    recent_nats: float = 0.0

    @staticmethod
    def at(session: Session, snapshot: Snapshot, seed: int, other: Particle) -> Particle:
        """Where another particle is, with random numbers and a session of its own."""
        here = moved(session, snapshot, seed)
        return replace(other, session=here, due=list(other.due), changes=list(other.changes), recent_nats=0.0)

    def read_meter(self) -> None:
        """Reads the changes of meter that are due: as in `walk`, before the first event after the bar line."""
        while self.changes and self.changes[0].tick <= self.session.tick:
            change = self.changes.pop(0)
            self.session.set_meter(change.meter, change.tick)

    def off(self, tick: int, part: int, pitch: int) -> Timed:
        return Timed(tick, self.players[part], Kind.OFF, part, pitch)

    def feed(self, timed: Timed) -> float:
        self.read_meter()
        nats = self.session.feed(timed.event(self.session.tick))
        self.nats += nats
        return nats

    def feed_kept(self, timed: Timed) -> None:
        nats = self.feed(timed)
        self.following += nats
        self.recent_nats += nats
        note = {(timed.part, timed.pitch)}
        self.held = self.held | note if timed.kind is Kind.ON else self.held - note

    def next_due(self, line: int) -> Timed | None:
        """What must come next before a bar line: a kept event, or the end of an own note that a kept one repeats."""
        if not self.due or self.due[0].tick >= line:
            return None
        first, sounding = self.due[0], self.session.context.sounding
        for each in takewhile(lambda each: each.tick == self.due[0].tick, self.due):
            note = each.part, each.pitch
            if each.kind is Kind.ON and note in sounding and note not in self.held:
                first = min(first, self.off(each.tick, *note))
        return first

    def feed_own(self, timed: Timed) -> None:
        self.feed(timed)
        self.own = (*self.own, timed)
