"""PlayerLine: the line above the parts of one player of a band, with the port to which all of them go."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from musiclstm.gui.look.labels import plain_label
from musiclstm.gui.look.rows import Chooser
from musiclstm.gui.steer.part_details import ports_to_choose
from musiclstm.gui.steer.part_row import PartRow
from musiclstm.protocol.commands import SetPart

SEVERAL = "…"  # its parts go to several ports: where this cannot be chosen


class PlayerLine(QWidget):
    """rows: those of its parts. send: called for each of them."""

    def __init__(self, name: str, rows: Sequence[PartRow], send: Callable[[SetPart], None]) -> None:
        super().__init__()
        self._rows, self._send = rows, send
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 8, 2, 0)
        label = plain_label(name)
        label.setProperty("heading", True)
        layout.addWidget(label, 1)
        self.port = Chooser(f"{name}: port", "Where this player goes, if not where the others go.")
        self.port.setMinimumContentsLength(16)
        self.port.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.port.activated.connect(self._chosen)
        layout.addWidget(self.port)

    def show_ports(self, outputs: Sequence[str]) -> None:
        """outputs: those of the machine."""
        ports = {row.settings.port or "" for row in self._rows}
        current = ports.pop() if len(ports) == 1 else SEVERAL
        self.port.offer(ports_to_choose(outputs), current)

    def _chosen(self) -> None:
        port = str(self.port.currentData())
        if port != SEVERAL:
            for row in self._rows:
                self._send(SetPart(row.index, port=port))
