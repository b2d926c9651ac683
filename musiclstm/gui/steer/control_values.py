"""The current value of every control, set here or elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from musiclstm.gui.awaited import Awaited
from musiclstm.gui.bridge import Bridge
from musiclstm.protocol.commands import Reset, SetControl
from musiclstm.protocol.controls import ALL, CONTROLS, Value, of_player, split
from musiclstm.protocol.limits import MAX_PITCH
from musiclstm.protocol.telemetry import ControlChanged, Loaded

_DRUMS = 9  # the channel


class ControlValues(QObject):
    """The values, and three signals.

    `changed(name, value)`, also for changes by the window itself; `loaded()`: another model's defaults; `recalled()`:
    everything is as it was kept under a name.
    """

    changed = Signal(str, object)
    loaded = Signal()
    recalled = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self.values: dict[str, Value] = {control.name: control.default for control in CONTROLS}
        self.defaults: dict[str, Value] = dict(self.values)  # what suits the model
        self.players: tuple[tuple[str, int], ...] = ()  # of a band; their own values are in `values`, as `1:density`
        self.tuned: list[tuple[str, str]] = []  # (number, name) of those that do not play drums alone
        self.notes = (0, MAX_PITCH)  # the model's lowest and highest
        self.learnt_from = ""  # a title, if the two can be mixed
        self._awaited = Awaited()
        bridge.control_changed.connect(self._control_changed)
        bridge.loaded.connect(self._loaded)
        bridge.exited.connect(lambda _message: self._awaited.clear())

    @property
    def leader(self) -> str:
        """The name of the player whose chords lead, "" for nobody's."""
        return dict(self.tuned).get(str(self.values["chords.player"]), "")

    def turn(self, name: str, value: Value) -> None:
        if self.values.get(name, ALL) != value:
            self._keep(name, value)
            self._awaited.send(name, value)
            self._bridge.send(SetControl(name, value))
            self.changed.emit(name, value)

    def _keep(self, name: str, value: Value) -> None:
        if value == ALL and split(name)[0] is not None:
            self.values.pop(name, None)
        else:
            self.values[name] = value

    def turn_all(self, values: Mapping[str, Value]) -> None:
        for name, value in values.items():
            if name != "learnt" or self.learnt_from:
                self.turn(name, value)

    def turn_for(self, player: int | None, name: str, value: Value) -> None:
        """For one player of a band alone, or for all. What is as for all is not its own: it follows all again."""
        if player is None:
            self.turn(name, value)
        else:
            self.turn(of_player(player, name), ALL if value == self.values[name] else value)

    def is_own(self, player: int, name: str) -> bool:
        return of_player(player, name) in self.values

    def value_for(self, player: int | None, name: str) -> Value:
        """As it holds for a player, or what is set for all."""
        return self.values[name] if player is None else self.values.get(of_player(player, name), self.values[name])

    def recall(self, values: Mapping[str, Value]) -> None:
        """Sets what was kept under a name; what is a player's own and was not kept follows all again."""
        owned = {name: ALL for name in self.values if split(name)[0] is not None}
        self.turn_all({name: value for name, value in {**owned, **values}.items() if self._has(name)})
        self.recalled.emit()

    def _has(self, name: str) -> bool:
        player, plain = split(name)
        if plain == "chords.player" and not self.players:
            return False
        return plain in self.values if player is None else player in map(str, range(len(self.players)))

    def reset(self) -> None:
        """Set everything to the model's defaults, except who plays when, and let the music recover."""
        self._bridge.send(Reset())

    def _control_changed(self, message: ControlChanged) -> None:
        known = message.name in self.values or split(message.name)[0] is not None
        if self._awaited.is_old(message.name, message.value):
            return
        if known and self.values.get(message.name, ALL) != message.value:
            self._keep(message.name, message.value)
            self.changed.emit(message.name, message.value)

    def _loaded(self, message: Loaded) -> None:
        self.notes, self.learnt_from = (message.low, message.high), message.parent
        self.defaults = {control.name: control.default for control in CONTROLS}
        self.defaults.update({name: value for name, value in message.defaults if name in self.defaults})
        self.players = message.players
        channels = iter(channel for _name, _program, channel in message.parts)
        of_players = [(name, [next(channels) for _ in range(parts)]) for name, parts in message.players]
        self.tuned = [(str(n), name) for n, (name, own) in enumerate(of_players) if {*own} != {_DRUMS}]
        self.values = {name: value for name, value in self.values.items() if split(name)[0] is None}
        self.loaded.emit()
