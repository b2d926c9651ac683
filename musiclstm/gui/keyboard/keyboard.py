"""The keyboard of expectation: on each key the probability that the next note is this one; playable by mouse."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy

from musiclstm.gui.axes.pitch_axis import BLACK, ON_KEYS, pitch_name
from musiclstm.gui.look.focus import KeyFocusWidget
from musiclstm.gui.look.theme import Theme

BARS = 26  # height of the bars of probability above the keys
EASE = 0.35  # share of the way a bar goes each frame
WIDEST = 34.0  # pixels of a white key, where there are more octaves to show
MIDDLE = 66
FULL = 0.6  # probability that fills a bar


class Keyboard(KeyFocusWidget):
    """Signal `note(pitch, velocity)`; velocity 0 is a note-off. Clicks lower on a key are louder.

    `sounding()` gives the colour of each pitch that sounds.
    """

    note = Signal(int, int)

    def __init__(self, theme: Theme, sounding: Callable[[], dict[int, str]]) -> None:
        super().__init__()
        self._theme, self._sounding = theme, sounding
        self._range = 36, 84
        self._low, self._high = self._range
        self._target: NDArray[np.float32] = np.zeros(128, np.float32)
        self._shown: NDArray[np.float32] = np.zeros(128, np.float32)
        self._pressed: int | None = None
        self._cursor = 60
        self._rectangles: dict[int, QRectF] = {}
        self.letters: dict[int, str] = {}  # what to type for a pitch
        self.names: Callable[[int], str] = pitch_name
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Keyboard of expectation")
        self.setAccessibleDescription(
            "Bars show how likely each note is next. Left and right choose a key, Enter plays it."
        )

    def sizeHint(self) -> QSize:
        return QSize(600, 92)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_range(self, low: int, high: int) -> None:
        """Show whole octaves that contain low..high, at least four of them, and more where there is room."""
        self._range = max(low, 24), min(high, 96)
        self._fit()

    def _fit(self) -> None:
        low, high = self._range
        low, high = low - low % 12, high + (12 - high % 12) % 12
        while high - low < 48 or (self.width() / (high - low) * 12 / 7 > WIDEST and high - low < 84):
            # By turns, so that what is played stays in the middle.
            if low + high > 2 * MIDDLE or high >= 108:
                low -= 12
            else:
                high += 12
        self._low, self._high = low, high
        self._rectangles.clear()
        self._cursor = min(max(self._cursor, self._low), self._high)
        self.update()

    def expect(self, probabilities: NDArray[np.float32]) -> None:
        self._target = probabilities

    def ease(self) -> None:
        """Let the bars glide by one frame."""
        gap = self._target - self._shown
        if float(np.abs(gap).max()) > 0.004:
            self._shown = self._shown + gap * np.float32(EASE)
            self.update(0, 0, self.width(), BARS)

    # ---- geometry ------------------------------------------------------------------------------------------------

    def _whites(self) -> list[int]:
        return [pitch for pitch in range(self._low, self._high + 1) if pitch % 12 not in BLACK]

    def rectangle(self, pitch: int) -> QRectF:
        found = self._rectangles.get(pitch)
        if found is None:
            found = self._rectangles[pitch] = self._place(pitch)
        return found

    def resizeEvent(self, event: object) -> None:
        self._fit()

    def _place(self, pitch: int) -> QRectF:
        whites = self._whites()
        width = self.width() / len(whites)
        top, height = float(BARS), float(self.height() - BARS)
        if pitch % 12 not in BLACK:
            return QRectF(whites.index(pitch) * width, top, width, height)
        edge = (whites.index(pitch - 1) + 1) * width
        return QRectF(edge - width * 0.3, top, width * 0.6, height * 0.6)

    def pitch_at(self, point: QPointF) -> int | None:
        if point.y() < BARS or not self.rect().contains(point.toPoint()):
            return None
        whites = self._whites()
        pitch = whites[min(len(whites) - 1, int(point.x() / self.width() * len(whites)))]
        for near in (pitch - 1, pitch + 1):
            if (
                self._low <= near <= self._high
                and near % 12 in BLACK
                and near - 1 >= self._low
                and self.rectangle(near).contains(point)
            ):
                return near
        return pitch

    # ---- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        lit = self._sounding()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_bars(painter)
        if event.rect().bottom() < BARS:
            painter.end()
            return
        white = QColor("#c9ccd3" if theme.dark else "#ffffff")
        black = QColor("#20242c" if theme.dark else "#3a3d44")
        seam = QPen(QColor("#848994"), 1)
        pitches = range(self._low, self._high + 1)
        for pitch in sorted(pitches, key=lambda value: value % 12 in BLACK):
            key = self.rectangle(pitch)
            painter.setPen(seam)
            painter.setBrush(QColor(lit[pitch]) if pitch in lit else (black if pitch % 12 in BLACK else white))
            painter.drawRect(key.adjusted(0.5, 0.5, 0, -0.5))
            if pitch == self._cursor and self.key_focus:
                painter.setPen(QPen(QColor(theme.accent), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(key.adjusted(1.5, 1.5, -1.5, -1.5))
        self._paint_names(painter, lit)
        painter.end()

    def _paint_bars(self, painter: QPainter) -> None:
        painter.fillRect(0, 0, self.width(), BARS, QColor(self._theme.background))
        colour = QColor(self._theme.accent)
        shares = np.minimum(1.0, self._shown / FULL) ** 0.6
        for pitch in np.flatnonzero(shares > 0.04):
            if self._low <= pitch <= self._high:
                key, height = self.rectangle(int(pitch)), float(shares[pitch]) * (BARS - 4)
                width = max(3.0, min(key.width() - 2, 10.0))
                painter.fillRect(QRectF(key.center().x() - width / 2, BARS - 2 - height, width, height), colour)

    def _paint_names(self, painter: QPainter, lit: dict[int, str]) -> None:
        metrics = QFontMetricsF(self.font())
        for pitch in range(self._low, self._high + 1):
            dark = pitch % 12 in BLACK
            text = self.letters.get(pitch, "")
            if not text and pitch % 12 == 0:
                text = pitch_name(pitch)
            key = self.rectangle(pitch)
            if not text or metrics.horizontalAdvance(text) > key.width() + (6 if not dark else 2):
                continue
            painter.setPen(QColor("#e6e8ec" if dark and pitch not in lit else ON_KEYS))
            # A name may be wider than its key, but not cut at the ends of the keyboard.
            wide = metrics.horizontalAdvance(text)
            left = max(1.0, min(key.center().x() - wide / 2, self.width() - wide - 1))
            box = QRectF(left, key.top(), wide + 1, key.height() - 3)
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, text)

    # ---- playing -------------------------------------------------------------------------------------------------

    def _strike(self, point: QPointF) -> None:
        pitch = self.pitch_at(point)
        if pitch == self._pressed:
            return
        self.release()
        if pitch is not None:
            key = self.rectangle(pitch)
            depth = (point.y() - key.top()) / key.height()
            self._pressed = pitch
            self.note.emit(pitch, min(120, max(30, round(40 + 80 * depth))))
            self.update()

    def release(self) -> None:
        if self._pressed is not None:
            self.note.emit(self._pressed, 0)
            self._pressed = None
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._strike(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._strike(event.position())
            return
        pitch = self.pitch_at(event.position())
        if pitch is not None:
            chance = float(self._target[pitch]) * 100
            self.setToolTip(f"{self.names(pitch)}: {chance:.0f} % likely to be the next note")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.release()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = 1 if key == Qt.Key.Key_Right else -1
            self._cursor = min(self._high, max(self._low, self._cursor + step))
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.release()
                self._pressed = self._cursor
                self.note.emit(self._cursor, 80)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.release()
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.release()
        super().focusOutEvent(event)
