"""Ending: how the music comes to a close at a given tick, chosen among many ways to go on.

Branches from one snapshot are played freely up to a last chord, which is the tonic's and sounds until the end: bass on
the root, nothing after it. What differs is how the music comes to it, and how long the chord is. Each branch weighs as
much as the model finds its chord likely where it comes, so that those are chosen that lead to it: a particle filter
with one observation, the close (Doucet and Johansen 2009, "A tutorial on particle filtering and smoothing"). The key is
found by the profiles of Krumhansl and Kessler (1982). Drums end with what they strike on the last bar line.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from musiclstm.model.branches import moved
from musiclstm.model.constraints import Constraints
from musiclstm.model.session import Session
from musiclstm.model.snapshot import Snapshot
from musiclstm.model.together import Task, alone, rounds
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import TimeBase

BRANCHES = 16
# Lengths of the last chord, in bars; in turn, so that the music chooses.
_LENGTHS = (1.0, 0.5, 0.75, 0.25)
_TOGETHER = 0.06  # beats or seconds, within which the notes of a chord begin
_MOST = 24  # notes of a chord
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


@dataclass(frozen=True, slots=True)
class Goal:
    """The last chord: the pitch class of its lowest note, and its tones, a bit for each pitch class."""

    root: int
    tones: int


@dataclass(frozen=True, slots=True)
class Close:
    """events: from the snapshot to the end, at which nothing sounds. surprise: nats an event of the last chord."""

    events: tuple[Event, ...]
    surprise: float


def key_of(weights: Sequence[float]) -> tuple[int, bool]:
    """(tonic, whether it is minor) of the key that fits best. weights: (12,), how much each pitch class sounds."""
    heard = np.asarray(weights, dtype=np.float64)
    if heard.std() == 0:
        return 0, False
    fits = [
        (float(np.corrcoef(np.roll(profile, tonic), heard)[0, 1]), tonic, minor)
        for minor, profile in ((False, _MAJOR), (True, _MINOR))
        for tonic in range(12)
    ]
    _, tonic, minor = max(fits)
    return tonic, minor


def close(session: Session, end: int, constraints: Constraints) -> Close:
    """The best of `BRANCHES` closes at tick `end`. The session stays as it is; its random numbers decide."""
    return alone(search(session, end, constraints))


def search(
    session: Session,
    end: int,
    constraints: Constraints,
    branches: int = BRANCHES,
    goal: Goal | None = None,
    start: int = 0,
) -> Generator[Close | None, None, Close]:
    """Searches for a close from where the session is now, in steps of one event of each branch, 1 to 3 ms.

    goal: None for the tonic's chord. start: the tick before which nothing comes. Yields the best close so far, None
    before the first; returns the best of all.
    """
    here, goal = session.snapshot(), goal or tonic_of(session)
    tasks = (
        _branch(_another(session, here, number), (start, end), number, goal, constraints) for number in range(branches)
    )
    return _best(rounds(tasks))


def _best(found: Iterable[list[Close]]) -> Generator[Close | None, None, Close]:
    closes: list[Close] = []
    for done in found:
        closes += done
        yield _least_surprising(closes) if closes else None
    return _least_surprising(closes)


def _least_surprising(closes: Sequence[Close]) -> Close:
    return min(closes, key=lambda each: each.surprise)


def tonic_of(session: Session) -> Goal:
    """The tonic's chord in the key of what sounded lately."""
    tonic, minor = key_of(session.context.pitch_classes[-12:])
    return Goal(tonic, sum(1 << (tonic + step) % 12 for step in (0, 3 if minor else 4, 7)))


def _another(session: Session, here: Snapshot, number: int) -> Session:
    """A new session for a branch, at the snapshot. The branch with number 0 goes on as the session itself would."""
    seed, count = here.rng
    return moved(session.another(seed), here, (seed * 1_000_003 + count * 8_191 + number) % 2**63 if number else None)


def _branch(session: Session, span: tuple[int, int], number: int, goal: Goal, constraints: Constraints) -> Task[Close]:
    """One way to a close. span: the tick from which on events may come, and the tick at which the music ends."""
    v, (start, end) = session.vocabulary, span
    constraints = _lifted(session, constraints)
    bar = session.context.bar_ticks if v.base is TimeBase.BEATS else 2 * v.resolution
    length = 1.0 if v.percussive else _LENGTHS[number % len(_LENGTHS)]
    begin = max(session.tick, start, end - max(1, round(length * bar)))
    events = yield from _up_to(session, start, begin, constraints)
    chord = replace(chord_of(session, goal, constraints), max_delta=begin - session.tick)
    surprise, before = 0.0, len(events)
    until = min(end, begin + round(_TOGETHER * v.resolution))
    for count in range(_MOST):
        yield session
        made = session.generate(replace(chord, min_delta=begin - session.tick) if not count else chord)
        if session.tick > until or (count and made.event.kind is Kind.WAIT):
            session.restore(made.before)
            break
        chord = replace(chord, max_delta=None)
        events.append(made.event)
        surprise += made.surprise
    last = [(part, pitch) for part, pitch in sorted(session.context.sounding) if not v.parts[part].percussive]
    if not v.percussive and not _is_chord([pitch for _, pitch in last], goal):
        surprise = inf
    for part, pitch in last:
        yield session
        off = Event(end - session.tick, Kind.OFF, pitch, 0, part)
        surprise += session.feed(off)
        events.append(off)
    if session.tick < end:
        events.append(Event(end - session.tick, Kind.WAIT))
    # A mean, else the thinnest chord would win.
    return Close(tuple(events), surprise / max(1, len(events) - before))


def _lifted(session: Session, constraints: Constraints) -> Constraints:
    """The constraints without held keys, whose notes end now: in a part of one voice, no other note could begin."""
    for part, pitch in session.context.sounding:
        if constraints.kept and constraints.kept[part] >> pitch & 1:
            session.read(Event(0, Kind.OFF, pitch, 0, part))
    return replace(constraints, kept=None)


def _up_to(session: Session, start: int, end: int, constraints: Constraints) -> Task[list[Event]]:
    """What the session plays from tick `start` to before tick `end`."""
    events: list[Event] = []
    while session.tick < end:
        yield session
        early = start - session.tick
        made = session.generate(replace(constraints, min_delta=early) if early > 0 else constraints)
        if session.tick >= end:
            session.restore(made.before)
            break
        events.append(made.event)
    return events


def _is_chord(pitches: Sequence[int], goal: Goal) -> bool:
    """Whether these pitches are tones of the chord, with its root as the lowest."""
    fits = goal.tones
    return bool(pitches) and min(pitches) % 12 == goal.root and all(fits >> pitch % 12 & 1 for pitch in pitches)


def chord_of(session: Session, goal: Goal, constraints: Constraints) -> Constraints:
    """What may start in the last chord: its tones; in the lowest part, if that has one voice, only the root."""
    parts = session.vocabulary.parts
    given = constraints.part_classes or (constraints.pitch_classes,) * len(parts)
    tuned = [index for index, part in enumerate(parts) if not part.percussive]
    lowest = session.vocabulary.lowest_part
    alone = lowest is not None and _voices(session, constraints, lowest) == 1
    classes = list(given)
    for index in tuned:
        wanted = 1 << goal.root if index == lowest and alone else goal.tones
        classes[index] = wanted & given[index] or given[index]
    return replace(constraints, part_classes=tuple(classes), guide=None, follows=None)


def _voices(session: Session, constraints: Constraints, part: int) -> int:
    """How many notes of a part sound at once, at most; 1 where several parts share the music."""
    own = constraints.part_polyphony[part] if constraints.part_polyphony else None
    return own or (1 if len(session.vocabulary.parts) > 1 else constraints.polyphony or 2)
