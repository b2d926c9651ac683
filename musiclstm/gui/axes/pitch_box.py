"""PitchBox: a field for a MIDI pitch."""

from __future__ import annotations

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QSpinBox

from musiclstm.gui.axes.pitch_axis import pitch_name
from musiclstm.protocol.limits import MAX_PITCH

_PITCH_OF = {name.upper(): pitch for pitch in range(MAX_PITCH + 1) for name in (pitch_name(pitch), str(pitch))}
_SIGNS = {"#": 1, "♯": 1, "B": -1, "♭": -1}


def _pitch(text: str) -> int | None:
    """C4, C♯4, Db4 or 61; None for anything else."""
    text = text.strip().upper()
    if text in _PITCH_OF or text[1:2] not in _SIGNS:
        return _PITCH_OF.get(text)
    natural = _PITCH_OF.get(text[0] + text[2:])
    pitch = -1 if natural is None else natural + _SIGNS[text[1]]
    return pitch if 0 <= pitch <= MAX_PITCH else None


class PitchBox(QSpinBox):
    """A MIDI pitch, shown by its name; typed by name or number."""

    def __init__(self) -> None:
        super().__init__()
        self.setRange(0, MAX_PITCH)

    def textFromValue(self, value: int) -> str:
        return pitch_name(value)

    def valueFromText(self, text: str) -> int:
        pitch = _pitch(text)
        return self.value() if pitch is None else pitch

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        known = _pitch(text) is not None
        return QValidator.State.Acceptable if known else QValidator.State.Intermediate, text, position
