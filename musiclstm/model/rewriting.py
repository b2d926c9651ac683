"""Rewriting: other music for some bars of a piece, that fits what came before and what follows.

Particles start from the snapshot at the first bar line. Each plays to the last one, then reads what follows; the
likelier the model finds that after a particle's bars, the more the particle weighs (Doucet and Johansen 2009, "A
tutorial on particle filtering and smoothing"). Where parts are kept, their notes come when they are due and count in
the same way, and at each bar line between, heavy particles replace light ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

import numpy as np

from musiclstm.model.band import open_session
from musiclstm.model.branches import resampled
from musiclstm.model.constraints import FREE, Constraints
from musiclstm.model.modelfile import ModelFile
from musiclstm.model.particle import Particle, Timed, events_from
from musiclstm.model.prime import READ, can_play, events_of
from musiclstm.model.together import Task, alone, together
from musiclstm.music.event import Kind
from musiclstm.music.note import Note, Piece
from musiclstm.music.walk import meter_changes

FOLLOWING = 4
"""Bars after the rewritten ones that say how well these fit."""


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
    """New notes, onset by onset. nats: the cost of all events from the first bar line to `until`.

    following: the cost of those among them that are kept.
    """

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
        return within and note.part in passage.parts and can_play(model, note)

    return [note for note in piece.notes if gives_way(note)]


def cost(model: ModelFile, piece: Piece, passage: Passage) -> tuple[float, float]:
    """The cost in nats of a piece's events from the first bar line to `until`, and of those that a rewriting keeps."""
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
    """Up to `count` different proposals, the one that fits best first. The same seed gives the same ones.

    piece: its notes are in the model's parts. Takes as long as generating the bars, and what follows up to `until`, for
    every particle.
    """
    gone = set(replaced(model, piece, passage))
    kept = replace(piece, notes=tuple(note for note in piece.notes if note not in gone))
    first = _start(model, kept, passage)
    here, dice = first.session.snapshot(), np.random.default_rng(seed)
    seeds = iter(dice.integers(2**62, size=particles * len(passage.bars)).tolist())
    some = [Particle.at(open_session(model), here, next(seeds), first) for _ in range(particles)]
    # Events of kept parts are drawn as well, but not played: a particle that draws one waits. Without them, the
    # rewritten parts would play in their stead, several times as densely. In a band this concerns only the parts of one
    # player; the other players keep time by themselves.
    theirs = {first.players[part] for part in passage.parts}
    parts = frozenset(part for part, player in enumerate(first.players) if player in theirs)
    constraints = replace(constraints, parts=parts if model.members else None)
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


def _start(model: ModelFile, piece: Piece, passage: Passage) -> Particle:
    """A particle whose session has read what comes before the first bar line; the rest is due."""
    members = model.members or (model,)
    players = tuple(number for number, each in enumerate(members) for _ in each.vocabulary.parts)
    timed, tick = [], 0
    for event in events_of(model, piece):
        tick += event.delta
        if event.kind is not Kind.WAIT:
            timed.append(Timed.of(tick, event, players))
    timed.sort()
    past = [each for each in timed if each.tick < passage.start]
    first, *changes = meter_changes(piece, model.vocabulary)
    session = open_session(model, meter=first.meter, origin=first.tick)
    found = Particle(session, timed[len(past) :], changes, frozenset(), players)
    early = past[:-READ]
    session.skip(events_from(early))
    for each in past[len(early) :]:
        found.read_meter()
        session.read(each.event(session.tick))
    found.held = frozenset(session.context.sounding)
    return found


def _play(particle: Particle, line: int, passage: Passage, constraints: Constraints) -> Task[None]:
    """Plays up to a bar line; what comes at the tick of the line belongs to the next bar."""
    session, parts = particle.session, len(particle.session.vocabulary.parts)
    theirs = {particle.players[part] for part in passage.parts}
    while True:
        due = particle.next_due(line)
        particle.read_meter()
        yield session
        held = [
            sum(1 << pitch for part, pitch in particle.held if part == each and each in passage.parts)
            for each in range(parts)
        ]
        may = replace(constraints, kept=tuple(held), min_delta=max(0, passage.start - session.tick))
        if session.tick < line and not particle.yields:
            made = session.generate(may)
            own = Timed.of(session.tick, made.event, particle.players)
            waits = own.kind is Kind.WAIT
            mine = waits or own.part in passage.parts
            in_time = session.tick < line and (due is None or (own.tick < due.tick if waits else own[:5] < due[:5]))
            if mine and in_time:
                particle.nats += made.surprise
                if not waits:
                    particle.own = (*particle.own, own)
                continue
            # What it would play comes later than what is due, or is another part's. The same random numbers would make
            # it wait once more.
            seed, number = made.before.rng
            session.restore(replace(made.before, rng=(seed, number + 1)))
            particle.yields = in_time
        if due is None:
            particle.yields = False
            return
        particle.yields = particle.yields and due.player not in theirs
        if due == particle.due[0]:
            particle.feed_kept(particle.due.pop(0))
        else:
            particle.feed_own(due)


def _follow(particle: Particle, passage: Passage) -> Task[Proposal]:
    """Ends, at the last bar line, the notes that were played, and reads what follows."""
    parts = particle.session.vocabulary.parts
    open_ = [
        particle.off(passage.end, part, pitch)
        for part, pitch in particle.session.context.sounding
        if (part, pitch) not in particle.held and not parts[part].percussive
    ]
    for each in open_:
        particle.own = (*particle.own, each)
    particle.due = sorted(particle.due + open_)
    _, following = yield from _read(particle, passage.until + 1, passage.end)
    return Proposal(_notes(particle), particle.nats, particle.following + following)


def _read(particle: Particle, until: int, end: int, parts: frozenset[int] | None = None) -> Task[tuple[float, float]]:
    """Reads what is due before a tick: the nats of all, and of what is kept (from `end` on, or of a kept part)."""
    total = following = 0.0
    for timed in takewhile(lambda each: each.tick < until, particle.due):
        yield particle.session
        nats = particle.feed(timed)
        total += nats
        following += nats if timed.tick >= end or (parts is not None and timed.part not in parts) else 0.0
    return total, following


def _notes(particle: Particle) -> tuple[Note, ...]:
    return particle.session.vocabulary.decode(events_from(particle.own))


def _resampled(some: Sequence[Particle], dice: np.random.Generator, seeds: Iterator[int]) -> list[Particle]:
    """Resamples if few particles carry most of the weight: heavy ones go on more often, light ones not at all."""
    chosen = resampled([each.recent_nats for each in some], dice)
    if chosen is None:
        return list(some)
    snapshots = [each.session.snapshot() for each in some]
    return [
        Particle.at(own.session, snapshots[index], next(seeds), some[index])
        for own, index in zip(some, chosen, strict=True)
    ]
