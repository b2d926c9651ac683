"""The sustain pedal at a real port, of a real engine: however it stops, no key and no pedal stays down."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.options import EngineOptions
from tests.engine.desk import Desk
from tests.engine.ears import Ears
from tests.engine.piano import Piano

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and JACK are of Linux and macOS")


@pytest.mark.jack
@pytest.mark.slow
def test_however_it_stops_the_pedal_comes_up(
    desks: Callable[..., Desk], options: EngineOptions, listener: Ears
) -> None:
    desk = desks(replace(options, model="chorales", tempo=80.0, output=listener.full_name, pedals=("",)))
    desk.first(telemetry.Loaded)
    for part in range(4):
        desk.host.send(commands.SetPart(part, polyphony=0, channel=part % 2))  # two parts on a channel

    def piano() -> Piano:
        return Piano().hear(list(listener.messages))

    def under_the_pedal() -> bool:
        now = piano()
        return bool(now.pedals) and now.early > 0

    def wait(which: Callable[[], bool]) -> None:
        assert listener.wait(which, 40)

    for ways in (
        (commands.Stop(),),
        (commands.Panic(), commands.Stop()),
        tuple(commands.SetPart(part, mute=True) for part in range(4)),
        (commands.OpenOutput("null"),),
    ):
        wait(under_the_pedal)
        for command in ways:
            desk.host.send(command)
        wait(lambda: piano().silent)
        desk.host.send(commands.Stop())
        for part in range(4):
            desk.host.send(commands.SetPart(part, mute=False))
        desk.host.send(commands.OpenOutput(listener.full_name))
        desk.host.send(commands.Play())
    wait(under_the_pedal)
    desk.kill()
    wait(lambda: piano().silent)
    before = piano().pressed
    wait(lambda: piano().pressed > before and under_the_pedal())  # the next engine has it, too
    desk.host.close()
    wait(lambda: piano().silent)
