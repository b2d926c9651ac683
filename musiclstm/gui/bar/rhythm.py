"""Metronome, time signature and loop: what counts the bars, beside the tempo."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import (
    QActionGroup,
    QColor,
    QIcon,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStyle, QStyleOptionToolButton, QStylePainter, QToolButton, QWidget

from musiclstm.gui.bridge import Bridge
from musiclstm.gui.look.icons import icon
from musiclstm.gui.look.mapped import Mapped
from musiclstm.gui.look.room import field_height
from musiclstm.gui.look.rows import Chooser
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.gui.steer.control_values import ControlValues
from musiclstm.protocol.commands import Loop, LoopLast, SetMeter
from musiclstm.protocol.controls import Value
from musiclstm.protocol.telemetry import Loaded, LoopChanged, MeterChanged

ARROW = 14  # pixels at the right edge of a button that open its menu
COUNTS = (("No count-in", 0), ("Count in one bar", 1), ("Count in two bars", 2))
LEVELS = (("Soft click", 0.4), ("Medium click", 0.8), ("Loud click", 1.0))
LASTS = (1, 2, 4, 8)  # bars


class MenuButton(Mapped, QToolButton):
    """Stays down while its command is on; its right edge, or the down key, opens a menu. Right click: MIDI learn.

    fill: puts the entries into the menu, each time it opens.
    """

    def __init__(self, symbol: str, name: str, hint: str, target: str, theme: Theme, midi_learn: MidiLearn) -> None:
        super().__init__()
        self._symbol, self._hint, self._theme = symbol, hint, theme
        self.fill: Callable[[QMenu], None] = lambda _menu: None
        self.setCheckable(True)
        self.setProperty("small", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setIconSize(QSize(18, 18))
        self.setAccessibleName(name)
        self.setAccessibleDescription(hint)
        self.set_theme(theme)
        self.begin_mapping(midi_learn, target, name)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setIcon(icon(self._symbol, theme.text, theme.on_lit))

    def open_menu(self) -> QMenu:
        menu = QMenu(self)
        self.fill(menu)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(QPoint(0, self.height() + 2)))
        return menu

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and event.position().x() > self.width() - ARROW:
            self.open_menu()
            return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.open_menu()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        option.icon = QIcon()
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = QIcon.State.On if self.isChecked() else QIcon.State.Off
        place = QRect(5, (self.height() - 18) // 2, 18, 18)
        self.icon().paint(painter, place, Qt.AlignmentFlag.AlignCenter, QIcon.Mode.Normal, on)
        theme = self._theme
        painter.setPen(QPen(QColor(theme.on_lit if self.isChecked() else theme.secondary), 1.5))
        x, y = self.width() - 9.0, self.height() / 2
        painter.drawPolyline([QPointF(x - 3, y - 1.5), QPointF(x, y + 1.5), QPointF(x + 3, y - 1.5)])
        painter.end()
        self.paint_mark(lit=self.isChecked())


class RhythmControls(QWidget):
    """Metronome and time signature; and `loop`, a button for beside the bars of the past.

    selection: the (start, end) in beats that a loop takes, None for the last bars.
    """

    def __init__(self, bridge: Bridge, controls: ControlValues, midi_learn: MidiLearn, theme: Theme) -> None:
        super().__init__()
        self._bridge, self._controls = bridge, controls
        self.selection: tuple[float, float] | None = None
        self._last = 2
        hint = "Metronome: a click on every beat (Ctrl+Shift+T). Its arrow has the count-in."
        self.metronome = MenuButton("metronome", "Metronome", hint, "metronome", theme, midi_learn)
        self.metronome.setFixedSize(38, field_height(self))
        self.metronome.clicked.connect(lambda on: controls.turn("metronome", bool(on)))
        self.metronome.fill = self._metronome_menu
        self.meter = Chooser("Time signature", "Time signature, from the next bar on; those that the model knows.")
        self.meter.setStyleSheet("padding: 4px 0 4px 6px")
        self.meter.setFixedSize(self.fontMetrics().horizontalAdvance("12/8") + 34, field_height(self))
        self.meter.currentIndexChanged.connect(lambda _i: self._choose_meter())
        hint = "Loop the last bars, or those you have selected; again to leave (Ctrl+R). Its arrow says how many."
        self.loop = MenuButton("loop", "Loop", hint, "loop", theme, midi_learn)
        self.loop.setFixedSize(44, 40)
        self.loop.clicked.connect(lambda _on: self.toggle_loop())
        self.loop.fill = self._loop_menu
        self.looping: tuple[float, float] | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.metronome)
        row.addWidget(self.meter)
        controls.changed.connect(self._control_changed)
        bridge.loaded.connect(self._loaded)
        bridge.meter_changed.connect(self._meter_changed)
        bridge.loop_changed.connect(self._loop_changed)
        bridge.exited.connect(lambda _message: self._loop_changed(LoopChanged()))

    def set_theme(self, theme: Theme) -> None:
        for button in (self.metronome, self.loop):
            button.set_theme(theme)

    # ---- doing ---------------------------------------------------------------------------------------------------

    def toggle_metronome(self) -> None:
        self._controls.turn("metronome", not self._controls.values["metronome"])

    def toggle_loop(self) -> None:
        """Leaves the loop, or loops what is selected, or else the last bars."""
        if self.looping is not None:
            self._bridge.send(LoopLast(0))
        elif self.selection is not None:
            self._bridge.send(Loop(*self.selection))
        else:
            self._bridge.send(LoopLast(self._last))
        self._show_looping()

    def loop_last(self, bars: int) -> None:
        self._last = bars
        self._bridge.send(LoopLast(bars))

    def select(self, start: float, end: float) -> None:
        """A loop takes this from now on."""
        self.selection = (start, end)

    def deselect(self) -> None:
        self.selection = None

    def _choose_meter(self) -> None:
        numerator, _, denominator = str(self.meter.currentData()).partition("/")
        self._bridge.send(SetMeter(int(numerator), int(denominator)))

    # ---- menus ---------------------------------------------------------------------------------------------------

    def _metronome_menu(self, menu: QMenu) -> None:
        self._choices(menu, "count_in", COUNTS)
        menu.addSeparator()
        self._choices(menu, "metronome.level", LEVELS)

    def _choices(self, menu: QMenu, control: str, choices: tuple[tuple[str, float], ...]) -> None:
        group = QActionGroup(menu)
        for text, value in choices:
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(self._controls.values[control] == value)
            action.triggered.connect(lambda _on, value=value: self._controls.turn(control, value))
            group.addAction(action)

    def _loop_menu(self, menu: QMenu) -> None:
        if self.selection is not None:
            chosen = self.selection
            menu.addAction("Loop the selected bars").triggered.connect(lambda: self._bridge.send(Loop(*chosen)))
        for bars in LASTS:
            text = f"Loop the last {bars} bars" if bars > 1 else "Loop the last bar"
            menu.addAction(text).triggered.connect(lambda _on=False, bars=bars: self.loop_last(bars))
        menu.addSeparator()
        leave = menu.addAction("Leave the loop")
        leave.setEnabled(self.looping is not None)
        leave.triggered.connect(lambda: self._bridge.send(LoopLast(0)))

    # ---- what the engine says ------------------------------------------------------------------------------------

    def _control_changed(self, name: str, value: Value) -> None:
        if name == "metronome":
            self.metronome.setChecked(bool(value))

    def _loaded(self, message: Loaded) -> None:
        names = [f"{numerator}/{denominator}" for numerator, denominator in message.meters]
        self.meter.offer([(name, name) for name in names], names[0] if names else None)
        self.meter.setEnabled(len(names) > 1)

    def _meter_changed(self, message: MeterChanged) -> None:
        name = f"{message.numerator}/{message.denominator}"
        choices = [(self.meter.itemText(i), str(self.meter.itemData(i))) for i in range(self.meter.count())]
        self.meter.offer(choices, name)

    def _loop_changed(self, message: LoopChanged) -> None:
        start, end = message.start, message.end
        self.looping = None if start is None or end is None else (start, end)
        self._show_looping()

    def _show_looping(self) -> None:
        """The button is down while bars go round, whatever a click has made of it."""
        self.loop.setChecked(self.looping is not None)
