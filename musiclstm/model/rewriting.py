"""Rewriting: other music for some bars of a piece, that fits what came before and what follows.

Particles start from the snapshot at the first bar line. Each plays to the last one, then reads what follows; the better
the model finds what follows in its light, the more the particle weighs (Doucet and Johansen 2009, "A tutorial on
particle filtering and smoothing"). Where parts are kept, their notes come when they are due, count in the same way, and
at each bar line between, heavy particles replace light ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

import numpy as np

from musiclstm.model.branches import moved, resampled
from musiclstm.model.constraints import FREE, Constraints
from musiclstm.model.modelfile import ModelFile
from musiclstm.model.prime import READ
from musiclstm.model.session import Session
from musiclstm.model.snapshot import Snapshot
from musiclstm.model.together import Task, alone, together
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Note, Piece
from musiclstm.music.walk import MeterChange, meter_changes

FOLLOWING = 4
"""Bars behind the rewritten ones that say how well these fit."""

# Tick, kind, part, pitch, velocity: the first four are the order of events.
_Timed = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Passage:
    """What to rewrite, in ticks.

    bars: the bar lines, the first and the last included. until: the last tick of what follows that counts.
    parts: those that are rewritten; the others keep their notes.
    """

    bars: tuple[int, ...]
    until: int
    parts: frozenset[int]

    @property
    def start(self) -> int:
        return self.bars[0]

    @property
    def end(self) -> int:
        return self.bars[-1]


@dataclass(frozen=True, slots=True)
class Proposal:
    """New notes, onset by onset. nats: of all events from the first bar line to `until`. following: of what is kept."""

    notes: tuple[Note, ...]
    nats: float
    following: float


def replaced(model: ModelFile, piece: Piece, passage: Passage) -> list[Note]:
    """The notes of a piece in the model's parts that give way: those that begin and end within the bars.

    A note that sounds across either bar line stays, and so does one that the model cannot play.
    """
    v = model.vocabulary

    def gives_way(note: Note) -> bool:
        onset, end = round(note.onset * v.resolution), round(note.end * v.resolution)
        within = passage.start <= onset < passage.end and (end <= passage.end or v.parts[note.part].percussive)
        return within and note.part in passage.parts and v.low <= note.pitch <= v.high

    return [note for note in piece.notes if gives_way(note)]


def cost(model: ModelFile, piece: Piece, passage: Passage) -> tuple[float, float]:
    """Nats of a piece's events from the first bar line to `until`; and of those that a rewriting keeps."""
    found = _start(model, piece, passage)
    return alone(_read(found, passage.until + 1, passage.end, passage.parts))


def rewrite(
    model: ModelFile,
    piece: Piece,
    passage: Passage,
    *,
    count: int = 4,
    particles: int = 64,
    seed: int = 0,
    constraints: Constraints = FREE,
) -> list[Proposal]:
    """Up to `count` different proposals, the one that fits best first. The same seed gives the same.

    piece: its notes in the model's parts. Takes as long as `particles` times as many events as there are in the bars
    and behind them.
    """
    gone = set(replaced(model, piece, passage))
    kept = replace(piece, notes=tuple(note for note in piece.notes if note not in gone))
    first = _start(model, kept, passage)
    here, dice = first.session.snapshot(), np.random.default_rng(seed)
    seeds = iter(dice.integers(2**62, size=particles * len(passage.bars)).tolist())
    some = [_Particle.at(Session(model), here, next(seeds), first) for _ in range(particles)]
    # Other parts are drawn as well: were they not, these would play in their stead, several times as densely.
    constraints = replace(constraints, parts=None)
    for line in passage.bars[1:-1]:
        list(together(_play(each, line, passage, constraints) for each in some))
        some = _resampled(some, dice, seeds)
    list(together(_play(each, passage.end, passage, constraints) for each in some))
    tasks = (_follow(each, passage) for each in some)
    ranked = sorted(zip(together(tasks), range(particles), strict=True), key=lambda pair: (pair[0].following, pair[1]))
    proposals: dict[tuple[Note, ...], Proposal] = {}
    for proposal, _ in ranked:
        proposals.setdefault(proposal.notes, proposal)
    return list(proposals.values())[:count]


@dataclass(slots=True)
class _Particle:
    """One way through the bars. due: the kept events to come. held: (part, pitch) of kept notes that sound.

    light: nats of the kept events since the particles were last compared; following: since the first bar line.
    """

    session: Session
    due: list[_Timed]
    changes: list[MeterChange]
    held: frozenset[tuple[int, int]]
    own: tuple[_Timed, ...] = ()
    nats: float = 0.0
    following: float = 0.0
    light: float = 0.0

    @staticmethod
    def at(session: Session, snapshot: Snapshot, seed: int, other: _Particle) -> _Particle:
        """Where another particle is, with random numbers and a session of its own."""
        return replace(
            other, session=moved(session, snapshot, seed), due=list(other.due), changes=list(other.changes), light=0.0
        )

    def read_meter(self) -> None:
        """As `walk` has it: before the first event after the bar line."""
        while self.changes and self.changes[0].tick <= self.session.tick:
            change = self.changes.pop(0)
            self.session.set_meter(change.meter, change.tick)

    def feed(self, timed: _Timed) -> float:
        tick, kind, part, pitch, velocity = timed
        self.read_meter()
        nats = self.session.feed(Event(tick - self.session.tick, Kind(kind), pitch, velocity, part))
        self.nats += nats
        return nats

    def feed_kept(self, timed: _Timed) -> None:
        _, kind, part, pitch, _ = timed
        nats = self.feed(timed)
        self.following += nats
        self.light += nats
        self.held = self.held | {(part, pitch)} if kind == Kind.ON else self.held - {(part, pitch)}

    def next_due(self, line: int) -> _Timed | None:
        """What must come next before a bar line: a kept event, or the end of an own note that a kept one repeats."""
        if not self.due or self.due[0][0] >= line:
            return None
        first, sounding = self.due[0], self.session.context.sounding
        at = first[0]
        for tick, kind, part, pitch, _ in takewhile(lambda each: each[0] == at, self.due):
            if kind == Kind.ON and (part, pitch) in sounding and (part, pitch) not in self.held:
                first = min(first, (tick, int(Kind.OFF), part, pitch, 0))
        return first

    def feed_own(self, timed: _Timed) -> None:
        self.feed(timed)
        self.own = (*self.own, timed)


def _start(model: ModelFile, piece: Piece, passage: Passage) -> _Particle:
    """A session that has read what comes before the first bar line, and what is due then."""
    timed, tick = [], 0
    events = model.vocabulary.encode(piece)
    for event in events:
        tick += event.delta
        if event.kind is not Kind.WAIT:
            timed.append((tick, int(event.kind), event.part, event.pitch, event.velocity))
    past = [each for each in timed if each[0] < passage.start]
    first, *changes = meter_changes(piece, model.vocabulary)
    session = Session(model, meter=first.meter, origin=first.tick)
    found = _Particle(session, timed[len(past) :], changes, frozenset())
    early = past[:-READ]
    before = [0, *(each[0] for each in early)]
    session.skip(
        [Event(each[0] - tick, Kind(each[1]), each[3], each[4], each[2]) for tick, each in zip(before, early)]  # noqa: B905
    )
    for tick, kind, part, pitch, velocity in past[len(early) :]:
        found.read_meter()
        session.read(Event(tick - session.tick, Kind(kind), pitch, velocity, part))
    found.held = frozenset(session.context.sounding)
    return found


def _play(particle: _Particle, line: int, passage: Passage, constraints: Constraints) -> Task[None]:
    """Play up to a bar line, which is not reached: whatever is at its tick comes after it."""
    session, parts = particle.session, len(particle.session.vocabulary.parts)
    while True:
        due = particle.next_due(line)
        particle.read_meter()
        yield session
        held = [
            sum(1 << pitch for part, pitch in particle.held if part == each and each in passage.parts)
            for each in range(parts)
        ]
        may = replace(constraints, kept=tuple(held), min_delta=max(0, passage.start - session.tick))
        if session.tick < line:
            made = session.generate(may)
            event = made.event
            mine = event.kind is Kind.WAIT or event.part in passage.parts
            in_time = session.tick < line and (due is None or (session.tick, *_order(event)) < due[:4])
            if mine and in_time:
                particle.nats += made.surprise
                if event.kind is not Kind.WAIT:
                    own = (session.tick, int(event.kind), event.part, event.pitch, event.velocity)
                    particle.own = (*particle.own, own)
                continue
            # What it would play comes later than what is due, or is another part's. The same random numbers would make
            # it wait once more.
            seed, number = made.before.rng
            session.restore(replace(made.before, rng=(seed, number + 1)))
        if due is None:
            return
        if due == particle.due[0]:
            particle.feed_kept(particle.due.pop(0))
        else:
            particle.feed_own(due)


def _order(event: Event) -> tuple[int, int, int]:
    return int(event.kind), event.part, event.pitch


def _follow(particle: _Particle, passage: Passage) -> Task[Proposal]:
    """End what was played at the last bar line, and read what follows."""
    parts = particle.session.vocabulary.parts
    open_ = [
        (passage.end, int(Kind.OFF), part, pitch, 0)
        for part, pitch in particle.session.context.sounding
        if (part, pitch) not in particle.held and not parts[part].percussive
    ]
    for each in open_:
        particle.own = (*particle.own, each)
    particle.due = sorted(particle.due + open_)
    _, following = yield from _read(particle, passage.until + 1, passage.end)
    return Proposal(_notes(particle), particle.nats, particle.following + following)


def _read(particle: _Particle, until: int, end: int, parts: frozenset[int] | None = None) -> Task[tuple[float, float]]:
    """Read what is due before a tick: nats of all of it; and of what is due from `end` on or is of no such part."""
    total = following = 0.0
    for timed in particle.due:
        if timed[0] >= until:
            break
        yield particle.session
        nats = particle.feed(timed)
        total += nats
        following += nats if timed[0] >= end or (parts is not None and timed[2] not in parts) else 0.0
    return total, following


def _notes(particle: _Particle) -> tuple[Note, ...]:
    v = particle.session.vocabulary
    events, before = [], 0
    for tick, kind, part, pitch, velocity in particle.own:
        events.append(Event(tick - before, Kind(kind), pitch, velocity, part))
        before = tick
    return v.decode(events)


def _resampled(some: Sequence[_Particle], dice: np.random.Generator, seeds: Iterator[int]) -> list[_Particle]:
    """Heavy particles more often and light ones not, if few carry most of the weight."""
    chosen = resampled([each.light for each in some], dice)
    if chosen is None:
        return list(some)
    snapshots = [each.session.snapshot() for each in some]
    return [
        _Particle.at(own.session, snapshots[index], next(seeds), some[index])
        for own, index in zip(some, chosen, strict=True)
    ]
