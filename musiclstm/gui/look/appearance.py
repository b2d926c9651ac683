"""Which theme is on, by the user's choice and the system's."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication

from musiclstm.gui.look.style_sheet import style_sheet
from musiclstm.gui.look.theme import DARK, LIGHT, Theme

CHOICES = ("system", "dark", "light")


class Look(QObject):
    """Signal `changed(Theme)`. If the system does not say, it is dark, as stages are."""

    changed = Signal(object)

    def __init__(self, app: QApplication, choice: str) -> None:
        super().__init__()
        self._app = app
        self.choice = choice if choice in CHOICES else "system"
        self.theme = self._wanted()
        app.setStyle("Fusion")
        # Time goes from left to right and the words are English, whatever the system's language.
        app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._apply()
        app.styleHints().colorSchemeChanged.connect(self._refresh)

    def choose(self, choice: str) -> None:
        if choice in CHOICES:
            self.choice = choice
            self._refresh()

    def _wanted(self) -> Theme:
        if self.choice != "system":
            return LIGHT if self.choice == "light" else DARK
        return LIGHT if self._app.styleHints().colorScheme() == Qt.ColorScheme.Light else DARK

    def _refresh(self) -> None:
        theme = self._wanted()
        if theme is not self.theme:
            self.theme = theme
            self._apply()
            self.changed.emit(theme)

    def _apply(self) -> None:
        t = self.theme
        palette = QPalette()
        role = QPalette.ColorRole
        for where, colour in {
            role.Window: t.background,
            role.WindowText: t.text,
            role.Base: t.ground,
            role.AlternateBase: t.panel,
            role.Text: t.text,
            role.Button: t.raised,
            role.ButtonText: t.text,
            role.ToolTipBase: t.raised,
            role.ToolTipText: t.text,
            role.PlaceholderText: t.secondary,
            role.Highlight: t.pressed,
            role.HighlightedText: t.text,
            role.Link: t.accent,
            role.BrightText: t.on_lit,
            role.Mid: t.edge,
            role.Dark: t.line,
            role.Light: t.raised,
        }.items():
            palette.setColor(where, QColor(colour))
        palette.setColor(QPalette.ColorGroup.Disabled, role.Text, QColor(t.edge))
        palette.setColor(QPalette.ColorGroup.Disabled, role.ButtonText, QColor(t.edge))
        self._app.setPalette(palette)
        self._app.setStyleSheet(style_sheet(t, QFontMetrics(self._app.font()).height()))
