"""The window's menu and dialogs. None of them stops the music or the window."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu, QWidget

from musiclstm import __version__, paths
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.look.appearance import Look
from musiclstm.gui.settings import Settings
from musiclstm.gui.shortcuts import SHORTCUTS
from musiclstm.protocol.commands import OpenOutput, Prime, SaveTake, Seed, SetSync

if TYPE_CHECKING:
    from musiclstm.gui.window import Window


class Dialogs:
    """Each is made when it is first asked for, and kept."""

    def __init__(self, window: Window, bridge: Bridge, settings: Settings, look: Look) -> None:
        self._window, self._bridge, self._settings, self._look = window, bridge, settings, look
        self._open: dict[str, QWidget] = {}

    def save_take_as(self) -> None:
        dialog = QFileDialog(self._window, "Save take", str(self._settings.takes_folder))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("MIDI files (*.mid)")
        dialog.setDefaultSuffix("mid")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda file: self._bridge.send(SaveTake(file)))
        dialog.open()

    def prime(self) -> None:
        dialog = QFileDialog(self._window, "Continue from a MIDI file", str(self._settings.takes_folder))
        dialog.setNameFilter("MIDI files (*.mid *.midi)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda file: self._bridge.send(Prime(file)))
        dialog.open()

    def ask_seed(self) -> None:
        """The same seed and the same steering give the same music again."""
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle("Seed of the dice")
        dialog.setLabelText("With the same seed it makes the same choices again:")
        dialog.setInputMode(QInputDialog.InputMode.IntInput)
        dialog.setIntRange(0, 2**31 - 1)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.intValueSelected.connect(lambda seed: self._bridge.send(Seed(seed)))
        dialog.open()

    def show_menu(self) -> None:
        menu = QMenu(self._window)
        keys = {command: key for key, command, _what in SHORTCUTS}
        for text, command in (
            ("Save take as…", "save_as"),
            ("Save the last five minutes", "save_last"),
            ("Continue from a MIDI file…", "prime"),
            ("", ""),
            ("Typing plays notes", "typing"),
            ("Seed of the dice…", "seed"),
            ("", ""),
            ("Preferences…", "preferences"),
            ("Help", "help"),
            ("About", "about"),
            ("Quit", "quit"),
        ):
            if not text:
                menu.addSeparator()
                continue
            action = menu.addAction(text, partial(self._window.press, command))
            if command in keys:
                action.setShortcut(QKeySequence(keys[command]))
            if command == "typing":
                action.setCheckable(True)
                action.setChecked(self._window.typing.enabled)
        menu.aboutToHide.connect(menu.deleteLater)
        button = self._window.transport.menu
        corner = button.mapToGlobal(QPoint(button.width(), button.height() + 4))
        menu.popup(corner - QPoint(menu.sizeHint().width(), 0))

    def _show(self, name: str, make: Callable[[], QWidget]) -> None:
        if name not in self._open:
            self._open[name] = make()
        self._open[name].show()
        self._open[name].raise_()
        self._open[name].activateWindow()

    def show_preferences(self) -> None:
        from musiclstm.gui.dialogs.preferences import PreferencesDialog

        def make() -> QWidget:
            dialog = PreferencesDialog(self._settings, self._window)
            dialog.theme_changed.connect(self._look.choose)
            dialog.synth_changed.connect(self._reopen_output)
            dialog.latency_changed.connect(lambda _value: self._reopen_output())
            dialog.clock_changed.connect(self.send_sync)
            return dialog

        self._show("preferences", make)

    def show_help(self) -> None:
        from musiclstm.gui.dialogs.help import TextDialog, help_text

        self._show("help", lambda: TextDialog("Help", help_text(), self._window))

    def show_about(self) -> None:
        from musiclstm.gui.dialogs.help import TextDialog, about_text

        cards = [*paths.resources().glob("*.md"), *paths.user_models().glob("*.md")]
        self._show("about", lambda: TextDialog("About", about_text(__version__, sorted(cards)), self._window))

    def _reopen_output(self) -> None:
        name = str(self._window.transport.output.currentData())
        self._bridge.send(OpenOutput(self.output_name(name), self._settings.number("sound/latency", 0.0)))

    def output_name(self, name: str) -> str:
        """The synth with the driver that was chosen in the preferences."""
        driver = self._settings.text("sound/driver")
        return f"synth:{driver}" if name == "synth" and driver else name

    def send_sync(self) -> None:
        source = str(self._window.transport.sync.currentData())
        port = str(self._window.transport.input.currentData() or "") or None
        send = self._settings.flag("sound/clock", False)
        self._bridge.send(SetSync(source, port if source == "midi" else None, send))
