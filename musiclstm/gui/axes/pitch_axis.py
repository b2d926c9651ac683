"""MIDI pitches <-> rows of the roll, shared with the keys at its edge, which are drawn here."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from musiclstm.gui.look.theme import Theme

BLACK = frozenset({1, 3, 6, 8, 10})
NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
FIRST = (40, 80)  # E2 to G♯5
MIN_ROWS = 12
EDGE = 60  # width of the column left of the time views


def pitch_name(pitch: int) -> str:
    """`C4` for 60."""
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"


class PitchAxis(QObject):
    """low, high: the range to show when not zoomed. row: height of a semitone in logical pixels.

    It starts with the middle of the keyboard, where most music stays, and grows by octaves as notes leave it.
    """

    changed = Signal()

    def __init__(self, low: int = 36, high: int = 84) -> None:
        super().__init__()
        self.low, self.high = low, high
        self.height = 300.0
        self._rows = 0.0  # 0: the whole range
        self._top = 0.0

    def set_range(self, low: int, high: int) -> None:
        """Set the range of the loaded model, low..high."""
        self.low, self.high = max(low, FIRST[0]), min(high, FIRST[1])
        if self.high - self.low < MIN_ROWS:
            self.low, self.high = low, max(high, low + MIN_ROWS)
        self._rows = 0.0
        self.changed.emit()

    def include(self, pitch: int) -> None:
        """Make a pitch visible."""
        low, high = self.low, self.high
        while pitch < self.low:
            self.low = max(0, self.low - 7)
        while pitch > self.high:
            self.high = min(127, self.high + 7)
        if (low, high) != (self.low, self.high):
            self.changed.emit()

    def resize(self, height: float) -> None:
        if height != self.height:
            self.height = height
            self.changed.emit()

    @property
    def rows(self) -> float:
        return self._rows or float(self.high - self.low + 1)

    @property
    def row(self) -> float:
        return self.height / (self._rows or self.high - self.low + 1)

    @property
    def top(self) -> float:
        """The pitch at y = 0; may be a fraction."""
        return self._top if self._rows else float(self.high)

    def y(self, pitch: float) -> float:
        return (self.top - pitch) * self.row

    def pitch(self, y: float) -> int:
        return min(127, max(0, round(self.top - y / self.row + 0.5 - 1e-9)))

    def visible(self) -> tuple[int, int]:
        return max(0, int(self.top - self.rows)), min(127, int(self.top) + 1)

    def zoom(self, factor: float, y: float) -> None:
        whole = float(self.high - self.low + 1)
        anchor = self.top - y / self.row
        rows = min(whole, max(float(MIN_ROWS), self.rows / factor))
        if rows >= whole:
            self._rows = 0.0
        else:
            top = anchor + y * rows / self.height
            self._top = min(float(self.high), max(self.low + rows - 1, top))
            self._rows = rows
        self.changed.emit()


class EdgeKeys(QWidget):
    """The keys at the roll's left edge; those that sound are lit in their part's colour."""

    def __init__(self, pitches: PitchAxis, theme: Theme, sounding: Callable[[], dict[int, str]]) -> None:
        super().__init__()
        self._pitches, self._theme, self._sounding = pitches, theme, sounding
        self._plain = QPixmap()  # the keys with none lit
        self.setFixedWidth(EDGE)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Pitches")
        pitches.changed.connect(self._renew)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._renew()

    def _renew(self) -> None:
        self._plain = QPixmap()
        self.update()

    def resizeEvent(self, event: object) -> None:
        self._renew()

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._plain.isNull() or self._plain.devicePixelRatio() != ratio:
            self._plain = QPixmap(self.size() * ratio)
            self._plain.setDevicePixelRatio(ratio)
            self._paint_plain()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._plain)
        for pitch, colour in self._sounding().items():
            width = self.width() * (0.6 if pitch % 12 in BLACK else 1.0) - 1
            painter.fillRect(QRectF(0, self._pitches.y(pitch), width, self._pitches.row), QColor(colour))
        painter.end()

    def _paint_plain(self) -> None:
        theme, pitches = self._theme, self._pitches
        white = QColor("#c9ccd3" if theme.dark else "#ffffff")
        black = QColor("#20242c" if theme.dark else "#3a3d44")
        seam = QColor("#9297a1" if theme.dark else "#d5d5ce")
        painter = QPainter(self._plain)
        painter.fillRect(self.rect(), white)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        metrics = QFontMetricsF(font)
        bottom, top = pitches.visible()
        width = self.width()
        for pitch in range(bottom, top + 1):
            y, row = pitches.y(pitch), pitches.row
            if pitch % 12 in BLACK:
                painter.fillRect(QRectF(0, y, width * 0.6, row), black)
            if pitch % 12 in (0, 5):
                painter.fillRect(QRectF(0, y + row - 0.5, width, 1), seam)
        painter.setFont(font)
        painter.setPen(QColor("#15171c"))
        for pitch in range(bottom - bottom % 12, top + 1, 12):
            if pitches.row * 12 > metrics.height() + 2:
                centre = pitches.y(pitch) + pitches.row / 2
                box = QRectF(0, centre - metrics.height() / 2, width - 3, metrics.height())
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, pitch_name(pitch))
        painter.fillRect(QRectF(width - 1, 0, 1, self.height()), QColor(theme.line))
        painter.end()
