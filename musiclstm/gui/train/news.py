"""What the window says of the training in its message line, and the new model in its model list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from musiclstm.gui.bar.message_line import MessageLine
from musiclstm.gui.bar.transport import Transport
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.train.training import Training
from musiclstm.protocol.commands import LoadModel


class TrainingNews(QObject):
    """show: opens the dialog."""

    def __init__(
        self,
        training: Training,
        transport: Transport,
        bridge: Bridge,
        line: MessageLine,
        show: Callable[[], object],
    ) -> None:
        super().__init__(line)  # and goes with it
        self._training, self._transport, self._bridge = training, transport, bridge
        self._line, self._show = line, show
        training.trained.connect(self._trained)
        training.failed.connect(lambda text: line.say(text, serious=True, actions=(("Show", show),)))

    def offer(self) -> None:
        """After the start: what can go on."""
        if (run := self._training.look()) is not None and run.trained:
            self._line.say(
                f"Training {run.name} was paused at {run.progress:.0%}; it can go on.",
                offer=True,
                actions=(("Go on", self._go_on), ("Later", lambda: None)),
            )

    def _go_on(self) -> None:
        self._show()
        self._training.go_on()

    def _trained(self, name: str) -> None:
        self._transport.add_model(name)
        run, playing = self._training.run, Path(str(self._transport.model.currentData()))
        if run is not None and playing.parent == run.folder:
            # What was listened to while it was trained is thrown away with the run.
            self._bridge.send(LoadModel(name))
            self._line.say(f"{name} is trained, in the model list, and plays.")
            return
        self._line.say(
            f"{name} is trained and in the model list.",
            actions=(("Play it", lambda: self._bridge.send(LoadModel(name))),),
        )
