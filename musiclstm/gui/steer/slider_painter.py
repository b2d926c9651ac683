"""What a slider looks like: where its name, track and value lie, and how they are painted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from musiclstm.gui.look.colours import mix
from musiclstm.gui.look.rows import own_mark
from musiclstm.gui.look.theme import Theme
from musiclstm.protocol.controls import Control, Value

THUMB = 4.0  # half its width
TRACK, LINE = 20.0, 3.0  # heights of it and of what fills it
LEAST, USUAL = 60.0, 140.0  # widths of the track
LEFT, GAP = 6.0, 10.0  # before the name, and beside the track
INSET = 11.0  # of the words in the track
TINT = 0.14  # how much of the warning's colour is in the track beyond the style


class SliderPlaces:
    """Where everything lies, in the slider's pixels. low, high: its positions."""

    def __init__(self, font: QFont, size: QSize, low: int, high: int) -> None:
        self.low, self.high = low, high
        self.metrics = QFontMetricsF(font)
        # From the font, so that nothing is clipped.
        self.name = self.metrics.horizontalAdvance("Dynamics choice")
        self.value = self.metrics.horizontalAdvance("0.25 beats")
        self._beside = LEFT + self.name + 2 * GAP + self.value
        height = max(TRACK, self.metrics.height() + 2)
        left, width = LEFT + self.name + GAP, max(LEAST, size.width() - self._beside)
        self.track = QRectF(left, (size.height() - height) / 2, width, height)

    @property
    def least(self) -> float:
        """The least width of a slider."""
        return self._beside + LEAST

    def width_for(self, words: tuple[str, str]) -> float:
        """One with room for the words at both ends of the track."""
        both = sum(map(self.metrics.horizontalAdvance, words)) + GAP + 2 * INSET
        return self._beside + max(USUAL, both)

    def x(self, position: float) -> float:
        """Where a position lies; the thumb stays within the track."""
        span = max(1, self.high - self.low)
        return self.track.left() + THUMB + (position - self.low) / span * (self.track.width() - 2 * THUMB)

    def position(self, x: float) -> int:
        share = min(1.0, max(0.0, (x - self.track.left() - THUMB) / (self.track.width() - 2 * THUMB)))
        return round(self.low + share * (self.high - self.low))

    def ends(self, words: tuple[str, str], thumb: float) -> list[tuple[QRectF, str]]:
        """The words at the ends and where they stand; one that the thumb would cut in two gives way to it.

        Of two that would overlap, the left one stands.
        """
        box = self.track.adjusted(INSET, 0, -INSET, 0)
        left, right = map(self.metrics.horizontalAdvance, words)
        placed = [(QRectF(box.left(), box.top(), left, box.height()), words[0])]
        if left + GAP / 2 + right <= box.width():
            placed.append((QRectF(box.right() - right, box.top(), right, box.height()), words[1]))
        return [each for each in placed if not each[0].left() - THUMB < thumb < each[0].right() + THUMB]


@dataclass(frozen=True)
class Shown:
    """position, home: of the value and of where a double click leads. own: as in `SteerSlider.show_own`.

    mark: of what is mapped to it. warns: the value leaves the style.
    """

    control: Control
    position: int
    home: int
    text: str
    own: bool | None
    mark: str
    armed: bool
    warns: bool
    focus: bool


def paint(
    painter: QPainter, size: QSize, places: SliderPlaces, shown: Shown, theme: Theme, position: Callable[[Value], int]
) -> None:
    """position: of a value."""
    middle = Qt.AlignmentFlag.AlignVCenter
    control, track, height = shown.control, places.track, size.height()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if shown.focus:
        painter.setPen(QPen(QColor(theme.accent), 1))
        painter.drawRoundedRect(QRectF(0.5, 0.5, size.width() - 1, height - 1), 5, 5)
    plain = QColor(theme.secondary if shown.own is False else theme.text)
    if shown.own:
        painter.fillRect(own_mark(height), QColor(theme.accent))
    painter.setPen(QColor(theme.accent) if shown.armed else plain)
    name = QRectF(LEFT, 0, places.name, height)
    painter.drawText(name, middle, "move a knob…" if shown.armed else control.label)
    if shown.mark and not shown.armed:
        _paint_mark(painter, name, shown.mark, theme)
    _paint_track(painter, places, shown, theme, position)
    painter.setPen(QColor(theme.secondary))
    thumb = places.x(shown.position)
    for box, word in places.ends((control.left, control.right), thumb):
        # A pixel more, for rounding must not cut off a letter.
        painter.drawText(box.adjusted(0, 0, 1, 0), middle, word)
    painter.setBrush(QColor(theme.text))
    painter.setPen(QPen(QColor(theme.panel), 1.5))
    painter.drawRoundedRect(QRectF(thumb - THUMB, track.top() - 2, 2 * THUMB, track.height() + 4), 3, 3)
    font = QFont(painter.font())
    font.setFeature(QFont.Tag("tnum"), 1)
    painter.setFont(font)
    painter.setPen(QColor(theme.warning) if shown.warns else plain)
    painter.drawText(QRectF(track.right() + GAP, 0, places.value, height), middle, shown.text)


def _paint_mark(painter: QPainter, name: QRectF, mark: str, theme: Theme) -> None:
    """A small dot with the controller's number, over the end of the name."""
    wide = painter.fontMetrics().horizontalAdvance(f" {mark}")
    box = QRectF(name.right() + GAP - 2 - wide, 0, wide, name.height())
    painter.fillRect(box, QColor(theme.panel))
    painter.setPen(QColor(theme.accent))
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, mark)


def _paint_track(
    painter: QPainter, places: SliderPlaces, shown: Shown, theme: Theme, position: Callable[[Value], int]
) -> None:
    """The track, tinted beyond the style, and filled from the default to the value."""
    control, track = shown.control, places.track
    shape = QPainterPath()
    shape.addRoundedRect(track, 5, 5)
    painter.save()
    painter.setClipPath(shape)
    painter.fillRect(track, QColor(theme.raised if theme.dark else theme.pressed))
    if control.style is not None:
        low, high = (places.x(position(edge)) for edge in control.style)
        beyond = QColor(mix(theme.warning, theme.panel, TINT))
        edge = QColor(mix(theme.edge, theme.panel, 0.6))
        if control.style[0] > control.low:
            painter.fillRect(QRectF(track.left(), track.top(), low - track.left(), track.height()), beyond)
            painter.fillRect(QRectF(low - 1, track.top(), 1, track.height()), edge)
        if control.style[1] < control.high:
            painter.fillRect(QRectF(high, track.top(), track.right() - high, track.height()), beyond)
            painter.fillRect(QRectF(high, track.top(), 1, track.height()), edge)
    home, x = places.x(shown.home), places.x(shown.position)
    fill = QColor(theme.warning if shown.warns else theme.text)
    painter.fillRect(QRectF(min(home, x), track.bottom() - LINE, abs(x - home), LINE), fill)
    painter.fillRect(QRectF(home - 0.75, track.top(), 1.5, track.height()), QColor(theme.secondary))
    painter.restore()
