"""Trail: which of some events, decided before, comes next; forwards, and back where the plan is rolled back."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

from musiclstm.engine.performer.history import History

T = TypeVar("T")


class Trail(Generic[T]):
    """next: the event that comes next."""

    def __init__(self, first: T) -> None:
        self.next = first
        self._passed: deque[tuple[int, T]] = deque(maxlen=10_000)  # how many steps the history had, and what came next

    def begin(self, first: T) -> None:
        self.next = first
        self._passed.clear()

    def passes(self, history: History, following: T) -> None:
        """The next event is about to become steps of the history; what follows it comes next."""
        self._passed.append((history.events, self.next))
        self.next = following

    def rewind(self, history: History) -> None:
        """Some of the history's last steps were rolled back."""
        while self._passed and self._passed[-1][0] >= history.events:
            _, self.next = self._passed.pop()
