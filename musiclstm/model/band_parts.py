"""The parts of a band's players, side by side: the vocabulary of all, each player's share, the context of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import lcm

from musiclstm.errors import ModelError
from musiclstm.model.constraints import Constraints
from musiclstm.model.context import Context
from musiclstm.model.dimensions import Dimensions
from musiclstm.music.note import Part, TimeBase
from musiclstm.music.vocabulary import Vocabulary

MOST_PLAYERS = 4
_DRUMS = 9
_CHANNELS = 16


@dataclass(frozen=True, slots=True)
class Share:
    """A player's parts are `first` to `end - 1` of the band's. scale: the band's ticks in one of the player's."""

    first: int
    end: int
    scale: int
    percussive: bool

    def of(self, constraints: Constraints) -> Constraints:
        """The player's share of the band's constraints; a limit on all notes together becomes one on each player's."""
        first, end, parts = self.first, self.end, constraints.parts
        mine = None if parts is None else frozenset(part - first for part in parts if first <= part < end)
        return replace(
            constraints,
            parts=mine,
            part_polyphony=constraints.part_polyphony and constraints.part_polyphony[first:end],
            part_ranges=constraints.part_ranges and constraints.part_ranges[first:end],
            part_classes=constraints.part_classes and constraints.part_classes[first:end],
            kept=constraints.kept and constraints.kept[first:end],
            max_delta=None,
        )


@dataclass(frozen=True)
class BandContext:
    """What a performance asks of a `Context`, for all players together. The bars are the first player's.

    contexts: each player's, after its last event. origin: the band's tick at which the first player's tick 0 lies.
    given: the last note that the music was given; a new tuple for each such note, as in `Context`.
    """

    vocabulary: Vocabulary
    shares: tuple[Share, ...]
    contexts: tuple[Context, ...]
    origin: int
    tick: int
    given: tuple[int, ...]

    @property
    def dimensions(self) -> Dimensions:
        return self.contexts[0].dimensions

    @property
    def meter(self) -> int:
        return self.contexts[0].meter

    @property
    def bar_ticks(self) -> int:
        return self.shares[0].scale * self.contexts[0].bar_ticks

    @property
    def bar_origin(self) -> int:
        return self.origin + self.shares[0].scale * self.contexts[0].bar_origin

    def position(self, delta: int = 0) -> int:
        """Ticks since the bar line."""
        return (self.tick + delta - self.bar_origin) % self.bar_ticks

    @property
    def pitch_classes(self) -> list[float]:
        """`Context.pitch_classes`, summed over the tuned players."""
        tuned = [context.pitch_classes for context in self.contexts if not context.vocabulary.percussive]
        return [sum(each) for each in zip(*tuned, strict=True)] or [0.0] * 12

    @property
    def sounding(self) -> list[tuple[int, int]]:
        pairs = zip(self.shares, self.contexts, strict=True)
        return [(share.first + part, pitch) for share, context in pairs for part, pitch in context.sounding]

    @property
    def held(self) -> tuple[int, ...]:
        return tuple(bits for context in self.contexts for bits in context.held)

    def pitch_bits(self, symbol: int, delta: int) -> int:
        """`Context.pitch_bits`, for a symbol of the band's vocabulary."""
        kind, part = divmod(symbol, len(self.vocabulary.parts))
        for share, context in zip(self.shares, self.contexts, strict=True):
            if share.first <= part < share.end:
                return context.pitch_bits(kind * (share.end - share.first) + part - share.first, delta)
        raise ValueError(f"there is no part {part}")


def merged(vocabularies: Sequence[Vocabulary], names: Sequence[str]) -> Vocabulary:
    """The vocabulary of a band. Raises ModelError if the players cannot share one clock or MIDI's channels."""
    for vocabulary, name in zip(vocabularies, names, strict=True):
        if vocabulary.base is not TimeBase.BEATS:
            raise ModelError(f"{name} counts seconds, not beats, so it has no clock in common with a band.")
    if not 2 <= len(vocabularies) <= MOST_PLAYERS:
        raise ModelError(f"A band has 2 to {MOST_PLAYERS} models, not {len(vocabularies)}.")
    first = vocabularies[0]
    resolution = lcm(*(each.resolution for each in vocabularies))
    return Vocabulary(
        TimeBase.BEATS,
        resolution,
        min(each.max_delta * resolution // each.resolution for each in vocabularies),
        tuple(_with_channels([part for each in vocabularies for part in each.parts])),
        min(each.low for each in vocabularies),
        max(each.high for each in vocabularies),
        max(each.velocities for each in vocabularies),
        first.velocity,
        first.meters,
    )


def _with_channels(parts: Iterable[Part]) -> Iterable[Part]:
    """Each tuned part gets a channel of its own: the one it has, or the next one free. Drums stay where they are."""
    taken: set[int] = set()
    for part in parts:
        channel = part.channel
        if not part.percussive:
            free = [c for c in range(_CHANNELS) if c not in taken and c != _DRUMS]
            if not free:
                raise ModelError("A band has at most 15 parts beside the drums: MIDI has no more channels.")
            channel = channel if channel in free else free[0]
            taken.add(channel)
        yield replace(part, channel=channel)


def shares_of(vocabularies: Iterable[Vocabulary], band: Vocabulary) -> list[Share]:
    shares, first = [], 0
    for each in vocabularies:
        end = first + len(each.parts)
        shares.append(Share(first, end, band.resolution // each.resolution, each.percussive))
        first = end
    return shares
