"""Undo: offers, in the message line, to take back Forget and Reset."""

from __future__ import annotations

from PySide6.QtCore import QObject

from musiclstm.gui.bar.message_line import MessageLine
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.steer.control_values import ControlValues
from musiclstm.protocol import commands
from musiclstm.protocol.controls import Value
from musiclstm.protocol.telemetry import Jumped

FORGOTTEN = "Forgotten: it begins anew."
RESET = "Every control is as the model likes it."
RECOVERED = "Every control is as the model likes it, and the music goes on from before."
SECONDS = 30


class UndoOffer(QObject):
    """Whoever asked for it: the window, a pad or OSC. Of a reset elsewhere only the memory comes back."""

    def __init__(self, bridge: Bridge, controls: ControlValues, line: MessageLine) -> None:
        super().__init__()
        self._bridge, self._controls, self._line = bridge, controls, line
        self._values: dict[str, Value] = {}  # of the controls before the reset
        self._memory = True  # whether the engine has a memory to bring back
        self._text = ""
        bridge.commanded.connect(self._commanded)
        bridge.jumped.connect(self._jumped)

    def take_back(self) -> None:
        values, self._values = self._values, {}
        self._line.withdraw(self._text)
        self._controls.turn_all(values)
        if self._memory or not values:
            self._bridge.send(commands.Undo())

    def _commanded(self, command: object) -> None:
        if isinstance(command, commands.Reset):
            self._values = {name: value for name, value in self._controls.values.items() if name != "mode"}
            self._memory = False
            self._offer(RESET)

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
