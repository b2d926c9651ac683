"""EventPlayer: lets events that the session has read sound, and lets followers answer them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import inf

from musiclstm.engine.performer.assignment import Assignment
from musiclstm.engine.performer.beat_map import BeatMap
from musiclstm.engine.performer.history import History, Step
from musiclstm.engine.performer.steering import Steering, phrase_of
from musiclstm.engine.performer.telemetry import Monitor
from musiclstm.engine.performer.voices import Effect, Key, Voice, Voices
from musiclstm.engine.scheduler.scheduler import Entry, Scheduler
from musiclstm.model.constraints import Constraints
from musiclstm.model.session import Session
from musiclstm.model.snapshot import Snapshot
from musiclstm.music.event import Event, Kind

_MANY = 32


class EventPlayer:
    """What `Plan` and `PlanEdit` have in common.

    Each event takes one LSTM step, 0.06 to 0.08 ms; with all that performer and scheduler do for it, 0.13 ms.
    It becomes a step of the history, a change of the voices and messages for the scheduler. With `at` it happens now,
    at that beat: it is sent at once and cannot be rolled back. Without, it is planned for its own tick.

    assignment: who plays what; written by `PlanEdit.assign`. earliest: the beat before which nothing that is planned
    sounds; written by `Plan.fill`. The other attributes are never replaced.
    """

    def __init__(
        self,
        session: Session,
        assignment: Assignment,
        *,
        scheduler: Scheduler,
        steering: Steering,
        beat_map: BeatMap,
        voices: Voices,
        history: History,
        monitor: Monitor,
    ) -> None:
        self.assignment = assignment
        self.earliest = -inf
        self.session = session
        self.scheduler = scheduler
        self._steering = steering
        self.beat_map = beat_map
        self.voices = voices
        self.history = history
        self._monitor = monitor

    # ---- the model's notes ---------------------------------------------------------------------------------------

    def play(
        self,
        event: Event,
        before: Snapshot,
        surprise: float = 0.0,
        *,
        source: int | None = None,
        at: float | None = None,
        visited: frozenset[int] = frozenset(),
        until: int | None = None,
        heard: bool | None = None,
    ) -> None:
        """An event that the session has read just now. before: the session before it.

        source, until, heard: as in `Voice`; heard None: as it is set now. visited: parts that have answered already.
        """
        tick = self.session.tick
        # A tick may lie a rounding error before the beat it was chosen for; nothing may overtake.
        beat = max(self.beat_map.beat_of(tick), self.earliest) if at is None else at
        key = (event.part, event.pitch)
        ended: Voice | None = None
        note: int | None = None
        effect = Effect()
        if event.kind is Kind.ON:
            if heard is None:
                heard = self._steering.is_heard(event.part, surprise, phrase_of(self.session.context))
            effect, note = self.voices.start(
                key, event.velocity, tick, beat, surprise=surprise, source=source, until=until, heard=heard
            )
        elif event.kind is Kind.OFF:
            effect, ended = self.voices.end(key, beat)
        self._add(Step(before, event, tick, beat, effect, fixed=at is not None, heard=heard is not False), surprise)
        if note is not None and event.part in self.assignment.followers and event.part not in visited:
            short = self._steering.parts[event.part].percussive
            self.answer(event.part, note, at=at, visited=visited | {event.part}, short=short)
        if ended is not None:
            self.end_answers(ended.id, at=at)

    def end_note(self, key: Key, tick: int, at: float | None = None) -> None:
        """Ends a note of the model without asking it."""
        before = self.session.snapshot()
        event = Event(tick - self.session.tick, Kind.OFF, key[1], 0, key[0])
        self.session.read(event)
        self.play(event, before, at=at)

    def give(
        self,
        kind: Kind,
        pitch: int,
        velocity: int,
        part: int,
        tick: int,
        *,
        own: bool = False,
        at: float | None = None,
        heard: bool | None = None,
    ) -> None:
        """The session reads what was decided before, and it sounds, unless the person plays that very note.

        own: the model decided it, and parts that follow answer; otherwise their answers are given, too. heard: as of
        `play`.
        """
        session, key = self.session, (part, pitch)
        if kind is Kind.ON and key in session.context.sounding:
            return
        voice = self.voices.by_key.get(key)
        if kind is Kind.OFF and (voice is None or voice.person):
            return
        before = session.snapshot()
        event = Event(tick - session.tick, kind, pitch, velocity, part)
        if own:  # `sure` is for all that the model decided
            self.play(event, before, session.feed(event), at=at)
        else:
            session.read(event)
            self.play(event, before, at=at, visited=frozenset(range(len(session.vocabulary.parts))), heard=heard)

    # ---- answers -------------------------------------------------------------------------------------------------

    def answer(
        self,
        source_part: int,
        source: int,
        *,
        at: float | None = None,
        visited: frozenset[int] = frozenset(),
        short: bool = False,
        within: Constraints | None = None,
    ) -> None:
        """Each follower of a part answers its note `source`, at the session's tick or now (`at`).

        A follower plays as many notes at once as its part allows (one, unless it says otherwise or is the only part);
        the oldest give way. short: the note has no end for which the answer could wait; the answer lasts a beat.
        within: what may answer, None for the assignment's.
        """
        session = self.session
        for part in self.assignment.followers.get(source_part, ()):
            if part in visited:
                continue
            most = self._steering.parts[part].polyphony or (1 if len(self._steering.parts) > 1 else _MANY)
            voices = [
                (voice.tick, key)
                for key, voice in self.voices.by_key.items()
                if voice.part == part and not voice.person
            ]
            for _, key in sorted(voices)[: max(0, len(voices) - most + 1)]:
                self.end_note(key, session.tick, at)
            constraints = within or self.assignment.constraints
            if not self._may_answer(part, constraints):
                continue
            answer = session.answer(0, part, constraints)
            until = session.tick + round(self.beat_map.ticks_per_beat) if short else None
            self.play(
                answer.event,
                answer.before,
                answer.surprise,
                source=source,
                at=at,
                visited=visited,
                until=until,
            )

    def _may_answer(self, part: int, constraints: Constraints) -> bool:
        """Whether the constraints leave a silent pitch in the part, and room for a note."""
        context, limit = self.session.context, constraints.polyphony
        if limit is not None and sum(held.bit_count() for held in context.held) >= limit:
            return False
        any_part = constraints if constraints.parts is None else replace(constraints, parts=None)
        return bool(any_part.pitch_bits(part, Kind.ON) & context.pitch_bits(len(context.held) + part, 1))

    def end_answers(self, source: int, at: float | None = None) -> None:
        """Ends the notes that answered note `source`."""
        for key, voice in list(self.voices.by_key.items()):
            if voice.source == source and key in self.voices.by_key:
                self.end_note(key, self.session.tick, at)

    # ---- the person's notes --------------------------------------------------------------------------------------

    def read_person(self, event: Event, beat: float, note: int) -> None:
        """A note of the person starts or ends at `beat`: the session reads it. Its message has been sent already."""
        session = self.session
        self.beat_map.skip_silence(beat)
        before = session.snapshot()
        tick = max(session.tick, round(self.beat_map.tick_at(beat)))
        event = replace(event, delta=tick - session.tick)
        session.read(event)
        key = (event.part, event.pitch)
        if session.vocabulary.parts[event.part].percussive:
            effect = Effect()
        elif event.kind is Kind.ON:
            effect = self.voices.start_person(key, event.velocity, tick, note)
        else:
            effect, _ = self.voices.end(key, beat)
        heard = max(beat, self.beat_map.beat_of(tick))
        self.history.add(Step(before, event, tick, heard, effect, fixed=True))
        self._send(effect.entries)
        self._monitor.state_frame(session, beat, 0.0)

    # ---- out to the scheduler ------------------------------------------------------------------------------------

    def _add(self, step: Step, surprise: float) -> None:
        self.history.add(step)
        if step.fixed:
            self._send(step.effect.entries)
        elif step.effect.entries:
            self.scheduler.put_all(step.effect.entries)
        self._monitor.state_frame(self.session, step.beat, surprise)

    def _send(self, entries: Iterable[Entry]) -> None:
        """Sends entries now, those of a later beat at that beat."""
        first, send = inf, self.scheduler.send_now
        for entry in entries:
            first = min(first, entry.beat)
            # A note-off cannot be sent at once either if its note-on is committed but has not been sent yet.
            if entry.beat > first or send(entry.message, port=entry.port, id=entry.id, part=entry.part) is None:
                self.scheduler.put_all((entry,))
