"""Lanes of a drum roll: General MIDI's percussion keys, those of one instrument together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

DRUMS = 9  # the index of General MIDI's drum channel


@dataclass(frozen=True)
class Lane:
    """keys: MIDI pitches; the first stands for all. usual: part of any kit."""

    name: str
    keys: tuple[int, ...]
    usual: bool = False


# From top to bottom, as drummers write them: cymbals above, the kick at the foot. 22 and 26 are the edges of the hi-hat
# of electronic kits.
LANES: tuple[Lane, ...] = (
    Lane("Crash", (49, 57), usual=True),
    Lane("Splash", (55,)),
    Lane("China", (52,)),
    Lane("Ride", (51, 59), usual=True),
    Lane("Bell", (53,)),
    Lane("Open hat", (46, 26), usual=True),
    Lane("Hi-hat", (42, 22), usual=True),
    Lane("Pedal", (44,)),
    Lane("Cowbell", (56,)),
    Lane("Tamb.", (54,)),
    Lane("High tom", (48, 50), usual=True),
    Lane("Mid tom", (45, 47), usual=True),
    Lane("Low tom", (41, 43), usual=True),
    Lane("Clap", (39,)),
    Lane("Rim", (37,)),
    Lane("Snare", (38, 40), usual=True),
    Lane("Kick", (36, 35), usual=True),
    Lane("Vibraslap", (58,)),
    Lane("Bongos", (60, 61)),
    Lane("Congas", (62, 63, 64)),
    Lane("Timbales", (65, 66)),
    Lane("Agogo", (67, 68)),
    Lane("Cabasa", (69,)),
    Lane("Maracas", (70,)),
    Lane("Whistle", (71, 72)),
    Lane("Guiro", (73, 74)),
    Lane("Claves", (75,)),
    Lane("Wood", (76, 77)),
    Lane("Cuica", (78, 79)),
    Lane("Triangle", (80, 81)),
    Lane("Other", tuple(key for key in range(128) if not 35 <= key <= 81 and key not in (22, 26))),
)
_INDEX = {key: index for index, lane in enumerate(LANES) for key in lane.keys}


def lane_of(key: int) -> int:
    """Index into LANES."""
    return _INDEX[key]


def drum_name(key: int) -> str:
    return LANES[_INDEX[key]].name


class Kit:
    """The lanes that are shown: the usual ones within the model's range, and those that have sounded."""

    def __init__(self, low: int, high: int) -> None:
        self._shown = {i for i, lane in enumerate(LANES) if lane.usual and any(low <= key <= high for key in lane.keys)}
        self._place()

    def _place(self) -> None:
        self.lanes = [LANES[index] for index in sorted(self._shown)]
        self._row = {key: row for row, lane in enumerate(self.lanes) for key in lane.keys}

    def include(self, keys: Iterable[int]) -> bool:
        """Show their lanes; returns whether there is a new one."""
        new = {_INDEX[key] for key in keys} - self._shown
        if new:
            self._shown |= new
            self._place()
        return bool(new)

    def row(self, key: int) -> int:
        """Its row from the top; the last one for what is not shown."""
        return self._row.get(key, len(self.lanes) - 1)
