"""The details of a part: its channel, port, instrument, range and limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QGridLayout, QLabel, QSizePolicy, QSpinBox, QWidget

from musiclstm.gui.axes.pitch_box import PitchBox
from musiclstm.gui.look.rows import Chooser, Tick
from musiclstm.gui.look.typed import being_typed
from musiclstm.gui.steer.instruments import INSTRUMENTS
from musiclstm.protocol.telemetry import PartChanged

PERSON = -1
MOST_VOICES, LONGEST = 32, 999.0  # beats
ANY = "any"  # at 0: no limit


def ports_to_choose(outputs: Sequence[str]) -> list[tuple[str, str]]:
    """(text, data) of each; the main one is "", as in `SetPart`."""
    return [("as the window's", ""), *((name, name) for name in outputs)]


class PartDetails(QWidget):
    """settings: what the engine has. names: of all parts. send(**fields): called with what the user changed."""

    def __init__(
        self,
        settings: PartChanged,
        name: str,
        names: Sequence[str],
        ports: tuple[str, ...],
        send: Callable[..., None],
    ) -> None:
        super().__init__()
        self._name, self._settings, self._ports = name, settings, ports
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 4, 8)
        grid.setSpacing(6)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        self._program = program = Chooser("Instrument", "The General MIDI instrument this part asks for.")
        for number, instrument in enumerate(INSTRUMENTS):
            program.addItem(instrument, number)
        program.currentIndexChanged.connect(lambda _i: send(program=int(program.currentData())))
        self._add(0, 0, "instrument", program, 3)
        self.port = port = Chooser("Port", "Where this part goes, if not where the others go.")
        port.currentIndexChanged.connect(lambda _i: send(port=str(port.currentData())))
        self._add(1, 0, "port", port, 3)
        self._channel = _box(QSpinBox(), 1, 16, 1, lambda value: send(channel=value - 1))
        self._channel.setToolTip("The MIDI channel to which this part is sent.")
        self._add(2, 0, "channel", self._channel)
        self._transpose = _box(QSpinBox(), -48, 48, 0, lambda value: send(transpose=value))
        self._transpose.setSuffix(" st")
        self._transpose.setToolTip("By how many semitones this part is heard higher, or lower.")
        self._add(2, 2, "transpose", self._transpose)
        self._low = _box(PitchBox(), 0, 127, 0, lambda value: send(low=value))
        self._low.setToolTip("The lowest note that the model plays in this part.")
        self._add(3, 0, "lowest", self._low)
        self._high = _box(PitchBox(), 0, 127, 127, lambda value: send(high=value))
        self._high.setToolTip("The highest note that the model plays in this part.")
        self._add(3, 2, "highest", self._high)
        self._polyphony = _box(QSpinBox(), 0, MOST_VOICES, 0, lambda value: send(polyphony=value))
        self._polyphony.setSpecialValueText(ANY)
        self._polyphony.setToolTip("How many notes at once the model plays in this part.")
        self._add(4, 0, "voices", self._polyphony)
        self._longest = longest = QDoubleSpinBox()
        longest.setRange(0.0, LONGEST)
        longest.setSpecialValueText(ANY)
        longest.setSingleStep(0.25)
        longest.setToolTip("How long a note of this part sounds at most.")
        longest.setSuffix(" beats")
        longest.setDecimals(2)
        longest.setKeyboardTracking(False)
        longest.valueChanged.connect(lambda value: send(longest=float(value)))
        self._add(4, 2, "longest", longest)
        self._source = source = Chooser("Follows", "Whose notes this part answers when it is set to follow.")
        source.addItem("you", PERSON)
        for number, other in enumerate(names):
            if number != settings.part:
                source.addItem(other, number)
        source.currentIndexChanged.connect(lambda _i: send(source=int(source.currentData())))
        self._add(5, 0, "follows", source)
        self._punch = Tick("punch in")
        self._punch.setToolTip("Becomes yours when you play, the model's again when you rest.")
        self._punch.setAccessibleName(f"{name}: punch in")
        self._punch.toggled.connect(lambda on: send(punch_in=on))
        grid.addWidget(self._punch, 5, 2, 1, 2, Qt.AlignmentFlag.AlignRight)
        self.show_settings(settings)

    def _add(self, row: int, column: int, text: str, widget: QWidget, span: int = 1) -> None:
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
        self._grid.addWidget(label, row, column)
        self._grid.addWidget(widget, row, column + 1, 1, span)

    def offer_ports(self, outputs: tuple[str, ...]) -> None:
        self._ports = outputs
        self.port.offer(ports_to_choose(outputs), self._settings.port or "")

    def show_settings(self, settings: PartChanged) -> None:
        """Show how the engine plays the part; nothing is sent, and what is being typed stays."""
        self._settings = settings
        boxes = (
            self._channel, self._transpose, self._low, self._high, self._polyphony, self._longest, self._punch,
        )  # fmt: skip
        for box in boxes:
            box.blockSignals(True)
        self._program.choose(settings.program)
        self.offer_ports(self._ports)
        for field, value in (
            (self._channel, settings.channel + 1),
            (self._transpose, settings.transpose),
            (self._low, settings.low),
            (self._high, settings.high),
            (self._polyphony, settings.polyphony or 0),
        ):
            if not being_typed(field):
                field.setValue(value)
        if not being_typed(self._longest):
            self._longest.setValue(settings.longest or 0.0)
        self._source.choose(settings.source)
        self._punch.setChecked(settings.punch_in)
        for box in boxes:
            box.blockSignals(False)


def _box(box: QSpinBox, low: int, high: int, value: int, changed: Callable[[int], None]) -> QSpinBox:
    box.setRange(low, high)
    box.setValue(value)
    box.setKeyboardTracking(False)  # what is typed counts once it is entered
    box.valueChanged.connect(changed)
    return box
