"""FormModels: the models and bands that sections name, open and ready to play from a bar line on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from musiclstm.engine.performer.model_change import ModelChange
from musiclstm.engine.performer.recovery import Recovery
from musiclstm.engine.performer.state import PerformerState
from musiclstm.model.session import Session
from musiclstm.model.snapshot import Snapshot
from musiclstm.protocol.telemetry import Loaded, Notice


@dataclass(frozen=True)
class _Open:
    """start: the session from nothing."""

    session: Session
    start: Snapshot
    loaded: Loaded


class FormModels:
    """Changes the model through `ModelChange`, as at a load: what sounds ends, and the memory is empty."""

    def __init__(self, state: PerformerState, model_change: ModelChange, recovery: Recovery) -> None:
        self._state = state
        self._model_change = model_change
        self._recovery = recovery
        self._open: dict[str, _Open] = {}

    def learn(self, name: str, session: Session, loaded: Loaded, start: Snapshot | None = None) -> None:
        """This model is open. start: from where it begins; None: as it is now."""
        self._open[name] = _Open(session, start or session.snapshot(), loaded)

    def is_open(self, name: str) -> bool:
        return name in self._open

    def play(self, name: str, letter: str, begin: float) -> None:
        """Plays it in the section of that letter, which begins at a beat; "": whatever plays goes on.

        The random numbers go on, so that it plays something else the next time, and the same after going back.
        """
        state = self._state
        current = state.repertoire.current.loaded
        if not name or (current is not None and current.model == name):
            return
        wanted = self._open.get(name)
        if wanted is None:
            state.emit(Notice(f"{name} is not open, so section {letter} is played by the model before."))
            return
        state.plan.roll_back()
        if state.position.running:
            state.beat_map.line = begin
        wanted.session.restore(replace(wanted.start, rng=state.session.snapshot().rng))
        self._model_change.begin(wanted.session, wanted.loaded)
        self._recovery.loaded()
