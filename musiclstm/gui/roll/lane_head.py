"""LaneHead: the name of a player of a band above its lane, with its colours; mutes it, or lets it be heard alone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from musiclstm.gui.axes.player_lanes import HEAD, PlayerLane
from musiclstm.gui.look.labels import plain_label
from musiclstm.gui.look.theme import Theme
from musiclstm.protocol.commands import SetPart
from musiclstm.protocol.telemetry import PartChanged

BAR = 4  # width of the stripe of a part's colour


class LaneHead(QWidget):
    """send: called for each of the player's parts."""

    def __init__(self, parent: QWidget, lane: PlayerLane, theme: Theme, send: Callable[[SetPart], None]) -> None:
        super().__init__(parent)
        self._lane, self._theme, self._send = lane, theme, send
        self._parts: dict[int, PartChanged] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(len(lane.parts) * BAR + 8, 1, 4, 1)
        layout.setSpacing(4)
        self._name = plain_label(lane.name)
        self._name.setProperty("heading", True)
        layout.addWidget(self._name)
        layout.addSpacing(4)
        self.mute = self._button(
            "M", f"muting {lane.name}", f"Mute all parts of {lane.name}: it plays on, and nobody hears it."
        )
        self.solo = self._button(
            "S", f"hearing {lane.name} alone", "Solo: only players and parts that have it are heard."
        )
        self.mute.clicked.connect(lambda on: self._set(mute=bool(on)))
        self.solo.clicked.connect(lambda on: self._set(solo=bool(on)))
        layout.addWidget(self.mute)
        layout.addWidget(self.solo)
        self.setFixedHeight(HEAD)
        self.adjustSize()
        self.show()

    def _button(self, letter: str, name: str, hint: str) -> QToolButton:
        button = QToolButton()
        button.setText(letter)
        button.setCheckable(True)
        button.setProperty("small", True)
        button.setFixedSize(22, HEAD - 2)
        button.setAccessibleName(name)
        button.setToolTip(hint)
        return button

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def place(self, top: int) -> None:
        """top: of the lanes, in the parent."""
        self.move(0, top + round(self._lane.head))
        self.raise_()

    def take(self, message: PartChanged) -> None:
        """Show whether all of its parts are muted, or have solo."""
        if message.part in self._lane.parts:
            self._parts[message.part] = message
            parts = self._parts.values()
            self.mute.setChecked(all(part.mute for part in parts))
            self.solo.setChecked(all(part.solo for part in parts))
            self._name.setEnabled(not all(part.silent for part in parts))

    def _set(self, *, mute: bool | None = None, solo: bool | None = None) -> None:
        for part in self._lane.parts:
            self._send(SetPart(part, mute=mute, solo=solo))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.background))
        painter.fillRect(QRectF(0, 0, self.width(), 1), QColor(self._theme.line))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for number, part in enumerate(self._lane.parts):
            painter.fillRect(QRectF(4 + number * BAR, 4, BAR - 1, HEAD - 7), QColor(self._theme.part(part)))
        painter.end()
