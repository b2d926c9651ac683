"""ModelChange: another model plays from here on. What sounds ends and keys come up; the past and the beats go on.

A model that has learnt from the one that plays, or the other way round, goes on with its memory and with all that is
set: what was held sounds again.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from musiclstm.engine.performer.branching import Branching
from musiclstm.engine.performer.ensemble import Ensemble
from musiclstm.engine.performer.keyboard import Keyboard
from musiclstm.engine.performer.modes import CallAndResponse
from musiclstm.engine.performer.players import own
from musiclstm.engine.performer.repertoire import KnownModel
from musiclstm.engine.performer.state import PerformerState
from musiclstm.model.session import Session
from musiclstm.protocol.controls import split
from musiclstm.protocol.telemetry import Jumped, Loaded


class ModelChange:
    """Writes the state's session and what depends on it, and the repertoire. send_programs: each part's, now."""

    def __init__(
        self,
        state: PerformerState,
        ensemble: Ensemble,
        keyboard: Keyboard,
        branching: Branching,
        send_programs: Callable[[], None],
    ) -> None:
        self._state = state
        self._ensemble = ensemble
        self._keyboard = keyboard
        self._branching = branching
        self._send_programs = send_programs

    def begin(self, session: Session, loaded: Loaded) -> None:
        """A model that was just opened, from nothing, with its own settings; or a related one, going on."""
        state, position, steering = self._state, self._state.position, self._state.steering
        self._leave()
        edge, voices = position.edge(), dict(state.voices.by_key)
        # A change of time signature that was planned may have been rolled back, and with it the bar line.
        offset = state.beat_map.offset_of(state.session.context)
        line, bar = state.beat_map.clock_line(edge), state.beat_map.bar
        values, parts = dict(steering.values), tuple(steering.parts)
        goes_on = session.continue_from(state.session)
        changed = steering.load(session.vocabulary, dict(loaded.defaults), session.voices, session.players)
        for output in session.outputs:
            steering.set_part(output.part, steering.parts[output.part].changed(output))
        if goes_on:
            steering.resume(values, parts)
        self._let_play(KnownModel(session, loaded), changed, person_last=edge if position.running else -inf)
        if goes_on:
            state.beat_map.move(offset)
            with state.plan.rolled_back() as edit:
                self._branching.agree(edit, voices, edge)
        else:
            state.beat_map.begin_anew(edge, line, bar)
        state.follow_mix()
        if position.running or len(state.time_machine):
            state.history.begin_branch(edge, position.now)
            state.emit(Jumped(edge, "model"))

    def bring_back(self, known: KnownModel) -> None:
        """One that has played before, with what was set for it. The caller moves its session, and anchors it."""
        state = self._state
        self._leave()
        steering, last = state.steering, state.person.last
        before = dict(steering.values)
        session, defaults = known.session, dict(known.loaded.defaults) if known.loaded else {}
        steering.load(session.vocabulary, defaults, session.voices, session.players)
        steering.resume(state.repertoire.values_of(known), known.parts or steering.parts)
        changed = [name for name, value in steering.values.items() if name not in before or value != before[name]]
        changed = list(dict.fromkeys([*changed, *own(steering.values)]))  # whoever hears of a model forgets those
        self._let_play(known, changed, person_last=last)

    def _leave(self) -> None:
        """The current model plays no longer; what it has played up to the edge is past."""
        state, position = self._state, self._state.position
        with state.plan.rolled_back() as edit:
            edge = position.edge()
            edit.silence(edge)
            state.meters.cancel()
            self._keyboard.release(edit, edge, position.now)
            state.history.settle(edge, position.now)
        if not state.clock.running:
            state.scheduler.stop()
        state.repertoire.leave(state.steering)

    def _let_play(self, known: KnownModel, changed: list[str], *, person_last: float) -> None:
        state = self._state
        mode, bar = state.mode, state.beat_map.bar
        state.repertoire.play(known)
        # What was played is counted on as it was, until this model is heard.
        state.load(known.session, state.beat_map.line, state.meters.reported)
        state.person.last = person_last
        with state.plan.rolled_back() as edit:
            self._ensemble.choose(edit, state.position.edge())
        if state.beat_map.bar == bar and isinstance(mode, CallAndResponse) and isinstance(state.mode, CallAndResponse):
            state.mode = mode  # whose turn it is does not depend on the model
        self._send_programs()
        if known.loaded is not None:
            state.emit(known.loaded)
        for part in range(len(state.steering.parts)):
            state.report_part(part)
        mapped = [name for name in state.midi_map.targets() if split(name)[0] is not None]
        for name in (*changed, *mapped):  # those of players, of whom nobody knew
            state.report_control(name)
