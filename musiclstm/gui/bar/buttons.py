"""Buttons that can be mapped to a knob or key, fields with a name above, and lights."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from musiclstm.gui.look.icons import icon
from musiclstm.gui.look.mapped import Mapped
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.midi_learn import MidiLearn

HEIGHT, WIDTH, ICON = 52, 48, 22


class CommandButton(Mapped, QToolButton):
    """A button for a command: an icon with its word below. target: its name for MIDI learn (None: cannot be mapped).

    least: its width in pixels, if its word needs no more.
    """

    def __init__(
        self,
        symbol: str,
        name: str,
        hint: str,
        *,
        theme: Theme,
        midi_learn: MidiLearn,
        target: str | None,
        text: str = "",
        least: int = 0,
    ) -> None:
        super().__init__()
        self.setText(text or name)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setProperty("command", True)
        self.symbol, self.target = symbol, target
        self._theme = theme
        self._hint = hint
        self.setAccessibleName(name)
        self.setAccessibleDescription(hint)
        self.setIconSize(QSize(ICON, ICON))
        bold = QFont(self.font())  # as the style sheet makes some of them
        bold.setBold(True)
        metrics = QFontMetrics(bold)
        wide = max(WIDTH, least, metrics.horizontalAdvance(self.text()) + 14)
        self.setFixedSize(wide, max(HEIGHT, ICON + metrics.height() + 14))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.set_theme(theme)
        self.begin_mapping(midi_learn, target or "", name)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.show_symbol(self.symbol)

    def show_symbol(self, symbol: str, colour: str | None = None) -> None:
        self.symbol = symbol
        plain = self._theme.danger if self.property("danger") else self._theme.text
        self.setIcon(icon(symbol, colour or plain, self._theme.on_lit))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.paint_mark(lit=self.isChecked() or bool(self.property("on")))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.target is not None:
            super().contextMenuEvent(event)


class Field(QWidget):
    """A field with its name above, and a light beside the name."""

    def __init__(self, name: str, field: QWidget, light: Light | None = None) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        above = QHBoxLayout()
        above.setContentsMargins(2, 0, 0, 0)
        above.setSpacing(5)
        if light is not None:
            above.addWidget(light)
        label = QLabel(name)
        label.setProperty("quiet", True)
        above.addWidget(label)
        above.addStretch(1)
        column.addLayout(above)
        column.addWidget(field)


class Light(QWidget):
    """A round light. State: off (a ring), on, busy (bright), lost (a crossed ring), so not by colour alone."""

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self._name, self._theme = name, theme
        self.state = self._text = ""
        self.glow = 0.0
        self.setFixedSize(14, 14)
        self.show_state("off", name)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_state(self, state: str, text: str) -> None:
        if (state, text) == (self.state, self._text):
            return
        self.state, self._text = state, text
        self.setToolTip(text)
        self.setAccessibleName(f"{self._name}: {text}")
        self.update()

    def flash(self) -> None:
        """Light up, then fade at a steady rate (`fall`, each frame)."""
        self.glow = 1.0
        self.update()

    def fall(self) -> None:
        if self.glow > 0:
            self.glow = max(0.0, self.glow - 0.12)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        centre = QPointF(7, 7)
        colour = QColor({"off": theme.edge, "on": theme.good, "lost": theme.danger}.get(self.state, theme.edge))
        painter.setPen(QPen(colour, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.state == "on" or self.glow > 0:
            fill = QColor(theme.good)
            fill.setAlphaF(max(0.3 if self.state == "on" else 0.0, self.glow))
            painter.setBrush(fill)
        painter.drawEllipse(centre, 4.5, 4.5)
        if self.state == "lost":
            painter.drawLine(QPointF(4.5, 4.5), QPointF(9.5, 9.5))
            painter.drawLine(QPointF(9.5, 4.5), QPointF(4.5, 9.5))
        painter.end()
