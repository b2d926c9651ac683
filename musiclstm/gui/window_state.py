"""How the window was left: size, folds, strip and ports, kept in the settings."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QMainWindow

from musiclstm.gui.axes.time_axis import MAX_SCALE, MIN_SCALE, TimeAxis
from musiclstm.gui.bar.form_strip import FormStrip
from musiclstm.gui.bar.transport import Transport
from musiclstm.gui.look.room import resize_within, room_on
from musiclstm.gui.settings import Settings
from musiclstm.gui.steer.panel import ControlsPanel
from musiclstm.gui.view import TimeViews
from musiclstm.protocol.telemetry import Status

FIRST, LEAST = QSize(1280, 800), QSize(900, 480)  # logical pixels, where the screen has them


class WindowState:
    """Restores and saves it; writes nothing in between."""

    def __init__(
        self,
        settings: Settings,
        window: QMainWindow,
        *,
        views: TimeViews,
        panel: ControlsPanel,
        axis: TimeAxis,
        transport: Transport,
        form: FormStrip,
    ) -> None:
        self._settings, self._window = settings, window
        self._views, self._panel, self._axis, self._transport = views, panel, axis, transport
        self._form = form

    def restore(self) -> None:
        settings, views = self._settings, self._views
        window = self._window
        if not window.restoreGeometry(settings.blob("window/geometry")):
            window.resize(FIRST)
        window.setMinimumSize(LEAST.boundedTo(room_on(window)))
        if not (window.isMaximized() or window.isFullScreen()):
            resize_within(window, window.size())
        views.splitter.restoreState(settings.blob("window/splitter"))
        views.show_memory(settings.flag("window/memory", False))  # the music first
        views.show_keyboard(settings.flag("window/keyboard", True))
        self._panel.show_more(settings.flag("window/more", False))
        self._form.setVisible(settings.flag("window/form", False))
        self._axis.scale = settings.number("window/scale", self._axis.scale, MIN_SCALE, MAX_SCALE)

    def save(self, model: str, status: Status | None) -> None:
        """model, status: as last reported; the ports and the tempo are kept only if the engine has reported at all."""
        settings, views = self._settings, self._views
        settings.put("window/geometry", self._window.saveGeometry())
        settings.put("window/splitter", views.splitter.saveState())
        settings.put("window/memory", views.header.fold_memory.isChecked())
        settings.put("window/keyboard", views.header.fold_keyboard.isChecked())
        settings.put("window/more", self._panel.more.isChecked())
        settings.put("window/form", not self._form.isHidden())
        settings.put("window/scale", self._axis.scale)
        if status is not None:
            settings.put("ports/output", str(self._transport.output.currentData() or ""))
            settings.put("ports/input", str(self._transport.input.currentData() or ""))
            settings.put(f"tempo/{Path(model).stem}", status.tempo)
        settings.sync()
