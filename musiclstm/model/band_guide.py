"""PlayerGuide: a band's guide as one of its players asks it, in its own ticks and parts."""

from __future__ import annotations

from collections.abc import Callable

from musiclstm.model.pitch_bias import Guide, PitchBias


class PlayerGuide:
    """A `Guide`. origin: the band's tick of the player's tick 0, as of now. scale: ticks of the band in one of theirs.

    first: the number of the player's first part in the band.
    """

    def __init__(self, guide: Guide, origin: Callable[[], int], scale: int, first: int) -> None:
        self._guide, self._origin, self._scale, self._first = guide, origin, scale, first

    def bias(self, tick: int, part: int) -> PitchBias | None:
        return self._guide.bias(self._origin() + self._scale * tick, self._first + part)

    def changes(self, begin: int, end: int) -> bool:
        origin = self._origin()
        return self._guide.changes(origin + self._scale * begin, origin + self._scale * end)

    def clash(self, begin: int, end: int, part: int, pitch: int) -> int | None:
        origin = self._origin()
        found = self._guide.clash(origin + self._scale * begin, origin + self._scale * end, self._first + part, pitch)
        return None if found is None else -((origin - found) // self._scale)
