"""Own models: the model that plays is thrown away, and brought back."""

from __future__ import annotations

from musiclstm import own_models
from musiclstm.errors import UsageError
from musiclstm.gui.bar.message_line import MessageLine
from musiclstm.gui.bar.transport import Transport
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.undo import SECONDS
from musiclstm.protocol.commands import LoadModel
from musiclstm.protocol.options import DEFAULT_MODEL


class OwnModels:
    """Says in the line what came of it."""

    def __init__(self, transport: Transport, bridge: Bridge, line: MessageLine) -> None:
        self._transport, self._bridge, self._line = transport, bridge, line
        own_models.forget_old()

    def delete(self, name: str) -> None:
        """The music goes on with the model that the instrument begins with."""
        try:
            own_models.delete(name)
        except UsageError as error:
            self._line.say(str(error))
            return
        self._transport.remove_model(name)
        self._bridge.send(LoadModel(DEFAULT_MODEL))
        self._line.say(f"{name} is deleted.", actions=(("Undo", lambda: self._restore(name)),), seconds=SECONDS)

    def _restore(self, name: str) -> None:
        try:
            own_models.restore(name)
        except UsageError as error:
            self._line.say(str(error), serious=True)
            return
        self._transport.add_model(name)
        self._bridge.send(LoadModel(name))
        self._line.say(f"{name} is back.")
