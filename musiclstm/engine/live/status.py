"""Status: the state of the engine as the window shows it, ten times a second."""

from __future__ import annotations

import time

from musiclstm.engine.clock.base import Clock
from musiclstm.engine.live.connections import Connections
from musiclstm.engine.live.sync import Sync
from musiclstm.engine.performer.performer import Performer
from musiclstm.engine.scheduler.scheduler import Scheduler
from musiclstm.protocol.telemetry import Status

_SMOOTHING = 0.05


class StatusMeter:
    """Measures the model's time per event and the CPU load; reads the rest. Owned by the engine's thread."""

    def __init__(self, clock: Clock, scheduler: Scheduler, connections: Connections, sync: Sync) -> None:
        self._clock = clock
        self._scheduler = scheduler
        self._connections = connections
        self._sync = sync
        self._step = 0.0  # milliseconds per event
        self._cpu = 0.0
        self._cpu_mark = (time.perf_counter(), time.process_time())

    def add_step(self, events: int, seconds: float) -> None:
        """Count the time that so many events took the model."""
        if events > 0:
            self._step += _SMOOTHING * (seconds / events * 1000 - self._step)

    def status(self, performer: Performer, now: float) -> Status:
        timeline, playing = self._clock.timeline, self._clock.running
        lateness = self._scheduler.lateness()
        output, input_ = self._connections.output, self._connections.input
        self._measure_cpu(now)
        return Status(
            time=now,
            beat=timeline.beat_at(now) if playing else performer.edge(),
            tempo=timeline.tempo,
            playing=playing,
            mode=performer.mode,
            sync=self._sync.setting.source,
            locked=self._clock.locked,
            output=self._connections.requested_output.name,
            output_alive=output is not None and output.alive,
            input=self._connections.requested_input,
            input_alive=input_ is not None and input_.alive,
            lateness_median=lateness.median,
            lateness_p99=lateness.p99,
            late=lateness.late,
            step=self._step,
            cpu=self._cpu,
            events=performer.events,
            held=performer.hold,
            person_plays=performer.person_plays,
            part_modes=performer.part_modes,
        )

    def _measure_cpu(self, now: float) -> None:
        (before, spent), process = self._cpu_mark, time.process_time()
        if now - before > 1:
            self._cpu, self._cpu_mark = (process - spent) / (now - before), (now, process)
