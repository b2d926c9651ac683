"""Players: whose the parts of a band are, and what is set for one player alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from musiclstm.errors import UsageError
from musiclstm.protocol.controls import OF_PLAYER, Value, of_player, split


class Players:
    """players: (name, number of parts) of each, in order; none where a single model plays."""

    def __init__(self, players: Sequence[tuple[str, int]] = ()) -> None:
        self._names = [name for name, _ in players]
        self._of_part = [number for number, (_, parts) in enumerate(players) for _ in range(parts)]

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
        if player in self._names:
            player = str(self._names.index(player))
        if player not in map(str, range(len(self))):
            known = ", ".join(f"{number} {each}" for number, each in enumerate(self._names))
            raise UsageError(f"{name}: there is no such player. Players: {known}.")
        if plain not in OF_PLAYER:
            raise UsageError(f"{name}: {plain} is for all players, or no control.")
        return of_player(player, plain)


def own(values: Mapping[str, Value]) -> dict[str, Value]:
    """Those that are set for one player alone."""
    return {name: value for name, value in values.items() if split(name)[0] is not None}


def common(values: Mapping[str, Value]) -> dict[str, Value]:
    """Those that are set for all."""
    return {name: value for name, value in values.items() if split(name)[0] is None}
