"""The keys of the window: its shortcuts, and the letters on which notes can be played."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QWidget

from musiclstm.gui.bar.time_strip import TimeStrip
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.keyboard.typing_keyboard import TypingKeyboard
from musiclstm.gui.settings import Settings
from musiclstm.gui.shortcuts import SHORTCUTS, SLOT_KEYS, StageKeys
from musiclstm.gui.steer.control_values import ControlValues
from musiclstm.gui.view import TimeViews
from musiclstm.protocol.actions import SLOTS
from musiclstm.protocol.commands import SetBookmark
from musiclstm.protocol.modes import MODES


class WindowKeys:
    """press: carries out a command of `SHORTCUTS`. `release` must be called before the window goes."""

    def __init__(
        self,
        window: QWidget,
        press: Callable[[str], None],
        views: TimeViews,
        strip: TimeStrip,
        controls: ControlValues,
        bridge: Bridge,
        settings: Settings,
    ) -> None:
        self._window, self._views, self._settings = window, views, settings
        self.typing = TypingKeyboard(views.play_note, lambda _: self._show_typing(), self._show_typing)
        self.typing.enabled = settings.flag("keys/typing", True)
        self._show_typing()
        self._stage = StageKeys(press)
        for keys in (self.typing, self._stage):
            QApplication.instance().installEventFilter(keys)  # type: ignore[union-attr]
        for key, command, _what in SHORTCUTS:
            if command not in StageKeys.KEYS.values():
                self._shortcut(key, partial(press, command))
        for number, slot in zip(SLOT_KEYS, SLOTS, strict=True):
            self._shortcut(number, partial(strip.press, slot))
            self._shortcut(f"Shift+{number}", partial(bridge.send, SetBookmark(slot)))
        for index, mode in enumerate(MODES):
            self._shortcut(f"F{index + 2}", partial(controls.turn, "mode", mode))

    def _shortcut(self, key: str, do: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(key), self._window)
        shortcut.activated.connect(do)

    def toggle_typing(self) -> None:
        """Whether letters play notes."""
        self.typing.release_all()
        self.typing.enabled = not self.typing.enabled
        self._settings.put("keys/typing", self.typing.enabled)
        self._show_typing()

    def _show_typing(self) -> None:
        self._views.show_typing(self.typing.enabled, self.typing.base, self.typing.labels)

    def release(self, app: QCoreApplication) -> None:
        for keys in (self.typing, self._stage):
            app.removeEventFilter(keys)
