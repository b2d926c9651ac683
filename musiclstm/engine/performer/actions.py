"""Actions: what a learnt knob, key or pedal means at the moment it is moved."""

from __future__ import annotations

from musiclstm.engine.performer.midi_map import Turned
from musiclstm.engine.performer.state import Rig
from musiclstm.protocol import messages as m
from musiclstm.protocol.controls import ACTIONS, control


def meaning(turned: Turned, rig: Rig, *, held: bool) -> m.Command | None:
    """The command that it means, None for none. held: `Hold` is on. A SaveTake has an empty file name."""
    if turned.target not in ACTIONS:
        return _control(turned, rig)
    if turned.target == "morph.AB":
        return m.Morph("A", "B", turned.position)
    if not turned.pressed:
        return None
    name, _, which = turned.target.partition(".")
    match name:
        case "play":
            return m.Stop() if rig.playing else m.Play()
        case "panic":
            return m.Panic()
        case "hold":
            return m.Hold(not held)
        case "forget":
            return m.Forget()
        case "take over":
            rig.ensemble.take_over()
            return None
        case "save":
            return m.SaveTake("")
        case "back":
            return m.Back(1.0)
        case "bookmark":
            return m.SetBookmark(which)
        case "return":
            return m.Return(which)
        case _:
            return _mute(int(which) - 1, rig)


def _control(turned: Turned, rig: Rig) -> m.Command | None:
    known = control(turned.target)
    if turned.kind == "CC":
        return m.SetControl(turned.target, known.from_unit(turned.position))
    if not turned.pressed:
        return None
    # A key goes on to the next choice, or switches; on a scale, how hard it is hit is what counts.
    value = rig.steering.values[turned.target]
    if known.choices:
        following = (known.choices.index(str(value)) + 1) % len(known.choices)
        return m.SetControl(turned.target, known.choices[following])
    if isinstance(known.default, bool):
        return m.SetControl(turned.target, not value)
    return m.SetControl(turned.target, known.from_unit(turned.position))


def _mute(part: int, rig: Rig) -> m.Command | None:
    if part >= len(rig.steering.parts):
        return None
    return m.SetPart(part, mode="auto" if rig.steering.parts[part].mode == "muted" else "muted")
