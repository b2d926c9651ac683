"""Commands: what each command of the protocol does, in one table."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor
from typing import Any

from musiclstm.engine.performer.beat_map import NEAR
from musiclstm.engine.performer.branching import Branching
from musiclstm.engine.performer.ensemble import Ensemble
from musiclstm.engine.performer.form import NEXT
from musiclstm.engine.performer.form_editor import FormEditor
from musiclstm.engine.performer.form_player import FormPlayer
from musiclstm.engine.performer.form_songs import FormSongs
from musiclstm.engine.performer.keyboard import Keyboard
from musiclstm.engine.performer.leading import Leading
from musiclstm.engine.performer.midi_input import MidiInput
from musiclstm.engine.performer.part_editor import PartEditor
from musiclstm.engine.performer.person import WINDOW
from musiclstm.engine.performer.players import own
from musiclstm.engine.performer.recovery import Recovery
from musiclstm.engine.performer.state import PerformerState
from musiclstm.engine.performer.transport import Transport
from musiclstm.engine.performer.travel import Travel
from musiclstm.engine.performer.values import LEADER, METRONOME_CONTROLS, OUTPUT_CONTROLS, SILENT_CONTROLS
from musiclstm.engine.performer.voices import Key, Voice
from musiclstm.errors import UsageError
from musiclstm.protocol import commands
from musiclstm.protocol.controls import KEPT_BY_RESET, split
from musiclstm.protocol.limits import (
    MAX_BARS_TO_THE_END,
    MAX_BPM,
    MAX_CHANNEL,
    MAX_PITCH,
    MAX_SEED,
    MAX_VELOCITY,
    MIN_BPM,
)
from musiclstm.protocol.telemetry import Notice

MODE_CONTROLS = frozenset({"mode", "response.bars"})


class Commands:
    """Writes the state's steering, hold, MIDI map and monitor; the rest is done by those it is given."""

    def __init__(
        self,
        state: PerformerState,
        *,
        ensemble: Ensemble,
        keyboard: Keyboard,
        leading: Leading,
        branching: Branching,
        travel: Travel,
        recovery: Recovery,
        transport: Transport,
        midi_input: MidiInput,
        form: FormPlayer,
        part_editor: PartEditor,
        form_editor: FormEditor,
        songs: FormSongs,
    ) -> None:
        self._state = state
        self._ensemble = ensemble
        self._keyboard = keyboard
        self._leading = leading
        self._branching = branching
        self._form = form
        self._recovery = recovery
        self._midi_input = midi_input
        self._table: dict[type[commands.Command], Callable[[Any], None]] = {
            commands.Play: lambda _: transport.play(),
            commands.Stop: lambda _: transport.stop(),
            commands.End: self._end,
            commands.Panic: lambda _: self._panic(),
            commands.Hold: self._hold,
            commands.Forget: lambda _: self._forget(),
            commands.Undo: lambda _: self._undo(),
            commands.Reset: lambda _: self._reset(),
            commands.SetTempo: self._set_tempo,
            commands.SetControl: self._set_control,
            commands.SetPart: part_editor.set,
            commands.SetMeter: self._set_meter,
            commands.Chords: lambda command: leading.set_track(command.text),
            commands.Chord: lambda command: leading.set_chord(command.symbol),
            commands.Section: lambda command: form.go_to(command.letter),
            commands.NextSection: lambda _: form.go_to(NEXT),
            commands.Song: lambda command: form.go_to_song(command.number),
            commands.AddSong: lambda command: songs.add(command.title),
            commands.RenameSong: lambda command: songs.rename(command.number, command.title),
            commands.MoveSong: lambda command: songs.move(command.number, command.place),
            commands.RemoveSong: lambda command: songs.remove(command.number),
            commands.RestoreSong: lambda _: songs.restore(),
            commands.StoreSection: lambda command: form_editor.store(command.letter),
            commands.SetChain: lambda command: form_editor.set_chain(command.text),
            commands.Seed: self._seed,
            commands.PlayerNote: self._player_note,
            commands.Back: lambda command: travel.back(command.bars),
            commands.GoTo: lambda command: travel.go_to(command.beat),
            commands.Loop: lambda command: travel.loop(command.start, command.end),
            commands.LoopLast: lambda command: travel.loop_last(command.bars),
            commands.SetBookmark: lambda command: travel.set_bookmark(command.slot, command.beat),
            commands.Return: lambda command: travel.go_to_bookmark(command.slot),
            commands.Morph: lambda command: travel.morph(command.start, command.end, command.position),
            commands.Learn: self._learn,
            commands.Unlearn: self._unlearn,
            commands.Watch: self._watch,
        }

    def handle(self, command: commands.Command) -> bool:
        """Does what a command says; False if it is not the performer's. Raises MusicLSTMError if it cannot be done."""
        handler = self._table.get(type(command))
        if handler is None:
            return False
        handler(command)
        return True

    # ---- the music -----------------------------------------------------------------------------------------------

    def _hold(self, command: commands.Hold) -> None:
        self._state.hold = command.on
        self._state.plan.roll_back()
        if command.on:
            self._state.ending.cancel()

    def _seed(self, command: commands.Seed) -> None:
        if not 0 <= command.seed <= MAX_SEED:
            raise UsageError(f"A seed must be 0 to {MAX_SEED}, not {command.seed}.")
        with self._state.plan.rolled_back() as edit:
            edit.session.reseed(command.seed)

    def _undo(self) -> None:
        """Takes back the end that was asked for, or else the last Forget or Reset."""
        if self._state.ending.end is not None:
            self._end(commands.End(0))
        else:
            self._recovery.undo()

    def _end(self, command: commands.End) -> None:
        state, beat_map = self._state, self._state.beat_map
        if command.since is None and not 0 <= command.bars <= MAX_BARS_TO_THE_END:
            raise UsageError(f"The music can end after 1 to {MAX_BARS_TO_THE_END} bars, not {command.bars}.")
        if not command.bars:
            with state.plan.rolled_back():
                self._form.go_on()
            return
        if not (state.position.playing and state.position.running):
            raise UsageError("Nothing plays that could come to an end.")
        if state.hold:
            raise UsageError("While Hold is on, the music cannot come to an end; Stop ends it.")
        if state.meters.changing:
            raise UsageError("The time signature changes at the next bar line; ask for an end after it.")
        if command.ritardando and not state.clock.leads:
            state.emit(Notice("It ends in tempo: only a tempo of our own can slow down (sync: internal)."))
        with state.plan.rolled_back():
            edge, bar = state.position.edge(), beat_map.bar
            line = beat_map.bar_line(edge)
            begin = (
                ceil((edge - line) / bar - NEAR)
                if command.since is None
                else floor((command.since - line) / bar + NEAR)
            )
            end = line + (begin + command.bars) * bar
            if not edge < end <= edge + (MAX_BARS_TO_THE_END + 1) * bar:
                raise UsageError(f"The end must lie 1 to {MAX_BARS_TO_THE_END} bars ahead.")
            state.looping.leave(edge)
            slows = command.ritardando and state.clock.leads
            state.ending.ask(edge, end, bar, ritardando=slows, fade=command.fade)

    def _panic(self) -> None:
        """Ends everything everywhere, keys and pedals too; the session reads it, and plays on."""
        state = self._state
        with state.plan.rolled_back() as edit:
            edge = state.position.edge()
            self._keyboard.release(edit, edge, state.position.now)
            edit.end_now(edge, lambda _: True)
            state.scheduler.panic()
            state.metronome.again()

    def _forget(self) -> None:
        self._recovery.before_change()
        self.begin_anew("forget", self._state.session.forget)

    def begin_anew(self, reason: str, change: Callable[[], None]) -> None:
        """Another session, in which nothing sounds, from here on."""
        edge, beat_map = self._state.position.edge(), self._state.beat_map

        def become() -> dict[Key, Voice]:
            line, bar = beat_map.clock_line(edge), beat_map.bar
            change()
            beat_map.begin_anew(edge, line, bar)
            return {}

        self._branching.branch(reason, edge, become)
        self._recovery.begun_anew()

    def _set_tempo(self, command: commands.SetTempo) -> None:
        if not MIN_BPM <= command.tempo <= MAX_BPM:
            raise UsageError(f"The tempo must be {MIN_BPM:g} to {MAX_BPM:g} BPM, not {command.tempo:g}.")
        self._state.ending.tempo_was_set()
        self._state.form.tempo = None  # a tempo that is set, or tapped, stays
        self._state.clock.set_tempo(command.tempo)

    def _player_note(self, note: commands.PlayerNote) -> None:
        if not (
            0 <= note.pitch <= MAX_PITCH and 0 <= note.velocity <= MAX_VELOCITY and 0 <= note.channel <= MAX_CHANNEL
        ):
            raise UsageError("A note has a pitch and a velocity of 0 to 127 and a channel of 0 to 15.")
        self._midi_input.key(WINDOW + note.channel, note.pitch, note.velocity)

    def _set_meter(self, command: commands.SetMeter) -> None:
        try:
            self._ask_for_meter(command)
        except UsageError:
            self._state.meters.report(self._state.position.edge())
            raise

    def _ask_for_meter(self, command: commands.SetMeter) -> None:
        state = self._state
        if state.ending.end is not None:
            raise UsageError("The music comes to an end; until then its time signature stays.")
        if state.looping.loop is not None:
            raise UsageError("The bars of a loop keep their time signature; leave the loop to change it.")
        with state.plan.rolled_back():
            state.meters.ask(command.numerator, command.denominator, state.position.edge())
        state.metronome.again()

    # ---- steering ------------------------------------------------------------------------------------------------

    def _set_control(self, command: commands.SetControl) -> None:
        state = self._state
        name = state.steering.players.control(command.name)
        plain = split(name)[1]
        resting = state.steering.resting()
        state.steering.set(name, command.value)
        state.report_control(name)
        self._recovery.turned()
        if name in ("metronome.level", "metronome.channel"):
            state.metronome.again()
        elif name == "nudge":
            state.scheduler.set_nudge(state.steering.number("nudge") / 1000)
        elif name == "learnt":
            self._mix()
        elif name == "chords.hand":
            self._leading.hand_changed()
        elif plain in OUTPUT_CONTROLS:
            state.plan.roll_back()
        elif name in MODE_CONTROLS or (name == "rest" and state.steering.text("mode") == "continue"):
            with state.plan.rolled_back() as edit:
                self._ensemble.choose(edit, state.position.edge())
                if state.position.playing:
                    self._ensemble.end_strays(edit)
        elif name not in SILENT_CONTROLS | METRONOME_CONTROLS:
            with state.plan.rolled_back() as edit:
                edit.silence(state.position.edge(), lambda voice: state.steering.silent(voice.part))
                self._ensemble.assign(edit)
                if plain == "polyphony" and state.position.playing:
                    self._ensemble.end_oldest(edit)
            for part in sorted(resting ^ state.steering.resting()):
                state.report_part(part)
            if name == LEADER:
                self._leading.report()

    def _mix(self) -> None:
        """Other weights from here on; what sounds and what is remembered goes on. A place of the past has its own."""
        state, position = self._state, self._state.position
        learnt = state.steering.learnt
        if learnt == state.session.learnt:
            return
        if not state.session.can_mix:
            state.follow_mix()
            raise UsageError("The model that plays has not learnt from another one that is here: nothing can be mixed.")
        with state.plan.rolled_back() as edit:
            beat = state.history.settle_read(position.edge(), position.now)
            edit.session.mix(learnt)
            state.ending.look_again()
            if position.running or len(state.time_machine):
                state.history.begin_branch(beat, position.now)

    def _reset(self) -> None:
        steering = self._state.steering
        recover = self._recovery.needed()
        for name in [*steering.values, *own(steering.defaults)]:
            if name not in KEPT_BY_RESET and steering.value(name) != steering.default(name):
                self._set_control(commands.SetControl(name, steering.default(name)))
        if recover:
            self._recovery.recover(lambda: self.begin_anew("reset", self._state.session.forget))

    # ---- the window ----------------------------------------------------------------------------------------------

    def _learn(self, command: commands.Learn) -> None:
        midi_map, target = self._state.midi_map, command.target
        before = midi_map.waiting
        midi_map.learn(None if target is None else self._state.steering.players.lasting(target))
        for each in (before, midi_map.waiting):
            if each is not None:
                self._state.report_control(each)

    def _unlearn(self, command: commands.Unlearn) -> None:
        midi_map, target = self._state.midi_map, command.target
        try:
            # What a player has that does not play now is forgotten by its name.
            midi_map.unlearn(target if midi_map.text(target) else self._state.steering.players.lasting(target))
        finally:
            self._state.report_control(target)

    def _watch(self, command: commands.Watch) -> None:
        self._state.monitor.watch = command
