"""Status: the state of the engine as the window shows it, ten times a second."""

from __future__ import annotations

import time

from musiclstm.engine.live.devices import Devices
from musiclstm.engine.performer.performer import Performer
from musiclstm.protocol.telemetry import Status

_SMOOTHING = 0.05


class StatusMeter:
    """Measures the model's time per event and the CPU load; reads the rest. Owned by the engine's thread."""

    def __init__(self, devices: Devices) -> None:
        self._devices = devices
        self._step = 0.0  # milliseconds per event
        self._cpu = 0.0
        self._cpu_mark = (time.perf_counter(), time.process_time())

    def add_step(self, events: int, seconds: float) -> None:
        """Count the time that so many events took the model."""
        if events > 0:
            self._step += _SMOOTHING * (seconds / events * 1000 - self._step)

    def status(self, performer: Performer, now: float) -> Status:
        clock, connections = self._devices.clock, self._devices.connections
        timeline, playing = clock.timeline, clock.running
        lateness = self._devices.scheduler.lateness()
        output, input_ = connections.output, connections.input
        self._measure_cpu(now)
        return Status(
            time=now,
            beat=timeline.beat_at(now) if playing else performer.edge(),
            tempo=timeline.tempo,
            playing=playing,
            mode=performer.mode,
            sync=self._devices.sync.setting.source,
            locked=clock.locked,
            output=connections.requested_output.name,
            output_alive=output is not None and output.alive,
            input=connections.requested_input,
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
            counting=performer.counting,
            waiting=performer.playing and not playing,
        )

    def _measure_cpu(self, now: float) -> None:
        (before, spent), process = self._cpu_mark, time.process_time()
        if now - before > 1:
            self._cpu, self._cpu_mark = (process - spent) / (now - before), (now, process)
