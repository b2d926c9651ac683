"""Players: whose the parts of a band are, and what is set for one player alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from musiclstm.errors import UsageError
from musiclstm.protocol.controls import NO_PLAYER, OF_PLAYER, Value, of_player, split


class Players:
    """players: (name, number of parts) of each, in order; none where a single model plays. percussive: of each part."""

    def __init__(self, players: Sequence[tuple[str, int]] = (), percussive: Sequence[bool] = ()) -> None:
        self._names = [name for name, _ in players]
        self._of_part = [number for number, (_, parts) in enumerate(players) for _ in range(parts)]
        tuned = {player for player, drums in zip(self._of_part, percussive, strict=False) if not drums}
        self._drums = frozenset(range(len(self._names))) - tuned

    def __len__(self) -> int:
        return len(self._names)

    def of(self, part: int) -> int | None:
        """The player of a part; None where there are no players."""
        return self._of_part[part] if self._of_part else None

    def beside(self, part: int) -> list[int]:
        """The parts of its player, or of the model."""
        return [other for other, player in enumerate(self._of_part) if player == self._of_part[part]]

    def control(self, name: str) -> str:
        """The name of a control with the player's number: `1:density` for `drums:density`.

        Raises UsageError where there is no such player, or nothing that it can have of its own.
        """
        player, plain = split(name)
        if player is None:
            return name
        if not self._names:
            raise UsageError(f"{name}: only the players of a band have controls of their own; one model plays.")
        number = self._number(player, name)
        if plain not in OF_PLAYER:
            raise UsageError(f"{name}: {plain} is for all players, or no control.")
        return of_player(number, plain)

    def leader(self, name: str, player: str) -> str:
        """The number of the player whose chords are to lead, as the control of that name says; `NO_PLAYER` for nobody.

        Raises UsageError where there is no such player, or only drums in it.
        """
        if player == NO_PLAYER:
            return player
        if not self._names:
            raise UsageError(f"{name}: only in a band can a player's chords lead; one model plays.")
        number = self._number(player, name)
        if number in self._drums:
            raise UsageError(f"{name}: {self._names[number]} plays drums, which have no chords.")
        return str(number)

    def _number(self, player: str, name: str) -> int:
        if player in self._names:
            return self._names.index(player)
        if player not in map(str, range(len(self))):
            known = ", ".join(f"{number} {each}" for number, each in enumerate(self._names))
            raise UsageError(f"{name}: there is no such player. Players: {known}.")
        return int(player)

    def lasting(self, name: str) -> str:
        """The name of a control as it holds in other bands, too: `drums:density` for `1:density`.

        Of two players of one model the second has its number alone. Raises UsageError as `control` does.
        """
        name = self.control(name)
        player, plain = split(name)
        if player is None:
            return name
        model = self._names[int(player)]
        return of_player(model, plain) if self._names.index(model) == int(player) else name


def own(values: Mapping[str, Value]) -> dict[str, Value]:
    """Those that are set for one player alone."""
    return {name: value for name, value in values.items() if split(name)[0] is not None}


def common(values: Mapping[str, Value]) -> dict[str, Value]:
    """Those that are set for all."""
    return {name: value for name, value in values.items() if split(name)[0] is None}
