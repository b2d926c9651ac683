"""The past, and the memory that the music goes on from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Back:
    """Go back this many bars (fractions are allowed) and continue from the memory of that moment."""

    bars: float


@dataclass(frozen=True, slots=True)
class GoTo:
    """Go back to the snapshot at or before this beat of the past."""

    beat: float


@dataclass(frozen=True, slots=True)
class Loop:
    """Play the bars of the past from `start` to `end` again and again; without them, leave the loop.

    The music goes on from where the loop is left.
    """

    start: float = 0.0
    end: float = 0.0


@dataclass(frozen=True, slots=True)
class LoopLast:
    """Loop so many of the last whole bars; 0 leaves the loop."""

    bars: int


@dataclass(frozen=True, slots=True)
class SetBookmark:
    """Bookmark the memory in slot A..H: the snapshot at or before `beat`, or the present one."""

    slot: str
    beat: float | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """Go to a bookmark."""

    slot: str


@dataclass(frozen=True, slots=True)
class Morph:
    """Continue from a mixture of two bookmarked memories: position 0 is `start`, 1 is `end`."""

    start: str
    end: str
    position: float


@dataclass(frozen=True, slots=True)
class Prime:
    """Feed the notes of a MIDI file to the model and continue from their end. play: start playing then."""

    file: str
    play: bool = False


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Propose other music for the bars that were heard from beat `start` to `end`, which fits the bars around them.

    part: whose notes are rewritten, None: all. count: of proposals. Answered by `Rewritten`.
    """

    start: float
    end: float
    part: int | None = None
    count: int = 4


@dataclass(frozen=True, slots=True)
class Forget:
    """End all notes and clear the memory (zero state, bar 1)."""


@dataclass(frozen=True, slots=True)
class Undo:
    """Go on from the memory before the last `Forget` or `Reset`, entered in the bar as a bookmark is."""
