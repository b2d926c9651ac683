"""A row for each part: who plays it and how loud and, unfolded, its channel, port, instrument, range and limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from musiclstm.gui.axes.pitch_box import PitchBox
from musiclstm.gui.look.icons import icon
from musiclstm.gui.look.labels import plain_label
from musiclstm.gui.look.mapped import Mapped
from musiclstm.gui.look.rows import Chooser, Tick
from musiclstm.gui.look.tab_order import order_tabs
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.look.typed import being_typed
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.gui.steer.fader import Fader
from musiclstm.gui.steer.instruments import INSTRUMENTS
from musiclstm.protocol.commands import SetPart
from musiclstm.protocol.telemetry import PartChanged

MODE_WORDS = {"auto": "model", "input": "you", "follow": "follow"}
PERSON = -1
MOST_VOICES, NO_LONGEST = 32, 64.0  # the latter is what the box shows where there is no limit


def ports_to_choose(outputs: Sequence[str]) -> list[tuple[str, str]]:
    """(text, data) of each; the main one is "", as in `SetPart`."""
    return [("as the window's", ""), *((name, name) for name in outputs)]


class Swatch(QWidget):
    def __init__(self, colour: str) -> None:
        super().__init__()
        self.colour = colour
        self.setFixedSize(12, 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.colour))
        painter.drawRoundedRect(self.rect(), 3, 3)
        painter.end()


class SoundButton(Mapped, QToolButton):
    """M or S. Right click: MIDI learn."""

    def __init__(self, letter: str, target: str, does: str, midi_learn: MidiLearn) -> None:
        super().__init__()
        self.setText(letter)
        self.setCheckable(True)
        self.setProperty("small", True)
        self.setFixedSize(26, max(24, self.fontMetrics().height() + 4))
        self.setAccessibleName(does)
        self.begin_mapping(midi_learn, target, does)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.paint_mark(lit=self.isChecked())


class PartRow(QWidget):
    """set_part(**fields): called with what the user changed. settings: what the engine has."""

    def __init__(
        self,
        index: int,
        name: str,
        program: int,
        channel: int,
        *,
        names: list[str],
        theme: Theme,
        midi_learn: MidiLearn,
        set_part: Callable[[SetPart], None],
    ) -> None:
        super().__init__()
        self.index, self._set_part = index, set_part
        # The engine says so after every change, whoever made it.
        self.settings = PartChanged(index, "auto", channel, None, program, 0, 127, None, None, 0, PERSON, False)
        self._column = layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 2, 2, 2)
        layout.setSpacing(2)
        head = QHBoxLayout()
        head.setSpacing(8)
        self.swatch = Swatch(theme.part(index))
        head.addWidget(self.swatch)
        self._label = plain_label(name)
        head.addWidget(self._label, 1)
        self.mode = Chooser(
            f"{name}: who plays it", "model: it plays. you: your notes. follow: it answers another part."
        )
        for mode, words in MODE_WORDS.items():
            self.mode.addItem(words, mode)
        self.mode.currentIndexChanged.connect(
            lambda _i: self._send(mode=str(self.mode.currentData()), mute=self.settings.mute)
        )
        self.mute = SoundButton("M", f"mute.{index + 1}", f"muting {name}", midi_learn)
        self.mute.show_hint("Mute: the model plays it on, and nobody hears it.")
        self.mute.clicked.connect(lambda on: self._send(mute=bool(on)))
        self.solo = SoundButton("S", f"solo.{index + 1}", f"hearing {name} alone", midi_learn)
        self.solo.show_hint("Solo: only parts that have it are heard.")
        self.solo.clicked.connect(lambda on: self._send(solo=bool(on)))
        head.addWidget(self.mute)
        head.addWidget(self.solo)
        head.addWidget(self.mode)
        self.unfold = QToolButton()
        self.unfold.setCheckable(True)
        self.unfold.setProperty("flat", True)
        self.unfold.setAccessibleName(f"{name}: channel, instrument and more")
        self.unfold.setToolTip("Channel, port, instrument, range and habits")
        self.unfold.toggled.connect(self._unfolded)
        head.addWidget(self.unfold)
        layout.addLayout(head)
        self.fader = Fader(name, theme.part(index), theme, midi_learn, f"volume.{index + 1}")
        self.fader.valueChanged.connect(lambda value: self._send(volume=value))
        below = QHBoxLayout()
        below.setContentsMargins(14, 0, 4, 2)
        below.addWidget(self.fader)
        layout.addLayout(below)
        self._name, self._names = name, names
        self._show_details: Callable[[PartChanged], None] = lambda _: None
        self._details: QWidget | None = None
        self._ports: list[str] = []
        self.port: Chooser | None = None
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self.swatch.colour = theme.part(self.index)
        self.swatch.update()
        self.fader.set_theme(theme.part(self.index), theme)
        self._theme = theme
        self._show_arrow()

    def _show_arrow(self) -> None:
        colours = (self._theme.secondary, self._theme.secondary)
        self.unfold.setIcon(icon("open" if self.unfold.isChecked() else "closed", *colours, size=16))

    def _send(self, **fields: Any) -> None:
        self._set_part(SetPart(self.index, **fields))

    def show_mode(self, mode: str) -> None:
        self.mode.choose(mode)

    def offer_ports(self, outputs: tuple[str, ...]) -> None:
        self._ports = list(outputs)
        if self.port is not None:
            self.port.offer(ports_to_choose(self._ports), self.settings.port or "")

    def show_settings(self, settings: PartChanged) -> None:
        """Show how the engine plays the part; nothing is sent."""
        self.settings = settings
        self.mute.setChecked(settings.mute)
        self.solo.setChecked(settings.solo)
        self.fader.show_value(settings.volume)
        self._label.setEnabled(not settings.silent)
        if settings.mode in MODE_WORDS:
            self.show_mode(settings.mode)
        self._show_details(settings)

    def _unfolded(self, on: bool) -> None:
        self._show_arrow()
        if self._details is None and on:
            self._details = self._make_details()
            self._column.addWidget(self._details)
            order_tabs(self)
        if self._details is not None:
            self._details.setVisible(on)

    def _make_details(self) -> QWidget:
        """Made when first unfolded, so that the window opens faster."""
        details = QWidget()
        grid = QGridLayout(details)
        grid.setContentsMargins(0, 0, 4, 8)
        grid.setSpacing(6)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)

        def add(row: int, column: int, text: str, widget: QWidget, span: int = 1) -> None:
            label = QLabel(text)
            label.setProperty("quiet", True)
            label.setBuddy(widget)
            widget.setAccessibleName(f"{self._name}: {text}")
            if isinstance(widget, QAbstractSpinBox):
                widget.setAlignment(Qt.AlignmentFlag.AlignCenter)
                widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            else:  # it elides
                widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
                widget.setMinimumWidth(64)
            grid.addWidget(label, row, column)
            grid.addWidget(widget, row, column + 1, 1, span)

        program = Chooser("Instrument", "The General MIDI instrument this part asks for.")
        for number, name in enumerate(INSTRUMENTS):
            program.addItem(name, number)
        program.currentIndexChanged.connect(lambda _i: self._send(program=int(program.currentData())))
        add(0, 0, "instrument", program, 3)
        port = self.port = Chooser("Port", "Where this part goes, if not where the others go.")
        self.offer_ports(tuple(self._ports))
        self.port.currentIndexChanged.connect(lambda _i: self._send(port=str(port.currentData())))
        add(1, 0, "port", self.port, 3)
        channel = self._box(QSpinBox(), 1, 16, 1, lambda value: self._send(channel=value - 1))
        add(2, 0, "channel", channel)
        transpose = self._box(QSpinBox(), -48, 48, 0, lambda value: self._send(transpose=value))
        transpose.setSuffix(" st")
        add(2, 2, "transpose", transpose)
        low, high = PitchBox(), PitchBox()
        add(3, 0, "lowest", self._box(low, 0, 127, 0, lambda value: self._send(low=value)))
        add(3, 2, "highest", self._box(high, 0, 127, 127, lambda value: self._send(high=value)))
        polyphony = self._box(QSpinBox(), 0, MOST_VOICES, 0, lambda value: self._send(polyphony=value))
        polyphony.setSpecialValueText("any")
        polyphony.setToolTip("How many notes at once the model plays in this part.")
        add(4, 0, "voices", polyphony)
        longest = QDoubleSpinBox()
        longest.setRange(0.25, NO_LONGEST)
        longest.setSingleStep(0.25)
        longest.setValue(NO_LONGEST)
        longest.setSuffix(" beats")
        longest.setDecimals(2)
        longest.setKeyboardTracking(False)
        longest.valueChanged.connect(lambda value: self._send(longest=float(value)))
        add(4, 2, "longest", longest)
        source = Chooser("Follows", "Whose notes this part answers when it is set to follow.")
        source.addItem("you", PERSON)
        for number, name in enumerate(self._names):
            if number != self.index:
                source.addItem(name, number)
        source.currentIndexChanged.connect(lambda _i: self._send(source=int(source.currentData())))
        add(5, 0, "follows", source)
        punch = Tick("punch in")
        punch.setToolTip("Becomes yours when you play, the model's again when you rest.")
        punch.setAccessibleName(f"{self._name}: punch in")
        punch.toggled.connect(lambda on: self._send(punch_in=on))
        grid.addWidget(punch, 5, 2, 1, 2, Qt.AlignmentFlag.AlignRight)

        def show(has: PartChanged) -> None:
            boxes = (channel, transpose, low, high, polyphony, longest, punch)
            for box in boxes:
                box.blockSignals(True)
            program.choose(has.program)
            self.offer_ports(tuple(self._ports))
            for field, value in (
                (channel, has.channel + 1),
                (transpose, has.transpose),
                (low, has.low),
                (high, has.high),
                (polyphony, has.polyphony or 0),
            ):
                if not being_typed(field):
                    field.setValue(value)
            if not being_typed(longest):
                longest.setValue(has.longest or NO_LONGEST)
            source.choose(has.source)
            punch.setChecked(has.punch_in)
            for box in boxes:
                box.blockSignals(False)

        self._show_details = show
        show(self.settings)
        return details

    def _box(self, box: QSpinBox, low: int, high: int, value: int, changed: Callable[[int], None]) -> QSpinBox:
        box.setRange(low, high)
        box.setValue(value)
        box.setKeyboardTracking(False)  # what is typed counts once it is entered
        box.valueChanged.connect(changed)
        return box
