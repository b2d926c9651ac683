"""The performer: plays the model, ahead of time, with a person, and takes back what was not to be.

Pure logic: no thread, no clock reads. Whoever drives it passes "now" in, from one thread, and calls

    handle(command, now)    for each command,
    received(message, now)  for each MIDI message that arrived,
    tick(now)               after each of those and at the time the last tick said,

and `sent(sent)`, from any thread, for each message that the scheduler sent. So the same code runs in the engine's
process, under a `ManualClock` in tests, and offline.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf

from musiclstm.engine import messages as m
from musiclstm.engine.clock import Change, Clock, ClockChange
from musiclstm.engine.controls import ACTIONS, SLOTS, Value, control
from musiclstm.engine.learn import Learnt, Turned
from musiclstm.engine.performer_ensemble import Ensemble
from musiclstm.engine.performer_keys import EchoGuard, Keys
from musiclstm.engine.performer_output import Output, Voice, played
from musiclstm.engine.performer_plan import Plan
from musiclstm.engine.performer_prime import prime
from musiclstm.engine.performer_travel import Travel
from musiclstm.engine.scheduler import Scheduler, Sent
from musiclstm.engine.steering import OUTPUT_CONTROLS, SILENT_CONTROLS, PartSettings, Steering
from musiclstm.engine.timemachine import Bookmark, TimeMachine
from musiclstm.errors import MusicLSTMError, UsageError
from musiclstm.model.session import Session, Snapshot
from musiclstm.music.timeline import Timeline

BATCH = 8
"""Events that one tick draws at most, so that a key pressed meanwhile waits no longer than that (2 ms or so)."""
# Seconds between two ticks, at least and at most.
_SOON, _LATE = 0.002, 0.05
_EXPECTATION = 0.1
# Beats that a clock may correct itself by without the music being somewhere else.
_CORRECTION = 0.25


@dataclass(frozen=True)
class Checkpoint:
    """What is needed to go on after a crash: plain values, to be pickled. Some 10 KB a bookmark and as much besides."""

    model: str
    beat: float
    playing: bool
    snapshot: Snapshot
    voices: tuple[Voice, ...]
    values: dict[str, Value]
    parts: tuple[PartSettings, ...]
    bookmarks: dict[str, Bookmark]


class Performer:
    """One owner, one thread, except `sent`.

    tell: takes telemetry, from that thread and those that call `sent`. request: takes the commands that a learnt knob
    or key means (None: `handle`); those that are not the performer's (SaveTake, with an empty file name: where takes go
    by default) are for whoever drives it. port_number: the scheduler's output number for a part's port name (None: the
    main output); may raise PortError. machine: where moments are kept.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        scheduler: Scheduler,
        tell: Callable[[m.Telemetry], None],
        *,
        learnt: Learnt | None = None,
        request: Callable[[m.Command], None] | None = None,
        port_number: Callable[[str | None], int] = lambda _name: 0,
        machine: TimeMachine | None = None,
    ) -> None:
        self.clock = clock
        self.scheduler = scheduler
        self.learnt = learnt or Learnt()
        self.keys = Keys()
        self.machine = machine or TimeMachine()
        self.playing = False
        self.held = False
        self._tell = tell
        self._request = request
        self._port_number = port_number
        self._guard = EchoGuard()
        self._looped = False
        self._watch = m.Watch()
        self._expected = -inf
        self._now = clock.now()
        self._beat = 0.0  # where it stopped
        self._edge = -inf
        self._line: Timeline | None = None
        self._changes: deque[tuple[ClockChange, Timeline]] = deque()
        clock.subscribe(lambda change: self._changes.append((change, clock.timeline)))
        self.steering = Steering(session.vocabulary)
        self._take(session)
        if self.learnt.problem:
            self._tell(m.Notice(self.learnt.problem))

    def _take(self, session: Session) -> None:
        self.session = session
        self.output = Output(self.steering, self._tell, self._port_number)
        self.plan = Plan(
            session,
            scheduler=self.scheduler,
            output=self.output,
            steering=self.steering,
            machine=self.machine,
            tell=self._tell,
        )
        self.plan.watched = self._watch.memory
        self.ensemble = Ensemble(
            self.plan,
            self.keys,
            output=self.output,
            steering=self.steering,
            scheduler=self.scheduler,
            edge=self.edge,
            tell=self._tell,
        )
        self.travel = Travel(self.plan, self.keys, self._tell, self.ensemble.plays)

    # ---- what others may ask -------------------------------------------------------------------------------------

    def edge(self) -> float:
        """The beat from which on anything can still be changed; where it stands while it stands.

        It never goes back (as the commit point does when the tempo falls): what was put there is still to be sent, and
        nothing may overtake it.
        """
        beat = self.scheduler.commit_beat()
        if beat == -inf:
            return self._beat
        self._edge = max(self._edge, beat)
        return self._edge

    @property
    def mode(self) -> str:
        return self.steering.text("mode")

    @property
    def person_plays(self) -> bool:
        return bool(self.keys.held)

    @property
    def part_modes(self) -> tuple[str, ...]:
        return self.ensemble.roles.modes

    @property
    def events(self) -> int:
        return self.plan.events

    def announce(self) -> None:
        """Send each part's program; after a model was loaded or an output opened."""
        for settings in self.steering.parts:
            self._send_program(settings)

    def tell_controls(self) -> None:
        """Tell every control's value, and what turns it and the other things that can be learnt."""
        for name, value in self.steering.values.items():
            self._tell(m.ControlChanged(name, value, self.learnt.text(name)))
        for name in self.learnt.targets():
            if name in ACTIONS:
                self._tell(m.ControlChanged(name, None, self.learnt.text(name)))

    # ---- driven from outside -------------------------------------------------------------------------------------

    def sent(self, sent: Sent) -> None:
        """A message left. Any thread; tells Played."""
        self._guard.sent(sent.entry.message, sent.time)
        note = played(sent)
        if note is not None:
            self._tell(note)

    def handle(self, command: m.Command, now: float) -> bool:
        """Do what a command says; False for those that are not the performer's. What cannot be done is a Notice."""
        self._now = now
        self._hear_clock()
        try:
            return self._do(command)
        except MusicLSTMError as error:
            self._tell(m.Notice(str(error)))
            return True

    def received(self, message: bytes, now: float) -> None:
        """A MIDI message arrived at `now`. Whole messages; system messages are ignored."""
        self._now = now
        if not message or not 0x80 <= message[0] < 0xF0:
            return
        kind, channel = message[0] & 0xF0, message[0] & 0x0F
        if self._guard.is_echo(message, now):
            if not self._looped:
                self._looped = True
                self._tell(m.Notice("What it plays comes back in at the input; it does not listen to that."))
            return
        self._hear_clock()
        if kind in (0x80, 0x90, 0xB0) and self._learn(message):
            return
        if kind in (0x80, 0x90) and len(message) == 3:
            self._key(channel, message[1], message[2] if kind == 0x90 else 0)
        else:
            self.ensemble.other(message, self._beat_now())
        self._tell(m.Traffic(message.hex(" ")))

    def tick(self, now: float) -> float:
        """Draw what is to be played, at most `BATCH` events; the time at which to call again (`now`: at once)."""
        self._now = now
        self._hear_clock()
        if not self.playing or not self.clock.running:
            return now + _LATE
        edge = self.edge()
        self.plan.settle(edge, now)
        self.ensemble.punch_out(edge)
        if self._watch.expectation and now >= self._expected:
            self._expected = now + _EXPECTATION
            self._tell_expectation()
        if self.held:
            return now + _LATE
        horizon = self.steering.number("horizon")
        turn = self.ensemble.mode.turn(edge, self.ensemble.person)
        if self.plan.fill(max(edge, turn.begin), edge + horizon, turn.end, BATCH):
            return now
        ahead = (min(self.plan.end, turn.end) if turn.begin <= edge else turn.begin) - edge - horizon
        return now + min(_LATE, max(_SOON, ahead * 60 / self.clock.timeline.tempo))

    def load(self, session: Session, loaded: m.Loaded) -> None:
        """Play another model: what sounds ends, the memory and the past begin anew."""
        self.plan.take_back()
        edge = self.edge()
        self.scheduler.put_all(self.output.silence(edge, lambda _: True))
        self.ensemble.release(edge, self._now)
        if not self.clock.running:
            self.scheduler.stop()
        self.machine.clear()
        changed = self.steering.load(session.vocabulary, dict(loaded.defaults))
        feeding, mode_beat = self.ensemble.feeding, edge
        self._take(session)
        self.ensemble.feeding = feeding
        self.ensemble.choose(mode_beat)
        if feeding:
            self.plan.place.anchor(edge)
            self.plan.begin_branch(edge, self._now)
        self.announce()
        self._tell(loaded)
        for name in changed:
            self._changed(name)

    def checkpoint(self) -> Checkpoint:
        """What is needed to go on from here, cheap enough for each beat."""
        before = self.plan.steps[0].before if self.plan.steps else self.session.snapshot()
        lean = {slot: Bookmark(b.beat, b.tick, b.snapshot, b.voices, ()) for slot, b in self.machine.bookmarks.items()}
        return Checkpoint(
            model=self.session.vocabulary.fingerprint,
            beat=self.edge(),
            playing=self.playing,
            snapshot=self.machine.lean(before),
            voices=tuple(self.plan.settled().values()),
            values=dict(self.steering.values),
            parts=tuple(self.steering.parts),
            bookmarks=lean,
        )

    def resume(self, checkpoint: Checkpoint) -> None:
        """Be what another performer was, standing. Raises UsageError for a checkpoint of another model."""
        if checkpoint.model != self.session.vocabulary.fingerprint:
            raise UsageError("This memory belongs to another model.")
        self.steering.values.update(checkpoint.values)
        self.steering.parts[:] = checkpoint.parts
        self.session.restore(checkpoint.snapshot)
        self.machine.bookmarks.update(checkpoint.bookmarks)
        self._beat = checkpoint.beat
        self.plan.place.anchor(checkpoint.beat)
        self.output.voices = {(v.part, v.pitch): v for v in checkpoint.voices if not v.person}
        self.scheduler.set_nudge(self.steering.number("nudge") / 1000)
        self.ensemble.choose(checkpoint.beat)
        self.announce()
        self.tell_controls()

    # ---- commands ------------------------------------------------------------------------------------------------

    def _do(self, command: m.Command) -> bool:
        match command:
            case m.Play():
                self._play()
            case m.Stop():
                self._stop()
            case m.Panic():
                self._panic()
            case m.Hold(on):
                self.held = on
                self.plan.take_back()
            case m.Forget():
                self._begin_anew("forget", self.session.forget)
            case m.SetTempo(tempo):
                if not tempo > 0:
                    raise UsageError(f"A tempo is above 0, not {tempo:g}.")
                self.clock.set_tempo(tempo)
            case m.SetControl(name, value):
                self._set_control(name, value)
            case m.SetPart():
                self._set_part(command)
            case m.Seed(seed):
                self.plan.take_back()
                self.session.reseed(seed)
            case m.PlayerNote(pitch, velocity, channel):
                if not (0 <= pitch <= 127 and 0 <= velocity <= 127 and 0 <= channel <= 15):
                    raise UsageError("A note has a pitch and a velocity of 0 to 127.")
                self._key(channel, pitch, velocity)
            case m.Back(bars):
                self.travel.back(bars, self.edge(), self._now)
            case m.GoTo(beat):
                self.travel.go_to(beat, self.edge(), self._now)
            case m.SetBookmark(slot, beat):
                self.travel.bookmark(_slot(slot), beat, self.edge(), self._now)
            case m.Return(slot):
                self.travel.go_to_bookmark(_slot(slot), self.edge(), self._now)
            case m.Morph(start, end, position):
                self.travel.morph(_slot(start), _slot(end), position, self.edge(), self._now)
            case m.Prime(file):
                self._begin_anew("prime", prime(self.session, file))
            case m.Learn(target):
                self.learnt.wait_for(target)
            case m.Unlearn(target):
                try:
                    self.learnt.forget(target)
                finally:
                    self._changed(target)
            case m.Watch():
                self._watch = command
                self.plan.watched = command.memory
            case _:
                return False
        return True

    def _play(self) -> None:
        if self.playing:
            return
        self.playing = True
        self._line = None
        self.clock.start(self._beat)
        self._hear_clock()

    def _begin(self, beat: float) -> None:
        """The beats run, from `beat` on."""
        self._edge = -inf
        self.ensemble.feeding = True
        self.ensemble.person.last = beat
        moved = abs(beat - self._beat) > 1e-3
        if moved or not len(self.machine):
            self.machine.relabel(beat - self._beat if moved else 0.0)
            self.plan.place.anchor(beat)
        self.ensemble.choose(beat)
        edge = self.edge()
        self.travel.agree(dict(self.output.voices), edge)
        self.plan.begin_branch(edge, self._now)

    def _stop(self) -> None:
        if not self.playing:
            return
        self.playing = False
        self._pause()
        self.clock.stop()
        self._changes.clear()

    def _pause(self) -> None:
        """What sounds ends; the memory holds it still, and it is struck again on going on."""
        self.plan.take_back()
        edge = self.edge()
        self.ensemble.release(edge, self._now)
        self.output.silence(edge, lambda _: True)
        self.scheduler.stop()
        steps = self.plan.steps
        self.plan.settle(max(edge, steps[-1].beat) if steps else edge, self._now)
        self.ensemble.feeding = False
        self._beat = edge

    def _panic(self) -> None:
        self.plan.take_back()
        edge = self.edge()
        self.ensemble.release(edge, self._now)
        self.plan.end_now(edge, lambda _: True)
        self.scheduler.panic()
        self.keys.held.clear()
        self.output.person_wires.clear()

    def _begin_anew(self, reason: str, change: Callable[[], None]) -> None:
        """Another memory, in which nothing sounds, from here on."""
        edge = self.edge()

        def become() -> dict[tuple[int, int], Voice]:
            change()
            self.plan.place.anchor(edge)
            return {}

        self.travel.branch(reason, edge, self._now, become)

    def _set_control(self, name: str, value: Value) -> None:
        self.steering.set(name, value)
        self._changed(name)
        if name == "nudge":
            self.scheduler.set_nudge(self.steering.number("nudge") / 1000)
        elif name in OUTPUT_CONTROLS:
            self.plan.take_back()
        elif name in ("mode", "response.bars", "rest"):
            self.plan.take_back()
            self.ensemble.choose(self.edge())
            if self.playing:
                self.ensemble.tidy()
        elif name not in SILENT_CONTROLS:
            self.plan.take_back()
            self.ensemble.steer()
            if name == "polyphony" and self.playing:
                self.ensemble.thin()

    def _set_part(self, command: m.SetPart) -> None:
        if not 0 <= command.part < len(self.steering.parts):
            raise UsageError(f"This model has {len(self.steering.parts)} parts, counted from 0.")
        settings = self.steering.parts[command.part].changed(command)
        self._port_number(settings.port)  # raises PortError for one that cannot be had
        self.plan.take_back()
        self.steering.parts[command.part] = settings
        if settings.mode == "muted":
            entries = self.output.silence(self.edge(), lambda voice: voice.part == command.part)
            self.scheduler.put_all(entries)
        if command.program is not None or command.channel is not None or command.port is not None:
            self._send_program(settings)
        self.ensemble.assign()
        if self.playing:
            self.ensemble.tidy()

    def _send_program(self, settings: PartSettings) -> None:
        port = self._port_number(settings.port)
        self.scheduler.send_now(bytes((0xC0 | settings.channel, settings.program)), port=port)

    def _changed(self, name: str) -> None:
        self._tell(m.ControlChanged(name, self.steering.values.get(name), self.learnt.text(name)))

    # ---- the person ----------------------------------------------------------------------------------------------

    def _beat_now(self) -> float:
        """The beat the person hears."""
        if not self.clock.running:
            return self._beat
        return self.clock.timeline.beat_at(self._now - self.steering.number("nudge") / 1000)

    def _key(self, channel: int, pitch: int, velocity: int) -> None:
        if velocity:
            self.ensemble.down(channel, pitch, velocity, self._beat_now(), self._now)
        else:
            self.ensemble.up(channel, pitch, self._beat_now(), self._now)

    def _learn(self, message: bytes) -> bool:
        """Whether a message is a learnt (or just now learnt) one, and does what it is to do."""
        try:
            found = self.learnt.heard(message)
        except MusicLSTMError as error:
            self._tell(m.Notice(str(error)))
            return True
        if found is None:
            return False
        if isinstance(found, Turned):
            command = self._meaning(found)
            if command is not None:
                (self._request or (lambda asked: self.handle(asked, self._now)))(command)
        else:
            for name in found:
                self._changed(name)
        return True

    def _meaning(self, turned: Turned) -> m.Command | None:
        """The command that a learnt knob or key means now."""
        target, position, pressed = turned.target, turned.position, turned.pressed
        if target not in ACTIONS:
            return self._turn(turned)
        if target == "morph.AB":
            return m.Morph("A", "B", position)
        if not pressed:
            return None
        name, _, which = target.partition(".")
        match name:
            case "play":
                return m.Stop() if self.playing else m.Play()
            case "panic":
                return m.Panic()
            case "hold":
                return m.Hold(not self.held)
            case "forget":
                return m.Forget()
            case "take over":
                self.ensemble.take_over()
                return None
            case "save":
                return m.SaveTake("")
            case "back":
                return m.Back(1.0)
            case "bookmark":
                return m.SetBookmark(which)
            case "return":
                return m.Return(which)
            case _:
                return self._mute(int(which) - 1)

    def _turn(self, turned: Turned) -> m.Command | None:
        known = control(turned.target)
        value = self.steering.values[turned.target]
        if turned.kind == "CC":
            return m.SetControl(turned.target, known.from_unit(turned.position))
        if not turned.pressed:
            return None
        # A key goes on to the next choice, or switches; on a scale, how hard it is hit is what counts.
        if known.choices:
            return m.SetControl(
                turned.target, known.choices[(known.choices.index(str(value)) + 1) % len(known.choices)]
            )
        if isinstance(known.default, bool):
            return m.SetControl(turned.target, not value)
        return m.SetControl(turned.target, known.from_unit(turned.position))

    def _mute(self, part: int) -> m.Command | None:
        if part >= len(self.steering.parts):
            return None
        return m.SetPart(part, mode="auto" if self.steering.parts[part].mode == "muted" else "muted")

    # ---- the clock -----------------------------------------------------------------------------------------------

    def _hear_clock(self) -> None:
        """What the clock did since: it may be led by somebody else."""
        while self._changes:
            change, line = self._changes.popleft()
            before, self._line = self._line, line
            if change.change is Change.STOP:
                if self.playing and not self.clock.running:
                    self.playing = False
                    self._pause()
                    self._beat = change.beat
            elif change.change is Change.START and (before is None or not self.playing):
                self.playing = True
                self._begin(change.beat)
            elif before is not None and self.playing and change.change in (Change.START, Change.TEMPO):
                moved = change.beat - before.beat_at(change.time)
                if abs(moved) > _CORRECTION:
                    self._relocate(moved)

    def _relocate(self, beats: float) -> None:
        """The leader is somewhere else: go on there, at the same place in the bar as it."""
        sure, self._edge = self._edge, -inf
        self.plan.take_back()
        edge = self.edge()
        # What was as good as sent goes now, the ends of drum notes with the music.
        waiting = self.scheduler.cancel_from(-inf)
        self.scheduler.put_all(
            replace(entry, beat=edge if entry.beat <= sure else max(edge, entry.beat + beats)) for entry in waiting
        )
        self.plan.settle(edge - beats, self._now)
        self.plan.drop()
        self.machine.relabel(beats)
        self.ensemble.shift(beats)
        self.plan.place.anchor(edge)
        self.ensemble.choose(edge)
        self.plan.begin_branch(edge, self._now)
        self._tell(m.Jumped(edge, "clock"))

    # ---- for the window ------------------------------------------------------------------------------------------

    def _tell_expectation(self) -> None:
        """What the memory expects after what was heard, not after what is planned."""
        here = self.session.snapshot()
        if self.plan.steps:
            self.session.restore(self.plan.steps[0].before)
        self._tell(m.Expectation(self.session.expectation()))
        self.session.restore(here)


def _slot(name: str) -> str:
    if name not in SLOTS or len(name) != 1:
        raise UsageError(f"Bookmarks are A to H, not {name}.")
    return name
