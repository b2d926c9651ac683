"""PlanEdit: what may be done only while nothing is planned."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from musiclstm.engine.performer.assignment import Assignment
from musiclstm.engine.performer.beat_map import BeatMap
from musiclstm.engine.performer.event_player import EventPlayer
from musiclstm.engine.performer.history import History
from musiclstm.engine.performer.voices import Key, Voice, Voices
from musiclstm.engine.scheduler.scheduler import Scheduler
from musiclstm.model.session import Session
from musiclstm.music.event import Event, Kind


class PlanEdit:
    """The plan, rolled back to the commit point: `with plan.rolled_back() as edit`. Invalid after the `with` block.

    Whoever takes one as an argument needs the plan to be rolled back. What was planned is planned again, under what was
    changed here, once the block has ended.
    """

    def __init__(
        self,
        session: Session,
        events: EventPlayer,
        *,
        scheduler: Scheduler,
        beat_map: BeatMap,
        voices: Voices,
        history: History,
    ) -> None:
        self._session: Session | None = session
        self._events = events
        self._scheduler = scheduler
        self._beat_map = beat_map
        self._voices = voices
        self._history = history

    def close(self) -> None:
        self._session = None

    @property
    def session(self) -> Session:
        """To be changed as one likes. Raises RuntimeError after the block, as every method does."""
        if self._session is None:
            raise RuntimeError("The plan goes on: this PlanEdit is no longer valid.")
        return self._session

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

    def answer(self, source_part: int, source: int, beat: float) -> None:
        """As `EventPlayer.answer`, now."""
        self._open().answer(source_part, source, at=beat)

    def end_answers(self, source: int, beat: float) -> None:
        """As `EventPlayer.end_answers`, now."""
        self._open().end_answers(source, at=beat)

    def end_now(self, beat: float, which: Callable[[Voice], bool]) -> None:
        """Ends the model's notes that `which` picks; the session reads their ends."""
        events = self._open()
        voices = self._voices.by_key
        chosen = [key for key, voice in sorted(voices.items()) if not voice.person and which(voice)]
        # What is committed but not sent yet comes first.
        self._scheduler.put_all(self._voices.silence(beat, lambda voice: voice.key in chosen))
        for key in chosen:
            if key in voices:
                events.end_note(key, self._beat_map.first_tick(beat), at=beat)

    def silence(self, beat: float, which: Callable[[Voice], bool] = lambda _: True) -> None:
        """Ends the sound of the model's notes that `which` picks, at `beat`; the session still holds them."""
        self._open()
        self._scheduler.put_all(self._voices.silence(beat, which))

    def silence_now(self, beat: float, which: Callable[[Voice], bool]) -> None:
        """The same, sent at once."""
        self._open()
        for entry in self._voices.silence(beat, which):
            if self._scheduler.send_now(entry.message, port=entry.port, id=entry.id, part=entry.part) is None:
                self._scheduler.put_all((entry,))

    # ---- another branch ------------------------------------------------------------------------------------------

    def drop(self) -> None:
        """Forgets the steps that are committed but not settled: the session becomes another."""
        self._open()
        self._history.drop()

    def replace_voices(self, voices: Iterable[Voice]) -> None:
        """The session, having become another, holds these notes. Sends nothing."""
        self._open()
        self._voices.replace(voices)

    def sound_again(self, voices: Iterable[Voice], beat: float) -> None:
        """As `Voices.sound_again`."""
        self._open()
        self._scheduler.put_all(self._voices.sound_again(voices, beat))

    def _open(self) -> EventPlayer:
        _ = self.session
        return self._events
