"""BandSnapshot: the whole of a band, with all its players, as a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from musiclstm.errors import ModelError
from musiclstm.model.arrays import FloatArray
from musiclstm.model.hearing import Heard
from musiclstm.model.played_chords import PlayedNotes
from musiclstm.model.snapshot import Snapshot

NOBODY = -1
"""Stands where the number of a player could."""
_LAST_TICK = 1 << 60


@dataclass(frozen=True, slots=True)
class BandSnapshot(Snapshot):
    """state: the first player's. context: a `BandContext`. tick_now: the band's tick.

    players: a snapshot of each. origins: the band's tick at which each player's tick 0 lies. turn: the player that was
    the last to play at this tick, or NOBODY. heard: what is remembered of each player, and last of a person. played:
    the notes in each player's parts.
    """

    players: tuple[Snapshot, ...] = ()
    origins: tuple[int, ...] = ()
    tick_now: int = 0
    turn: int = NOBODY
    heard: tuple[Heard, ...] = ()
    played: tuple[PlayedNotes, ...] = ()

    @property
    def tick(self) -> int:
        return self.tick_now

    def is_sound(self, players: int) -> bool:
        """Whether a band of so many players can go on from it. The players' own snapshots are not checked here."""
        lengths = len(self.players), len(self.origins), len(self.heard) - 1, len(self.played)
        ticks: tuple[object, ...] = (self.tick_now, *self.origins)
        heard: tuple[object, ...] = self.heard
        played: tuple[object, ...] = self.played
        return (
            {*lengths} == {players}
            and all(type(tick) is int and abs(tick) <= _LAST_TICK for tick in ticks)
            and all(isinstance(each, Heard) and each.is_sound for each in heard)
            and all(isinstance(each, PlayedNotes) and each.is_sound for each in played)
            and self.turn in range(NOBODY, players)
        )

    def without_gates(self, zeros: Callable[[tuple[int, ...]], FloatArray]) -> BandSnapshot:
        players = tuple(each.without_gates(zeros) for each in self.players)
        return replace(self, state=players[0].state, players=players)

    def morphed(self, other: Snapshot, x: float) -> Snapshot:
        """Raises ModelError if the other is not of the same band."""
        if not isinstance(other, BandSnapshot) or self.model != other.model:
            raise ModelError("These memories belong to two models.")
        nearer = self if x < 0.5 else other
        players = tuple(one.morphed(two, x) for one, two in zip(self.players, other.players, strict=True))
        return replace(nearer, state=players[0].state, players=players)
