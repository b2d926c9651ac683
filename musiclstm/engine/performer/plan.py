"""The plan: events drawn ahead of time, each with the way back to before it.

A step is an event and what it did to the session and to the sound. Steps beyond the commit point can be taken back;
the others have happened and go to the time machine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from math import floor, inf

from musiclstm.engine.performer.beat_map import NEAR, Place
from musiclstm.engine.performer.history import History, Step
from musiclstm.engine.performer.steering import Steering
from musiclstm.engine.performer.time_machine import Origin, TimeMachine
from musiclstm.engine.performer.voices import Key, Output, Sound, Voice
from musiclstm.engine.scheduler.scheduler import Entry, Scheduler
from musiclstm.model.sampling import FREE, Constraints
from musiclstm.model.session import Session
from musiclstm.model.snapshot import Generated, Snapshot
from musiclstm.music.event import Event, Kind
from musiclstm.protocol.messages import StateFrame, Telemetry, Withdrawn

_MANY = 32


class Plan:
    """Session, steps and where they lie in time. One owner; its methods take one LSTM step (0.1 to 0.3 ms) an event.

    constraints: how the next events are drawn. followers: for each part (-1: the person) those that answer its notes.
    mine: parts whose notes the model decides.
    """

    def __init__(
        self,
        session: Session,
        *,
        scheduler: Scheduler,
        output: Output,
        steering: Steering,
        machine: TimeMachine,
        emit: Callable[[Telemetry], None],
    ) -> None:
        self.session = session
        self.scheduler = scheduler
        self.output = output
        self.constraints: Constraints = FREE
        self.followers: Mapping[int, tuple[int, ...]] = {}
        self.mine: frozenset[int] = frozenset()
        self.watched = False
        self.place = Place(session, steering)
        self.events = 0
        self.steps: deque[Step] = deque()
        self._steering = steering
        self._emit = emit
        # The turn's end that was reached: nothing more is drawn before it.
        self._closed: float | None = None
        self.history = History(self.steps, session, self.place, output, machine)
        # Nothing that is planned is heard before this beat.
        self._begin = -inf

    @property
    def end(self) -> float:
        """Up to which beat is decided."""
        return self.place.beat_of(self.session.tick)

    # ---- deciding ------------------------------------------------------------------------------------------------

    def fill(self, begin: float, horizon: float, end: float, most: int) -> bool:
        """Draw events up to beat `horizon`, none before `begin`, at most `most`; whether there is more to draw.

        The model's turn ends at beat `end`: its notes end there, and nothing goes beyond.
        """
        until = min(horizon, end)
        if begin >= until or self._closed == end or not self.mine:
            return False
        self._begin = begin
        self._skip_silence(begin)
        for _ in range(most):
            if self.end >= until:
                if until == end:
                    self._close(end)
                return False
            if not self._next(begin, end):
                return False
        return True

    def _next(self, begin: float, end: float) -> bool:
        session = self.session
        earliest = self.place.first_tick(begin)
        drawn = self.draw(earliest)
        due = self._due()
        if due is not None and due[0] <= session.tick:
            key = due[1]
            event = drawn.event
            if not (event.kind is Kind.OFF and (event.part, event.pitch) == key and session.tick <= due[0]):
                session.restore(drawn.before)
                tick = max(due[0], earliest)
                if self.place.beat_of(tick) < end:
                    self._give_off(key, tick)
                    return True
                self._close(end)
                return False
        if self.place.beat_of(session.tick) >= end - NEAR:
            session.restore(drawn.before)
            self._close(end)
            return False
        self._play(drawn.event, drawn.before, Origin.DRAWN, drawn.surprise)
        return True

    def draw(self, earliest: int) -> Generated:
        """The next event, not before tick `earliest`.

        It is first drawn as if nothing were known of the time since the last one, and drawn again only if that turns
        out to be past. That is the same distribution as under the condition alone, and where the condition does not
        matter it is the same event: so going back replays, and a control that is turned changes no more than it must.
        """
        session = self.session
        least = earliest - session.tick
        drawn = session.generate(self.constraints)
        if drawn.event.kind is Kind.WAIT or drawn.event.delta >= least:
            return drawn
        session.restore(replace(drawn.before, rng=session.snapshot().rng))
        again = session.generate(replace(self.constraints, min_delta=least))
        return replace(again, before=drawn.before)

    def _due(self) -> tuple[int, Key] | None:
        """The tick at which some note of the model has lasted as long as it may, the earliest first."""
        found: tuple[int, Key] | None = None
        for key, voice in self.output.voices.items():
            if voice.person:
                continue
            longest = self._steering.parts[voice.part].longest
            at = voice.until
            if longest is not None:
                tick = voice.tick + max(1, round(longest * self.place.ticks_per_beat))
                at = tick if at is None else min(at, tick)
            if at is not None and (found is None or (at, key) < found):
                found = (at, key)
        return found

    def _close(self, end: float) -> None:
        """The model's turn is over at `end`: its notes end."""
        self._closed = end
        tick = self.place.first_tick(end)
        for key, voice in sorted(self.output.voices.items()):
            if not voice.person:
                self._give_off(key, tick)

    def _skip_silence(self, beat: float) -> None:
        """After a long silence, let whole bars of it count as not heard: a memory of nothing but waiting is no memory.

        Two bars of it stay.
        """
        over = floor((beat - self.end) / self.place.bar - 2)
        if over > 0:
            self.place.skip(over)

    # ---- events into the session and out to the scheduler ---------------------------------------------------------

    def _play(
        self,
        event: Event,
        before: Snapshot,
        origin: Origin,
        surprise: float = 0.0,
        *,
        source: int | None = None,
        at: float | None = None,
        visited: frozenset[int] = frozenset(),
    ) -> None:
        """The session has read an event: let it sound, at its own beat or now (`at`), and be followed."""
        session = self.session
        tick = session.tick
        # A tick may lie a rounding error before the beat it was chosen not to be before; nothing may overtake.
        beat = max(self.place.beat_of(tick), self._begin) if at is None else at
        key = (event.part, event.pitch)
        self.events += 1
        ended: Voice | None = None
        note: int | None = None
        sound = Sound()
        if event.kind is Kind.ON:
            until = None
            if source is not None and source < 0 and self._steering.parts[event.part].percussive:
                until = tick + round(self.place.ticks_per_beat)
            sound, note = self.output.begin(
                key, event.velocity, tick, beat, surprise=surprise, source=source, until=until
            )
        elif event.kind is Kind.OFF:
            sound, ended = self.output.end(key, beat)
        self._add(Step(before, event, tick, beat, origin, sound, fixed=at is not None))
        self._tell_frame(beat, surprise)
        if note is not None and event.part in self.followers and event.part not in visited:
            short = self._steering.parts[event.part].percussive
            self.answer(event.part, note, at=at, visited=visited | {event.part}, short=short)
        if ended is not None:
            self.end_answers(ended.id, at=at)

    def _add(self, step: Step) -> None:
        self.steps.append(step)
        if step.fixed:
            self._send(step.sound.entries)
        elif step.sound.entries:
            self.scheduler.put_all(step.sound.entries)

    def _send(self, entries: Iterable[Entry]) -> None:
        """Now, as far as they are not of a later time."""
        first, send = inf, self.scheduler.send_now
        for entry in entries:
            first = min(first, entry.beat)
            # Not sent at once either is the end of a note that is committed but has not begun yet.
            if entry.beat > first or send(entry.message, port=entry.port, id=entry.id, part=entry.part) is None:
                self.scheduler.put_all((entry,))

    def _give_off(self, key: Key, tick: int, at: float | None = None) -> None:
        """End a note of the model without asking it."""
        before = self.session.snapshot()
        event = Event(tick - self.session.tick, Kind.OFF, key[1], 0, key[0])
        self.session.read(event)
        self._play(event, before, Origin.GIVEN, at=at)

    def answer(
        self,
        source_part: int,
        source: int,
        *,
        at: float | None = None,
        visited: frozenset[int] = frozenset(),
        short: bool = False,
    ) -> None:
        """Each follower of a part answers its note `source`, at the session's tick or now (`at`).

        A follower plays as many notes at once as its part may (one unless it says otherwise, or is the only part); the
        oldest give way.
        short: the note has no end that the answer could wait for; it lasts a beat.
        """
        session = self.session
        for part in self.followers.get(source_part, ()):
            if part in visited:
                continue
            most = self._steering.parts[part].polyphony or (1 if len(self._steering.parts) > 1 else _MANY)
            voices = [(v.tick, key) for key, v in self.output.voices.items() if v.part == part and not v.person]
            for _, key in sorted(voices)[: max(0, len(voices) - most + 1)]:
                self._give_off(key, session.tick, at)
            if not self._may_answer(part):
                continue
            drawn = session.answer(0, part, self.constraints)
            self._play(
                drawn.event, drawn.before, Origin.ANSWERED, drawn.surprise, source=source, at=at, visited=visited
            )
            key = (part, drawn.event.pitch)
            if short and key in self.output.voices:
                until = session.tick + round(self.place.ticks_per_beat)
                self.output.voices[key] = replace(self.output.voices[key], until=until)

    def _may_answer(self, part: int) -> bool:
        """Whether the constraints leave a silent pitch in the part, and room for a note."""
        context, limit = self.session.context, self.constraints.polyphony
        if limit is not None and sum(held.bit_count() for held in context.held) >= limit:
            return False
        open_pitches = self.constraints if self.constraints.parts is None else replace(self.constraints, parts=None)
        return bool(open_pitches.pitch_bits(part, Kind.ON) & context.pitch_bits(len(context.held) + part, 1))

    def end_answers(self, source: int, at: float | None = None) -> None:
        """The notes that answered note `source` end with it."""
        for key, voice in list(self.output.voices.items()):
            if voice.source == source and key in self.output.voices:
                self._give_off(key, self.session.tick, at)

    # ---- what happens now ----------------------------------------------------------------------------------------

    def person_begins(self, key: Key, velocity: int, note: int, beat: float) -> None:
        """A person's note, heard at `beat`. The plan must have been taken back before."""
        self._happened(Event(0, Kind.ON, key[1], velocity, key[0]), beat, note)

    def person_ends(self, key: Key, beat: float) -> None:
        self._happened(Event(0, Kind.OFF, key[1], 0, key[0]), beat, 0)

    def _happened(self, event: Event, beat: float, note: int) -> None:
        session = self.session
        self._skip_silence(beat)
        before = session.snapshot()
        tick = max(session.tick, round(self.place.tick_at(beat)))
        event = replace(event, delta=tick - session.tick)
        session.read(event)
        key = (event.part, event.pitch)
        if session.vocabulary.parts[event.part].percussive:
            sound = Sound()
        elif event.kind is Kind.ON:
            sound = self.output.take(key, event.velocity, tick, note)
        else:
            sound, _ = self.output.end(key, beat)
        self.events += 1
        self._add(Step(before, event, tick, max(beat, self.place.beat_of(tick)), Origin.GIVEN, sound, fixed=True))
        self._tell_frame(beat, 0.0)

    def end_now(self, beat: float, which: Callable[[Voice], bool]) -> None:
        """End those of the model's notes, in its memory as well. The plan must have been taken back before."""
        chosen = [key for key, voice in sorted(self.output.voices.items()) if not voice.person and which(voice)]
        # What is committed but not sent yet comes first.
        self.scheduler.put_all(self.output.silence(beat, lambda voice: (voice.part, voice.pitch) in chosen))
        for key in chosen:
            if key in self.output.voices:
                self._give_off(key, self.place.first_tick(beat), at=beat)

    # ---- taking back ---------------------------------------------------------------------------------------------

    def roll_back(self, *, fresh: bool = False) -> None:
        """Take back all that is not committed. fresh: with new dice (the music itself became another)."""
        self._closed = None
        steps = self.steps
        if not steps or steps[-1].fixed:
            return
        commit = self.scheduler.commit_beat()
        cancelled = self.scheduler.cancel_from(commit)
        gone = {entry.identity for entry in cancelled}
        undone: list[Step] = []
        while steps:
            step = steps[-1]
            if step.fixed or not step.is_gone(gone, commit):
                break
            undone.append(steps.pop())
            self.output.undo(step.sound)
        mine = {entry.identity for step in undone for entry in step.sound.entries}
        # Ends of drum notes that sound, and what else is not the plan's to take back.
        self.scheduler.put_all(entry for entry in cancelled if entry.identity not in mine)
        if not undone:
            return
        first = undone[-1]
        self.events -= len(undone)
        snapshot = first.before
        if fresh:
            snapshot = replace(snapshot, rng=self.session.snapshot().rng)
        self.session.restore(snapshot)
        self._emit(Withdrawn(first.beat))

    def drop(self) -> None:
        """Forget the steps (their events stay in the session): another branch begins, or time stands."""
        self.steps.clear()
        self._closed = None

    def _tell_frame(self, beat: float, surprise: float) -> None:
        """What the memory did at the last event, if the window wants to see it."""
        if self.watched:
            cell, hidden, gates = (array.astype("f2") for array in self.session.frame())
            self._emit(StateFrame(beat, cell, hidden, gates, surprise))
