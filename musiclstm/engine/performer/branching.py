"""Branching: another session from a beat on, and what sounds there.

What sounds at the jump ends. Notes that the session holds at the destination sound again at once if the model has their
parts, so that what sounds is what it holds; the others (a person's, then) end in the session as well. Keys that the
person holds now go on sounding, and the session reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import inf

from musiclstm.engine.performer.ensemble import Ensemble
from musiclstm.engine.performer.person import HeldKey
from musiclstm.engine.performer.plan_edit import PlanEdit
from musiclstm.engine.performer.state import PerformerState
from musiclstm.engine.performer.time_machine import Made
from musiclstm.engine.performer.voices import Key, Voice
from musiclstm.music.event import Event, Kind
from musiclstm.protocol.telemetry import Jumped

_SHORT = 0.125
"""Beats. A note that ends sooner than that is about to end."""
_LOOKAHEAD = 8
"""Events that are sampled at most to find the notes that are about to end."""


class Branching:
    """Used by whatever moves the session: travelling, priming, forgetting, starting again.

    returning: called with edge, source and the changes of section made by then (None: not known) before the music of a
    past beat goes on; returns the beat at which the chords lay as they do then.
    """

    def __init__(self, state: PerformerState, ensemble: Ensemble) -> None:
        self._state = state
        self._ensemble = ensemble
        self.returning: Callable[[float, float, int | None], float] = lambda _edge, _source, _made: inf

    def branch(
        self,
        reason: str,
        edge: float,
        change: Callable[[], Mapping[Key, Voice]],
        source: float | None = None,
        made: Made | None = None,
    ) -> None:
        """Another session from `edge` on. change: moves session and beat map there; returns what the session holds.

        source: the past beat at which it goes on, if there is one. made: by then; None: what was made up to that beat.
        """
        state, (sections, chords) = self._state, made or (None, None)
        held = inf if source is None else self.returning(edge, source, sections)
        with state.plan.rolled_back() as edit:
            edit.silence(edge)
            state.history.settle(edge, state.position.now)
            edit.drop()
            state.meters.cancel()
            state.looping.leave()
            state.ending.cancel()
            voices = change()
            state.follow_mix()
            if source is not None:
                state.steering.return_chords(edge, source, held, chords)
                state.steering.fit_chords(state.beat_map.bar)
            self.agree(edit, voices, edge)
            state.history.begin_branch(edge, state.position.now)
        state.emit(Jumped(edge, reason, source))

    def agree(self, edit: PlanEdit, voices: Mapping[Key, Voice], edge: float, *, all_again: bool = True) -> None:
        """Makes what sounds at `edge` and what the session holds agree. voices: what is known of what it holds.

        all_again: notes that are about to end sound again too.
        """
        state, session = self._state, edit.session
        tick = state.beat_map.first_tick(edge)

        def voice_of(key: Key) -> Voice:
            return voices.get(key) or Voice(0, *key, session.vocabulary.velocity, tick, None)

        if not state.position.running:
            # Nothing sounds while it stands. When it goes on, this is done again.
            edit.replace_voices(replace(voice_of(key), destination=None) for key in session.context.sounding)
            return
        held = self._held_keys()
        mine = edit.assignment.model if self._ensemble.model_plays(edge) else frozenset[int]()
        sounding: list[Voice] = []
        for key in session.context.sounding:
            voice = voice_of(key)
            if key in held:
                sounding.append(_voice_of_key(held.pop(key), tick))
            elif voice.person or key[0] not in mine:
                session.read(Event(max(0, tick - session.tick), Kind.OFF, key[1], 0, key[0]))
            else:
                sounding.append(replace(voice, person=False, source=None, destination=None))
        for (part, pitch), person in held.items():
            session.read(Event(max(0, tick - session.tick), Kind.ON, pitch, person.velocity, part))
            sounding.append(_voice_of_key(person, tick))
        edit.replace_voices(sounding)
        ending = self._about_to_end(edge) if mine and sounding and not all_again else set[Key]()
        edit.sound_again((voice for voice in sounding if voice.key not in ending), edge)

    def _held_keys(self) -> dict[Key, HeldKey]:
        """The person's keys that the session should hold."""
        parts = self._state.session.vocabulary.parts
        return {
            (key.part, key.pitch): key
            for key in self._state.person.keys.values()
            if key.part is not None and not parts[key.part].percussive
        }

    def _about_to_end(self, edge: float) -> set[Key]:
        """Notes that end within `_SHORT` if nothing intervenes. The session stays where it is."""
        state, session = self._state, self._state.session
        found: set[Key] = set()
        if state.hold:
            return found
        here, until = session.snapshot(), state.beat_map.first_tick(edge + _SHORT)
        for _ in range(_LOOKAHEAD):
            event = state.plan.sample(state.beat_map.first_tick(edge)).event
            if session.tick >= until:
                break
            if event.kind is Kind.OFF:
                found.add((event.part, event.pitch))
        session.restore(here)
        return found


def _voice_of_key(key: HeldKey, tick: int) -> Voice:
    return Voice(key.id, key.part or 0, key.pitch, key.velocity, tick, None, person=True)
