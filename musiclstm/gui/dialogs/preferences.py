"""Preferences: sound, takes, models, appearance. Every change takes effect at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from musiclstm import paths
from musiclstm.gui.bar.message_line import Elided
from musiclstm.gui.look.appearance import CHOICES
from musiclstm.gui.look.buttons import foot, push_button
from musiclstm.gui.look.room import resize_within, scrolling
from musiclstm.gui.look.rows import Chooser, Tick
from musiclstm.gui.settings import MOST_DAYS, MOST_GIB, Settings
from musiclstm.protocol.audio import AUDIO_DRIVERS

THEME_WORDS = {"system": "as the system's", "dark": "dark", "light": "light"}


class PreferencesDialog(QDialog):
    """Its signals are emitted after a value was written to the settings. daw_asked: a click that switches it."""

    theme_changed = Signal(str)
    synth_changed = Signal()
    soundfont_changed = Signal()
    latency_changed = Signal(str, float)  # of which output, "" for the main one
    pedal_changed = Signal(str, bool)
    clock_changed = Signal()
    takes_changed = Signal()
    daw_asked = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setWindowTitle("Preferences")
        self._labels: list[QLabel] = []
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(20, 16, 20, 16)
        self._column.setSpacing(8)
        self._lay_out_sound(settings)
        self._lay_out_takes(settings)
        self._lay_out_rest(settings)
        wide = max(label.sizeHint().width() for label in self._labels)
        for label in self._labels:
            label.setMinimumWidth(wide)

        self._column.addStretch(1)
        self._note = Elided()
        self._note.setProperty("quiet", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scrolling(inside, sideways=True), 1)
        below = foot(self._note, push_button("Close", "", self.close))
        column.addWidget(below)
        wanted = inside.sizeHint()
        resize_within(self, QSize(max(520, wanted.width() + 24), wanted.height() + below.sizeHint().height() + 8))

    def _section(self, name: str) -> QFormLayout:
        heading = QLabel(name)
        heading.setProperty("heading", True)
        if self._column.count():
            self._column.addSpacing(8)
        self._column.addWidget(heading)
        form = QFormLayout()
        form.setVerticalSpacing(8)
        form.setHorizontalSpacing(16)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._column.addLayout(form)
        return form

    def _lay_out_sound(self, settings: Settings) -> None:
        form = self._section("Sound")
        self.driver = Chooser("Audio driver", "How the built-in synth reaches the loudspeakers.")
        self.driver.offer(
            [("whichever works", ""), *((name, name) for name in AUDIO_DRIVERS.get(sys.platform, ()))],
            settings.text("sound/driver"),
        )
        self.driver.currentIndexChanged.connect(self._driver_chosen)
        form.addRow(self._label("Audio driver", self.driver), self.driver)
        self.soundfont = self._path_row(
            form, "SoundFont", settings.text("sound/soundfont"), "General MIDI, comes with the instrument"
        )
        self.soundfont.editingFinished.connect(self._soundfont_chosen)
        self.output = Chooser("Output", "The main output, or one that a part has of its own.")
        form.addRow(self._label("Output", self.output), self.output)
        self.latency = self._number(
            form,
            "Latency",
            settings.latency,
            (-200, 500),
            " ms",
            tip="What this output is late by: notes are sent this much earlier.",
        )
        self.pedal = Chooser(
            "Pedal", "Long notes: their keys are held, or the sustain pedal (CC 64) holds them, as a pianist plays."
        )
        self.pedal.offer([("keys are held", ""), ("sustain pedal", "on")], "")
        form.addRow(self._label("Pedal", self.pedal), self.pedal)
        self.offer_outputs([])
        self.output.currentIndexChanged.connect(self._show_output)
        self.pedal.currentIndexChanged.connect(self._pedal_chosen)
        self.latency.valueChanged.connect(self._latency_chosen)
        self.clock = Tick("Send MIDI clock to the output")
        self.clock.setChecked(settings.flag("sound/clock", False))
        self.clock.toggled.connect(self._clock_chosen)
        form.addRow("", self.clock)
        daw = QPushButton("As a plugin beside your DAW, or back")
        daw.setToolTip(
            "Opens a virtual MIDI port each way, follows the DAW's MIDI clock, and silences the built-in synth."
        )
        daw.clicked.connect(self.daw_asked)
        form.addRow("", daw)

    def _lay_out_takes(self, settings: Settings) -> None:
        form = self._section("Takes")
        self.takes = self._path_row(form, "Takes folder", str(settings.takes_folder), "", folder=True)
        self.takes.editingFinished.connect(self._takes_chosen)
        tip = "What you play is kept in Takes, and goes when it is older; what you have given a name stays."
        self.days = self._number(
            form, "Keep for", settings.keep_days or 0, (0, MOST_DAYS), " days", tip=tip, none="for ever", decimals=0
        )
        self.days.valueChanged.connect(partial(self._keep_chosen, "takes/days"))
        tip = "When all takes together need more room, the oldest ones without a name go."
        self.room = self._number(
            form, "In at most", settings.keep_gib or 0, (0, MOST_GIB), " GiB", tip=tip, none="any room"
        )
        self.room.valueChanged.connect(partial(self._keep_chosen, "takes/gib"))

    def _lay_out_rest(self, settings: Settings) -> None:
        form = self._section("Models and appearance")
        models = QPushButton("Open…")
        models.setToolTip("Models (*.onnx) that lie in this folder can be chosen in the window.")
        models.setAccessibleName("Open the models folder")
        models.clicked.connect(self._open_models)
        form.addRow(self._label("Models folder", models), models)
        self.theme = Chooser("Theme", "Dark, light, or whatever the system is.")
        self.theme.offer([(THEME_WORDS[name], name) for name in CHOICES], settings.text("look/theme", "system"))
        self.theme.currentIndexChanged.connect(self._theme_chosen)
        form.addRow(self._label("Theme", self.theme), self.theme)

    def _number(
        self,
        form: QFormLayout,
        name: str,
        value: float,
        limits: tuple[float, float],
        unit: str,
        *,
        tip: str,
        none: str = "",
        decimals: int = 1,
    ) -> QDoubleSpinBox:
        """none: what the lowest value is called."""
        number = QDoubleSpinBox()
        number.setRange(*limits)
        number.setDecimals(decimals)
        number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        number.setSuffix(unit)
        number.setSpecialValueText(none)
        number.setValue(value)
        number.setToolTip(tip)
        number.setAccessibleName(name)
        self.driver.ensurePolished()
        number.setFixedHeight(self.driver.sizeHint().height())
        form.addRow(self._label(name, number), number)
        return number

    def _label(self, text: str, field: QWidget) -> QLabel:
        """A label as high as its field, so that both are on one line."""
        label = QLabel(text)
        label.setBuddy(field)
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        label.setMinimumHeight(min(field.sizeHint().height(), field.maximumHeight()))
        self._labels.append(label)
        return label

    def _path_row(self, form: QFormLayout, name: str, value: str, placeholder: str, folder: bool = False) -> QLineEdit:
        line = QLineEdit(value)
        line.setPlaceholderText(placeholder)
        line.setAccessibleName(name)
        browse = QPushButton("Choose…")
        browse.setAccessibleName(f"Choose the {name}")

        def choose() -> None:
            dialog = QFileDialog(self, name, line.text())
            if folder:
                dialog.setFileMode(QFileDialog.FileMode.Directory)
            else:
                dialog.setNameFilter("SoundFonts (*.sf2 *.sf3)")
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

            def chosen(path: str) -> None:
                line.setText(path)
                line.editingFinished.emit()

            dialog.fileSelected.connect(chosen)
            dialog.open()

        browse.clicked.connect(choose)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(line, 1)
        row.addWidget(browse)
        form.addRow(self._label(name, line), row)
        return line

    def _driver_chosen(self) -> None:
        self._settings.put("sound/driver", str(self.driver.currentData()))
        self.synth_changed.emit()

    def offer_outputs(self, names: Sequence[str]) -> None:
        """names: of the outputs that parts have of their own."""
        self.output.offer([("the main output", ""), *((name, name) for name in names)], self._output)
        self.output.setEnabled(bool(names))
        self._show_output()

    @property
    def _output(self) -> str:
        """The one whose latency and pedal are shown."""
        return str(self.output.currentData() or "")

    def _show_output(self) -> None:
        for field in (self.latency, self.pedal):
            field.blockSignals(True)
        self.latency.setValue(self._settings.latency_of(self._output))
        self.pedal.setCurrentIndex(int(self._settings.pedal_of(self._output)))
        for field in (self.latency, self.pedal):
            field.blockSignals(False)

    def _soundfont_chosen(self) -> None:
        path = self.soundfont.text().strip()
        if path != self._settings.text("sound/soundfont"):
            self._settings.put("sound/soundfont", path)
            self._note.show_text("The SoundFont is used from the next start on.")
            self.soundfont_changed.emit()

    def _latency_chosen(self, value: float) -> None:
        self._settings.put_latency(self._output, value)
        self.latency_changed.emit(self._output, value)

    def _pedal_chosen(self) -> None:
        on = bool(self.pedal.currentData())
        self._settings.put_pedal(self._output, on)
        self.pedal_changed.emit(self._output, on)

    def _clock_chosen(self, on: bool) -> None:
        self._settings.put("sound/clock", on)
        self.clock_changed.emit()

    def _theme_chosen(self) -> None:
        self._settings.put("look/theme", str(self.theme.currentData()))
        self.theme_changed.emit(str(self.theme.currentData()))

    def _keep_chosen(self, key: str, value: float) -> None:
        self._settings.put(key, value)
        self._note.show_text("Takes are tidied by that from the next start on.")

    def _takes_chosen(self) -> None:
        self._settings.put("folders/takes", self.takes.text().strip())
        self.takes_changed.emit()

    def _open_models(self) -> None:
        folder = paths.user_models()
        folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
