"""The roll from top to bottom: a lane for each player of a band, with pitches of its own. One model has one lane."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from musiclstm.gui.axes.drum_lanes import DRUMS
from musiclstm.gui.axes.pitch_axis import LEAST_ROW, PitchAxis, pitch_name

HEAD = 18  # pixels above the pitches of a lane, in a band
SHORT = 40  # pixels of a lane below which its head lies over its pitches
LEAST_LANE_ROW = 1.0  # pixels of a row, where a roll has several lanes


@dataclass(eq=False)
class PlayerLane:
    """parts: those of the player, by number. drums: whether all of them are. Pixels are logical ones.

    head, top: where its head and its pitches begin.
    """

    name: str
    parts: range
    drums: bool
    pitches: PitchAxis
    head: float = 0.0
    top: float = 0.0


class PlayerLanes(QObject):
    """Signals: `changed` (everything must be painted again), `following_changed`."""

    changed = Signal()
    following_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.height = 300.0
        self._lanes = [self._lane("", range(0), drums=False, least_row=LEAST_ROW)]
        self._of: dict[tuple[int, bool], PlayerLane] = {}

    def _lane(self, name: str, parts: range, *, drums: bool, least_row: float) -> PlayerLane:
        pitches = PitchAxis(least_row)
        pitches.changed.connect(self.changed)
        pitches.following_changed.connect(self.following_changed)
        return PlayerLane(name, parts, drums, pitches)

    def load(self, channels: Sequence[int], players: Sequence[tuple[str, int]], low: int, high: int) -> None:
        """channels: of each part. players: (name, number of parts) of a band's. low..high: the pitches of all."""
        followed = self.following
        self._lanes, self._of, first = [], {}, 0
        for name, count in players or (("", len(channels)),):
            parts = range(first, first + count)
            drums = bool(parts) and all(channels[part] == DRUMS for part in parts)
            least_row = LEAST_LANE_ROW if players else LEAST_ROW
            lane = self._lane(name, parts, drums=drums, least_row=least_row)
            self._lanes.append(lane)
            first += count
        self._place()
        for lane in self._lanes:
            lane.pitches.set_range(low, high, drums=lane.drums)
        if not followed:
            self.following_changed.emit()
        self.changed.emit()

    # ---- which lane ----------------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[PlayerLane]:
        return iter(self._lanes)

    def __getitem__(self, number: int) -> PlayerLane:
        return self._lanes[number]

    def __len__(self) -> int:
        return len(self._lanes)

    def of(self, part: int, *, drum: bool) -> PlayerLane:
        """Where a note of a part is drawn; if another model played it, where notes of its kind are, or else on top."""
        found = self._of.get((part, drum))
        if found is None:
            alike = [lane for lane in self._lanes if lane.drums == drum] or self._lanes
            found = next((lane for lane in alike if part in lane.parts), alike[0])
            self._of[part, drum] = found
        return found

    def at(self, y: float) -> PlayerLane:
        return next((lane for lane in reversed(self._lanes) if y >= lane.head), self._lanes[0])

    @property
    def all_drums(self) -> bool:
        return all(lane.drums for lane in self._lanes)

    def name(self, pitch: int) -> str:
        return self._lanes[0].pitches.name(pitch) if len(self._lanes) == 1 else pitch_name(pitch)

    # ---- all of them ---------------------------------------------------------------------------------------------

    def resize(self, height: float) -> None:
        if height != self.height:
            self.height = height
            self._place()

    def _place(self) -> None:
        """In whole pixels, all of one height."""
        count = len(self._lanes)
        each = self.height / count
        head = HEAD if count > 1 and each >= SHORT else 0
        for number, lane in enumerate(self._lanes):
            lane.head = round(number * each)
            lane.top = lane.head + head
            lane.pitches.resize(round((number + 1) * each) - lane.top)

    @property
    def following(self) -> bool:
        return all(lane.pitches.following for lane in self._lanes)

    def release(self) -> None:
        """Follow the music again."""
        for lane in self._lanes:
            lane.pitches.release()

    def scroll(self, pages: float) -> None:
        """Move what is shown down by so many times the height of each lane."""
        for lane in self._lanes:
            lane.pitches.scroll(pages * lane.pitches.height)

    def ease(self, now: float) -> bool:
        """Go on moving; whether one of them moves."""
        moves = [lane.pitches.ease(now) for lane in self._lanes]
        return any(moves)
