"""The ensemble: the person and the model together. It decides who plays what, and when."""

from __future__ import annotations

from dataclasses import dataclass, replace

from musiclstm.engine.performer.assignment import assign
from musiclstm.engine.performer.modes import NOBODY, CallAndResponse, Sign, Turn, mode_of
from musiclstm.engine.performer.plan_edit import PlanEdit
from musiclstm.engine.performer.state import PerformerState
from musiclstm.engine.performer.voices import Voice
from musiclstm.protocol.telemetry import TurnChanged


@dataclass(frozen=True, slots=True)
class Turns:
    """Whose turn it is. origin: the beat from which on turns are counted, if they are. punched: as `PunchIn.taken`.

    running: the music had begun. The rest as in `Person`.
    """

    origin: float | None
    last: float
    take_over: bool
    pedal_asks: bool
    punched: dict[int, float]
    running: bool

    @classmethod
    def of(cls, state: PerformerState) -> Turns:
        mode, person = state.mode, state.person
        origin = mode.origin if isinstance(mode, CallAndResponse) else None
        punched, running = dict(state.punch_in.taken), state.position.running
        return cls(origin, person.last, person.take_over, person.pedal_asks, punched, running)


class Ensemble:
    """Writes the state's mode and punch-ins, and gives the plan its assignments.

    turns: those of another process, or before another clock, which go on where the music does, unless another mode is
    chosen before.
    """

    def __init__(self, state: PerformerState) -> None:
        self.turns: Turns | None = None
        self._state = state
        self._sign = NOBODY

    # ---- who plays what ------------------------------------------------------------------------------------------

    def choose(self, edit: PlanEdit, beat: float) -> None:
        """Plays in the mode that the controls choose, from `beat` on."""
        state = self._state
        self.turns = None
        state.mode = mode_of(state.steering, state.beat_map.bar, beat, state.beat_map.line)
        if not state.mode.gives_way:
            state.person.take_over = state.person.pedal_asks = False
        self.assign(edit)

    def begin(self, edit: PlanEdit, beat: float, *, moved: bool) -> None:
        """The music begins at `beat`. moved: it stood at another one."""
        state, turns = self._state, self.turns
        state.person.last = beat
        if turns is not None and not moved:
            state.punch_in.taken.update(turns.punched)
        self.choose(edit, beat)
        if turns is None:
            return
        state.person.pedal_asks = turns.pedal_asks
        if moved:
            return
        state.person.last, state.person.take_over = turns.last, turns.take_over
        if turns.origin is not None and isinstance(state.mode, CallAndResponse):
            state.mode = replace(state.mode, origin=turns.origin)

    def assign(self, edit: PlanEdit) -> None:
        """A control or a part's settings have changed, or a part has changed hands."""
        state = self._state
        edit.assign(assign(state.mode, state.steering, state.person, state.punch_in.taken))

    def keys_changed(self, edit: PlanEdit) -> None:
        """The person holds other keys."""
        edit.assign(edit.assignment.with_keys(self._state.steering, self._state.person))

    def punch_out(self, beat: float) -> None:
        """Gives the model back the parts in which the person has rested."""
        state = self._state
        taken = state.punch_in
        if taken.taken and taken.give_back(beat, state.steering.number("rest"), state.person.parts()):
            with state.plan.rolled_back() as edit:
                self.assign(edit)

    def shift(self, beats: float) -> None:
        """The clock counts so many beats more than it did."""
        self._state.person.last += beats
        self._state.punch_in.shift(beats)

    # ---- whose turn it is ----------------------------------------------------------------------------------------

    def turn(self, beat: float) -> Turn:
        """The model's turn that lasts at `beat`, or comes next."""
        return self._state.mode.turn(beat, self._state.person)

    def model_plays(self, beat: float) -> bool:
        """Whether the model decides at a beat."""
        return self._state.position.running and (self._state.ending.closes(beat) or self.turn(beat).contains(beat))

    def keep_turns(self) -> None:
        """Turns are whole bars: where the bars have become others, they are taken anew, the person's first."""
        state, beat_map = self._state, self._state.beat_map
        if not state.mode.fits(beat_map.bar, beat_map.line):
            with state.plan.rolled_back() as edit:
                self.choose(edit, state.position.edge())
                if state.position.playing:
                    self.end_strays(edit)

    def report_turn(self) -> None:
        """Emits whose turn it is for those who hear it now, if that has changed."""
        state = self._state
        heard = state.position.heard()
        takes_turns = state.position.running and state.looping.loop is None  # bars that go round are nobody's turn
        sign = state.mode.sign(heard, state.person) if takes_turns else NOBODY
        if sign != NOBODY and state.ending.closes(heard):
            sign = Sign("model", state.ending.end)
        if sign != self._sign:
            self._sign = sign
            state.emit(TurnChanged(sign.who, sign.until))

    # ---- ending notes --------------------------------------------------------------------------------------------

    def end_strays(self, edit: PlanEdit) -> None:
        """Ends the model's notes in parts that are not its own any more, or outside its turn."""
        edge = self._state.position.edge()
        assignment = edit.assignment
        answering = {part for parts in assignment.followers.values() for part in parts}
        plays = self.model_plays(edge)

        def is_stray(voice: Voice) -> bool:
            if voice.source is not None:
                return voice.part not in answering
            return voice.part not in assignment.model or not plays

        edit.end_now(edge, is_stray)

    def end_held(self, edit: PlanEdit) -> None:
        """Ends what was held on after the person's note that it answers."""
        keys = {key.id for key in self._state.person.keys.values()}

        def is_held(voice: Voice) -> bool:
            return voice.source is not None and voice.source < 0 and voice.until is None and voice.source not in keys

        edit.end_now(self._state.position.edge(), is_held)

    def release_held(self, edge: float) -> None:
        """Does so if the end for which it was held was called off."""
        ending = self._state.ending
        if ending.holding and not ending.holds(edge):
            ending.holding = False
            with self._state.plan.rolled_back() as edit:
                self.end_held(edit)

    def end_oldest(self, edit: PlanEdit) -> None:
        """Ends the oldest notes of each player, or of the model, of which more sound than `polyphony` allows."""
        steering, ending = self._state.steering, set[int]()
        by_player: dict[int | None, list[Voice]] = {}
        for voice in sorted(self._state.voices.by_key.values(), key=lambda voice: voice.tick):
            by_player.setdefault(steering.players.of(voice.part), []).append(voice)
        for voices in by_player.values():
            polyphony = steering.of_part("polyphony", voices[0].part)
            over = len(voices) - int(polyphony) if isinstance(polyphony, (int, float)) else 0
            ending.update([voice.id for voice in voices if not voice.person][: max(0, over)])
        if ending:
            edit.end_now(self._state.position.edge(), lambda voice: voice.id in ending)
