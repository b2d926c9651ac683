"""The ensemble: the person and the model, who has which part, and what a person's key does.

The path of a key is short, because a person waits at its end: what the model had planned is taken back, the key sounds
(thru), the memory reads it, and in `harmonise` the answers go out, before anything else is done.
"""

from __future__ import annotations

from collections.abc import Callable

from musiclstm.engine.performer.modes import PERSON, Mode, Person, Punch, Roles, Solo, mode_of, roles
from musiclstm.engine.performer.person import Held, Keys
from musiclstm.engine.performer.plan import Plan
from musiclstm.engine.performer.steering import Steering
from musiclstm.engine.performer.voices import Output, Voice, Wire, note_off, note_on
from musiclstm.engine.scheduler.scheduler import Scheduler
from musiclstm.protocol.messages import Played, Telemetry

# Keys that go down within this time are a chord, and go to different voices.
_CHORD = 0.08
_SUSTAIN = 64


class Ensemble:
    """Person and model together, on one plan. One owner.

    edge: the beat from which on anything can still be changed. feeding: the memory hears the person (it is playing).
    holding: nothing is decided, so nothing answered either.
    """

    def __init__(
        self,
        plan: Plan,
        keys: Keys,
        *,
        output: Output,
        steering: Steering,
        scheduler: Scheduler,
        edge: Callable[[], float],
        emit: Callable[[Telemetry], None],
    ) -> None:
        self.person = Person()
        self.mode: Mode = Solo()
        self.feeding = False
        self.holding = False
        self._plan = plan
        self._keys = keys
        self._output = output
        self._steering = steering
        self._scheduler = scheduler
        self._edge = edge
        self._emit = emit
        self._punch = Punch()
        self._pedals: set[tuple[int, int]] = set()  # where a person's pedal is down
        self.roles: Roles = roles(self.mode, steering.parts, ())
        self.assign()

    # ---- who has what --------------------------------------------------------------------------------------------

    def choose(self, beat: float) -> None:
        """Play in the mode that the controls say, from `beat` on."""
        self.mode = mode_of(self._steering, self._plan.place.bar, beat)
        if not self.mode.gives_way:
            self.person.take_over = self.person.pedal = False
        self.assign()

    def assign(self) -> None:
        """The parts' settings changed, or somebody's part did. The plan must have been taken back before."""
        self.roles = roles(self.mode, self._steering.parts, self._punch.taken)
        self._plan.mine = self.roles.mine
        self._plan.followers = self.roles.followers
        self.steer()

    def steer(self) -> None:
        """The controls changed, or the keys the person holds. The plan must have been taken back before."""
        parts = len(self._steering.parts)
        # Answers are drawn for any part; only what is drawn freely keeps to the model's own.
        mine = frozenset(range(parts)) if self.mode.answers else self.roles.mine
        kept = self._keys.kept(parts)
        self._plan.constraints = self._steering.constraints(mine, self._keys.pitches(), kept)

    def plays(self, beat: float) -> bool:
        """Whether the model decides at a beat."""
        return self.feeding and self.mode.turn(beat, self.person).holds(beat)

    def tidy(self) -> None:
        """End the model's notes in parts that are not its own any more, or whose turn it is not."""
        edge = self._edge()
        answering = {part for parts in self.roles.followers.values() for part in parts}
        plays = self.plays(edge)

        def stray(voice: Voice) -> bool:
            if voice.source is not None:
                return voice.part not in answering
            return voice.part not in self.roles.mine or not plays

        self._plan.end_now(edge, stray)

    def thin(self) -> None:
        """End the model's oldest notes if more sound than may."""
        polyphony = self._steering.values["polyphony"]
        voices = sorted(self._output.voices.values(), key=lambda voice: voice.tick)
        over = len(voices) - int(polyphony) if isinstance(polyphony, (int, float)) else 0
        if over > 0:
            ending = [voice.id for voice in voices if not voice.person][:over]
            self._plan.end_now(self._edge(), lambda voice: voice.id in ending)

    def punch_out(self, beat: float) -> None:
        """Give the model back the parts in which the person has rested."""
        if self._punch.taken and self._punch.given_back(beat, self._steering.number("rest"), self._keys.parts()):
            self._plan.roll_back()
            self.assign()

    def shift(self, beats: float) -> None:
        """The clock counts so many beats more than it did."""
        self.person.last += beats
        for part in self._punch.taken:
            self._punch.taken[part] += beats

    # ---- keys ----------------------------------------------------------------------------------------------------

    def down(self, channel: int, pitch: int, velocity: int, beat: float, time: float) -> None:
        """A key went down at `beat`."""
        if (channel, pitch) in self._keys.held:
            self.up(channel, pitch, beat, time)
        part = self.roles.part_for(pitch, self._plan.session.vocabulary, self._keys.parts(time - _CHORD))
        if not self.feeding:
            part = None
        wire: Wire | None = (0, channel, pitch) if part is None else self._output.wire(part, pitch)
        if not self._steering.on("thru"):
            wire = None
        note = self._output.new_person_id()
        if part is not None:
            self._make_room(part, pitch, wire)
        shown = max(0, part or 0)
        if wire is not None:
            self._output.person_wires.add(wire)
            self._scheduler.send_now(note_on(wire, velocity), port=wire[0], id=note, part=shown)
        else:
            self._emit(Played(note, beat, shown, pitch, velocity, time, time, by_person=True))
        key = Held(note, channel, pitch, velocity, wire, part, time)
        self._keys.held[channel, pitch] = key
        self.person.keys = len(self._keys.held)
        self.person.last = beat
        if part is not None:
            self._read(key, part, beat)
        elif self._steering.on("chord_lock"):
            self._plan.roll_back()
            self.steer()

    def _make_room(self, part: int, pitch: int, wire: Wire | None) -> None:
        """Nothing of the model's may be planned, nor sound where the person's note will."""
        self._plan.roll_back(fresh=True)
        edge = self._edge()
        for entry in self._output.silence(edge, lambda v: v.wire == wire or (v.part, v.pitch) == (part, pitch)):
            if self._scheduler.send_now(entry.message, port=entry.port, id=entry.id, part=entry.part) is None:
                self._scheduler.put_all((entry,))

    def _read(self, key: Held, part: int, beat: float) -> None:
        """The memory reads the person's note, and answers."""
        plan, edge = self._plan, self._edge()
        if self.mode.gives_way and not self.person.pedal:
            self.person.take_over = False
            plan.end_now(edge, lambda voice: voice.source is None)
        settings = self._steering.parts[part]
        if settings.punch_in and settings.mode == "auto" and self._punch.played(part, beat):
            self.assign()
            plan.end_now(edge, lambda voice: voice.part == part)
        plan.person_begins((part, key.pitch), key.velocity, key.id, beat)
        if not self.holding:
            plan.answer(PERSON, key.id, at=edge)
            plan.answer(part, key.id, at=edge)
        self.steer()

    def up(self, channel: int, pitch: int, beat: float, time: float) -> None:
        """A key came up at `beat`; of a key that is not down it says nothing."""
        key = self._keys.held.pop((channel, pitch), None)
        if key is None:
            return
        feeding = self.feeding and key.part is not None
        if feeding:
            self._plan.roll_back(fresh=True)
        shown = max(0, key.part or 0)
        if key.wire is not None:
            self._output.person_wires.discard(key.wire)
            self._scheduler.send_now(note_off(key.wire), port=key.wire[0], id=key.id, part=shown)
        else:
            self._emit(Played(key.id, beat, shown, pitch, 0, time, time, by_person=True))
        self.person.keys = len(self._keys.held)
        self.person.last = beat
        if feeding and key.part is not None:
            voice = self._output.voices.get((key.part, pitch))
            if voice is not None and voice.id == key.id:
                self._plan.person_ends((key.part, pitch), beat)
            self._plan.end_answers(key.id, at=self._edge())
            if key.part in self._punch.taken:
                self._punch.played(key.part, beat)
        if feeding or self._steering.on("chord_lock"):
            self._plan.roll_back()
            self.steer()

    def release(self, beat: float, time: float) -> None:
        """Let every key and the pedal go, as if the person had (stop, panic)."""
        for channel, pitch in list(self._keys.held):
            self.up(channel, pitch, beat, time)
        for port, channel in sorted(self._pedals):
            self._scheduler.send_now(bytes((0xB0 | channel, _SUSTAIN, 0)), port=port)
        self._pedals.clear()
        self.person.pedal = False

    def other(self, message: bytes, beat: float) -> None:
        """Anything but a note: it goes through, to wherever the person's notes go.

        The sustain pedal, pressed while no key is down, asks the model to play for as long as it is down ('continue').
        """
        pedal = len(message) == 3 and message[0] & 0xF0 == 0xB0 and message[1] == _SUSTAIN
        down = pedal and message[2] >= 64
        places: set[tuple[int, int]] = set()
        if self._steering.on("thru"):
            parts = self.roles.person if self.feeding else ()
            places = {wire[:2] for part in parts if (wire := self._output.wire(part, 60))}
            places = places or {(0, message[0] & 0x0F)}
        if pedal:
            # It comes up wherever it went down, whoever has which part by then.
            places |= self._pedals
            self._pedals = places if down else set()
        for port, channel in sorted(places):
            self._scheduler.send_now(bytes((message[0] & 0xF0 | channel,)) + message[1:], port=port)
        if pedal and self.mode.gives_way:
            if down and not self._keys.held:
                self.person.pedal = True
            elif not down and self.person.pedal:
                self.person.pedal = False
                self.person.last = beat

    def take_over(self) -> None:
        """The person asks the model to play now, until their next note."""
        self.person.take_over = True
