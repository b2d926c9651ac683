"""The keyboard: what a person's key or pedal does.

The path of a key is short, because a person waits at its end: the plan is rolled back, the key sounds (thru), the model
reads it, and in `harmonise` the answers go out, before anything else is done.
"""

from __future__ import annotations

from collections.abc import Collection
from math import inf

from musiclstm.engine.performer.assignment import PERSON
from musiclstm.engine.performer.ensemble import Ensemble
from musiclstm.engine.performer.leading import Leading
from musiclstm.engine.performer.person import WINDOW, HeldController, HeldKey
from musiclstm.engine.performer.plan_edit import PlanEdit
from musiclstm.engine.performer.routing import Destination
from musiclstm.engine.performer.state import PerformerState
from musiclstm.music import midi_message
from musiclstm.protocol.telemetry import Played

# Keys that go down within this time, in seconds, are a chord and go to different parts.
_CHORD = 0.08

RELAYED = -1
"""The id of messages that pass through and are no notes; below 0, as those of the person's notes are."""


class Keyboard:
    """Writes the state's person."""

    def __init__(self, state: PerformerState, ensemble: Ensemble, leading: Leading) -> None:
        self._state = state
        self._ensemble = ensemble
        self._leading = leading
        self.released = -inf  # seconds: when all was released the last time

    # ---- keys down -----------------------------------------------------------------------------------------------

    def down(self, channel: int, pitch: int, velocity: int, beat: float, time: float) -> None:
        """A key went down at `beat`, heard by the person; time: seconds. channel: as in `Person.keys`.

        Where another key plays that very note, on another channel, it is struck again, and both hold it.
        """
        state = self._state
        if (channel, pitch) in state.person.keys:
            self.up(channel, pitch, beat, time)
        part: int | None = None
        busy = state.person.parts(time - _CHORD)
        if state.position.running and not self._leading.is_hand(pitch):
            part = state.plan.assignment.part_for(pitch, state.session.vocabulary, busy)
        destination: Destination | None = Destination(0, channel % WINDOW, pitch)
        if part is not None:
            destination = state.routing.destination(part, pitch)
        if not state.steering.on("thru"):
            destination = None
        others = state.person.playing(part, pitch, destination)
        for other in others:
            self.up(*other, beat, time)
        key = HeldKey(state.voices.new_person_id(), pitch, velocity, destination, part, time)
        if part is None:
            last = state.person.last
            self._start(channel, key, beat)
            if self._leading.is_hand(pitch):
                state.person.last = last  # a chord is no turn
                self._leading.hand_changed()
            if state.steering.on("chord_lock"):
                with state.plan.rolled_back() as edit:
                    self._ensemble.keys_changed(edit)
        else:
            with state.plan.rolled_back(fresh=True) as edit:
                edge = state.position.edge()
                # The model must not sound where the person's note will.
                edit.silence_now(edge, lambda v: v.destination == destination or v.key == (part, pitch))
                self._start(channel, key, beat)
                self._read(edit, key, part, beat, edge)
        state.person.keys.update(dict.fromkeys(others, key))
        state.clock.heard(time, velocity)  # last, because the person waits for the rest

    def _start(self, channel: int, key: HeldKey, beat: float) -> None:
        """The key sounds."""
        state = self._state
        shown = max(0, key.part or 0)
        if key.destination is not None:
            message = key.destination.note_on(key.velocity)
            state.scheduler.send_now(message, port=key.destination.port, id=key.id, part=shown)
        else:
            state.emit(Played(key.id, beat, shown, key.pitch, key.velocity, key.time, key.time, by_person=True))
        state.person.press(channel, key, beat)

    def _read(self, edit: PlanEdit, key: HeldKey, part: int, beat: float, edge: float) -> None:
        """The model reads the person's note, and answers."""
        state, within = self._state, None
        if state.mode.gives_way and not state.person.pedal_asks and not state.ending.closes(edge):
            state.person.take_over = False
            edit.end_now(edge, lambda voice: voice.source is None)
        settings = state.steering.parts[part]
        if settings.punch_in and settings.mode == "auto" and state.punch_in.played(part, beat):
            self._ensemble.assign(edit)
            edit.end_now(edge, lambda voice: voice.part == part)
        if state.mode.answers and state.ending.holds(edge):
            self._ensemble.end_held(edit)  # it gives way to another answer
            within = state.ending.answering(edit.session, key.pitch, edit.assignment.constraints, state.led_to())
        edit.start_person((part, key.pitch), key.velocity, key.id, beat)
        if not state.hold:
            edit.answer(PERSON, key.id, edge, within)
            edit.answer(part, key.id, edge)
        self._ensemble.keys_changed(edit)

    # ---- keys up -------------------------------------------------------------------------------------------------

    def up(self, channel: int, pitch: int, beat: float, time: float) -> None:
        """A key came up at `beat`. Does nothing for a key that is not down, or whose note another key holds."""
        state = self._state
        key = state.person.lift(channel, pitch)
        if key is None:
            return
        if key.part is not None and state.position.running:
            with state.plan.rolled_back(fresh=True) as edit:
                self._end(edit, key, beat, time)
        else:
            last = state.person.last
            self._stop(key, beat, time)
            if self._leading.is_hand(pitch):
                state.person.last = last
                self._leading.hand_changed()
            if state.steering.on("chord_lock"):
                with state.plan.rolled_back() as edit:
                    self._ensemble.keys_changed(edit)

    def release(self, edit: PlanEdit, beat: float, time: float, *, wheels: bool = True) -> None:
        """Releases every key and pedal, as if the person had. wheels: and whatever else they moved from its rest."""
        person = self._state.person
        self.released = time
        for channel, pitch in list(person.keys):
            key = person.lift(channel, pitch)
            if key is not None:
                self._end(edit, key, beat, time)
        self._leading.released(edit)
        for rest in list(person.controllers):
            if wheels or midi_message.is_pedal(rest):
                self._pass(rest, person.controllers.pop(rest).targets)
        self._ask_no_longer(edit, beat)

    def drop(self) -> None:
        """Nothing is held any more, where all notes have been ended already; whatever was moved comes to rest."""
        person = self._state.person
        person.keys.clear()
        for rest, held in person.controllers.items():
            self._pass(rest, held.targets)
        person.controllers.clear()
        person.pedal_asks = False

    def _stop(self, key: HeldKey, beat: float, time: float) -> None:
        """The key sounds no longer."""
        state = self._state
        shown = max(0, key.part or 0)
        if key.destination is not None:
            state.scheduler.send_now(key.destination.note_off(), port=key.destination.port, id=key.id, part=shown)
        else:
            state.emit(Played(key.id, beat, shown, key.pitch, 0, time, time, by_person=True))
        state.person.last = beat

    def _end(self, edit: PlanEdit, key: HeldKey, beat: float, time: float) -> None:
        """The key sounds no longer, and the model reads it if it read the note."""
        state = self._state
        self._stop(key, beat, time)
        if key.part is not None and state.position.running:
            note = (key.part, key.pitch)
            voice = state.voices.by_key.get(note)
            if voice is not None and voice.id == key.id:
                edit.end_person(note, beat)
            edge = state.position.edge()
            if owed := state.ending.owes(note, edge):
                edit.start_own(owed, edge)
            if state.mode.answers and state.ending.holds(edge):
                state.ending.holding = True
            else:
                edit.end_answers(key.id, edge)
            if key.part in state.punch_in.taken:
                state.punch_in.played(key.part, beat)
        self._ensemble.keys_changed(edit)

    # ---- pedals and other messages -------------------------------------------------------------------------------

    def other(self, message: bytes, beat: float) -> None:
        """Any channel message but a note or a channel mode message: passes it through to where the person's notes go.

        The sustain pedal, pressed while no key is down, asks the model to play for as long as it is down ('continue').
        """
        state, person = self._state, self._state.person
        targets: set[tuple[int, int]] = set()
        if state.steering.on("thru"):
            parts = state.plan.assignment.person if state.position.running else ()
            targets = {found[:2] for part in parts if (found := state.routing.destination(part, 60))}
            targets = targets or {(0, midi_message.channel(message))}
        rest = midi_message.at_rest(message)
        if rest is not None:
            # It comes to rest wherever it was moved, whoever has which part by then.
            before = person.controllers.pop(rest, None)
            if before is not None:
                self._pass(rest, before.targets - targets)
            if message != rest:
                person.controllers[rest] = HeldController(message, frozenset(targets))
        self._pass(message, targets)
        if midi_message.is_control_change(message, midi_message.SUSTAIN):
            if message[2] < 64 and person.pedal_asks:
                with state.plan.rolled_back(fresh=True) as edit:
                    self._ask_no_longer(edit, beat)
            elif message[2] >= 64 and state.mode.gives_way and not person.keys:
                person.pedal_asks = True

    def _ask_no_longer(self, edit: PlanEdit, beat: float) -> None:
        """The pedal that asked the model to play is up: the model's notes end, as its turn does."""
        state, person = self._state, self._state.person
        if person.pedal_asks:
            person.pedal_asks = False
            person.last = beat
            if state.position.running:
                self._ensemble.end_strays(edit)

    def channel_mode(self, message: bytes, beat: float, time: float) -> None:
        """A channel mode message (CC 120 to 127) concerns what the person plays on that channel, and nothing else.

        It is not passed through: the person's notes share channels with the model's, which it would end.
        """
        person = self._state.person
        channel, mode = midi_message.channel(message), message[1]
        own = [rest for rest in person.controllers if midi_message.channel(rest) == channel]
        if mode == midi_message.LOCAL_CONTROL:
            return
        if mode == midi_message.RESET_ALL_CONTROLLERS:
            for rest in own:
                self.other(rest, beat)
            return
        # All the others are "all notes off" too.
        for on, pitch in list(person.keys):
            if on == channel:
                self.up(on, pitch, beat, time)
        if mode == midi_message.ALL_SOUND_OFF:
            # What a pedal still lets sound ends too. The sustain pedal itself stays where the person's foot has it.
            for rest in own:
                if midi_message.is_control_change(rest, midi_message.SUSTAIN):
                    held = person.controllers[rest]
                    self._pass(rest, held.targets)
                    self._pass(held.message, held.targets)
                elif midi_message.is_control_change(rest, midi_message.SOSTENUTO):
                    self.other(rest, beat)

    def _pass(self, message: bytes, targets: Collection[tuple[int, int]]) -> None:
        """Sends a message of the person's to these ports and channels."""
        for port, channel in sorted(targets):
            self._state.scheduler.send_now(midi_message.with_channel(message, channel), port=port, id=RELAYED)

    def take_over(self) -> None:
        """The person asks the model to play now, until their next note."""
        self._state.person.take_over = True
