"""FormSettings: what a section sets, all at once, and what was set before, so that the past can bring it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from musiclstm.engine.performer.beat_map import NEAR
from musiclstm.engine.performer.form_models import FormModels
from musiclstm.engine.performer.leading import Leading
from musiclstm.engine.performer.part_settings import PartSettings
from musiclstm.engine.performer.place import Before, ComingTempo, Place
from musiclstm.engine.performer.players import common, own
from musiclstm.engine.performer.state import PerformerState
from musiclstm.engine.performer.values import LEADER
from musiclstm.errors import MusicLSTMError
from musiclstm.music.form import Section, Song
from musiclstm.protocol import commands
from musiclstm.protocol.controls import ALL, NO_PLAYER, Value, control
from musiclstm.protocol.telemetry import Notice


@dataclass(frozen=True)
class Now:
    """What a change of section may change, as it is, or as it will be once the section is heard."""

    values: dict[str, Value]
    model: str
    parts: tuple[PartSettings, ...]
    tempo: float
    chords: tuple[str, float]


class FormSettings:
    """Changes nothing by itself, but by commands, the models and `Leading`.

    carry_out: does what a command of the performer's says; may raise MusicLSTMError.
    """

    def __init__(
        self,
        state: PerformerState,
        *,
        leading: Leading,
        models: FormModels,
        carry_out: Callable[[commands.Command], object],
    ) -> None:
        self._state = state
        self._leading = leading
        self.models = models
        self._carry_out = carry_out

    # ---- as it is ------------------------------------------------------------------------------------------------

    def now(self) -> Now:
        """What is set."""
        state = self._state
        steering, loaded = state.steering, state.repertoire.current.loaded
        chords = ("", 0.0) if steering.chords is None else (steering.chords.track.text, steering.chords.origin)
        return Now(
            dict(steering.values),
            "" if loaded is None else loaded.model,
            tuple(steering.parts),
            state.tempo,
            chords,
        )

    def changed_since(self, then: Now) -> Before:
        """What was otherwise then."""
        now = self.now()
        controls = {
            name: value
            for name in dict.fromkeys([*then.values, *now.values])
            if (value := then.values.get(name, ALL)) != now.values.get(name, ALL)
        }
        parts = [
            (number, part.mode, part.mute)
            for number, (part, other) in enumerate(zip(then.parts, now.parts, strict=False))
            if now.model == then.model and (part.mode, part.mute) != (other.mode, other.mute)
        ]
        return Before(
            controls=controls if now.model == then.model else common(controls),
            model=then.model,
            parts=tuple(parts),
            tempo=then.tempo if then.tempo != now.tempo else None,
            chords=then.chords if then.chords != now.chords else None,
        )

    # ---- changed -------------------------------------------------------------------------------------------------

    def enter(self, song: Song, place: Place, tempo: float | None) -> None:
        """What the section of this place sets. tempo: None leaves it as it is."""
        section = song.sections.get(place.letter, Section())
        self.models.play(section.model or song.model, place.letter, place.begin)
        others = own({name: ALL for each in song.sections.values() for name in each.controls})
        # Its own chords lead, as typed ones do, and not those that a player plays.
        leader = {LEADER: NO_PLAYER} if section.chords.strip() else {}
        for name, value in {**others, **leader, **section.controls}.items():
            self._set(name, value)
        for part, settings in section.parts.items():
            self._set_part(part, settings.mode, settings.mute)
        self._leading.lead_from(section.chords, place.begin)
        self._set_tempo(tempo, place.begin)

    def restore(self, before: Before, now: Now, edge: float) -> None:
        """What a change of section has changed is as before, from `edge` on. now: what was set before any of that."""
        same = before.model == now.model
        for name, value in (before.controls if same else common(before.controls)).items():
            if same or name != LEADER:  # that comes back with its band
                self._set(name, value)
        if same:
            for part, mode, mute in before.parts:
                self._set_part(part, mode, mute)
        if before.chords is not None:
            self._leading.lead_from(*before.chords)
        self._set_tempo(before.tempo, edge)

    def _set(self, name: str, value: Value) -> None:
        try:
            wanted = value if value == ALL else control(name).clamp(value)
        except KeyError:
            return
        if self._state.steering.value(name) != wanted:
            self._do(commands.SetControl(name, value))

    def _set_part(self, part: int, mode: str | None, mute: bool | None) -> None:
        parts = self._state.steering.parts
        if part < len(parts) and (mode, mute) != (parts[part].mode, parts[part].mute):
            if mute is None and mode != "muted":
                mute = parts[part].mute  # another mode would end it
            self._do(commands.SetPart(part, mode=mode, mute=mute))

    def _set_tempo(self, tempo: float | None, beat: float) -> None:
        if tempo is not None:
            self._state.form.tempo = ComingTempo(beat, tempo)
            self.tick()

    def tick(self) -> float:
        """Sets the section's tempo once it is heard, or stands. Returns the time, in seconds, at which to call again.

        All else that a section sets counts from its bar line on however early that is done; a tempo counts at once.
        """
        state, clock, coming = self._state, self._state.clock, self._state.form.tempo
        if coming is None:
            return inf
        timeline, runs = clock.timeline, state.position.running and clock.running and clock.leads
        if runs and timeline.beat_at(state.position.now) < coming.beat - NEAR:
            return timeline.time_at(coming.beat)
        state.form.tempo = None
        if clock.leads and state.ending.end is not None:
            state.ending.tempo_comes(coming.bpm)
        elif clock.leads and coming.bpm != timeline.tempo:
            self._do(commands.SetTempo(coming.bpm))
        return inf

    def _do(self, command: commands.Command) -> None:
        try:
            self._carry_out(command)
        except MusicLSTMError as error:
            self._state.emit(Notice(str(error)))
