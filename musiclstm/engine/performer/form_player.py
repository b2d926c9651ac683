"""FormPlayer: lets sections follow one another at bar lines, and brings them back with the past.

A change belongs to a bar line, not to the moment at which the engine comes to it: shortly before, all up to the line is
planned and committed, and what is changed then counts from the line on. So the same past leads to the same music.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf

from musiclstm.engine.performer.beat_map import NEAR
from musiclstm.engine.performer.ending import CLOSING
from musiclstm.engine.performer.ensemble import Ensemble
from musiclstm.engine.performer.form import describe
from musiclstm.engine.performer.form_settings import FormSettings
from musiclstm.engine.performer.place import Before, Coming, Place
from musiclstm.engine.performer.state import PerformerState
from musiclstm.engine.performer.transport import Transport
from musiclstm.music.form import SetList
from musiclstm.protocol.telemetry import FormChanged

AHEAD = 0.125
"""Beats before its bar line in which a change is made."""
_LAST = 0.02  # beats before it, at which it is made even if not all up to the line is planned
_BEFORE = 1e-7  # beats: what lies on the line is not committed
_SOON = 0.002  # seconds


class FormPlayer:
    """Writes the state's form. settings: what its sections set."""

    def __init__(
        self,
        state: PerformerState,
        ensemble: Ensemble,
        transport: Transport,
        settings: FormSettings,
    ) -> None:
        self._state = state
        self._ensemble = ensemble
        self._transport = transport
        self.settings = settings
        self.models = settings.models
        self._reported: FormChanged | None = None
        self._closes: float | None = None  # the beat at which the chain comes to a close

    # ---- asked for -----------------------------------------------------------------------------------------------

    def take(self, set_list: SetList) -> None:
        """Plays this set list: from the next bar line on, or at once while it stands."""
        self._state.form.renew(set_list, Place(begin=self._state.position.edge()))
        self._go(self._state.form.first(0))

    def go_to(self, which: str) -> None:
        """To a section, or the next one (`form.NEXT`). Raises UsageError."""
        self._go(self._state.form.to(which))

    def go_to_song(self, number: int) -> None:
        """To the beginning of a song, counted from 1; 0: the next one. Raises UsageError."""
        form = self._state.form
        self._go(form.first(form.place.song + 1 if number == 0 else number - 1))

    def _go(self, place: Place) -> None:
        if self._state.position.running and not self._state.form.place.over:
            self._state.form.asked = place
        else:
            self._enter(replace(place, begin=self._state.position.edge()))
        self.report()

    def go_on(self) -> None:
        """Calls off the end. If it is the chain's own, its last section goes on until a person moves on."""
        state = self._state
        if state.ending.end is not None and state.ending.end == self._closes:
            self._closes = None
            state.form.leave_chain()
        state.ending.cancel()
        self.report()

    # ---- as time goes by -----------------------------------------------------------------------------------------

    def tick(self) -> float:
        """Changes what is due. Returns the time, in seconds, at which to call again."""
        beat_map, edge = self._state.beat_map, self._state.position.edge()
        self._state.form.recount(beat_map.bar_line(edge), beat_map.bar, edge)
        return min(self.settings.tick(), self._move_on())

    def _move_on(self) -> float:
        state = self._state
        form, position = state.form, state.position
        state.change_due = inf
        if form.place.over:
            return self._stop_in_time()
        if form.set_list is not None and not position.running:
            self._begin_with_waiting()
        if form.set_list is None or not position.running or not state.clock.running:
            return inf
        edge = position.edge()
        coming = self._coming()
        loops = state.looping.loop is not None
        self._close(None if loops else coming)
        if coming is None or loops or state.ending.end not in (None, self._closes):
            # It waits while bars go round, and where a person has asked for an end.
            self._fill(on=False)
            return inf
        fill = form.song.fill > 0
        if form.filling and coming.fill_from > edge + AHEAD:
            self._fill(on=False)
        at = coming.fill_from if fill and not form.filling else coming.at
        if edge < at - AHEAD:
            return self._after(at - AHEAD - edge)
        state.change_due = at
        if edge < at - _LAST and state.beat_map.end < at:
            return position.now + _SOON
        state.scheduler.commit_to(at - _BEFORE)
        if at < coming.at:
            self._fill(on=True)
        else:
            self._change(coming)
        self.report()
        return position.now

    def _begin_with_waiting(self) -> None:
        """While it stands on a bar line, as after an end: what waited for that line is what will be played there."""
        state = self._state
        coming, edge = self._coming(), state.position.edge()
        if coming is None or state.looping.loop is not None or coming.at > edge + NEAR:
            return
        place = state.form.first(coming.place.song) if coming.place.over else coming.place
        self._enter(replace(place, begin=edge))
        self.report()

    def _after(self, beats: float) -> float:
        """The time in so many beats. Not that of a beat of the clock: with a nudge, what is heard lies elsewhere."""
        return self._state.position.now + max(_SOON, beats * 60 / self._state.clock.timeline.tempo)

    def _coming(self) -> Coming | None:
        beat_map, edge = self._state.beat_map, self._state.position.edge()
        return self._state.form.coming(beat_map.bar_line(edge), beat_map.bar, edge)

    def _fill(self, *, on: bool) -> None:
        state = self._state
        fill = state.form.song.fill if on else 0.0
        state.form.filling = on
        if state.steering.fill != fill:
            with state.plan.rolled_back() as edit:
                state.steering.fill = fill
                self._ensemble.assign(edit)

    def _close(self, coming: Coming | None) -> None:
        """Lets the music come to a close of its own where the chain is through, if the song asks for that."""
        state, bar = self._state, self._state.beat_map.bar
        end = coming.at if coming is not None and coming.place.over and state.form.song.at_end == "end" else None
        if end is None and self._closes is not None:
            if state.ending.end == self._closes:
                with state.plan.rolled_back():
                    state.ending.cancel()
            self._closes = None
        near = end is not None and state.position.edge() >= end - (CLOSING + 1) * bar and not state.meters.changing
        # Also once more, where a stop or the like has called it off.
        if end is not None and near and state.ending.end is None and not state.hold:
            self._closes = end
            with state.plan.rolled_back():
                state.ending.ask(state.position.edge(), end, bar, ritardando=False, fade=False)

    def _change(self, coming: Coming) -> None:
        if not coming.place.over:
            self._enter(coming.place)
            return
        self._fill(on=False)
        with self._state.plan.rolled_back() as edit:
            edit.end_now(self._state.position.edge(), lambda _: True)
        self._begin(coming.place, Before())

    def _stop_in_time(self) -> float:
        """The chain is through: stops when the bar line is heard, at the song's beginning."""
        state, place = self._state, self._state.form.place
        if state.position.running and state.clock.running and (left := place.begin - state.position.heard()) > NEAR:
            return self._after(left)
        if state.position.playing:
            self._transport.stop_on(place.begin)
        self._closes = None
        self._enter(replace(state.form.first(place.song), begin=state.position.edge()))
        self.report()
        return inf

    # ---- changing ------------------------------------------------------------------------------------------------

    def _enter(self, place: Place) -> None:
        """The section of this place plays from its beginning on."""
        form, settings = self._state.form, self.settings
        now = settings.now()
        self._fill(on=False)
        song, last = form.song_at(place.song), form.place
        if not song.sections:
            self._begin(place, Before())  # nothing has been stored in it that it could set
            return
        goes_on = last.letter and not last.over and last.song == place.song
        # Where the tempo is the same, one that was tapped since stays.
        same_tempo = goes_on and form.song.tempo_of(last.letter) == song.tempo_of(place.letter)
        settings.enter(song, place, tempo=None if same_tempo else song.tempo_of(place.letter))
        self._begin(place, settings.changed_since(now))

    def _begin(self, place: Place, before: Before) -> None:
        self._state.form.enter(place.begin, replace(place, bar=self._state.beat_map.bar), before)

    def back(self, edge: float, source: float, made: int | None = None) -> float:
        """The music of beat `source` goes on at `edge`: what sections have changed since is as it was then.

        made: as in `Form.back`.
        Returns the beat at which the chords lay as they do now; whoever calls moves them with the music.
        """
        form, settings = self._state.form, self.settings
        held = inf
        if form.set_list is None:
            return held
        now = settings.now()
        self._fill(on=False)
        for beat, before in form.back(edge, source, made):
            settings.restore(before, now, edge)
            held = held if before.chords is None else beat
        form.returned(edge, settings.changed_since(now))
        return held

    def leave_loop(self, edge: float, source: float) -> None:
        """The music of beat `source` went round, and goes on at `edge`: so does its section, if that is another one.

        What was asked for while bars went round still comes.
        """
        form = self._state.form
        then, place, asked = form.at(source), form.place, form.asked
        if (then.song, then.step, then.letter) == (place.song, place.step, place.letter):
            return
        held = self.back(edge, source)
        form.asked = asked
        with self._state.plan.rolled_back():
            self._state.steering.return_chords(edge, source, held, None)
        self.report()

    # ---- reported ------------------------------------------------------------------------------------------------

    def report(self) -> None:
        """Emits where the form stands, if that has changed."""
        state, form = self._state, self._state.form
        if form.set_list is None:
            return
        now = describe(form, self._coming())
        if now != self._reported:
            self._reported = now
            state.emit(now)
