"""Actions: what a learnt knob, key or pedal means at the moment it is moved."""

from __future__ import annotations

from musiclstm.engine.performer.evening import Rig
from musiclstm.engine.performer.midi_learn import Turned
from musiclstm.protocol import commands
from musiclstm.protocol.actions import ACTIONS
from musiclstm.protocol.controls import control


def meaning(turned: Turned, rig: Rig, *, held: bool) -> commands.Command | None:
    """The command that it means, None for none. held: `Hold` is on. A SaveTake has an empty file name."""
    if turned.target not in ACTIONS:
        return _control(turned, rig)
    if turned.target == "morph.AB":
        return commands.Morph("A", "B", turned.position)
    if not turned.pressed:
        return None
    name, _, which = turned.target.partition(".")
    match name:
        case "play":
            return commands.Stop() if rig.playing else commands.Play()
        case "panic":
            return commands.Panic()
        case "hold":
            return commands.Hold(not held)
        case "forget":
            return commands.Forget()
        case "take over":
            rig.ensemble.take_over()
            return None
        case "save":
            return commands.SaveTake("")
        case "back":
            return commands.Back(1.0)
        case "bookmark":
            return commands.SetBookmark(which)
        case "return":
            return commands.Return(which)
        case _:
            return _mute(int(which) - 1, rig)


def _control(turned: Turned, rig: Rig) -> commands.Command | None:
    known = control(turned.target)
    if turned.kind == "CC":
        return commands.SetControl(turned.target, known.from_unit(turned.position))
    if not turned.pressed:
        return None
    # A key goes on to the next choice, or switches; on a scale, how hard it is hit is what counts.
    value = rig.steering.values[turned.target]
    if known.choices:
        following = (known.choices.index(str(value)) + 1) % len(known.choices)
        return commands.SetControl(turned.target, known.choices[following])
    if isinstance(known.default, bool):
        return commands.SetControl(turned.target, not value)
    return commands.SetControl(turned.target, known.from_unit(turned.position))


def _mute(part: int, rig: Rig) -> commands.Command | None:
    if part >= len(rig.steering.parts):
        return None
    return commands.SetPart(part, mode="auto" if rig.steering.parts[part].mode == "muted" else "muted")
