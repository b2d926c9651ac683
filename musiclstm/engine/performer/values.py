"""Values: those of all controls, and what a player of a band has of its own."""

from __future__ import annotations

from collections.abc import Mapping

from musiclstm.engine.performer.players import Players, own
from musiclstm.errors import UsageError
from musiclstm.protocol.controls import ALL, CONTROLS, NO_PLAYER, Value, control, of_player, split

LEADER = "chords.player"
"""The control that says which player's chords lead."""
# These change how events sound, not which are sampled: the plan is made again with the same constraints.
OUTPUT_CONTROLS = frozenset({"velocity.scale", "swing", "sure", "often"})
# And these change nothing that is planned.
SILENT_CONTROLS = frozenset({"thru", "nudge", "rest", "horizon"})
# Nor do these, which count the bars.
METRONOME_CONTROLS = frozenset(each.name for each in CONTROLS if each.group == "metronome")


class Values:
    """values: also those that a player has of its own, by names such as `1:density`. defaults: the model's own.

    values, defaults, players: written only here.
    """

    def __init__(self, players: Players) -> None:
        self.players = players
        self.values: dict[str, Value] = {each.name: each.default for each in CONTROLS}
        self.defaults: dict[str, Value] = {}

    def take_defaults(self, defaults: Mapping[str, Value], players: Players) -> list[str]:
        """Those of another model, and its players. Returns the names of the controls that changed."""
        self.players = players
        self._forget_own()
        changed = [] if self._try(LEADER, self.values[LEADER]) else [LEADER]
        if changed:
            self.values[LEADER] = NO_PLAYER
        names = [name for name, value in defaults.items() if self._try(name, value)]
        self.defaults = {name: self.values[name] for name in names}
        return list(dict.fromkeys([*changed, *names]))

    def take_values(self, values: Mapping[str, Value]) -> None:
        """What another process had, or what was set when this model played last."""
        self._forget_own()
        self.values.update(values)

    def default(self, name: str) -> Value:
        """What suits the model."""
        return self.defaults.get(name, control(name).default if split(name)[0] is None else ALL)

    def in_style(self) -> bool:
        """Whether every control that shapes what the model remembers stays where the music keeps its style."""
        return all(
            control(name).in_style(value) or value == self.default(name)
            for name, value in self.values.items()
            if split(name)[1] not in OUTPUT_CONTROLS | SILENT_CONTROLS | METRONOME_CONTROLS
        )

    def _try(self, name: str, value: Value) -> bool:
        """Whether the control was set: a model file of another version may name controls that we do not have."""
        try:
            self.set(name, value)
        except UsageError:
            return False
        return True

    def set(self, name: str, value: Value) -> Value:
        """Sets a control. Returns its value, clamped. Raises UsageError for an unknown control or a wrong type.

        `ALL` ends what a player has of its own.
        """
        name = self.players.control(name)
        try:
            if value == ALL and split(name)[0] is not None:
                self.values.pop(name, None)
                return ALL
            value = control(name).clamp(value)
            self.values[name] = self.players.leader(name, str(value)) if name == LEADER else value
        except KeyError:
            raise UsageError(f"There is no control called {name}.") from None
        except ValueError as error:
            raise UsageError(f"{error}.") from None
        return self.values[name]

    def value(self, name: str) -> Value:
        """Of a control; `ALL` where a player has none of its own."""
        if split(name)[0] is None:
            return self.values.get(name)
        try:
            return self.values.get(self.players.control(name), ALL)
        except UsageError:
            return ALL

    def effective(self, name: str) -> Value:
        """Of a control as it holds: a player's own, or that of all. Raises UsageError where there is no such player."""
        name = self.players.control(name)
        return self.values.get(name, self.values[split(name)[1]])

    def of_part(self, name: str, part: int) -> Value:
        """As it holds for a part: its player's own value, or that of all."""
        return self._of(self.players.of(part), name)

    def _of(self, player: int | None, name: str) -> Value:
        own_name = of_player(player, name) if player is not None else name
        return self.values[own_name] if own_name in self.values else self.values[name]

    def _forget_own(self) -> None:
        for name in own(self.values):
            del self.values[name]

    def number(self, name: str, player: int | None = None) -> float:
        value = self._of(player, name)
        return float(value) if isinstance(value, (int, float)) else 0.0

    @property
    def learnt(self) -> float:
        """As in `Session`."""
        return self.number("learnt") / 100

    def text(self, name: str) -> str:
        return str(self.values[name])

    def on(self, name: str) -> bool:
        return bool(self.values[name])
