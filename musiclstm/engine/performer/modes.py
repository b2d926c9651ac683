"""Modes: who plays when, and which part is whose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import floor, inf
from typing import ClassVar

from musiclstm.engine.performer.steering import PartSettings, Steering, nearest_part
from musiclstm.music.vocabulary import Vocabulary

PERSON = -1
"""The person, as the source of a part that follows."""


@dataclass(frozen=True, slots=True)
class Turn:
    """When the model may decide: from beat `begin` to before beat `end`, where its notes end."""

    begin: float = -inf
    end: float = inf

    def holds(self, beat: float) -> bool:
        return self.begin <= beat < self.end


ALWAYS = Turn()
NEVER = Turn(inf, inf)


@dataclass(slots=True)
class Person:
    """What the modes need to know about the person. last: the beat at which they last began or ended a note.

    take_over: they asked the model to play now, until their next note; pedal: as long as it is down.
    """

    keys: int = 0
    last: float = -inf
    take_over: bool = False
    pedal: bool = False


class Mode:
    """A way of playing together.

    shared: the model may play in the person's parts too, where the person is silent. whole: every part is the
    person's to play in; otherwise the first, and with `alone` none. gives_way: the model's notes end when the person
    begins. answers: it decides nothing by itself and answers each of the person's notes.
    """

    shared: ClassVar[bool] = False
    whole: ClassVar[bool] = False
    alone: ClassVar[bool] = False
    gives_way: ClassVar[bool] = False
    answers: ClassVar[bool] = False

    def turn(self, beat: float, person: Person) -> Turn:  # noqa: ARG002 - some modes ask for neither
        """The model's turn that lasts at `beat`, or comes next."""
        return ALWAYS


class Solo(Mode):
    """It plays by itself."""

    alone = True


class Accompany(Mode):
    """Both at once: the person has a part, it plays the others."""


@dataclass(frozen=True, slots=True)
class Continue(Mode):
    """It takes over when the person has been silent for `rest` beats, or asks it to."""

    shared = True
    whole = True
    gives_way = True
    rest: float = 2.0

    def turn(self, beat: float, person: Person) -> Turn:  # noqa: ARG002 - as the others
        if person.take_over or person.pedal:
            return ALWAYS
        return NEVER if person.keys else Turn(begin=person.last + self.rest)


@dataclass(frozen=True, slots=True)
class CallAndResponse(Mode):
    """The person plays for some beats from `origin` on, then it for as many, and so on."""

    shared = True
    whole = True
    beats: float = 8.0
    origin: float = 0.0

    def turn(self, beat: float, person: Person) -> Turn:  # noqa: ARG002 - as the others
        cycle = self.origin + 2 * self.beats * floor((beat - self.origin) / (2 * self.beats))
        return Turn(cycle + self.beats, cycle + 2 * self.beats)


class Harmonise(Mode):
    """Each of the person's notes is answered at once, in every part that is not theirs."""

    answers = True

    def turn(self, beat: float, person: Person) -> Turn:  # noqa: ARG002 - as the others
        return NEVER


def mode_of(steering: Steering, bar: float, beat: float) -> Mode:
    """The mode the controls say, chosen at `beat`; bar: beats in a bar."""
    name = steering.text("mode")
    if name == "continue":
        return Continue(steering.number("rest"))
    if name == "call and response":
        return CallAndResponse(steering.number("response.bars") * bar, floor(beat / bar + 1e-6) * bar)
    if name == "accompany":
        return Accompany()
    return Harmonise() if name == "harmonise" else Solo()


@dataclass(frozen=True, slots=True)
class Roles:
    """Which part is whose.

    person: parts a person's notes go to. mine: parts whose notes the model decides. followers: for each part (PERSON:
    the person) the parts that answer its notes. modes: what each part is now, for the window.
    """

    person: tuple[int, ...]
    mine: frozenset[int]
    followers: Mapping[int, tuple[int, ...]]
    modes: tuple[str, ...]

    def part_for(self, pitch: int, vocabulary: Vocabulary, busy: Iterable[int]) -> int | None:
        """The part that a person's note goes to; None: it is heard, and that is all."""
        return nearest_part(pitch, self.person, vocabulary, busy)


def roles(mode: Mode, parts: Sequence[PartSettings], punched: Iterable[int]) -> Roles:
    """Who has which part. punched: parts with punch-in that the person has taken."""
    punched = frozenset(punched)
    now = ["input" if p in punched and s.mode == "auto" else s.mode for p, s in enumerate(parts)]
    person = [p for p, s in enumerate(parts) if now[p] == "input" or (s.punch_in and s.mode == "auto")]
    mine = {p for p in range(len(parts)) if now[p] in ("auto", "muted")}
    followers: dict[int, list[int]] = {}
    for part, settings in enumerate(parts):
        if now[part] == "follow":
            followers.setdefault(settings.source, []).append(part)
    if not person and (not mode.alone or PERSON in followers):
        person = [p for p in range(len(parts)) if now[p] != "follow" and not parts[p].percussive]
        person = person if mode.whole else person[:1]
        # With one part alone the two share it, whatever the mode.
        if not mode.shared and not mode.alone and len(mine - set(person)) > 0:
            for part in person:
                now[part] = "input"
            mine -= set(person)
    if mode.answers:
        followers.setdefault(PERSON, []).extend(sorted(p for p in mine if not parts[p].percussive))
        mine = set()
    return Roles(
        tuple(person),
        frozenset(mine),
        {source: tuple(parts) for source, parts in followers.items()},
        tuple(now),
    )


@dataclass
class Punch:
    """Parts with punch-in that the person has taken, and the beat at which they last played in each."""

    taken: dict[int, float] = field(default_factory=dict)

    def played(self, part: int, beat: float) -> bool:
        """The person plays in the part; whether that takes it."""
        new = part not in self.taken
        self.taken[part] = beat
        return new

    def given_back(self, beat: float, rest: float, busy: Iterable[int]) -> list[int]:
        """Parts in which the person holds nothing (`busy`: where they do) and has rested; the model has them again."""
        held = set(busy)
        back = [part for part, last in self.taken.items() if part not in held and beat - last >= rest]
        for part in back:
            del self.taken[part]
        return back
