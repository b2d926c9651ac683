"""The current value of every control, set here or elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from musiclstm.gui.bridge import Bridge
from musiclstm.protocol.commands import Reset, SetControl
from musiclstm.protocol.controls import CONTROLS, Value
from musiclstm.protocol.limits import MAX_PITCH
from musiclstm.protocol.telemetry import ControlChanged, Loaded


class ControlValues(QObject):
    """Signals: `changed(name, value)`, also for changes by the window itself; `loaded()`: another model's defaults."""

    changed = Signal(str, object)
    loaded = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self.values: dict[str, Value] = {control.name: control.default for control in CONTROLS}
        self.defaults: dict[str, Value] = dict(self.values)  # what suits the model
        self.notes = (0, MAX_PITCH)  # the model's lowest and highest
        self.learnt_from = ""  # a title, if the two can be mixed
        bridge.control_changed.connect(self._control_changed)
        bridge.loaded.connect(self._loaded)

    def turn(self, name: str, value: Value) -> None:
        if self.values.get(name) != value:
            self.values[name] = value
            self._bridge.send(SetControl(name, value))
            self.changed.emit(name, value)

    def turn_all(self, values: Mapping[str, Value]) -> None:
        for name, value in values.items():
            if name != "learnt" or self.learnt_from:
                self.turn(name, value)

    def reset(self) -> None:
        """Set everything to the model's defaults, except who plays when, and let the music recover."""
        self._bridge.send(Reset())

    def _control_changed(self, message: ControlChanged) -> None:
        if message.name in self.values and self.values[message.name] != message.value:
            self.values[message.name] = message.value
            self.changed.emit(message.name, message.value)

    def _loaded(self, message: Loaded) -> None:
        self.notes, self.learnt_from = (message.low, message.high), message.parent
        self.defaults = {control.name: control.default for control in CONTROLS}
        self.defaults.update({name: value for name, value in message.defaults if name in self.defaults})
        self.loaded.emit()
