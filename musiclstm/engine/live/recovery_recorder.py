"""RecoveryRecorder: collects the state from which the next engine continues after a crash."""

from __future__ import annotations

from dataclasses import replace

from musiclstm.engine.live.command_router import CommandRouter
from musiclstm.engine.live.devices import Devices
from musiclstm.engine.live.models import Models
from musiclstm.engine.live.restart import RecoveryState, RecoveryStore
from musiclstm.engine.live.takes import Takes
from musiclstm.engine.performer.performer import Performer
from musiclstm.protocol.options import EngineOptions


class RecoveryRecorder:
    """The only one that writes to the store. Owned by the engine's thread. options: what this engine started with."""

    def __init__(
        self,
        store: RecoveryStore,
        options: EngineOptions,
        devices: Devices,
        models: Models,
        *,
        router: CommandRouter,
        takes: Takes,
    ) -> None:
        self._store = store
        self._options = options
        self._devices = devices
        self._models = models
        self._router = router
        self._takes = takes

    def record(self, performer: Performer, now: float) -> None:
        """Store the present state if it is due."""
        if self._store.due(performer, now):
            sync, watch = self._devices.sync.setting, self._router.watch
            options, subscribers = self._present_options(), self._devices.reporter.subscribers
            checkpoint = performer.checkpoint()
            leader = self._devices.sync.leader()
            tempo = performer.tempo
            state = RecoveryState(options, sync, watch, tempo, checkpoint, subscribers=subscribers, leader=leader)
            self._store.write(state)

    def _present_options(self) -> EngineOptions:
        output = self._devices.connections.requested_output
        return replace(
            self._options,
            model=self._models.name or self._options.model,
            output=output.name,
            latency=output.latency,
            latencies=tuple(self._devices.connections.latencies.items()),
            pedals=tuple(self._devices.connections.pedals),
            takes=str(self._takes.folder),
            input=self._devices.connections.requested_input,
            before_daw=self._router.beside_daw.before,
        )
