"""WaitingCommands: commands that arrive faster than they can be carried out, as a fader's or a script's may.

What only sets a value replaces one that waits and sets the same; so the last value counts at once, however many came
before it. Of all others no more than `MOST` wait. What ends something is always carried out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

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
        self._waiting = 0
        # Those that another one may replace, each in a list of its own: what has come since does not depend on them.
        self._replaceable: dict[_Key, list[Command]] = {}

    def put(self, command: Command) -> bool:
        """Have it carried out; False if too many wait, and it is not. Any thread; never blocks."""
        key = _sets(command) or _ends(command)
        with self._lock:
            found = None if key is None else self._replaceable.get(key)
            if found is not None:
                found[0] = command
                return True
            if self._waiting >= MOST and _ends(command) is None:
                return False
            self._waiting += 1
            cell = [command]
            if key is None:
                self._replaceable.clear()
            else:
                self._replaceable[key] = cell
        self._call_later(partial(self._next, key, cell))
        return True

    def _next(self, key: _Key | None, cell: list[Command]) -> None:
        with self._lock:
            self._waiting -= 1
            if key is not None and self._replaceable.get(key) is cell:
                del self._replaceable[key]
        self._carry_out(cell[0])


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
