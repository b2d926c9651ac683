"""A row for each part: who plays it and how loud and, unfolded, its details."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from musiclstm.gui.awaited import Awaited
from musiclstm.gui.look.icons import icon
from musiclstm.gui.look.labels import plain_label
from musiclstm.gui.look.mapped import Mapped
from musiclstm.gui.look.rows import Chooser
from musiclstm.gui.look.tab_order import order_tabs
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.gui.steer.fader import Fader
from musiclstm.gui.steer.part_details import PERSON, PartDetails
from musiclstm.protocol.commands import SetPart
from musiclstm.protocol.telemetry import PartChanged

MODE_WORDS = {"auto": "model", "input": "you", "follow": "follow"}
_UNLIMITED = ("port", "polyphony", "longest")  # "" and 0 come back as None


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
        self._awaited = Awaited()
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
        self._details: PartDetails | None = None
        self._ports: tuple[str, ...] = ()
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
        for name, value in fields.items():
            self._awaited.send(name, (value or None) if name in _UNLIMITED else value)
        self._set_part(SetPart(self.index, **fields))

    def show_mode(self, mode: str) -> None:
        self.mode.choose(mode)

    @property
    def port(self) -> Chooser | None:
        """Where it is chosen, once that has been unfolded."""
        return None if self._details is None else self._details.port

    def offer_ports(self, outputs: tuple[str, ...]) -> None:
        self._ports = outputs
        if self._details is not None:
            self._details.offer_ports(outputs)

    def show_settings(self, settings: PartChanged) -> None:
        """Show how the engine plays the part, but for what has been changed here since; nothing is sent."""
        awaited = self._awaited
        names = [name for name in settings.__dataclass_fields__ if awaited.is_old(name, getattr(settings, name))]
        settings = replace(settings, **{name: awaited.newest(name) for name in names})
        self.settings = settings
        self.mute.setChecked(settings.mute)
        self.solo.setChecked(settings.solo)
        self.fader.show_value(settings.volume)
        self._label.setEnabled(not settings.silent)
        if settings.mode in MODE_WORDS:
            self.show_mode(settings.mode)
        if self._details is not None:
            self._details.show_settings(settings)

    def _unfolded(self, on: bool) -> None:
        self._show_arrow()
        if self._details is None and on:  # made when first unfolded, so that the window opens faster
            self._details = PartDetails(self.settings, self._name, self._names, self._ports, self._send)
            self._column.addWidget(self._details)
            order_tabs(self)
        if self._details is not None:
            self._details.setVisible(on)
