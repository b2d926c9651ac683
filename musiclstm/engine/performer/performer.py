"""The performer: plays the model ahead of time, with a person, and rolls back what will not be played.

Pure logic: no thread, no clock reads. Whoever drives it passes "now" in, from one thread, and calls

    handle(command, now)    for each command,
    received(message, now)  for each MIDI message that arrived,
    tick(now)               after each of those and at the time that the last tick returned,

and `sent(sent)`, from any thread, for each message that the scheduler sent. So the same code runs in the engine's
process, under a `ManualClock` in tests, and offline.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from musiclstm.engine.clock.base import Clock
from musiclstm.engine.performer import checkpoint as checkpoints
from musiclstm.engine.performer.actions import Actions
from musiclstm.engine.performer.branching import Branching
from musiclstm.engine.performer.checkpoint import Checkpoint, OtherModel
from musiclstm.engine.performer.commands import Commands
from musiclstm.engine.performer.ensemble import Ensemble, Turns
from musiclstm.engine.performer.form_editor import FormEditor
from musiclstm.engine.performer.form_models import FormModels
from musiclstm.engine.performer.form_player import FormPlayer
from musiclstm.engine.performer.form_settings import FormSettings
from musiclstm.engine.performer.form_songs import FormSongs
from musiclstm.engine.performer.horizon import Horizon
from musiclstm.engine.performer.keyboard import Keyboard
from musiclstm.engine.performer.leading import Leading
from musiclstm.engine.performer.loopback import LoopbackFilter
from musiclstm.engine.performer.midi_input import MidiInput
from musiclstm.engine.performer.midi_map import MidiMap
from musiclstm.engine.performer.model_change import ModelChange
from musiclstm.engine.performer.part_editor import PartEditor
from musiclstm.engine.performer.recovery import Recovery
from musiclstm.engine.performer.repertoire import KnownModel
from musiclstm.engine.performer.state import PerformerState
from musiclstm.engine.performer.steering import Steering
from musiclstm.engine.performer.telemetry import TelemetryBuffer, played
from musiclstm.engine.performer.time_machine import TimeMachine
from musiclstm.engine.performer.transport import Transport
from musiclstm.engine.performer.travel import Travel
from musiclstm.engine.scheduler.scheduler import Scheduler, Sent
from musiclstm.errors import MusicLSTMError
from musiclstm.model.session import Session
from musiclstm.model.snapshot import Snapshot
from musiclstm.music import midi_message
from musiclstm.music.event import Event, Kind
from musiclstm.protocol import commands, telemetry

log = logging.getLogger(__name__)


class Performer:
    """One thread, except `sent`.

    emit: takes telemetry, from that thread and those that call `sent`. request: takes the commands that a mapped knob
    or key means (None: `handle`); those that are not the performer's (SaveTake, with an empty file name: where takes go
    by default) are for whoever drives it. port_number: the scheduler's output number for a part's port name (None: the
    main output); may raise PortError.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        scheduler: Scheduler,
        emit: Callable[[telemetry.Telemetry], None],
        *,
        midi_map: MidiMap | None = None,
        request: Callable[[commands.Command], object] | None = None,
        port_number: Callable[[str | None], int] = lambda _name: 0,
        time_machine: TimeMachine | None = None,
    ) -> None:
        self._buffer = TelemetryBuffer(emit)
        self._emit = self._buffer.emit
        self.state = state = PerformerState(
            session,
            clock,
            scheduler,
            self._emit,
            port_number=port_number,
            midi_map=MidiMap() if midi_map is None else midi_map,
            time_machine=TimeMachine() if time_machine is None else time_machine,
        )
        self._ensemble = Ensemble(state)
        self._horizon = Horizon(state, self._ensemble)
        self._leading = Leading(state, self._ensemble)
        self._keyboard = Keyboard(state, self._ensemble, self._leading)
        self.branching = Branching(state, self._ensemble)
        self._transport = Transport(state, self._ensemble, self._keyboard, self.branching)
        self._loopback = LoopbackFilter()
        self._part_editor = PartEditor(state, self._ensemble)
        self._model_change = ModelChange(state, self._ensemble, self._keyboard, self.branching, self.send_programs)
        perform = request or (lambda command: self.handle(command, state.position.now))
        self._actions = Actions(state, self._keyboard, perform)
        self._midi_input = MidiInput(
            state,
            self._buffer,
            self._loopback,
            transport=self._transport,
            keyboard=self._keyboard,
            actions=self._actions,
        )
        travel = Travel(state, self.branching, self._model_change)
        self._recovery = Recovery(state, travel)
        settings = FormSettings(
            state,
            leading=self._leading,
            models=FormModels(state, self._model_change, self._recovery),
            carry_out=lambda command: self._commands.handle(command),  # noqa: PLW0108 - it is made below
        )
        self.form = FormPlayer(state, self._ensemble, self._transport, settings)
        self.branching.returning = self.form.back
        self._commands = Commands(
            state,
            ensemble=self._ensemble,
            keyboard=self._keyboard,
            leading=self._leading,
            branching=self.branching,
            travel=travel,
            recovery=self._recovery,
            transport=self._transport,
            midi_input=self._midi_input,
            form=self.form,
            part_editor=self._part_editor,
            form_editor=FormEditor(state, self.form),
            songs=FormSongs(state, self.form),
        )
        if state.midi_map.problem:
            self._emit(telemetry.Notice(state.midi_map.problem))

    # ---- what others may ask -------------------------------------------------------------------------------------

    def edge(self) -> float:
        """The beat from which anything can still be changed; while the music stands, the beat at which it stands."""
        return self.state.position.edge()

    @property
    def playing(self) -> bool:
        return self.state.position.playing

    @property
    def counting(self) -> bool:
        """The music is being counted in."""
        return self._transport.counting

    @property
    def hold(self) -> bool:
        return self.state.hold

    @property
    def steering(self) -> Steering:
        return self.state.steering

    @property
    def mode(self) -> str:
        return self.steering.text("mode")

    @property
    def person_plays(self) -> bool:
        return bool(self.state.person.keys)

    @property
    def model(self) -> KnownModel:
        """The one that plays."""
        return self.state.repertoire.current

    @property
    def part_modes(self) -> tuple[str, ...]:
        """What each part is now; *muted* whatever else it is."""
        modes, parts = self.state.plan.assignment.modes, self.state.steering.parts
        return tuple("muted" if part.mute else mode for mode, part in zip(modes, parts, strict=True))

    @property
    def bar(self) -> float:
        """Quarter notes in the bar that it plays in."""
        return self.state.beat_map.bar

    @property
    def tempo(self) -> float:
        """As `PerformerState.tempo`."""
        return self.state.tempo

    @property
    def events(self) -> int:
        """How many have been planned since the model came to play, without those rolled back."""
        return self.state.history.events

    def send_programs(self) -> None:
        """Sends each part's program."""
        self._part_editor.send_programs()

    def reroute(self, now: float) -> None:
        """An output was opened or lost: what is planned, and each part's program, goes where the part goes now."""
        self.state.position.now = now
        self.state.plan.roll_back()
        self.send_programs()

    def report_controls(self) -> None:
        """Emits every control's value, and what it and the actions are mapped to."""
        state = self.state
        for name in state.steering.values:
            state.report_control(name)
        for name in state.midi_map.targets():
            if name not in state.steering.values:
                state.report_control(name)

    def _report_parts(self) -> None:
        for part in range(len(self.state.steering.parts)):
            self.state.report_part(part)

    # ---- driven from outside -------------------------------------------------------------------------------------

    def sent(self, sent: Sent) -> None:
        """A message left. Any thread; emits Played."""
        entry = sent.entry
        if not sent.by_pedal:
            self._loopback.sent(entry.message, sent.time, port=entry.port, by_person=entry.id < 0)
        note = played(sent)
        if note is not None:
            self._emit(note)

    def handle(self, command: commands.Command, now: float) -> bool:
        """Does what a command says; False if it is not the performer's. Emits a Notice if it cannot be done."""
        self.state.position.now = now
        self._transport.follow_clock()
        self._follow_loop()
        try:
            return self._commands.handle(command)
        except MusicLSTMError as error:
            self._emit(telemetry.Notice(str(error)))
            return True

    def pause(self, now: float) -> None:
        """Stops, for another clock to lead; Play goes on in the same turn, and without a count-in."""
        self.state.position.now = now
        self._transport.follow_clock()
        self._transport.stop(goes_on=True)

    def received(self, message: bytes, now: float) -> None:
        """A MIDI message arrived at `now`. System messages, and what is no whole message, are ignored."""
        self.state.position.now = now
        self._midi_input.receive(message)

    def starts_note(self, message: bytes) -> bool:
        """Whether a message that arrived plays a note, and is not mapped to anything."""
        return midi_message.is_note_on(message) and not self.state.midi_map.takes(message)

    def press(self, target: str, now: float) -> None:
        """Does what a key does that is mapped to a control or action."""
        self.state.position.now = now
        self._transport.follow_clock()
        self._actions.press(target)

    def release_keys(self, now: float) -> None:
        """The input is gone, and nobody can lift its keys and pedals any more: they come up now, wheels go to rest."""
        state, position = self.state, self.state.position
        position.now = now
        self._transport.follow_clock()
        self._midi_input.forget()
        person = state.person
        if not person.keys and not person.controllers and not person.pedal_asks:
            return
        with state.plan.rolled_back(fresh=True) as edit:
            self._keyboard.release(edit, position.heard(), now)

    def tick(self, now: float) -> float:
        """Plans a few events. Returns the time at which to call again (`now`: at once)."""
        self.state.position.now = now
        self._buffer.flush()
        self._transport.follow_clock()
        self._follow_loop()
        if self.state.meters.settle(self.edge()):
            self.state.metronome.recount()
        self._leading.follow_meter()
        self._ensemble.keep_turns()
        self.state.metronome.fill(self.state.meters, playing=self.playing)
        self._transport.come_to_an_end()
        later = min(self.form.tick(), self._midi_input.tick(), self._horizon.fill())
        self._ensemble.report_turn()
        self._leading.tick()
        self.form.report()
        return later

    def _follow_loop(self) -> None:
        """Where looped bars begin again, so do the chords that led there, and the section is where it was.

        Where they are left, the section goes on that played there.
        """
        for beat, beats in self.state.looping.seams(self.edge()):
            self.state.steering.repeat_chords(beat, beats)
            self.state.form.repeat(beat, beats)
        if (left := self.state.looping.left()) is not None:
            self.form.leave_loop(*left)

    def prime(self, primed: Snapshot, now: float) -> None:
        """Goes on from there, with nothing sounding: what the session would be if it had read other music.

        The random numbers go on. Raises ModelError for a snapshot of another model.
        """
        self.state.position.now = now
        self._transport.follow_clock()
        session = self.state.session

        def change() -> None:
            learnt = session.learnt
            session.restore(replace(primed, rng=session.snapshot().rng))
            session.mix(learnt)

        self._commands.begin_anew("prime", change)

    def load(self, session: Session, loaded: telemetry.Loaded) -> None:
        """Plays another model: from nothing, or on with the memory of one that it is related to. The past stays."""
        self._model_change.begin(session, loaded)
        self._recovery.loaded()

    def mend(self, now: float) -> None:
        """After an error in the middle of something: all notes end, and it goes on after what was heard last.

        Controls, parts, past, bookmarks, turns and a time signature that was asked for stay.
        """
        state, position, session = self.state, self.state.position, self.state.session
        position.now = now
        state.scheduler.panic()
        self._keyboard.drop()
        try:
            heard = state.history.snapshot()
            session.restore(heard)
            for part, pitch in session.context.sounding:
                session.read(Event(0, Kind.OFF, pitch, 0, part))
        except Exception:
            # What was half done cannot be told from what was done: its memory is lost, its music is not.
            log.exception("the memory is cleared")
            session.forget()
        state.follow_mix()
        self._transport.mend()
        edge, line = position.edge(), state.beat_map.line
        meter, self._ensemble.turns = state.meters.change, Turns.of(state)
        state.load(session)
        self._emit(telemetry.Withdrawn(edge))
        with state.plan.rolled_back() as edit:
            self._ensemble.begin(edit, edge, moved=False)
        state.beat_map.line = line
        state.meters.resume(meter)
        if position.running:
            state.beat_map.anchor(edge)
            state.history.begin_branch(edge, now)

    def checkpoint(self) -> Checkpoint:
        """What another process needs to go on from here; cheap enough for each beat."""
        return checkpoints.take(self.state)

    def learn(self, session: Session, other: OtherModel, checkpoint: Checkpoint) -> list[str]:
        """As `checkpoint.learn`, some time after `resume`."""
        return checkpoints.learn(self.state, session, other, checkpoint)

    def resume(self, checkpoint: Checkpoint) -> None:
        """Takes over what another performer was, standing. Raises as `checkpoint.resume` does."""
        try:
            checkpoints.resume(self.state, self._ensemble, checkpoint)
        finally:
            self.state.follow_mix()
            self._recovery.resumed()
            self.send_programs()
            self.report_controls()
            self._leading.report()
            self._report_parts()
