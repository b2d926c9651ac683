"""Changes: what turning a control, setting a part or a panic does to what is planned and what sounds."""

from __future__ import annotations

from musiclstm.engine.performer.state import Rig
from musiclstm.engine.performer.steering import OUTPUT_CONTROLS, SILENT_CONTROLS, PartSettings
from musiclstm.errors import UsageError
from musiclstm.protocol.messages import SetPart


def control_changed(rig: Rig, name: str) -> None:
    """A control has its new value already."""
    if name == "nudge":
        rig.scheduler.set_nudge(rig.steering.number("nudge") / 1000)
    elif name in OUTPUT_CONTROLS:
        rig.plan.roll_back()
    elif name in {"mode", "response.bars"} or (name == "rest" and rig.steering.text("mode") == "continue"):
        rig.plan.roll_back()
        rig.ensemble.choose(rig.edge())
        if rig.playing:
            rig.ensemble.tidy()
    elif name not in SILENT_CONTROLS:
        rig.plan.roll_back()
        rig.ensemble.steer()
        if name == "polyphony" and rig.playing:
            rig.ensemble.thin()


def set_part(rig: Rig, command: SetPart) -> None:
    """Raises UsageError for values that make no sense, PortError for a port that cannot be had."""
    parts = rig.steering.parts
    if not 0 <= command.part < len(parts):
        raise UsageError(f"This model has {len(parts)} parts, counted from 0.")
    settings = parts[command.part].changed(command)
    rig.port_number(settings.port)
    rig.plan.roll_back()
    parts[command.part] = settings
    if settings.mode == "muted":
        rig.scheduler.put_all(rig.output.silence(rig.edge(), lambda voice: voice.part == command.part))
    if command.program is not None or command.channel is not None or command.port is not None:
        send_program(rig, settings)
    rig.ensemble.assign()
    if rig.playing:
        rig.ensemble.tidy()


def send_program(rig: Rig, settings: PartSettings) -> None:
    port = rig.port_number(settings.port)
    rig.scheduler.send_now(bytes((0xC0 | settings.channel, settings.program)), port=port)


def panic(rig: Rig) -> None:
    """End everything everywhere, keys and pedals too; the memory knows of it, and plays on."""
    rig.plan.roll_back()
    edge = rig.edge()
    rig.ensemble.release(edge, rig.now)
    rig.plan.end_now(edge, lambda _: True)
    rig.scheduler.panic()
    rig.keys.held.clear()
    rig.output.person_wires.clear()
