"""WaitingCommands: commands that arrive faster than they can be carried out, as a fader's or a script's may."""

from __future__ import annotations

from collections.abc import Callable

from musiclstm.engine.live.waiting import Key, Waiting
from musiclstm.protocol import commands
from musiclstm.protocol.commands import Command


class WaitingCommands(Waiting[Command]):
    """Arguments as of `Waiting`."""

    def __init__(self, call_later: Callable[[Callable[[], None]], None], carry_out: Callable[[Command], None]) -> None:
        super().__init__(call_later, carry_out, sets=_sets, ends=_ends)


def _sets(command: Command) -> Key | None:
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


def _ends(command: Command) -> Key | None:
    """What a command ends, so that it must not get lost; None for one that does not."""
    match command:
        case commands.Stop() | commands.Panic() | commands.Shutdown():
            return (type(command),)
        case commands.PlayerNote(pitch, 0, channel):
            return commands.PlayerNote, pitch, channel
        case _:
            return None
