"""Rows for controls that are a choice or a switch."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from musiclstm.gui.look.mapped import RESET, Mapped
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.paths import SO_FAR
from musiclstm.protocol.controls import Control, Value


class Chooser(QComboBox):
    """A combo box that ignores the mouse wheel unless it has the focus, and may be narrower than its longest choice."""

    def __init__(self, name: str, description: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setAccessibleDescription(description)
        self.setToolTip(description or name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # the wheel would give it the focus before it asks

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        complex_, field = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(complex_, option, field, self).width() - 4
        option.currentText = option.fontMetrics.elidedText(option.currentText, Qt.TextElideMode.ElideRight, room)
        painter = QStylePainter(self)
        painter.drawComplexControl(complex_, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().color(self.foregroundRole()), 1.5))
        x, y = self.width() - 14.0, self.height() / 2
        painter.drawPolyline(QPolygonF([QPointF(x - 4, y - 2), QPointF(x, y + 2), QPointF(x + 4, y - 2)]))
        painter.end()

    def offer(self, choices: list[tuple[str, str]], current: str | None) -> None:
        """Set the choices, (text, data) each, without a signal; `current` is added if it is not among them."""
        if current is not None and all(data != current for _text, data in choices):
            choices = [*choices, (name_of(current), current)]
        self.blockSignals(True)
        old = [(self.itemText(i), self.itemData(i)) for i in range(self.count())]
        if old != choices:
            self.clear()
            for text, data in choices:
                self.addItem(text, data)
        self.setCurrentIndex(self.findData(current) if current is not None else 0)
        self.blockSignals(False)

    def choose(self, data: object) -> None:
        """Show a choice without a signal."""
        self.blockSignals(True)
        index = self.findData(data)
        if index >= 0:
            self.setCurrentIndex(index)
        self.blockSignals(False)


def name_of(data: str) -> str:
    """The text of a choice that is not in the list: for a file, its name, or that of the training it comes from."""
    if Path(data).name == SO_FAR:
        return f"{Path(data).parent.name} so far"
    return Path(data).stem if "/" in data and data.endswith(".onnx") else data


class Tick(QCheckBox):
    """A check box that shows a tick, not only a colour."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.isChecked():
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        box = QRectF(self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Base), 2))
        x, y = box.center().x(), box.center().y()
        painter.drawPolyline(QPolygonF([QPointF(x - 4, y), QPointF(x - 1, y + 3), QPointF(x + 4.5, y - 3.5)]))
        painter.end()


def own_mark(height: float) -> QRectF:
    """Where a row shows that its value is a player's own."""
    return QRectF(0, (height - 14) / 2, 3, 14)


class ControlRow(Mapped, QWidget):
    """A choice or a switch. Signal `turned(name, value)`: by the user only."""

    turned = Signal(str, object)

    def __init__(self, control: Control, midi_learn: MidiLearn) -> None:
        super().__init__()
        self.control = control
        self._own = False
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 1, 4, 1)
        layout.setSpacing(8)
        self._label = QLabel(control.label)
        layout.addWidget(self._label)
        layout.addStretch(1)
        self._knob = QLabel()
        layout.addWidget(self._knob)
        self.choice: Chooser | None = None
        self.switch: QCheckBox | None = None
        if control.choices:
            self.choice = Chooser(control.label, control.hint)
            for text in control.choices:
                self.choice.addItem(text.replace("#", "♯").replace("b", "♭") if control.name == "key" else text, text)
            self.choice.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
            self.choice.setMinimumContentsLength(12)
            self.choice.currentIndexChanged.connect(self._turned)
            layout.addWidget(self.choice)
        else:
            self.switch = Tick()
            self.switch.setAccessibleName(control.label)
            self.switch.setAccessibleDescription(control.hint)
            self.switch.toggled.connect(self._turned)
            layout.addWidget(self.switch)
        self.show_value(control.default)
        self.begin_mapping(midi_learn, control.name, control.label)

    def current(self) -> Value:
        if self.choice is not None:
            return str(self.choice.currentData())
        return self.switch is not None and self.switch.isChecked()

    def show_value(self, value: Value) -> None:
        if self.choice is not None:
            self.choice.choose(value)
        elif self.switch is not None:
            self.switch.blockSignals(True)
            self.switch.setChecked(bool(value))
            self.switch.blockSignals(False)

    def show_own(self, own: bool | None) -> None:
        """Whether the value is a player's own; None where it is that of all."""
        self._own = bool(own)
        self._label.setEnabled(own is not False)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._own:
            painter = QPainter(self)
            painter.fillRect(own_mark(self.height()), self.palette().color(QPalette.ColorRole.Link))
            painter.end()

    def _turned(self, *_args: object) -> None:
        self.turned.emit(self.control.name, self.current())

    def reset(self) -> None:
        self.show_value(self.control.default)
        self._turned()

    def show_mapping(self) -> None:
        self._label.setText("move a knob…" if self.armed else self.control.label)
        self._knob.setText(self.mark)
        self.setToolTip(self.with_mapping(self.control.hint, RESET))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.mapping_menu(event).addAction("Reset").triggered.connect(self.reset)
