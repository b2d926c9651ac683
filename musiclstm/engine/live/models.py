"""Models: loads them in the background; the first one starts the performer."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from functools import partial

from musiclstm import paths
from musiclstm.engine.live.background import Background
from musiclstm.engine.live.devices import Devices
from musiclstm.engine.live.restart import RecoveryState
from musiclstm.engine.performer.checkpoint import Checkpoint, OtherModel
from musiclstm.engine.performer.midi_map import MidiMap
from musiclstm.engine.performer.performer import Performer
from musiclstm.engine.performer.repertoire import described
from musiclstm.engine.system.priority import prepare_process
from musiclstm.errors import ModelError, MusicLSTMError
from musiclstm.model.band import open_session
from musiclstm.model.mixture import open_with_parent
from musiclstm.model.session import Session
from musiclstm.protocol.commands import Command
from musiclstm.protocol.options import DEFAULT_MODEL, EngineOptions
from musiclstm.protocol.telemetry import Loaded, Notice

log = logging.getLogger(__name__)


class Models:
    """Owned by the engine's thread; the only writer of `performer`.

    performer: None until the first model is loaded. recovered: the state to continue from, if any. carry_out:
    carries out a command that a mapped knob or key gives. on_started: called when the performer is ready.
    """

    def __init__(
        self,
        options: EngineOptions,
        recovered: RecoveryState | None,
        devices: Devices,
        opener: Background,
        *,
        carry_out: Callable[[Command], None],
        on_started: Callable[[], None],
    ) -> None:
        self.performer: Performer | None = None
        self._options = options
        self._recovered = recovered
        self._devices = devices
        self._opener = opener
        self._carry_out = carry_out
        self._on_started = on_started
        self._loaded_last: Session | None = None

    @property
    def name(self) -> str | None:
        """By which name the model was loaded that plays; None until there is one."""
        loaded = None if self.performer is None else self.performer.model.loaded
        return None if loaded is None else loaded.model

    def load(self, name: str) -> None:
        """Load a model, then play it; a failure is reported.

        Where the model that played before a restart is gone, the default one plays: better than silence.
        """
        seed = self._options.seed
        played = None if self.performer is None else self.performer.state.session

        def load() -> Session:
            return open_session(open_with_parent(name), secrets.randbits(32) if seed is None else seed)

        def failed() -> None:
            if self.performer is None and self._recovered is not None and name != DEFAULT_MODEL:
                self.load(DEFAULT_MODEL)

        self._opener.run(load, partial(self._loaded, name, played), failed)

    def send_programs(self) -> None:
        """Send the parts' programs again, to an output that has none."""
        if self.performer is not None:
            self.performer.send_programs()

    def reroute(self) -> None:
        """An output was opened or lost, and what goes to it goes elsewhere."""
        if self.performer is not None:
            self.performer.reroute(self._devices.clock.now())

    def _loaded(self, name: str, played: Session | None, session: Session) -> None:
        """played: which one played when this one was asked for."""
        loaded = described(name, session)
        if self.performer is None:
            self._start(session, loaded)
        elif played is not None and self.performer.state.session not in (played, self._loaded_last):
            # By a section, a bookmark or the past, which were gone to later.
            self._devices.reporter.emit(Notice(f"{loaded.title} does not play: another model has come since."))
            return
        else:
            self.performer.load(session, loaded)
        self._loaded_last = session

    def _start(self, session: Session, loaded: Loaded) -> None:
        performer = Performer(
            session,
            self._devices.clock,
            self._devices.scheduler,
            self._devices.reporter.emit,
            midi_map=MidiMap(paths.user_settings() / "learnt.toml"),
            request=self._carry_out,
            port_number=self._devices.connections.port_number,
        )
        performer.load(session, loaded)
        if self._recovered is not None:
            self._resume(performer, self._recovered)
        elif self._options.tempo is None:
            self._devices.clock.set_tempo(session.model.tempo)
        self.performer = performer
        if self._recovered is None:
            performer.report_controls()
        prepare_process()
        self._on_started()

    def _resume(self, performer: Performer, recovered: RecoveryState) -> None:
        try:
            performer.resume(recovered.checkpoint)
            for other in recovered.checkpoint.others:
                self._learn(performer, other, recovered.checkpoint)
        except MusicLSTMError as error:
            self._devices.reporter.problem(f"{error} Playing continues with an empty one.")
        except Exception:
            # Continuing without its memory is better than silence.
            log.exception("the state before the restart cannot be resumed")
            self._devices.reporter.problem("The memory was lost in a restart; playing continues with an empty one.")

    def _learn(self, performer: Performer, other: OtherModel, checkpoint: Checkpoint) -> None:
        """Open a model of which there are bookmarks, in the background; it does not play yet."""
        name = other.loaded.model

        def load() -> Session:
            try:
                return open_session(open_with_parent(name))
            except ModelError as error:
                raise ModelError(f"{error} {_lost(other.slots)}") from error

        def loaded(session: Session) -> None:
            if lost := performer.learn(session, other, checkpoint):
                self._devices.reporter.problem(f"{name} is not the model that it was. {_lost(lost)}")

        self._opener.run(load, loaded)


def _lost(slots: Sequence[str]) -> str:
    return f"Its bookmark {slots[0]} is lost." if len(slots) == 1 else f"Its bookmarks {', '.join(slots)} are lost."
