"""The performer: plays the model, ahead of time, with a person, and takes back what was not to be.

Pure logic: no thread, no clock reads. Whoever drives it passes "now" in, from one thread, and calls

    handle(command, now)    for each command,
    received(message, now)  for each MIDI message that arrived,
    tick(now)               after each of those and at the time the last tick said,

and `sent(sent)`, from any thread, for each message that the scheduler sent. So the same code runs in the engine's
process, under a `ManualClock` in tests, and offline.

Its pieces: `performer_rig` puts them together; `_plan` draws events, `_place` lays them on beats, `_output` makes them
MIDI, `_history` hands them to the time machine; `_ensemble` and `_keys` are the person's side; `_transport` starts,
stops and follows the clock; `_travel` goes back; `_changes` is what controls do at once, `_actions` what learnt knobs
mean; `_prime` reads files; `_checkpoint` is for another process to go on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import inf

from musiclstm.engine.clock.base import Clock
from musiclstm.engine.performer import checkpoint as performer_checkpoint
from musiclstm.engine.performer.actions import meaning
from musiclstm.engine.performer.checkpoint import Checkpoint
from musiclstm.engine.performer.commands import control_changed, panic, send_program, set_part
from musiclstm.engine.performer.midi_map import Learnt, Turned
from musiclstm.engine.performer.person import EchoGuard
from musiclstm.engine.performer.prime import prime
from musiclstm.engine.performer.state import Rig
from musiclstm.engine.performer.steering import Steering
from musiclstm.engine.performer.time_machine import TimeMachine
from musiclstm.engine.performer.transport import Transport
from musiclstm.engine.performer.voices import Voice, played
from musiclstm.engine.scheduler.scheduler import Scheduler, Sent
from musiclstm.errors import MusicLSTMError, UsageError
from musiclstm.model.session import Session
from musiclstm.protocol import messages as m
from musiclstm.protocol.controls import ACTIONS

BATCH = 8
"""Events that one tick draws at most, so that a key pressed meanwhile waits no longer than that (2 ms or so)."""
# Seconds between two ticks, at least and at most.
_SOON, _LATE = 0.002, 0.05
_EXPECTATION = 0.1

__all__ = ["Checkpoint", "Performer"]


class Performer:
    """One owner, one thread, except `sent`.

    emit: takes telemetry, from that thread and those that call `sent`. request: takes the commands that a learnt knob
    or key means (None: `handle`); those that are not the performer's (SaveTake, with an empty file name: where takes go
    by default) are for whoever drives it. port_number: the scheduler's output number for a part's port name (None: the
    main output); may raise PortError. machine: where moments are kept.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        scheduler: Scheduler,
        emit: Callable[[m.Telemetry], None],
        *,
        learnt: Learnt | None = None,
        request: Callable[[m.Command], None] | None = None,
        port_number: Callable[[str | None], int] = lambda _name: 0,
        machine: TimeMachine | None = None,
    ) -> None:
        self.learnt = learnt or Learnt()
        self.held = False
        self._out = emit
        self._hushed = False
        self._later: deque[m.Telemetry] = deque()
        machine = TimeMachine() if machine is None else machine
        self.rig = Rig(session, clock, scheduler, self._emit, port_number=port_number, machine=machine)
        self._transport = Transport(self.rig)
        self._request = request
        self._guard = EchoGuard()
        self._looped = False
        self._watch = m.Watch()
        self._expected = -inf
        if self.learnt.problem:
            self._emit(m.Notice(self.learnt.problem))

    # ---- what others may ask -------------------------------------------------------------------------------------

    def edge(self) -> float:
        """The beat from which on anything can still be changed; where it stands while it stands."""
        return self.rig.edge()

    @property
    def playing(self) -> bool:
        return self.rig.playing

    @property
    def steering(self) -> Steering:
        return self.rig.steering

    @property
    def mode(self) -> str:
        return self.steering.text("mode")

    @property
    def person_plays(self) -> bool:
        return bool(self.rig.keys.held)

    @property
    def part_modes(self) -> tuple[str, ...]:
        return self.rig.ensemble.roles.modes

    @property
    def events(self) -> int:
        return self.rig.plan.events

    def announce(self) -> None:
        """Send each part's program; after a model was loaded or an output opened."""
        for settings in self.steering.parts:
            send_program(self.rig, settings)

    def tell_controls(self) -> None:
        """Tell every control's value, and what turns it and the other things that can be learnt."""
        for name, value in self.steering.values.items():
            self._emit(m.ControlChanged(name, value, self.learnt.text(name)))
        for name in self.learnt.targets():
            if name in ACTIONS:
                self._emit(m.ControlChanged(name, None, self.learnt.text(name)))

    def _emit(self, message: m.Telemetry) -> None:
        """Any thread."""
        if self._hushed:
            self._later.append(message)
        else:
            self._out(message)

    # ---- driven from outside -------------------------------------------------------------------------------------

    def sent(self, sent: Sent) -> None:
        """A message left. Any thread; tells Played."""
        self._guard.sent(sent.entry.message, sent.time, by_person=sent.entry.id < 0)
        note = played(sent)
        if note is not None:
            self._emit(note)

    def handle(self, command: m.Command, now: float) -> bool:
        """Do what a command says; False for those that are not the performer's. What cannot be done is a Notice."""
        self.rig.now = now
        self._transport.hear()
        try:
            return self._do(command)
        except MusicLSTMError as error:
            self._emit(m.Notice(str(error)))
            return True

    def received(self, message: bytes, now: float) -> None:
        """A MIDI message arrived at `now`. Whole messages; system messages are ignored."""
        self.rig.now = now
        if not message or not 0x80 <= message[0] < 0xF0:
            return
        kind, channel = message[0] & 0xF0, message[0] & 0x0F
        held = len(message) > 1 and (channel, message[1]) in self.rig.keys.held
        if self._guard.is_echo(message, now, held=held):
            if not self._looped:
                self._looped = True
                self._emit(m.Notice("What it plays comes back in at the input; it does not listen to that."))
            return
        self._transport.hear()
        if kind in (0x80, 0x90, 0xB0) and self._learn(message):
            return
        if kind in (0x80, 0x90) and len(message) == 3:
            self._key(channel, message[1], message[2] if kind == 0x90 else 0)
        else:
            self.rig.ensemble.other(message, self.rig.heard())
        self._emit(m.Traffic(message.hex(" ")))

    def tick(self, now: float) -> float:
        """Draw what is to be played, at most `BATCH` events; the time at which to call again (`now`: at once)."""
        rig, plan, ensemble = self.rig, self.rig.plan, self.rig.ensemble
        rig.now = now
        self._catch_up()
        self._transport.hear()
        if not rig.playing or not rig.clock.running:
            return now + _LATE
        edge = rig.edge()
        plan.history.settle(edge, now)
        # The session puts off reading the last event until somebody asks. That had better not be the next key.
        rig.session.snapshot()
        ensemble.punch_out(edge)
        if self._watch.expectation and now >= self._expected:
            self._expected = now + _EXPECTATION
            self._emit(m.Expectation(plan.history.expectation()))
        if self.held:
            return now + _LATE
        horizon = edge + self.steering.number("horizon")
        turn = ensemble.mode.turn(edge, ensemble.person)
        if plan.fill(max(edge, turn.begin), horizon, turn.end, BATCH):
            return now
        decided = plan.end if turn.begin <= edge else turn.begin
        if not plan.mine or turn.end <= horizon:
            return now + _LATE
        return now + min(_LATE, max(_SOON, (decided - horizon) * 60 / rig.clock.timeline.tempo))

    def load(self, session: Session, loaded: m.Loaded) -> None:
        """Play another model: what sounds ends, the memory and the past begin anew."""
        rig = self.rig
        rig.plan.roll_back()
        edge = self.edge()
        rig.scheduler.put_all(rig.output.silence(edge, lambda _: True))
        rig.ensemble.release(edge, rig.now)
        if not rig.clock.running:
            rig.scheduler.stop()
        rig.machine.clear()
        feeding = rig.ensemble.feeding
        changed = self.steering.load(session.vocabulary, dict(loaded.defaults))
        rig.take(session)
        rig.plan.watched = self._watch.memory
        rig.ensemble.feeding, rig.ensemble.holding = feeding, self.held
        rig.ensemble.choose(edge)
        if feeding:
            rig.ensemble.person.last = edge
            rig.plan.place.anchor(edge)
            rig.plan.history.begin_branch(edge, rig.now)
        self.announce()
        self._emit(loaded)
        for name in changed:
            self._changed(name)

    def checkpoint(self) -> Checkpoint:
        """What is needed to go on from here, cheap enough for each beat."""
        return performer_checkpoint.take(self.rig)

    def resume(self, checkpoint: Checkpoint) -> None:
        """Be what another performer was, standing. Raises UsageError for a checkpoint of another model."""
        performer_checkpoint.resume(self.rig, checkpoint)
        self.announce()
        self.tell_controls()

    # ---- commands ------------------------------------------------------------------------------------------------

    def _do(self, command: m.Command) -> bool:
        match command:
            case m.Play():
                self._transport.play()
            case m.Stop():
                self._transport.stop()
            case m.Panic():
                panic(self.rig)
            case m.Hold(on):
                self.held = self.rig.ensemble.holding = on
                self.rig.plan.roll_back()
            case m.Forget():
                self._begin_anew("forget", self.rig.session.forget)
            case m.SetTempo(tempo):
                if not tempo > 0:
                    raise UsageError(f"A tempo is above 0, not {tempo:g}.")
                self.rig.clock.set_tempo(tempo)
            case m.SetControl(name, value):
                self.steering.set(name, value)
                self._changed(name)
                control_changed(self.rig, name)
            case m.SetPart():
                set_part(self.rig, command)
            case m.Seed(seed):
                self.rig.plan.roll_back()
                self.rig.session.reseed(seed)
            case m.PlayerNote(pitch, velocity, channel):
                if not (0 <= pitch <= 127 and 0 <= velocity <= 127 and 0 <= channel <= 15):
                    raise UsageError("A note has a pitch and a velocity of 0 to 127.")
                self._key(channel, pitch, velocity)
            case m.Back(bars):
                self.rig.travel.back(bars, self.edge(), self.rig.now)
            case m.GoTo(beat):
                self.rig.travel.go_to(beat, self.edge(), self.rig.now)
            case m.SetBookmark(slot, beat):
                self.rig.travel.bookmark(slot, beat, self.edge(), self.rig.now)
            case m.Return(slot):
                self.rig.travel.go_to_bookmark(slot, self.edge(), self.rig.now)
            case m.Morph(start, end, position):
                self.rig.travel.morph(start, end, position, self.edge(), self.rig.now)
            case m.Prime(file):
                self._begin_anew("prime", prime(self.rig.session, file))
            case m.Learn(target):
                self.learnt.wait_for(target)
            case m.Unlearn(target):
                try:
                    self.learnt.forget(target)
                finally:
                    self._changed(target)
            case m.Watch():
                self._watch = command
                self.rig.plan.watched = command.memory
            case _:
                return False
        return True

    def _begin_anew(self, reason: str, change: Callable[[], None]) -> None:
        """Another memory, in which nothing sounds, from here on."""
        edge = self.edge()

        def become() -> dict[tuple[int, int], Voice]:
            change()
            self.rig.plan.place.anchor(edge)
            return {}

        self.rig.travel.branch(reason, edge, self.rig.now, become)

    def _changed(self, name: str) -> None:
        self._emit(m.ControlChanged(name, self.steering.values.get(name), self.learnt.text(name)))

    # ---- the person ----------------------------------------------------------------------------------------------

    def _key(self, channel: int, pitch: int, velocity: int) -> None:
        # Whoever is told something wakes up and wants the interpreter, between one answer and the next.
        self._hushed = True
        try:
            if velocity:
                self.rig.ensemble.down(channel, pitch, velocity, self.rig.heard(), self.rig.now)
            else:
                self.rig.ensemble.up(channel, pitch, self.rig.heard(), self.rig.now)
        finally:
            self._hushed = False
            self._catch_up()

    def _catch_up(self) -> None:
        """Tell what was not told while a key was answered; the dispatch thread may have added to it since."""
        while self._later:
            self._out(self._later.popleft())

    def _learn(self, message: bytes) -> bool:
        """Whether a message is a learnt (or just now learnt) one, and does what it is to do."""
        try:
            found = self.learnt.heard(message)
        except MusicLSTMError as error:
            self._emit(m.Notice(str(error)))
            return True
        if found is None:
            return False
        if isinstance(found, Turned):
            command = meaning(found, self.rig, held=self.held)
            if command is not None:
                (self._request or (lambda asked: self.handle(asked, self.rig.now)))(command)
        else:
            for name in found:
                self._changed(name)
        return True
