"""What the window says of the training in its message line, and the new model in its model list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from musiclstm.gui.bar.message_line import MessageLine
from musiclstm.gui.bar.transport import Transport
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.train.runs import Run
from musiclstm.gui.train.training import Training
from musiclstm.protocol.commands import LoadModel
from musiclstm.protocol.options import DEFAULT_MODEL


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
        self._failure = ""  # what stands in the line of a training that does not go on
        training.trained.connect(self._trained)
        training.discarded.connect(self._discarded)
        training.failed.connect(self._failed)
        training.changed.connect(self._changed)

    def offer(self) -> None:
        """After the start: what can go on."""
        if (run := self._training.look()) is not None and run.trained:
            self._line.say(
                f"Training {run.name} was paused at {run.progress:.0%}; it can go on.",
                offer=True,
                actions=(("Go on", self._go_on), ("Later", lambda: None)),
            )

    def _failed(self, text: str) -> None:
        self._failure = text
        self._line.say(text, serious=True, actions=(("Show", self._show),))

    def _changed(self) -> None:
        """Whoever lets it go on has read why it did not."""
        if self._failure and self._training.running:
            self._line.withdraw(self._failure)
            self._failure = ""

    def _go_on(self) -> None:
        self._show()
        self._training.go_on()

    def _trained(self, name: str) -> None:
        self._transport.add_model(name)
        if self._training.run is not None and self._plays(self._training.run):
            self._bridge.send(LoadModel(name))
            self._line.say(f"{name} is trained, in the model list, and plays.")
            return
        self._line.say(
            f"{name} is trained and in the model list.",
            actions=(("Play it", lambda: self._transport.play_with(name)),),
        )

    def _discarded(self, run: Run) -> None:
        if self._plays(run):
            name = run.begin_with if run.begin_with in self._transport.models() else DEFAULT_MODEL
            self._bridge.send(LoadModel(name))
            self._line.say(f"{run.name} is thrown away; {name} plays.")

    def _plays(self, run: Run) -> bool:
        """Whether what is listened to while it is trained plays: its file is thrown away with the run."""
        return Path(str(self._transport.model.currentData())).parent == run.folder
