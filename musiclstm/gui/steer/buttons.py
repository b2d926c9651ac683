"""Buttons of the panel that a knob or key can be mapped to: the modes, and Reset."""

from __future__ import annotations

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QPushButton

from musiclstm.gui.look.mapped import Mapped
from musiclstm.gui.midi_learn import MidiLearn

SHORT_MODES = {"call and response": "call && response"}
MODE_HINTS = {
    "solo": "It plays by itself.",
    "continue": "It takes over when you stop, and listens when you play.",
    "call and response": "You play some bars, it answers with as many.",
    "accompany": "Both play at once; it hears you.",
    "harmonise": "Each note you play is answered at once.",
}


class MappedButton(Mapped, QPushButton):
    """A button that a knob or key can be mapped to. label: what it is in "Move a knob to control …"."""

    def __init__(self, text: str, midi_learn: MidiLearn, target: str, label: str) -> None:
        super().__init__(text)
        self.begin_mapping(midi_learn, target, label)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.paint_mark(lit=self.isChecked())


class ModeButton(MappedButton):
    def __init__(self, mode: str, number: int, midi_learn: MidiLearn) -> None:
        super().__init__(SHORT_MODES.get(mode, mode), midi_learn, "mode", "the mode")
        self.mode = mode
        self.setCheckable(True)
        self.setMinimumHeight(34)
        self.show_hint(f"{MODE_HINTS[mode]} (F{number})")
        self.setAccessibleName(f"Mode: {mode}")
        self.setAccessibleDescription(MODE_HINTS[mode])
