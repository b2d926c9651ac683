"""PerformerState: everything that a performance is, on one page."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from musiclstm.engine.clock.base import Clock
from musiclstm.engine.performer.assignment import assign
from musiclstm.engine.performer.beat_map import BeatMap
from musiclstm.engine.performer.ending import Ending
from musiclstm.engine.performer.event_player import EventPlayer
from musiclstm.engine.performer.form import Form
from musiclstm.engine.performer.history import History
from musiclstm.engine.performer.looping import Looping
from musiclstm.engine.performer.meters import Meters, ReportedMeter
from musiclstm.engine.performer.metronome import Metronome
from musiclstm.engine.performer.midi_map import MidiMap
from musiclstm.engine.performer.mixer import VOLUME, Mixer
from musiclstm.engine.performer.modes import Mode, PunchIn, Solo
from musiclstm.engine.performer.person import Person
from musiclstm.engine.performer.plan import Plan
from musiclstm.engine.performer.position import Position
from musiclstm.engine.performer.repertoire import Repertoire
from musiclstm.engine.performer.routing import Routing
from musiclstm.engine.performer.steering import Steering
from musiclstm.engine.performer.telemetry import Monitor
from musiclstm.engine.performer.time_machine import TimeMachine
from musiclstm.engine.performer.voices import Voices
from musiclstm.engine.scheduler.scheduler import Scheduler
from musiclstm.errors import UsageError
from musiclstm.model.ending import Goal
from musiclstm.model.session import Session
from musiclstm.protocol.actions import SLOTS
from musiclstm.protocol.telemetry import BookmarkSet, ControlChanged, PartChanged, Telemetry

_LAST = 0.5
"""Beats before the end; what leads then is what the music ends on."""


class PerformerState:
    """Beside each attribute, the only classes that write it or call what changes it (and `checkpoint.resume`).

    Belongs to the thread that drives the performer.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        scheduler: Scheduler,
        emit: Callable[[Telemetry], None],
        *,
        port_number: Callable[[str | None], int],
        midi_map: MidiMap,
        time_machine: TimeMachine,
    ) -> None:
        # What it plays with; never replaced.
        self.clock = clock
        self.scheduler = scheduler
        self.emit = emit

        # What the person has set.
        # Controls and parts: Commands; ModelChange. Chords: Leading; Branching, Transport.
        self.steering = Steering(session.vocabulary, session.voices, session.players)
        self.hold = False  # nothing new is decided: Commands
        self.midi_map = midi_map  # mapped knobs and keys: Commands, Actions
        self.monitor = Monitor(emit)  # what the window watches: Commands
        self.routing = Routing(self.steering, port_number)  # holds nothing of its own
        self.mixer = Mixer(self.steering, self.routing, scheduler)  # volumes: Commands

        self.metronome = Metronome(clock, scheduler, self.steering)  # Transport; Performer

        # Which section plays, and which one comes.
        self.form = Form()  # FormPlayer, Transport
        self.change_due = inf  # the beat of a change that is due at once, up to which is to be planned: FormPlayer

        # Where it stands in time.
        self.position = Position(clock, scheduler, self.steering)  # Transport; `now`: Performer

        # Who plays. Assignments are made of these and stand in the plan.
        self.person = Person()  # keys and pedals: Keyboard; `last` also: Transport, Ensemble
        self.mode: Mode = Solo()  # Ensemble, ModelChange
        self.punch_in = PunchIn()  # Ensemble, Keyboard

        # What is remembered.
        self.time_machine = time_machine  # the past: History, Transport; bookmarks: Travel
        self.repertoire = Repertoire(session)  # models that can be gone back to: ModelChange

        # What sounds.
        self.looping = Looping(emit)  # Travel; Branching, Transport
        self.ending = Ending(clock, emit)  # Commands, Horizon, Plan; Branching, Keyboard, Transport
        self.voices = Voices(
            self.steering, self.routing, self.ending.loudness, self.person.occupied, emit
        )  # EventPlayer, PlanEdit, History

        self.load(session)

    def load(self, session: Session, line: float = 0.0, reported: ReportedMeter | None = None) -> None:
        """Plays this session from now on, from nothing. `steering` and `repertoire` know its model already.

        line: a bar line of the clock's. reported: the time signature that was reported last, if one was.
        """
        self.looping.leave()
        self.ending.cancel()
        self.session = session  # Plan, EventPlayer, PlanEdit; whoever else moves it puts it back
        self.person.reset()
        self.mode = Solo()
        self.punch_in = PunchIn()
        self.voices.replace(())
        self.beat_map = BeatMap(session, self.steering, line)  # Travel, Transport
        self.steering.beat_of = self.beat_map.straight
        self.history = History(session, self.beat_map, self.voices, self.time_machine)  # EventPlayer, Plan, PlanEdit
        events = EventPlayer(
            session,
            assign(self.mode, self.steering, self.person, ()),
            scheduler=self.scheduler,
            steering=self.steering,
            beat_map=self.beat_map,
            voices=self.voices,
            history=self.history,
            monitor=self.monitor,
        )
        self.meters = Meters(session, self.beat_map, self.emit, reported)  # Commands, Branching, Horizon
        self.plan = Plan(events, self.steering, self.meters, self.looping, self.ending, self.emit)

    @property
    def tempo(self) -> float:
        """In BPM, of what is planned next; while the music slows down to its end, what it was before."""
        coming = self.form.tempo
        return coming.bpm if coming else self.ending.tempo or self.clock.timeline.tempo

    def follow_mix(self) -> None:
        """The session came to other weights by itself, as where the music goes back: the control says so."""
        if self.steering.learnt != self.session.learnt:
            self.steering.set("learnt", 100 * self.session.learnt)
            self.report_control("learnt")

    def led_to(self) -> Goal | None:
        """Where chords lead, they say what the music ends on; None where none does."""
        leading, end = self.steering.leading, self.ending.end
        if end is None or leading is None or not self.steering.number("chords"):
            return None
        chord = leading.at(end - _LAST).chord
        return None if chord is None else Goal(chord.root if chord.bass is None else chord.bass, chord.classes)

    def report_part(self, part: int) -> None:
        """Emits how a part is played."""
        s = self.steering.parts[part]
        limits = *self.steering.range_of(part), s.polyphony, s.longest, s.transpose
        heard = VOLUME if s.volume is None else s.volume, s.mute, s.solo, self.steering.silent(part)
        self.emit(
            PartChanged(part, s.mode, s.channel, s.port or None, s.program, *limits, s.source, s.punch_in, *heard)
        )

    def report_bookmark(self, slot: str) -> None:
        """Emits where a bookmark lies, and whose memory it is; not of the slots that no person can reach."""
        if slot not in tuple(SLOTS):
            return
        bookmark = self.time_machine.bookmarks[slot]
        known = self.repertoire.of(bookmark.snapshot)
        title = known.loaded.title if known is not None and known.loaded is not None else ""
        self.emit(BookmarkSet(slot, bookmark.beat, title))

    def report_control(self, name: str) -> None:
        """Emits a control's value, and what it is mapped to, or nothing while it waits to be mapped.

        Emits nothing of a player that does not play now.
        """
        players = self.steering.players
        try:
            name, lasting = players.control(name), players.lasting(name)
        except UsageError:
            return
        learnt = None if self.midi_map.waiting == lasting else self.midi_map.text(lasting)
        self.emit(ControlChanged(name, self.steering.value(name), learnt))
