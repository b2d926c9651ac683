"""The brushes of notes: the colour of their part, or of the person, the stronger the louder they are."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QBrush, QColor, QPen

from musiclstm.gui.look.colours import mix
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.roll.model import RollNote

SHADES = 8
SOFTEST = {True: 0.38, False: 0.5}  # share of the colour in the softest note, on a dark ground and on a light one


class Shades:
    def __init__(self, theme: Theme) -> None:
        softest = SOFTEST[theme.dark]
        shades = [softest + (1 - softest) * (i + 0.5) / SHADES for i in range(SHADES)]
        self.parts = [[QBrush(QColor(mix(colour, theme.ground, shade))) for shade in shades] for colour in theme.parts]
        self.person = [QBrush(QColor(mix(theme.person, theme.ground, 0.15 + 0.35 * shade))) for shade in shades]
        self.person_pen = QPen(QColor(theme.person), 1.5)
        self.apart = QPen(QColor(theme.ground), 1)  # around what may lie upon its like
        self.sounding_pen = QPen(QColor(mix(theme.text, theme.ground, 0.9)), 1.5)
        self.lines = [QColor(mix(colour, theme.ground, 0.5)) for colour in theme.parts]

    def brush(self, note: RollNote) -> QBrush:
        shade = min(SHADES - 1, note.velocity * SHADES // 128)
        return self.person[shade] if note.by_person else self.parts[note.part % len(self.parts)][shade]


def loudness(velocity: int) -> float:
    """How high a note is drawn, as a share of its row: 0.45 the softest, 1 from forte on."""
    return 0.45 + 0.55 * min(1.0, velocity / 100)


def sounding_colours(notes: Iterable[RollNote], theme: Theme) -> dict[int, str]:
    """The colour of each pitch that sounds."""
    return {note.pitch: theme.edge if note.by_person else theme.part(note.part) for note in notes}
