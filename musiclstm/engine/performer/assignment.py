"""Assignment: who plays what, as one value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from musiclstm.engine.performer.modes import Mode
from musiclstm.engine.performer.part_settings import PartSettings
from musiclstm.engine.performer.person import Person
from musiclstm.engine.performer.steering import Steering
from musiclstm.model.constraints import Constraints
from musiclstm.music.vocabulary import Vocabulary

PERSON = -1
"""The person, as the source of a part that follows."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who plays what. Made by `Ensemble`; the plan keeps the one that holds (`PlanEdit.assign`).

    person: parts to which a person's notes go. model: parts whose notes the model decides. followers: for each part
    (PERSON: the person) the parts that answer its notes. modes: what each part is now, for the window. constraints: how
    the model's events are sampled.
    """

    person: tuple[int, ...]
    model: frozenset[int]
    followers: Mapping[int, tuple[int, ...]]
    modes: tuple[str, ...]
    constraints: Constraints

    def part_for(self, pitch: int, vocabulary: Vocabulary, busy: Iterable[int]) -> int | None:
        """The part to which a person's note goes: whose range suits it best, free ones first.

        None: it sounds, and the model ignores it.
        """
        taken = set(busy)

        def cost(part: int) -> tuple[bool, bool, float]:
            own = vocabulary.parts[part]
            return part in taken, own.percussive, abs(pitch - own.centre)

        return min(self.person, key=cost, default=None)

    def with_keys(self, steering: Steering, person: Person) -> Assignment:
        """The same while the person holds other keys; made in less time than by `assign`."""
        kept = person.bits(len(self.modes))
        constraints = steering.with_keys(self.constraints, person.pitches(), kept)
        return Assignment(self.person, self.model, self.followers, self.modes, constraints)


def assign(mode: Mode, steering: Steering, person: Person, punched: Iterable[int]) -> Assignment:
    """Who plays what in a mode. punched: parts with punch-in that the person has taken."""
    parts = steering.parts
    modes = _part_modes(parts, frozenset(punched))
    inputs = [p for p, s in enumerate(parts) if modes[p] == "input" or (s.punch_in and s.mode == "auto")]
    model = {p for p in range(len(parts)) if modes[p] == "auto"}
    followers: dict[int, list[int]] = {}
    for part, settings in enumerate(parts):
        if modes[part] == "follow":
            followers.setdefault(settings.source, []).append(part)
    if not inputs and (not mode.alone or PERSON in followers):
        inputs = [p for p in range(len(parts)) if modes[p] != "follow" and not parts[p].percussive]
        inputs = inputs if mode.whole else inputs[:1]
        # With one part alone the two share it, whatever the mode.
        if not mode.shared and not mode.alone and len(model - set(inputs)) > 0:
            for part in inputs:
                modes[part] = "input"
            model -= set(inputs)
    if mode.answers:
        followers.setdefault(PERSON, []).extend(sorted(p for p in model if not parts[p].percussive))
        model = set()
    return Assignment(
        person=tuple(inputs),
        model=frozenset(model),
        followers={source: tuple(parts) for source, parts in followers.items()},
        modes=tuple(modes),
        # Answers are sampled for any part; only what is sampled freely keeps to the model's own.
        constraints=steering.constraints(
            frozenset(range(len(parts)) if mode.answers else model), person.pitches(), person.bits(len(parts))
        ),
    )


def _part_modes(parts: Sequence[PartSettings], punched: frozenset[int]) -> list[str]:
    return ["input" if p in punched and s.mode == "auto" else s.mode for p, s in enumerate(parts)]
