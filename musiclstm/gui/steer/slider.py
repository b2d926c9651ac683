"""SteerSlider: a numeric control as a row: its name, a track with a word at each end, and the value.

The track is plain where the music keeps its style and tinted beyond. What a value there does is said before it is
heard: while the mouse is over the place, and while it is dragged.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy

from musiclstm.gui.look.colours import mix
from musiclstm.gui.look.rows import own_mark
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.gui.steer.value_words import value_text
from musiclstm.protocol.controls import Control, Value

STEPS = 200  # positions of a control that is not whole numbers
THUMB = 4.0  # half its width
TRACK, LINE = 20.0, 3.0  # heights of it and of what fills it
GAP = 10.0
TINT = 0.14  # how much of the warning's colour is in the track beyond the style


class SteerSlider(QAbstractSlider):
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
        self.control, self._midi_learn, self._theme, self._effect = control, midi_learn, theme, effect
        self._target, self._called = control.name, control.label  # for MIDI learn
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
            if isinstance(exact, (int, float)) and position == self._position(exact):
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
        self.setValue(self._position(value))
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
        here = self.value() if self._hover is None or self._dragging else self._place(self._hover)
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

    def map_to(self, target: str, called: str) -> None:
        """What a knob is mapped to from here: the control of all, or a player's own. called: in words."""
        self._target, self._called = target, called
        self._mapping_changed(target)

    def reset(self) -> None:
        self.setValue(self._position(self._home))

    def _mapping_changed(self, target: str) -> None:
        if target == self._target:
            knob = self._midi_learn.knob(target)
            mapped = f"\nMapped to {knob}." if knob else ""
            self.setToolTip(f"{self.control.hint}{mapped}\nDouble click resets. Right click: map a knob.")
            self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    # ---- painting ------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(300, max(27, round(QFontMetricsF(self.font()).height()) + 11))

    def minimumSizeHint(self) -> QSize:
        return QSize(240, self.sizeHint().height())

    def _columns(self) -> tuple[float, float]:
        """Widths of the name's and of the value's column, from the font so that nothing is clipped."""
        metrics = QFontMetricsF(self.font())
        return metrics.horizontalAdvance("Dynamics choice"), metrics.horizontalAdvance("0.25 beats")

    def _track(self) -> QRectF:
        name, value = self._columns()
        left = 6 + name + GAP
        return QRectF(left, (self.height() - TRACK) / 2, max(60.0, self.width() - left - GAP - value), TRACK)

    def _x(self, track: QRectF, position: float) -> float:
        """Where a position lies; the thumb stays within the track."""
        span = max(1, self.maximum() - self.minimum())
        return track.left() + THUMB + (position - self.minimum()) / span * (track.width() - 2 * THUMB)

    def _place(self, x: float) -> int:
        track = self._track()
        share = min(1.0, max(0.0, (x - track.left() - THUMB) / (track.width() - 2 * THUMB)))
        return round(self.minimum() + share * (self.maximum() - self.minimum()))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, track = self._theme, self._track()
        middle = Qt.AlignmentFlag.AlignVCenter
        name, value = self._columns()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        armed = self._midi_learn.target == self._target
        plain = QColor(theme.secondary if self._own is False else theme.text)
        if self._own:
            painter.fillRect(own_mark(self.height()), QColor(theme.accent))
        painter.setPen(QColor(theme.accent) if armed else plain)
        painter.drawText(QRectF(6, 0, name, self.height()), middle, "move a knob…" if armed else self.control.label)
        knob = self._midi_learn.knob(self._target)
        if knob and not armed:
            self._paint_knob(painter, knob, name)
        self._paint_track(painter, track)
        self._paint_ends(painter, track)
        self._paint_thumb(painter, track)
        font = QFont(self.font())
        font.setFeature(QFont.Tag("tnum"), 1)
        painter.setFont(font)
        painter.setPen(QColor(theme.warning) if self.warning else plain)
        box = QRectF(track.right() + GAP, 0, value, self.height())
        painter.drawText(box, middle | Qt.AlignmentFlag.AlignLeft, value_text(self.control, self.current()))
        painter.end()

    def _paint_knob(self, painter: QPainter, knob: str, width: float) -> None:
        """A small dot with the controller's number, over the end of the name."""
        number = "".join(part for part in knob.split(" ch", maxsplit=1)[0] if part.isdigit()) or "♪"
        text = f" •{number}"
        wide = painter.fontMetrics().horizontalAdvance(text)
        box = QRectF(6 + width + GAP - 2 - wide, 0, wide, self.height())
        painter.fillRect(box, QColor(self._theme.panel))
        painter.setPen(QColor(self._theme.accent))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)

    def _paint_track(self, painter: QPainter, track: QRectF) -> None:
        """The track, tinted beyond the style, and filled from the default to the value."""
        theme, control = self._theme, self.control
        shape = QPainterPath()
        shape.addRoundedRect(track, 5, 5)
        painter.save()
        painter.setClipPath(shape)
        painter.fillRect(track, QColor(theme.raised if theme.dark else theme.pressed))
        if control.style is not None:
            low, high = (self._x(track, self._position(edge)) for edge in control.style)
            beyond = QColor(mix(theme.warning, theme.panel, TINT))
            edge = QColor(mix(theme.edge, theme.panel, 0.6))
            if control.style[0] > control.low:
                painter.fillRect(QRectF(track.left(), track.top(), low - track.left(), track.height()), beyond)
                painter.fillRect(QRectF(low - 1, track.top(), 1, track.height()), edge)
            if control.style[1] < control.high:
                painter.fillRect(QRectF(high, track.top(), track.right() - high, track.height()), beyond)
                painter.fillRect(QRectF(high, track.top(), 1, track.height()), edge)
        home, x = self._x(track, self._position(self._home)), self._x(track, self.value())
        fill = QColor(theme.warning if self.warning else theme.text)
        painter.fillRect(QRectF(min(home, x), track.bottom() - LINE, abs(x - home), LINE), fill)
        painter.fillRect(QRectF(home - 0.75, track.top(), 1.5, track.height()), QColor(theme.secondary))
        painter.restore()

    def _paint_ends(self, painter: QPainter, track: QRectF) -> None:
        """The words at both ends; one that the thumb would cut in two gives way to it."""
        box, metrics, x = track.adjusted(11, 0, -11, 0), QFontMetricsF(self.font()), self._x(track, self.value())
        painter.setPen(QColor(self._theme.secondary))
        for word, side in (
            (self.control.left, Qt.AlignmentFlag.AlignLeft),
            (self.control.right, Qt.AlignmentFlag.AlignRight),
        ):
            wide = metrics.horizontalAdvance(word)
            left = box.left() if side == Qt.AlignmentFlag.AlignLeft else box.right() - wide
            if not left - THUMB < x < left + wide + THUMB:
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | side, word)

    def _paint_thumb(self, painter: QPainter, track: QRectF) -> None:
        x = self._x(track, self.value())
        painter.setBrush(QColor(self._theme.text))
        painter.setPen(QPen(QColor(self._theme.panel), 1.5))
        painter.drawRoundedRect(QRectF(x - THUMB, track.top() - 2, 2 * THUMB, track.height() + 4), 3, 3)

    # ---- mouse and keys ------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and event.position().x() > self._track().left() - 2 * THUMB:
            self._dragging = True
            self.setValue(self._place(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        track = self._track()
        over = track.left() <= event.position().x() <= track.right()
        self._hover = event.position().x() if over else None
        if self._dragging:
            self.setValue(self._place(event.position().x()))
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
        menu = self._midi_learn.menu(self, event, self._target, self._called)
        menu.addAction("Reset").triggered.connect(self.reset)
