"""ChordPast: where the chords that lead lay in the past, so that they go back with the music, wherever it goes on."""

from __future__ import annotations

from collections import deque
from math import inf

_NEAR = 1e-6  # beats
_KEPT = 4_000
"""Jumps that are remembered: those of an hour in which one comes every second."""


class ChordPast:
    """By how much the chords were moved, at each beat at which the music went on from its past.

    Beats are the clock's, which go on over a jump: chords that were moved after a place lay elsewhere at it.
    """

    def __init__(self) -> None:
        self.made = 0  # moves, those that are forgotten too
        self._moves: deque[tuple[float, float]] = deque(maxlen=_KEPT)

    def go_on(self, edge: float, source: float, held: float = inf, made: int | None = None) -> float:
        """The music of beat `source` goes on at `edge`. Returns by how much the chords are to be moved.

        held: the beat at which they lay as they do now. made: moves that had been made then; None: those up to its
        beat.
        """
        known = len(self._moves) - (0 if made is None else self.made - made)
        since = sum(
            moved
            for number, (beat, moved) in enumerate(self._moves)
            if (beat > source + _NEAR or number >= known) and beat < held - _NEAR
        )
        moves = edge - source - since
        self._keep(edge, moves)
        return moves

    def repeat(self, beat: float, beats: float) -> None:
        """From `beat` on come the chords of so many beats before it."""
        self._keep(beat, beats)

    def _keep(self, beat: float, moved: float) -> None:
        self._moves.append((beat, moved))
        self.made += 1

    def shift(self, beats: float) -> None:
        """The clock counts so many beats more than it did."""
        self._moves = deque(((beat + beats, moved) for beat, moved in self._moves), maxlen=_KEPT)
