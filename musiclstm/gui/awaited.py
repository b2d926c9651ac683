"""Awaited: what was sent and has not come back yet. The engine answers each change with the value that it has then."""

from __future__ import annotations

from typing import Any


class Awaited:
    """Values by the name of what they are for, in order. An older answer must not undo what was chosen since."""

    def __init__(self) -> None:
        self._sent: dict[str, list[Any]] = {}

    def send(self, name: str, value: Any) -> None:
        self._sent.setdefault(name, []).append(value)

    def is_old(self, name: str, value: Any) -> bool:
        """Whether this answers an earlier value, while that of a later one is still to come."""
        sent = self._sent.get(name, [])
        if value not in sent:  # somebody else's
            return False
        del sent[: sent.index(value) + 1]
        return bool(sent)

    def newest(self, name: str) -> Any:
        """What was sent last, while `is_old`."""
        return self._sent[name][-1]

    def clear(self) -> None:
        """Nothing comes back any more."""
        self._sent.clear()
