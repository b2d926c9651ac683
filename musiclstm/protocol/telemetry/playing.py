"""Where the performance stands: time, turns, loops, the end, jumps."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Status:
    """*May drop.* Sent about ten times a second and after every change, once a model is ready.

    time, beat: a moment and its beat; with `tempo` they give the beat of any other moment while `playing`.
    lateness: milliseconds, median and 99th percentile of the last 1,000 messages. late: how many of them were more than
    5 ms late. step: milliseconds that the model takes for an event. locked: the followed clock is steady. held: `Hold`
    is on. counting: the music is being counted in. waiting: it plays as soon as the followed clock runs.
    """

    time: float
    beat: float
    tempo: float
    playing: bool
    mode: str
    sync: str
    locked: bool
    output: str
    output_alive: bool
    input: str | None
    input_alive: bool
    lateness_median: float = 0.0
    lateness_p99: float = 0.0
    late: int = 0
    step: float = 0.0
    cpu: float = 0.0
    events: int = 0
    held: bool = False
    person_plays: bool = False
    part_modes: tuple[str, ...] = ()
    counting: bool = False
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class TurnChanged:
    """Whose turn it is, sent when it or its end changes, in the modes that take turns (continue, call and response).

    who: person | model | listening (the model waits until the person rests), "" if nobody takes turns now. until: the
    beat at which the turn ends; None if nobody knows yet, for the person decides.
    """

    who: str
    until: float | None = None


@dataclass(frozen=True, slots=True)
class LoopChanged:
    """The bars of the past from `start` to `end` are looped; None: the loop was left."""

    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True)
class EndChanged:
    """The music ends at this beat, and stops there; None: it goes on, or has ended."""

    end: float | None = None


@dataclass(frozen=True, slots=True)
class Jumped:
    """The music continues at `beat` as another branch: everything that was later belongs to the old one.

    source: the beat of the past whose music continues at `beat` (back, bookmark, undo, reset), or what `beat` was
    called until now (clock: the leader started at another beat, so from now on `beat - source` is added to every past
    beat and bookmark); None for a memory that belongs to no beat (morph, prime, forget, model).

    Where another model goes on from here, its Loaded came before; `model`: one that was just loaded, from nothing.
    """

    beat: float
    reason: str  # back | bookmark | morph | prime | forget | undo | reset | model | clock
    source: float | None = None

    @property
    def relabelled(self) -> float:
        """What is added to every past beat; 0 for all jumps but a clock's."""
        return 0.0 if self.reason != "clock" or self.source is None else self.beat - self.source
