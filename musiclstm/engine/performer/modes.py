"""Modes: the ways of playing together, and when the model may decide in each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import floor, inf
from typing import ClassVar

from musiclstm.engine.performer.person import Person
from musiclstm.engine.performer.steering import Steering


@dataclass(frozen=True, slots=True)
class Turn:
    """When the model may decide: from beat `begin` to before beat `end`, where its notes end."""

    begin: float = -inf
    end: float = inf

    def contains(self, beat: float) -> bool:
        return self.begin <= beat < self.end


@dataclass(frozen=True, slots=True)
class Sign:
    """Whose turn it is, for those who play; as in `telemetry.TurnChanged`."""

    who: str = ""
    until: float | None = None


_NEAR = 1e-6  # bars
NOBODY = Sign()
ALWAYS = Turn()
NEVER = Turn(inf, inf)


class Mode:
    """A way of playing together.

    shared: the model may play in the person's parts too, where the person is silent. whole: every part is the
    person's to play in; otherwise the first, and with `alone` none. gives_way: the model's notes end when the person
    starts to play. answers: the model decides nothing by itself and answers each of the person's notes.
    """

    shared: ClassVar[bool] = False
    whole: ClassVar[bool] = False
    alone: ClassVar[bool] = False
    gives_way: ClassVar[bool] = False
    answers: ClassVar[bool] = False

    def turn(self, beat: float, person: Person) -> Turn:  # noqa: ARG002 - some modes need neither
        """The model's turn that lasts at `beat`, or comes next."""
        return ALWAYS

    def sign(self, beat: float, person: Person) -> Sign:  # noqa: ARG002 - most modes take no turns
        """Whose turn it is at `beat`."""
        return NOBODY

    def fits(self, bar: float, line: float) -> bool:  # noqa: ARG002 - as above
        """Whether its turns are whole bars of so many beats, of which one begins at `line`."""
        return True


class Solo(Mode):
    """The model plays by itself."""

    alone = True


class Accompany(Mode):
    """Both at once: the person has a part, the model plays the others."""


@dataclass(frozen=True, slots=True)
class Continue(Mode):
    """The model takes over when the person has been silent for `rest` beats, or asks it to."""

    shared = True
    whole = True
    gives_way = True
    rest: float = 2.0

    def turn(self, beat: float, person: Person) -> Turn:  # noqa: ARG002 - as the others
        if person.take_over or person.pedal_asks:
            return ALWAYS
        return NEVER if person.keys else Turn(begin=person.last + self.rest)

    def sign(self, beat: float, person: Person) -> Sign:
        turn = self.turn(beat, person)
        if turn.contains(beat):
            return Sign("model")
        return Sign("listening", None if turn is NEVER else turn.begin)


@dataclass(frozen=True, slots=True)
class CallAndResponse(Mode):
    """The person plays for some bars of `bar` beats from beat `origin` on, then the model for as many, and so on."""

    shared = True
    whole = True
    bars: int = 2
    origin: float = 0.0
    bar: float = 4.0

    def turn(self, beat: float, person: Person) -> Turn:  # noqa: ARG002 - as the others
        beats = self.bars * self.bar
        cycle = self.origin + 2 * beats * floor((beat - self.origin) / (2 * beats))
        return Turn(cycle + beats, cycle + 2 * beats)

    def sign(self, beat: float, person: Person) -> Sign:
        turn = self.turn(beat, person)
        return Sign("model", turn.end) if turn.contains(beat) else Sign("person", turn.begin)

    def fits(self, bar: float, line: float) -> bool:
        away = (line - self.origin) / bar
        return bar == self.bar and abs(away - round(away)) < _NEAR


class Harmonise(Mode):
    """The model answers each of the person's notes at once, in every part that is not theirs."""

    answers = True

    def turn(self, beat: float, person: Person) -> Turn:  # noqa: ARG002 - as the others
        return NEVER


def mode_of(steering: Steering, bar: float, beat: float, line: float = 0.0) -> Mode:
    """The mode that the controls choose at `beat`. bar: beats in a bar; line: where one begins."""
    name = steering.text("mode")
    if name == "continue":
        return Continue(steering.number("rest"))
    if name == "call and response":
        origin = line + floor((beat - line) / bar + _NEAR) * bar
        return CallAndResponse(int(steering.number("response.bars")), origin, bar)
    if name == "accompany":
        return Accompany()
    return Harmonise() if name == "harmonise" else Solo()


@dataclass
class PunchIn:
    """taken: parts with punch-in that the person has taken, and the beat at which they last played in each."""

    taken: dict[int, float] = field(default_factory=dict)

    def played(self, part: int, beat: float) -> bool:
        """The person plays in the part. Returns whether that takes it."""
        new = part not in self.taken
        self.taken[part] = beat
        return new

    def give_back(self, beat: float, rest: float, busy: Iterable[int]) -> bool:
        """Gives the model back each part in which the person has rested. Returns whether there was one.

        busy: parts in which they hold a key.
        """
        held = set(busy)
        back = [part for part, last in self.taken.items() if part not in held and beat - last >= rest]
        for part in back:
            del self.taken[part]
        return bool(back)

    def shift(self, beats: float) -> None:
        """The clock counts so many beats more than it did."""
        for part in self.taken:
            self.taken[part] += beats
