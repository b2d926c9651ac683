"""PlayerChooser: whom the controls steer, all players of a band or one alone; shown only while a band plays."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from musiclstm.gui.look.rows import Chooser

EXPLAINED = "A mark: its own, until a double click. Grey: as for all."


class PlayerChooser(QWidget):
    """Signal: `chosen(player)`: its number, None for all; by the user only. player: the one that is chosen."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.player: int | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 4, 2)
        layout.setSpacing(2)
        row = QHBoxLayout()
        row.addWidget(QLabel("Steer"))
        self.choice = Chooser("Whom the controls steer", "All players of the band, or one of them alone.")
        self.choice.activated.connect(self._activated)
        row.addWidget(self.choice, 1)
        layout.addLayout(row)
        self._explained = QLabel(EXPLAINED)
        self._explained.setProperty("quiet", True)
        self._explained.setVisible(False)
        layout.addWidget(self._explained)
        self.offer(())

    def offer(self, players: tuple[tuple[str, int], ...]) -> None:
        """Those of another band, or none."""
        self.choice.offer([("All players", ""), *((name, str(n)) for n, (name, _) in enumerate(players))], "")
        self.setVisible(bool(players))
        self._activated()

    def _activated(self) -> None:
        data = str(self.choice.currentData() or "")
        self.player = int(data) if data else None
        self._explained.setVisible(self.player is not None)
        self.chosen.emit(self.player)
