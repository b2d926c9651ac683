"""PitchBox: a field for a MIDI pitch."""

from __future__ import annotations

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QSpinBox

from musiclstm.gui.axes.pitch_axis import pitch_name

_PITCH_OF = {name.upper(): pitch for pitch in range(128) for name in (pitch_name(pitch), str(pitch))}


class PitchBox(QSpinBox):
    """A MIDI pitch, shown by its name; typed by name or number."""

    def __init__(self) -> None:
        super().__init__()
        self.setRange(0, 127)

    def textFromValue(self, value: int) -> str:
        return pitch_name(value)

    def valueFromText(self, text: str) -> int:
        return _PITCH_OF.get(text.strip().upper(), self.value())

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        known = text.strip().upper() in _PITCH_OF
        return QValidator.State.Acceptable if known else QValidator.State.Intermediate, text, position
