"""The layout of the memory view's lanes."""

from __future__ import annotations

from PySide6.QtCore import QRectF

from musiclstm.gui.memory.model import GATES

SURPRISE = 30  # height of its lane
GATE_LANE = 26  # height of a layer's gate lane
PINNED = 44
GAP = 4


class LaneLayout:
    """From top to bottom: surprise, the pinned unit, and for each layer its cells and its gates."""

    pin: tuple[int, int] | None = None

    def layers(self) -> int:
        raise NotImplementedError

    def width(self) -> int:
        raise NotImplementedError

    def height(self) -> int:
        raise NotImplementedError

    def surprise_lane(self) -> QRectF:
        return QRectF(0, GAP, self.width(), SURPRISE)

    def _bands_top(self) -> float:
        return GAP + SURPRISE + GAP + (PINNED + GAP if self.pin else 0)

    def pin_lane(self) -> QRectF:
        return QRectF(0, GAP + SURPRISE + GAP, self.width(), PINNED)

    def _band_height(self) -> int:
        layers = max(1, self.layers())
        room = self.height() - self._bands_top() - GAP
        return max(8, int(room / layers) - GATE_LANE - 2 * GAP)

    def cell_lane(self, layer: int) -> QRectF:
        """In whole pixels, so that each row of pixels is a row of units."""
        height = self._band_height()
        top = self._bands_top() + layer * (height + GATE_LANE + 2 * GAP)
        return QRectF(0, top, self.width(), height)

    def gate_lane(self, layer: int) -> QRectF:
        lane = self.cell_lane(layer)
        return QRectF(0, lane.bottom() + GAP, self.width(), GATE_LANE)

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
        if y < self.surprise_lane().bottom() + GAP:
            return "surprise"
        for layer in range(self.layers()):
            if self.gate_lane(layer).top() <= y < self.gate_lane(layer).bottom():
                return GATES[min(2, int((y - self.gate_lane(layer).top()) / GATE_LANE * 3))]
        return "cell"
