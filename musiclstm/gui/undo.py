"""Undo: offers, in the message line, to take back Forget and Reset."""

from __future__ import annotations

from PySide6.QtCore import QObject

from musiclstm.gui.bar.message_line import MessageLine
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.steer.control_values import ControlValues
from musiclstm.protocol import commands
from musiclstm.protocol.controls import ALL, KEPT_BY_RESET, Value
from musiclstm.protocol.telemetry import ControlChanged, Jumped

FORGOTTEN = "Forgotten: it begins anew."
RESET = "Every control is as the model likes it."
RECOVERED = "Every control is as the model likes it, and the music goes on from before."
SECONDS = 30


class UndoOffer(QObject):
    """Whoever asked for it: the window, a pad or OSC. Of a reset elsewhere only the memory comes back."""

    def __init__(self, bridge: Bridge, controls: ControlValues, line: MessageLine) -> None:
        super().__init__()
        self._bridge, self._controls, self._line = bridge, controls, line
        self._values: dict[str, Value] = {}  # before the reset, of the controls that nobody has turned since
        self._awaited: set[str] = set()  # those of which the engine has not told yet that they were reset
        self._memory = True  # whether the engine has a memory to bring back
        self._text = ""
        bridge.commanded.connect(self._commanded)
        bridge.jumped.connect(self._jumped)
        bridge.control_changed.connect(self._turned)
        controls.recalled.connect(self._recalled)

    def take_back(self) -> None:
        values, self._values = self._values, {}
        self._line.withdraw(self._text)
        self._controls.turn_all(values)
        if self._memory or not values:
            self._bridge.send(commands.Undo())

    def _commanded(self, command: object) -> None:
        if isinstance(command, commands.Reset):
            self._values = {name: value for name, value in self._controls.values.items() if name not in KEPT_BY_RESET}
            self._awaited = {name for name, value in self._values.items() if value != self._after_reset(name)}
            self._memory = False
            self._offer(RESET)
        elif isinstance(command, commands.SetControl):
            self._values.pop(command.name, None)

    def _turned(self, message: ControlChanged) -> None:
        """By a knob, over OSC or by a section, once the engine has told of the reset."""
        if message.value == self._after_reset(message.name):
            self._awaited.discard(message.name)
        elif message.name not in self._awaited:
            self._values.pop(message.name, None)

    def _after_reset(self, name: str) -> Value:
        return self._controls.defaults.get(name, ALL)

    def _recalled(self) -> None:
        """All is as a preset has it, also what it left alone."""
        self._values = {}
        if self._text == RESET:
            self._line.withdraw(self._text)

    def _jumped(self, message: Jumped) -> None:
        self._memory = True
        if message.reason == "reset":
            self._offer(RECOVERED)
            return
        self._values = {}
        self._line.withdraw(self._text)
        if message.reason == "forget":
            self._offer(FORGOTTEN)

    def _offer(self, text: str) -> None:
        self._line.withdraw(self._text)
        self._text = text
        self._line.say(text, actions=(("Undo", self.take_back),), seconds=SECONDS)
