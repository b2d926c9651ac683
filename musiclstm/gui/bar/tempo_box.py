"""TempoBox: the tempo in large figures."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QDoubleSpinBox

from musiclstm.gui.look.room import field_height
from musiclstm.gui.look.typed import being_typed
from musiclstm.protocol.limits import MAX_BPM, MIN_BPM


class TempoBox(QDoubleSpinBox):
    """In quarter notes a minute; what is typed counts once it is entered."""

    def __init__(self) -> None:
        super().__init__()
        self.setRange(MIN_BPM, MAX_BPM)
        self.setDecimals(1)
        self.setValue(120)
        self.setKeyboardTracking(False)
        self.setAccessibleName("Tempo in quarter notes a minute")
        self.setToolTip("Tempo, quarter notes a minute. Wheel or arrows change it, + and − as well.")
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 1.5)
        font.setFeature(QFont.Tag("tnum"), 1)
        self.setFont(font)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedSize(QFontMetrics(font).horizontalAdvance("000.0") + 24, field_height(self))

    def stepBy(self, steps: int) -> None:
        """Shortcuts step, too: not where another clock leads."""
        if not self.isReadOnly():
            super().stepBy(steps)

    def show_tempo(self, tempo: float) -> None:
        """Without a signal, unless somebody types another one."""
        if abs(self.value() - tempo) < 0.05 or being_typed(self):
            return
        selected = self.lineEdit().hasSelectedText()
        self.blockSignals(True)
        self.setValue(tempo)
        self.blockSignals(False)
        if selected:
            self.selectAll()
