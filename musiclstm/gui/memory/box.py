"""The memory view as a whole: lanes over time with their names, and the gates now."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QGridLayout, QWidget

from musiclstm.gui.axes.row_names import RowNames
from musiclstm.gui.axes.time_axis import TimeAxis
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.memory.gates_now import WIDTH, GatesNow
from musiclstm.gui.memory.model import MemoryModel
from musiclstm.gui.memory.view import MemoryLanes
from musiclstm.protocol.telemetry import StateFrame

HEIGHT = 216  # pixels, where there is room


class MemoryBox(QWidget):
    AHEAD = WIDTH  # pixels right of the now-line that the gates stand on

    def __init__(self, model: MemoryModel, axis: TimeAxis, theme: Theme) -> None:
        super().__init__()
        self._model, self._axis = model, axis
        self.lanes = MemoryLanes(model, axis, theme)
        self.names = RowNames(self.lanes.lanes, theme)
        self.lanes.laid_out.connect(self.names.update)
        self.gates = GatesNow(theme)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        for column, view in enumerate((self.names, self.lanes, self.gates)):
            grid.addWidget(view, 0, column)
        grid.setColumnStretch(1, 1)
        self.lanes.read.connect(self.show_reading)
        self.lanes.pinned.connect(self.gates.set_pin)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """The meters of the gates find room, for as many layers as there are; the lanes take what there is."""
        return QSize(super().minimumSizeHint().width(), self.gates.least())

    def set_theme(self, theme: Theme) -> None:
        for view in (self.lanes, self.names, self.gates):
            view.set_theme(theme)

    def take(self, frames: Sequence[StateFrame]) -> None:
        for frame in frames:
            self._model.add(frame)
        index = self._model.index_at(self._axis.now)
        self.gates.meters.show_values(frames[-1].gates if index is None else self._model.gates[index])

    def show_reading(self, reading: object) -> None:
        self.gates.show_reading(reading)  # type: ignore[arg-type]
        hover = self.lanes.hover_y()
        if hover is not None:
            self.gates.explain(self.lanes.topic_at(hover))
