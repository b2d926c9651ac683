"""The roll with what belongs to it: ruler and chords above it, keys left of it, the heads of its lanes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QGridLayout, QWidget

from musiclstm.gui.axes.row_names import RowNames
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.roll.chord_lane import ChordLane
from musiclstm.gui.roll.edge_keys import EdgeKeys
from musiclstm.gui.roll.lane_head import LaneHead
from musiclstm.gui.roll.now_button import NowButton
from musiclstm.gui.roll.piano_roll import PianoRoll
from musiclstm.gui.roll.ruler import Ruler
from musiclstm.gui.roll.state import RollState
from musiclstm.protocol.commands import SetPart
from musiclstm.protocol.telemetry import PartChanged


class RollBox(QWidget):
    """send: called when a head mutes its player, or lets it be heard alone."""

    def __init__(
        self, state: RollState, theme: Theme, clock: Callable[[], float], send: Callable[[SetPart], None]
    ) -> None:
        super().__init__()
        self._state, self._theme, self._send = state, theme, send
        self.ruler, self.chords = Ruler(state, theme), ChordLane(state.axis, theme)
        self.roll, self.keys = PianoRoll(state, theme, clock), EdgeKeys(state, theme)
        self.ruler_names = RowNames(self.ruler.rows, theme, line=True)
        self._chords_name = RowNames(self.chords.rows, theme, line=True)
        self.heads: list[LaneHead] = []
        self.now_button = NowButton(self.roll)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        for row, names in enumerate((self.ruler_names, self._chords_name, self.keys)):
            grid.addWidget(names, row, 0)
        for row, view in enumerate((self.ruler, self.chords, self.roll)):
            grid.addWidget(view, row, 1)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(2, 1)
        state.lanes.changed.connect(self._place_heads)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for names in (self.ruler_names, self._chords_name):
            names.set_theme(theme)
        for view in (self.ruler, self.chords, self.keys, self.roll):
            view.set_theme(theme)
        for head in self.heads:
            head.set_theme(theme)

    def load(self) -> None:
        """Other parts were loaded: a band's players have heads."""
        for head in self.heads:
            head.hide()  # at once, while the new ones already stand there
            head.deleteLater()
        lanes = self._state.lanes
        self.heads = [LaneHead(self, lane, self._theme, self._send) for lane in lanes] if len(lanes) > 1 else []
        self.roll.load()
        self.ruler.updateGeometry()
        self._place_heads()

    def take_part(self, message: PartChanged) -> None:
        """A part is played in another way."""
        self._state.part(message)
        for head in self.heads:
            head.take(message)

    def _place_heads(self) -> None:
        for head in self.heads:
            head.place(self.roll.y())

    def resizeEvent(self, event: object) -> None:
        self._place_heads()

    def update_all(self) -> None:
        for view in (self.ruler, self.chords, self.roll, self.keys):
            view.update()
