"""The layout of the memory view's lanes, which are lower where there is little room."""

from __future__ import annotations

from PySide6.QtCore import QRectF

from musiclstm.gui.memory.model import GATES

SURPRISE = 30  # height of its lane
GATE_LANE = 26  # height of a layer's gate lane
PINNED = 44
GAP = 4
CELLS = 24  # height of a layer's cells; they take what more there is


class LaneLayout:
    """From top to bottom: surprise, the pinned unit, and for each layer its cells and its gates."""

    pin: tuple[int, int] | None = None

    def layers(self) -> int:
        raise NotImplementedError

    def width(self) -> int:
        raise NotImplementedError

    def height(self) -> int:
        raise NotImplementedError

    def _high(self, usual: int) -> int:
        """Whole pixels of what is usually so high: all lanes find room, and none is left out below."""
        wanted = SURPRISE + 3 * GAP + max(1, self.layers()) * (CELLS + GATE_LANE + 2 * GAP)
        wanted += PINNED + GAP if self.pin else 0
        return max(2, usual * min(self.height(), wanted) // wanted)

    def surprise_lane(self) -> QRectF:
        return QRectF(0, self._high(GAP), self.width(), self._high(SURPRISE))

    def _bands_top(self) -> float:
        above = self.pin_lane() if self.pin else self.surprise_lane()
        return above.bottom() + self._high(GAP)

    def pin_lane(self) -> QRectF:
        return QRectF(0, self.surprise_lane().bottom() + self._high(GAP), self.width(), self._high(PINNED))

    def cell_lane(self, layer: int) -> QRectF:
        """In whole pixels, so that each row of pixels is a row of units."""
        below = self._high(GATE_LANE) + 2 * self._high(GAP)
        room = self.height() - self._bands_top() - self._high(GAP)
        height = max(2, int(room / max(1, self.layers())) - below)
        return QRectF(0, self._bands_top() + layer * (height + below), self.width(), height)

    def gate_lane(self, layer: int) -> QRectF:
        lane = self.cell_lane(layer)
        return QRectF(0, lane.bottom() + self._high(GAP), self.width(), self._high(GATE_LANE))

    def lanes(self) -> list[tuple[str, QRectF]]:
        """Name and place of each lane, for the labels beside them."""
        found = [("surprise", self.surprise_lane())]
        if self.pin:
            found.append((f"unit {self.pin[1]}", self.pin_lane()))
        for layer in range(self.layers()):
            found += [(f"cells {layer + 1}", self.cell_lane(layer)), (f"gates {layer + 1}", self.gate_lane(layer))]
        return found

    def topic_at(self, y: float) -> str:
        """The explanation for a height."""
        if y < self.surprise_lane().bottom() + self._high(GAP):
            return "surprise"
        for layer in range(self.layers()):
            lane = self.gate_lane(layer)
            if lane.top() <= y < lane.bottom():
                return GATES[min(2, int((y - lane.top()) / lane.height() * 3))]
        return "cell"
