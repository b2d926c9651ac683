"""TempoBox: the tempo in large figures."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QDoubleSpinBox

from musiclstm.gui.look.room import field_height
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
