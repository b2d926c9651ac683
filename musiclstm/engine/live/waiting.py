"""Waiting: what arrives faster than it can be carried out, as from a fader, a script or a keyboard with aftertouch.

What only sets a value takes the place of what waits and sets the same, and comes after all that wait; so the last value
counts, however many came before it. Of all others no more than `MOST` wait. What ends something is always carried out.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from itertools import count
from typing import Generic, TypeVar

MOST = 1_000
"""What waits at most: the work of a second or so."""

T = TypeVar("T")
Key = tuple[object, ...]


class Waiting(Generic[T]):
    """call_later: queues a call for the engine's thread, any thread may call it. carry_out: called there, in order.

    sets: what a thing sets, if it does nothing else. ends: what it ends, so that it must not get lost. Otherwise None.
    patience: so many may wait before one takes the place of another.
    """

    def __init__(
        self,
        call_later: Callable[[Callable[[], None]], None],
        carry_out: Callable[[T], None],
        *,
        sets: Callable[[T], Key | None],
        ends: Callable[[T], Key | None],
        patience: int = 0,
    ) -> None:
        self._call_later = call_later
        self._carry_out = carry_out
        self._sets, self._ends = sets, ends
        self._patience = patience
        self._lock = threading.Lock()
        self._numbers = count()
        # In the order in which they will be carried out: one call is queued for each.
        self._waiting: OrderedDict[int, tuple[Key | None, T]] = OrderedDict()
        # The numbers of those that another one may replace: nothing since depends on them.
        self._replaceable: dict[Key, int] = {}

    def put(self, thing: T) -> bool:
        """Have it carried out; False if too many wait, and it is not. Any thread; never blocks."""
        ends = self._ends(thing)
        key = ends or self._sets(thing)
        with self._lock:
            many = len(self._waiting) >= self._patience
            if many and key is not None and (number := self._replaceable.get(key)) is not None:
                self._waiting[number] = key, thing
                if not ends:
                    self._waiting.move_to_end(number)
                return True
            if len(self._waiting) >= MOST and not ends:
                return False
            number = next(self._numbers)
            self._waiting[number] = key, thing
            if key is None:
                self._replaceable.clear()
            else:
                self._replaceable[key] = number
        self._call_later(self._next)
        return True

    def _next(self) -> None:
        with self._lock:
            number, (key, thing) = self._waiting.popitem(last=False)
            if key is not None and self._replaceable.get(key) == number:
                del self._replaceable[key]
        self._carry_out(thing)
