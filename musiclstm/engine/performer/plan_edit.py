"""PlanEdit: what may be done only while nothing is planned."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from musiclstm.engine.performer.assignment import Assignment
from musiclstm.engine.performer.event_player import EventPlayer
from musiclstm.engine.performer.voices import Key, Voice
from musiclstm.model.constraints import Constraints
from musiclstm.model.session import Session
from musiclstm.music.event import Event, Kind


class PlanEdit:
    """The plan, rolled back to the commit point: `with plan.rolled_back() as edit`. Valid in the `with` block alone.

    Whoever takes one as an argument needs the plan to be rolled back. Once the block has ended, the plan is filled
    again with what was changed.
    """

    __slots__ = ("_events", "is_open")

    def __init__(self, events: EventPlayer) -> None:
        self._events = events
        self.is_open = False

    def __enter__(self) -> PlanEdit:  # noqa: PYI034 - typing.Self is of Python 3.11
        self.is_open = True
        return self

    def __exit__(self, *_: object) -> None:
        self.is_open = False

    def _open(self) -> EventPlayer:
        """Raises RuntimeError outside the block, and so does every method."""
        if not self.is_open:
            raise RuntimeError("This PlanEdit is not valid outside its `with` block.")
        return self._events

    @property
    def session(self) -> Session:
        """To be fed or restored."""
        return self._open().session

    # ---- who plays what ------------------------------------------------------------------------------------------

    @property
    def assignment(self) -> Assignment:
        return self._open().assignment

    def assign(self, assignment: Assignment) -> None:
        self._open().assignment = assignment

    # ---- notes, now ----------------------------------------------------------------------------------------------

    def start_person(self, key: Key, velocity: int, note: int, beat: float) -> None:
        """The session reads that the person started a note, heard at `beat`."""
        self._open().read_person(Event(0, Kind.ON, key[1], velocity, key[0]), beat, note)

    def end_person(self, key: Key, beat: float) -> None:
        """The session reads that the person ended a note."""
        self._open().read_person(Event(0, Kind.OFF, key[1], 0, key[0]), beat, 0)

    def start_own(self, note: Event, beat: float) -> None:
        """The model starts a note that was decided before, now."""
        events = self._open()
        tick = events.beat_map.first_tick(beat)
        events.give(note.kind, note.pitch, note.velocity, note.part, tick, own=True, at=beat)

    def answer(self, source_part: int, source: int, beat: float, within: Constraints | None = None) -> None:
        """As `EventPlayer.answer`, now."""
        self._open().answer(source_part, source, at=beat, within=within)

    def end_answers(self, source: int, beat: float) -> None:
        """As `EventPlayer.end_answers`, now."""
        self._open().end_answers(source, at=beat)

    def end_now(self, beat: float, which: Callable[[Voice], bool]) -> None:
        """Ends the model's notes that `which` picks; the session reads their ends."""
        events = self._open()
        voices = events.voices.by_key
        chosen = [key for key, voice in sorted(voices.items()) if not voice.person and which(voice)]
        # What is committed but not sent yet comes first.
        events.scheduler.put_all(events.voices.silence(beat, lambda voice: voice.key in chosen))
        for key in chosen:
            if key in voices:
                events.end_note(key, events.beat_map.first_tick(beat), at=beat)

    def silence(self, beat: float, which: Callable[[Voice], bool] = lambda _: True) -> None:
        """Ends the sound of the model's notes that `which` picks, at `beat`; the session still holds them."""
        events = self._open()
        events.scheduler.put_all(events.voices.silence(beat, which))

    def silence_now(self, beat: float, which: Callable[[Voice], bool]) -> None:
        """The same, sent at once."""
        events = self._open()
        for entry in events.voices.silence(beat, which):
            if events.scheduler.send_now(entry.message, port=entry.port, id=entry.id, part=entry.part) is None:
                events.scheduler.put_all((entry,))

    # ---- another branch ------------------------------------------------------------------------------------------

    def drop(self) -> None:
        """Forgets the steps that are committed but not settled: the session becomes another."""
        self._open().history.drop()

    def replace_voices(self, voices: Iterable[Voice]) -> None:
        """The session, having become another, holds these notes. Sends nothing."""
        self._open().voices.replace(voices)

    def sound_again(self, voices: Iterable[Voice], beat: float) -> None:
        """As `Voices.sound_again`."""
        events = self._open()
        events.scheduler.put_all(events.voices.sound_again(voices, beat))
