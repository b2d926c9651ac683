"""Fader: the volume of a part, with its level in the groove; and the level meter of the output."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QWidget

from musiclstm.gui.look.colours import mix
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.protocol.limits import MAX_VELOCITY, MAX_VOLUME

USUAL = 100
"""The volume of a channel that nobody has set."""
THUMB = 6.0
FALL = 0.015  # of the full scale, a frame


class Fader(QAbstractSlider):
    """`valueChanged` is emitted by the person only; `show_value` shows a volume without it."""

    def __init__(self, name: str, colour: str, theme: Theme, midi_learn: MidiLearn, target: str) -> None:
        super().__init__()
        self._name, self._colour, self._theme = name, colour, theme
        self._midi_learn, self._target = midi_learn, target
        self.level = 0.0
        self.setRange(0, MAX_VOLUME)
        self.setSingleStep(4)
        self.setPageStep(16)
        self.setValue(USUAL)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{name}: volume")
        self._describe()
        self.valueChanged.connect(lambda _value: self._describe())

    def _describe(self) -> None:
        self.setToolTip(f"Volume {self.value()} (CC 7 of its channel).\nDouble click resets. Right click: map a knob.")
        self.setAccessibleDescription(f"{self.value()} of {MAX_VOLUME}")
        self.update()

    def set_theme(self, colour: str, theme: Theme) -> None:
        self._colour, self._theme = colour, theme
        self.update()

    def show_value(self, value: int) -> None:
        if not self.isSliderDown() and value != self.value():
            self.blockSignals(True)
            self.setValue(value)
            self.blockSignals(False)
            self._describe()

    # ---- the level -----------------------------------------------------------------------------------------------

    def hear(self, velocity: int) -> None:
        """A note of the part started."""
        self.level = max(self.level, velocity / MAX_VELOCITY * self.value() / MAX_VOLUME)
        self.update()

    def fall(self, sounding: int) -> None:
        """Lets the level fall by one frame, to half of what sounds. sounding: the highest velocity of that."""
        rest = 0.5 * sounding / MAX_VELOCITY * self.value() / MAX_VOLUME
        if self.level > rest:
            self.level = max(rest, self.level - FALL)
            self.update()

    # ---- painting ------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(120, 20)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 20)

    def _track(self) -> QRectF:
        return QRectF(THUMB + 1, self.height() / 2 - 2.5, self.width() - 2 * THUMB - 2, 5)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, track = self._theme, self._track()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(mix(theme.edge, theme.panel, 0.3)))
        painter.drawRoundedRect(track, 2.5, 2.5)
        if self.level > 0:
            painter.setBrush(QColor(self._colour))
            painter.drawRoundedRect(QRectF(track.x(), track.y(), track.width() * self.level, track.height()), 2.5, 2.5)
        x = track.x() + self.value() / MAX_VOLUME * track.width()
        touched = self.hasFocus() or self.underMouse()
        painter.setBrush(QColor(theme.text if touched else theme.secondary))
        painter.setPen(QPen(QColor(theme.accent if self.hasFocus() else theme.panel), 1.5))
        painter.drawEllipse(QPointF(x, self.height() / 2), THUMB, THUMB)
        painter.end()

    # ---- mouse ---------------------------------------------------------------------------------------------------

    def _drag_to(self, x: float) -> None:
        track = self._track()
        self.setValue(round(min(1.0, max(0.0, (x - track.x()) / track.width())) * MAX_VOLUME))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._drag_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._drag_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)
        self.setValue(USUAL)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._midi_learn.menu(self, event, self._target, f"the volume of {self._name}")

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Only what one has chosen turns: else scrolling the panel would turn whatever passes under the mouse.
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class OutputLevel(QWidget):
    """How loud the notes are that go to the output, as a narrow column."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.level = 0.0
        self.setFixedSize(6, 32)
        self.setToolTip("How loud the notes are that go out.")
        self.setAccessibleName("Output level")

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def hear(self, velocity: int) -> None:
        self.level = max(self.level, velocity / MAX_VELOCITY)
        self.update()

    def fall(self) -> None:
        if self.level > 0:
            self.level = max(0.0, self.level - FALL)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, height = self._theme, float(self.height())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(mix(theme.edge, theme.panel, 0.3)))
        painter.drawRoundedRect(QRectF(0, 0, 6, height), 2.5, 2.5)
        if self.level > 0:
            painter.setBrush(QColor(theme.good))
            painter.drawRoundedRect(QRectF(0, height * (1 - self.level), 6, height * self.level), 2.5, 2.5)
        painter.end()
