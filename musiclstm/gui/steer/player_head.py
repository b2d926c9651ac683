"""PlayerHead: the line above the parts of one player of a band; mutes it, or lets it be heard alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from musiclstm.gui.steer.part_row import PartRow
from musiclstm.protocol.commands import SetPart


class PlayerHead(QWidget):
    """rows: those of its parts. send: called for each of them."""

    def __init__(self, name: str, rows: Sequence[PartRow], send: Callable[[SetPart], None]) -> None:
        super().__init__()
        self._rows, self._send = rows, send
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 8, 2, 0)
        layout.setSpacing(8)
        label = QLabel(name)
        label.setProperty("heading", True)
        layout.addWidget(label, 1)
        self.mute = self._button("M", f"muting {name}", "Mute all parts of this player: it plays on, unheard.")
        self.solo = self._button("S", f"hearing {name} alone", "Solo: only players and parts that have it are heard.")
        self.mute.clicked.connect(lambda on: self._set(mute=bool(on)))
        self.solo.clicked.connect(lambda on: self._set(solo=bool(on)))
        layout.addWidget(self.mute)
        layout.addWidget(self.solo)

    def _button(self, letter: str, name: str, hint: str) -> QToolButton:
        button = QToolButton()
        button.setText(letter)
        button.setCheckable(True)
        button.setProperty("small", True)
        button.setFixedSize(26, 24)
        button.setAccessibleName(name)
        button.setToolTip(hint)
        return button

    def _set(self, *, mute: bool | None = None, solo: bool | None = None) -> None:
        for row in self._rows:
            self._send(SetPart(row.index, mute=mute, solo=solo))

    def show_state(self) -> None:
        """Whether all of its parts are muted, or have solo."""
        self.mute.setChecked(all(row.mute.isChecked() for row in self._rows))
        self.solo.setChecked(all(row.solo.isChecked() for row in self._rows))
