"""WaitingCommands: commands that arrive faster than they can be carried out, as a fader's or a script's may.

What only sets a value takes the place of one that waits and sets the same, and comes after all that wait; so the last
value counts, however many came before it. Of all others no more than `MOST` wait. What ends something is always
carried out.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from itertools import count

from musiclstm.protocol import commands
from musiclstm.protocol.commands import Command

MOST = 1_000
"""Commands that wait at most: a second or so."""

_Key = tuple[object, ...]


class WaitingCommands:
    """call_later: queues a call for the engine's thread, any thread may call it. carry_out: called there, in order."""

    def __init__(self, call_later: Callable[[Callable[[], None]], None], carry_out: Callable[[Command], None]) -> None:
        self._call_later = call_later
        self._carry_out = carry_out
        self._lock = threading.Lock()
        self._numbers = count()
        # In the order in which they will be carried out: one call is queued for each.
        self._waiting: OrderedDict[int, tuple[_Key | None, Command]] = OrderedDict()
        # The numbers of those that another one may replace: no command since depends on them.
        self._replaceable: dict[_Key, int] = {}

    def put(self, command: Command) -> bool:
        """Have it carried out; False if too many wait, and it is not. Any thread; never blocks."""
        ends = _ends(command)
        key = ends or _sets(command)
        with self._lock:
            if key is not None and (number := self._replaceable.get(key)) is not None:
                self._waiting[number] = key, command
                if not ends:
                    self._waiting.move_to_end(number)
                return True
            if len(self._waiting) >= MOST and not ends:
                return False
            number = next(self._numbers)
            self._waiting[number] = key, command
            if key is None:
                self._replaceable.clear()
            else:
                self._replaceable[key] = number
        self._call_later(self._next)
        return True

    def _next(self) -> None:
        with self._lock:
            number, (key, command) = self._waiting.popitem(last=False)
            if key is not None and self._replaceable.get(key) == number:
                del self._replaceable[key]
        self._carry_out(command)


def _sets(command: Command) -> _Key | None:
    """What a command sets, if it does nothing else; otherwise None."""
    match command:
        case commands.SetControl(name):
            return commands.SetControl, name
        case commands.SetTempo():
            return (commands.SetTempo,)
        case commands.SetPart(part, mode=None, mute=None):  # a mode may end a mute
            fields = {name: getattr(command, name) for name in command.__dataclass_fields__}
            return commands.SetPart, part, frozenset(name for name, value in fields.items() if value is not None)
        case commands.Morph(start, end):
            return commands.Morph, start, end
        case _:
            return None


def _ends(command: Command) -> _Key | None:
    """What a command ends, so that it must not get lost; None for one that does not."""
    match command:
        case commands.Stop() | commands.Panic() | commands.Shutdown():
            return (type(command),)
        case commands.PlayerNote(pitch, 0, channel):
            return commands.PlayerNote, pitch, channel
        case _:
            return None
