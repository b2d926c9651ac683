"""SteerSlider: a numeric control as a row: its name, a track with a word at each end, and the value.

The track is plain where the music keeps its style and tinted beyond. What a value there does is said before it is
heard: while the mouse is over the place, and while it is dragged.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy

from musiclstm.gui.look.mapped import RESET, Mapped
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.gui.steer.slider_painter import THUMB, Shown, SliderPlaces, paint
from musiclstm.gui.steer.value_words import value_text
from musiclstm.protocol.controls import Control, Value

STEPS = 200  # positions of a control that is not whole numbers


class SteerSlider(Mapped, QAbstractSlider):
    """Signals: `turned(name, value)`, by the user only; `explained(text, warns)`: about the place under the mouse.

    effect: what a value does to the music, "" where it keeps its style. `show_value` shows a value without a signal.
    """

    turned = Signal(str, object)
    explained = Signal(str, bool)

    def __init__(
        self,
        control: Control,
        midi_learn: MidiLearn,
        theme: Theme,
        effect: Callable[[Control, Value], str] = Control.effect,
    ) -> None:
        super().__init__()
        self.control, self._theme, self._effect = control, theme, effect
        self._hover: float | None = None
        self._home = control.default
        self._own: bool | None = None
        self._quiet = False
        self._dragging = False
        if control.integer:
            self.setRange(round(control.low), round(control.high) + int(control.optional))
            self.setPageStep({"note": 12, "%": 10}.get(control.unit, 2))
        else:
            self.setRange(0, STEPS)
            self.setSingleStep(2)
            self.setPageStep(STEPS // 10)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(control.label)
        self.show_value(control.default)
        self._describe()
        self.valueChanged.connect(self._turned)
        self.begin_mapping(midi_learn, control.name, control.label)

    # ---- value ---------------------------------------------------------------------------------------------------

    def position(self, value: Value) -> int:
        control = self.control
        if value is None:
            return self.maximum()
        number = float(value)
        if control.integer:
            return round(number)
        return round((number - control.low) / (control.high - control.low) * STEPS)

    def current(self) -> Value:
        return self._value(self.value())

    def _value(self, position: int) -> Value:
        control = self.control
        if control.optional and position == self.maximum():
            return None
        if control.integer:
            return position
        number = round(control.low + position / STEPS * (control.high - control.low), 4)
        # The middle is exactly the default, and home the model's own, which need not lie on a step.
        for exact in (self._home, control.default):
            if isinstance(exact, (int, float)) and position == self.position(exact):
                return exact
        return number

    @property
    def warning(self) -> str:
        """What the present value does to the music; "" where it keeps its style."""
        return self._effect(self.control, self.current())

    def show_value(self, value: Value) -> None:
        if self._dragging:
            return
        self._quiet = True
        self.setValue(self.position(value))
        self._quiet = False
        self.update()

    def _turned(self, _value: int) -> None:
        self.update()
        self._describe()
        if not self._quiet:
            self.turned.emit(self.control.name, self.current())
            self._explain()

    def _describe(self) -> None:
        """The value for screen readers, which would otherwise read only the slider's position."""
        control = self.control
        value = value_text(control, self.current())
        warning = f" {self.warning}" if self.warning else ""
        self.setAccessibleDescription(f"{value}, from {control.left} to {control.right}.{warning} {control.hint}")

    def _explain(self) -> None:
        """Says what the value under the mouse does, or the present one while it is turned."""
        here = self.value() if self._hover is None or self._dragging else self.places().position(self._hover)
        said = self._effect(self.control, self._value(here))
        self.explained.emit(said or self.toolTip(), bool(said))

    def show_home(self, value: Value) -> None:
        """Where a double click leads: what suits the model."""
        self._home = value
        self.update()

    def show_own(self, own: bool | None) -> None:
        """Whether the value is a player's own; None where it is that of all."""
        self._own = own
        self.update()

    def reset(self) -> None:
        self.setValue(self.position(self._home))

    def show_mapping(self) -> None:
        self.setToolTip(self.with_mapping(self.control.hint, RESET))
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    # ---- painting ------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        wide = self.places().width_for((self.control.left, self.control.right))
        return QSize(ceil(wide), max(27, round(QFontMetricsF(self.font()).height()) + 11))

    def minimumSizeHint(self) -> QSize:
        return QSize(ceil(self.places().least), self.sizeHint().height())

    def places(self) -> SliderPlaces:
        """Where its name, track and value lie."""
        return SliderPlaces(self.font(), self.size(), self.minimum(), self.maximum())

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = Shown(
            self.control,
            self.value(),
            self.position(self._home),
            value_text(self.control, self.current()),
            self._own,
            self.mark,
            armed=self.armed,
            warns=bool(self.warning),
            focus=self.hasFocus(),
        )
        painter = QPainter(self)
        paint(painter, self.size(), self.places(), shown, self._theme, self.position)
        painter.end()

    # ---- mouse and keys ------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if (
            event.button() == Qt.MouseButton.LeftButton
            and event.position().x() > self.places().track.left() - 2 * THUMB
        ):
            self._dragging = True
            self.setValue(self.places().position(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        track = self.places().track
        over = track.left() <= event.position().x() <= track.right()
        self._hover = event.position().x() if over else None
        if self._dragging:
            self.setValue(self.places().position(event.position().x()))
        self._explain()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragging = False
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._dragging = False
        self.reset()

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Only what one has chosen turns: else scrolling the panel would turn whatever passes under the mouse.
        if self.hasFocus():
            self.setValue(self.value() + (self.singleStep() if event.angleDelta().y() > 0 else -self.singleStep()))
            event.accept()
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.reset()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.mapping_menu(event).addAction("Reset").triggered.connect(self.reset)
