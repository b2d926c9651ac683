"""The line between the views and the keyboard: folds, the parts by colour, what typing does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from musiclstm.gui.axes.pitch_axis import pitch_name
from musiclstm.gui.bar.message_line import Elided
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.look.colours import mix
from musiclstm.gui.look.icons import icon, swatch
from musiclstm.gui.look.mapped import Mapped
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.protocol.commands import SetPart
from musiclstm.protocol.telemetry import Loaded, Status

SHORT = "Memory"
FOLDED = ("Memory: what the LSTM remembers", "Memory: what it remembers", SHORT)  # as there is room
TYPING = 130  # pixels below which the hint for typing says nothing
SHOWN = 10  # parts that have a button here; the others are in the panel


class PartButton(Mapped, QToolButton):
    """A part: filled in its colour while it plays, an empty ring while muted. Right click: MIDI learn."""

    def __init__(self, index: int, name: str, midi_learn: MidiLearn) -> None:
        super().__init__()
        self.index, self.name, self.mode = index, name, "auto"
        self.setText(name)
        self.setProperty("flat", True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(14, 14))
        self.begin_mapping(midi_learn, f"mute.{index + 1}", f"muting {name}")

    def show_name(self, *, shown: bool) -> None:
        """shown: beside its swatch, and not in the tooltip alone."""
        if shown == bool(self.text()):
            return
        self.setText(self.name if shown else "")
        self.setProperty("swatch", not shown)
        self.style().unpolish(self)
        self.style().polish(self)
        self.setToolButtonStyle(
            Qt.ToolButtonStyle.ToolButtonTextBesideIcon if shown else Qt.ToolButtonStyle.ToolButtonIconOnly
        )

    def wide(self, *, named: bool) -> int:
        """Pixels that it takes. The style sheet's padding is not in the style's own hint."""
        return 14 + (self.fontMetrics().horizontalAdvance(self.name) + 26 if named else 6)

    def sizeHint(self) -> QSize:
        return QSize(self.wide(named=bool(self.text())), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.paint_mark()

    def show_mode(self, mode: str, theme: Theme) -> None:
        self.mode = mode
        self.setIcon(swatch(theme.part(self.index), filled=mode != "muted"))
        does = {"auto": "the model plays it", "input": "you play it", "follow": "it follows", "muted": "muted"}[mode]
        hint = "Click to hear it again." if mode == "muted" else "Click to mute it."
        self.show_hint(f"{self.name}: {does}. {hint}")
        self.setAccessibleName(f"{self.name}, {does}")


class PersonKey(QWidget):
    """How the person's own notes look."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._icon = QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(4)
        row.addWidget(self._icon)
        self._you = QLabel("You")
        row.addWidget(self._you)
        self.setToolTip("Notes that you play yourself are outlined.")
        self.set_theme(theme)

    def show_name(self, *, shown: bool) -> None:
        self._you.setVisible(shown)

    def set_theme(self, theme: Theme) -> None:
        colour = QColor(mix(theme.person, theme.ground, 0.4))
        picture = QPixmap(QSize(14, 14) * self.devicePixelRatioF())
        picture.setDevicePixelRatio(self.devicePixelRatioF())
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.person), 1.5))
        painter.setBrush(colour)
        painter.drawRoundedRect(QRectF(1.5, 1.5, 11, 11), 3, 3)
        painter.end()
        self._icon.setPixmap(picture)


class ViewHeader(QWidget):
    """Signals: `memory(bool)`, `keyboard(bool)`, `freeze(bool)`: what is to be shown."""

    memory = Signal(bool)
    keyboard = Signal(bool)
    freeze = Signal(bool)

    def __init__(self, bridge: Bridge, midi_learn: MidiLearn, theme: Theme) -> None:
        super().__init__()
        self._bridge, self._midi_learn, self._theme = bridge, midi_learn, theme
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 12, 2)
        row.setSpacing(4)

        def toggle(text: str, hint: str, wanted: Callable[[bool], None]) -> QToolButton:
            button = QToolButton()
            button.setText(text)
            button.setCheckable(True)
            button.setProperty("flat", True)
            button.setToolTip(hint)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.toggled.connect(wanted)
            row.addWidget(button)
            return button

        self.fold_memory = toggle(SHORT, "What the model remembers (Ctrl+M)", self.memory.emit)
        self.fold_keyboard = toggle("Keyboard", "The keyboard of expectation (Ctrl+K)", self.keyboard.emit)
        self.still = toggle("Freeze", "Freeze the picture while the music continues (Ctrl+F)", self.freeze.emit)
        self.still.setProperty("armed", True)
        row.addSpacing(12)
        self._parts = QHBoxLayout()
        self._parts.setSpacing(0)
        row.addLayout(self._parts)
        self.person = PersonKey(theme)
        row.addWidget(self.person)
        row.addSpacing(12)
        self.typing = Elided(Qt.AlignmentFlag.AlignRight)
        self.typing.setProperty("quiet", True)
        row.addWidget(self.typing, 100)
        row.addStretch(1)
        self.parts: list[PartButton] = []
        bridge.loaded.connect(self._loaded)
        bridge.status.connect(self._status)
        self.show_folds()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.person.set_theme(theme)
        self.show_folds()
        for part in self.parts:
            part.show_mode(part.mode, theme)

    def show_folds(self) -> None:
        """Show what is open; a memory view that is folded says what it would show, where there is room for it.

        Where there is little, words go first that have a sign beside them: of the parts, of the person, of Freeze.
        """
        self.fold_memory.setText(SHORT)
        for kept in (3, 2, 1, 0):
            for part in self.parts:
                part.show_name(shown=kept > 2)
            self.person.show_name(shown=kept > 1)
            icon_only, beside = Qt.ToolButtonStyle.ToolButtonIconOnly, Qt.ToolButtonStyle.ToolButtonTextBesideIcon
            self.still.setToolButtonStyle(beside if kept else icon_only)
            room = self.width() - sum(self._width(each) for each in (self.fold_keyboard, self.still, self.person)) - 44
            room -= sum(part.wide(named=kept > 2) for part in self.parts)
            if self._width(self.fold_memory) <= room:
                break
        for text in (SHORT,) if self.fold_memory.isChecked() else FOLDED:
            self.fold_memory.setText(text)
            if self._width(self.fold_memory) <= room:
                break
        self.typing.setVisible(room - self._width(self.fold_memory) > TYPING)
        for button in (self.fold_memory, self.fold_keyboard):
            name = "open" if button.isChecked() else "closed"
            button.setIcon(icon(name, self._theme.secondary, self._theme.secondary, 16))
        self.still.setIcon(icon("freeze", self._theme.secondary, self._theme.on_accent, 16))

    @staticmethod
    def _width(widget: QWidget) -> int:
        return widget.sizeHint().width() + 4

    def resizeEvent(self, event: object) -> None:
        self.show_folds()

    def show_frozen(self, frozen: bool) -> None:
        self.still.blockSignals(True)
        self.still.setChecked(frozen)
        self.still.blockSignals(False)

    def show_typing(self, enabled: bool, base: int, labels: dict[str, str]) -> None:
        first, last, down, up, softer, louder = (labels[place] for place in "APZXCV")
        keys = f"{first} … {last} play from {pitch_name(base)}, {down} {up} octave, {softer} {louder} velocity"
        text = keys if enabled else "typing plays no notes"
        self.typing.show_text(text)

    def _loaded(self, message: Loaded) -> None:
        for part in self.parts:
            self._parts.removeWidget(part)
            part.hide()  # at once, while the new ones already stand there
            part.deleteLater()
        self.parts = []
        for index, (name, _program, _channel) in enumerate(message.parts[:SHOWN]):
            part = PartButton(index, name, self._midi_learn)
            part.show_mode("auto", self._theme)
            part.clicked.connect(partial(self._toggle, part))
            self._parts.addWidget(part)
            self.parts.append(part)
        self.show_folds()

    def _status(self, status: Status) -> None:
        for part, mode in zip(self.parts, status.part_modes, strict=False):
            if mode != part.mode:
                part.show_mode(mode, self._theme)

    def _toggle(self, part: PartButton) -> None:
        self._bridge.send(SetPart(part.index, mute=part.mode != "muted"))
