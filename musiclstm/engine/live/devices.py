"""Devices: what several objects of the live engine use to play and to report."""

from __future__ import annotations

from dataclasses import dataclass

from musiclstm.engine.clock.switch import SwitchClock
from musiclstm.engine.live.connections import Connections
from musiclstm.engine.live.reporter import Reporter
from musiclstm.engine.live.sync import Sync
from musiclstm.engine.scheduler.scheduler import Scheduler


@dataclass(frozen=True, slots=True)
class Devices:
    """Made and closed by `Live`; each owns its state."""

    clock: SwitchClock
    scheduler: Scheduler
    connections: Connections
    sync: Sync
    reporter: Reporter
