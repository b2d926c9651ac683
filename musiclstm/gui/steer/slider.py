"""SteerSlider: a numeric control as a row: its name, a word at each end, the number while it is moved."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy

from musiclstm.gui.axes.pitch_axis import pitch_name
from musiclstm.gui.look.colours import mix
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.protocol.controls import Control, Value

STEPS = 200  # positions of a control that is not whole numbers
THUMB = 7.0


def value_text(control: Control, value: Value) -> str:
    """The value as text: `1.20`, `C4`, `2.00 beats`, `no limit`."""
    if value is None:
        return "no limit"
    if isinstance(value, (bool, str)):
        return str(value)
    if control.unit == "note":
        return pitch_name(int(value))
    if control.unit == "ms":
        return f"{value:+.0f} ms"
    number = f"{int(value)}" if control.integer else f"{value:.2f}"
    return f"{number} {control.unit}".strip()


class SteerSlider(QAbstractSlider):
    """Signal `turned(name, value)`: by the user only. `show_value` shows a value without it."""

    turned = Signal(str, object)

    def __init__(self, control: Control, midi_learn: MidiLearn, theme: Theme) -> None:
        super().__init__()
        self.control, self._midi_learn, self._theme = control, midi_learn, theme
        self._quiet = False
        self._dragging = False
        if control.integer:
            self.setRange(round(control.low), round(control.high) + int(control.optional))
            self.setPageStep(12 if control.unit == "note" else 2)
        else:
            self.setRange(0, STEPS)
            self.setSingleStep(2)
            self.setPageStep(STEPS // 10)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(control.label)
        self.show_value(control.default)
        self._describe()
        self.valueChanged.connect(self._turned)
        midi_learn.changed.connect(self._mapping_changed)
        self._mapping_changed(control.name)

    # ---- value ---------------------------------------------------------------------------------------------------

    def _position(self, value: Value) -> int:
        control = self.control
        if value is None:
            return self.maximum()
        number = float(value)
        if control.integer:
            return round(number)
        return round((number - control.low) / (control.high - control.low) * STEPS)

    def current(self) -> Value:
        control = self.control
        if control.integer:
            return None if control.optional and self.value() == self.maximum() else self.value()
        number = round(control.low + self.value() / STEPS * (control.high - control.low), 4)
        # The middle is exactly the default where the default lies on a step.
        default = control.default
        if isinstance(default, (int, float)) and self.value() == self._position(default):
            return default
        return number

    def show_value(self, value: Value) -> None:
        if self._dragging:
            return
        self._quiet = True
        self.setValue(self._position(value))
        self._quiet = False
        self.update()

    def _turned(self, _value: int) -> None:
        self.update()
        self._describe()
        if not self._quiet:
            self.turned.emit(self.control.name, self.current())

    def _describe(self) -> None:
        """The value for screen readers, which would otherwise read only the slider's position."""
        control = self.control
        value = value_text(control, self.current())
        self.setAccessibleDescription(f"{value}, from {control.left} to {control.right}. {control.hint}")

    def reset(self) -> None:
        self.setValue(self._position(self.control.default))

    def _mapping_changed(self, target: str) -> None:
        if target == self.control.name:
            knob = self._midi_learn.knob(target)
            mapped = f"\nMapped to {knob}." if knob else ""
            self.setToolTip(f"{self.control.hint}{mapped}\nDouble click resets. Right click: map a knob.")
            self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    # ---- painting ------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(300, max(26, round(QFontMetricsF(self.font()).height()) + 10))

    def minimumSizeHint(self) -> QSize:
        return QSize(240, self.sizeHint().height())

    def _columns(self) -> tuple[float, float]:
        """Widths of the name's and of a word's column, from the font so that nothing is clipped."""
        metrics = QFontMetricsF(self.font())
        return metrics.horizontalAdvance("Loudness choi•000"), metrics.horizontalAdvance("anything.")

    def _track(self) -> QRectF:
        name, word = self._columns()
        left = name + metrics_left(self) + 8
        return QRectF(left, self.height() / 2 - 1.5, max(30.0, self.width() - left - word - 10), 3)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, track = self._theme, self._track()
        middle = Qt.AlignmentFlag.AlignVCenter
        name, word = self._columns()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        armed = self._midi_learn.target == self.control.name
        touched = self._dragging or self.underMouse() or self.hasFocus()
        painter.setPen(QColor(theme.accent if armed else theme.text))
        label = "move a knob…" if armed else self.control.label
        painter.drawText(QRectF(6, 0, name, self.height()), middle, label)
        knob = self._midi_learn.knob(self.control.name)
        if knob and not armed:
            self._paint_knob(painter, knob, name)
        painter.setPen(QColor(theme.secondary))
        left_word = QRectF(6 + name, 0, track.left() - name - 6 - THUMB - 4, self.height())
        painter.drawText(left_word, middle | Qt.AlignmentFlag.AlignRight, self.control.left)
        right = self.control.right
        if touched:
            painter.setPen(QColor(theme.text))
            right = value_text(self.control, self.current())
        right_word = QRectF(track.right() + THUMB + 4, 0, word + 4, self.height())
        painter.drawText(right_word, middle | Qt.AlignmentFlag.AlignLeft, right)
        self._paint_track(painter, track)
        painter.end()

    def _paint_knob(self, painter: QPainter, knob: str, width: float) -> None:
        """A small dot with the controller's number."""
        number = "".join(part for part in knob.split(" ch", maxsplit=1)[0] if part.isdigit()) or "♪"
        painter.setPen(QColor(self._theme.accent))
        box = QRectF(6, 0, width - 2, self.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"•{number}")

    def _paint_track(self, painter: QPainter, track: QRectF) -> None:
        theme, control = self._theme, self.control
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(mix(theme.edge, theme.panel, 0.55)))
        painter.drawRoundedRect(track, 1.5, 1.5)
        span = max(1, self.maximum() - self.minimum())
        home = track.left() + (self._position(control.default) - self.minimum()) / span * track.width()
        x = track.left() + (self.value() - self.minimum()) / span * track.width()
        painter.setBrush(QColor(theme.secondary))
        painter.drawRect(QRectF(home - 0.75, track.top() - 3, 1.5, 9))
        painter.setBrush(QColor(theme.text))
        painter.drawRect(QRectF(min(home, x), track.top(), abs(x - home), track.height()))
        painter.setBrush(QColor(theme.text))
        painter.setPen(QPen(QColor(theme.panel), 2))
        painter.drawEllipse(QPointF(x, self.height() / 2), THUMB, THUMB)

    # ---- mouse and keys ------------------------------------------------------------------------------------------

    def _drag_to(self, x: float) -> None:
        track = self._track()
        share = min(1.0, max(0.0, (x - track.left()) / track.width()))
        self.setValue(round(self.minimum() + share * (self.maximum() - self.minimum())))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and event.position().x() > self._track().left() - 2 * THUMB:
            self._dragging = True
            self._drag_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._drag_to(event.position().x())

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
        menu = self._midi_learn.menu(self, event, self.control.name, self.control.label)
        menu.addAction("Reset").triggered.connect(self.reset)


def metrics_left(slider: SteerSlider) -> float:
    """Width of the left word's column."""
    return QFontMetricsF(slider.font()).horizontalAdvance("straight") + THUMB + 4
